/* membership.c - the verbs of groups, and of who may sign in (command.h) */
#include "ctl/command.h"

#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/audit.h"
#include "ctl/report.h"

/* ---------------------------------------------------------------- groups of a user */

/* The names given, up to the NULL; false: one is none, or there are too many, and it is told. */
static bool
read_names(char **words, struct str ret_names[GROUPS_MAX], size_t *ret_n)
{
	size_t n = 0;

	for (; words[n] != NULL; n++) {
		if (!groups_is_name(str_of(words[n]))) {
			(void)fprintf(stderr,
			    "sessiongatectl: \"%s\" is no group: a group's name is %s\n",
			    words[n], GROUPS_NAME_RULE);
			return false;
		}
		if (n == GROUPS_MAX) {
			(void)fprintf(stderr,
			    "sessiongatectl: too many groups at once: a user may be in %d\n",
			    GROUPS_MAX);
			return false;
		}
		ret_names[n] = str_of(words[n]);
	}
	*ret_n = n;
	return true;
}

static void
print_groups(const struct user *user)
{
	(void)printf("groups: %.*s\n",
	    STR_FMT(str_is_empty(user->groups) ? STR_LIT("none") : user->groups));
}

static int
regroup(struct command *c, char **arguments, enum groups_change how)
{
	struct str names[GROUPS_MAX];
	struct user *user, *changed;
	size_t n;
	int r;

	if (!read_names(arguments + 1, names, &n) ||
	    report_find_user(c, arguments[0], &user) != 0)
		return EXIT_FAILURE;
	r = users_set_groups(
	    c->env.users, str_of(user->base.id), how, names, n, STR_NULL, &changed);
	user_unref(user);
	if (r == USERS_E_MANY) {
		(void)fprintf(stderr,
		    "sessiongatectl: the user would be in more than %d groups: remove some "
		    "first (user group remove)\n",
		    GROUPS_MAX);
		return EXIT_FAILURE;
	}
	if (r != 0)
		return report_user_failed(c, "change the groups", r);
	audit("groups-changed", log_z("user", changed->base.id),
	    log_s("groups", changed->groups));
	print_groups(changed);
	user_unref(changed);
	return EXIT_SUCCESS;
}

static int
group_add(struct command *c, char **arguments)
{
	return regroup(c, arguments, GROUPS_ADD);
}

static int
group_remove(struct command *c, char **arguments)
{
	return regroup(c, arguments, GROUPS_REMOVE);
}

/* ------------------------------------------------------------------ disable, enable */

static bool
is_disabled_now(struct command *c, const char *id)
{
	struct user *user;
	bool is_disabled;

	if (users_get(c->env.users, str_of(id), &user) != 0)
		return false;
	is_disabled = user_is_disabled(user);
	user_unref(user);
	return is_disabled;
}

static int
disable(struct command *c, char **arguments)
{
	const char *what = "disable the user";
	struct user *user;
	int r;

	if (report_find_user(c, arguments[0], &user) != 0)
		return EXIT_FAILURE;
	r = account_set_disabled(&c->env, str_of(user->base.id), true);
	if (r == 0 || (r < 0 && is_disabled_now(c, user->base.id)))
		audit("user-disabled", log_z("user", user->base.id));
	if (r < 0 && is_disabled_now(c, user->base.id)) {
		what = "end the login sessions";
		(void)fprintf(stderr,
		    "sessiongatectl: the user is disabled; the login sessions that are left "
		    "open nothing\n");
	}
	user_unref(user);
	if (r != 0)
		return report_user_failed(c, what, r);
	(void)printf("disabled; all login sessions of this user ended\n");
	return EXIT_SUCCESS;
}

static int
enable(struct command *c, char **arguments)
{
	struct user *user;
	bool was_disabled;
	int r;

	if (report_find_user(c, arguments[0], &user) != 0)
		return EXIT_FAILURE;
	was_disabled = user_is_disabled(user);
	r = account_set_disabled(&c->env, str_of(user->base.id), false);
	if (r == 0 && was_disabled)
		audit("user-enabled", log_z("user", user->base.id));
	user_unref(user);
	if (r != 0)
		return report_user_failed(c, "enable the user", r);
	(void)printf(was_disabled ? "enabled\n" : "nothing to do: this user is not disabled\n");
	return EXIT_SUCCESS;
}

/* ------------------------------------------------------------------------- one user */

static void
print_text(const char *name, struct str text)
{
	if (str_is_null(text))
		return;
	(void)printf("%-12s", name);
	report_plain(stdout, text);
	(void)putchar('\n');
}

static int
show(struct command *c, char **arguments)
{
	char created[BASE_TIME_BYTES], updated[BASE_TIME_BYTES];
	struct user *user;

	if (report_find_user(c, arguments[0], &user) != 0)
		return EXIT_FAILURE;
	base_format_time(user->base.created_ms, created);
	base_format_time(user->base.updated_ms, updated);
	print_text("id", str_of(user->base.id));
	print_text("email", user->email);
	print_text("first_name", user->first_name);
	print_text("last_name", user->last_name);
	print_text("created_at", str_take(str_of(created), 19));
	print_text("updated_at", str_take(str_of(updated), 19));
	print_text("groups", str_is_empty(user->groups) ? STR_LIT("none") : user->groups);
	print_text("disabled", user_is_disabled(user) ? STR_LIT("yes") : STR_LIT("no"));
	user_unref(user);
	return EXIT_SUCCESS;
}

/* ----------------------------------------------------------------------- all groups */

struct group {
	char name[GROUPS_NAME_MAX_BYTES + 1];
	unsigned long long n_users, n_disabled;
};

struct census {
	void *tree; /* tsearch(3): of struct group, by name */
	bool has_failed;
};

static int
compare(const void *a, const void *b)
{
	return strcmp(((const struct group *)a)->name, ((const struct group *)b)->name);
}

/* The group of that name, made where there was none; NULL: no memory. */
static struct group *
look_up(struct census *census, struct str name)
{
	struct group *group = calloc(1, sizeof(*group)), **found;

	if (group == NULL)
		return NULL;
	memcpy(group->name, name.p, name.n);
	found = tsearch(group, &census->tree, compare);
	if (found == NULL || *found != group)
		free(group);
	return found != NULL ? *found : NULL;
}

static bool
count_one(void *arg, const struct user *user)
{
	struct census *census = arg;
	struct str groups = user->groups, name;

	while (!str_is_null(name = groups_next(&groups))) {
		struct group *group = look_up(census, name);

		if (group == NULL) {
			census->has_failed = true;
			return false;
		}
		group->n_users++;
		group->n_disabled += user_is_disabled(user);
	}
	return true;
}

static void
print_group(const void *node, VISIT visit, void *arg)
{
	const struct group *group = *(const struct group *const *)node;

	(void)arg;
	if (visit != postorder && visit != leaf)
		return;
	(void)printf(
	    "%s  %llu user%s", group->name, group->n_users, group->n_users == 1 ? "" : "s");
	if (group->n_disabled > 0)
		(void)printf(", %llu disabled", group->n_disabled);
	(void)putchar('\n');
}

static int
list_groups(struct command *c, char **arguments)
{
	struct census census = { .tree = NULL };
	int r = users_each(c->env.users, count_one, &census);

	(void)arguments;
	if (r == 0 && census.has_failed)
		r = -ENOMEM;
	if (r == 0)
		twalk_r(census.tree, print_group, NULL);
	tdestroy(census.tree, free);
	return r == 0 ? EXIT_SUCCESS : report_journal_failed(c, "read the users", r);
}

struct members {
	struct str group;
	uint64_t n;
};

static bool
print_member(void *arg, const struct user *user)
{
	struct members *members = arg;

	if (user_in_group(user, members->group)) {
		report_user(stdout, user);
		members->n++;
	}
	return true;
}

static int
show_group(struct command *c, char **arguments)
{
	struct members members = { .group = str_of(arguments[0]) };
	int r = users_each(c->env.users, print_member, &members);

	if (r != 0)
		return report_journal_failed(c, "read the users", r);
	if (members.n > 0)
		return EXIT_SUCCESS;
	(void)fprintf(stderr,
	    "sessiongatectl: nobody is in the group \"%s\": \"group list\" shows those there "
	    "are\n",
	    arguments[0]);
	return EXIT_FAILURE;
}

/* clang-format off */
const struct verb membership_verbs[] = {
	{ "show", "EMAIL", "all about a user, except the password", 0, show },
	{ "group add", "EMAIL GROUP...", "into these groups, too", 0, group_add },
	{ "group remove", "EMAIL GROUP...", "out of these groups", 0, group_remove },
	{ "disable", "EMAIL", "no more sign-ins; ends the user's login sessions", 0, disable },
	{ "enable", "EMAIL", "sign-ins again", 0, enable },
	{ NULL, NULL, NULL, 0, NULL },
};
const struct verb groups_verbs[] = {
	{ "list", NULL, "list all groups, with how many are in each", 0, list_groups },
	{ "show", "GROUP", "list the users in a group", 0, show_group },
	{ NULL, NULL, NULL, 0, NULL },
};
