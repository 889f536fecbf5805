/* check_users.c - tests of src/model/users.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "model/users.h"
#include "unit/fail_part.h"
#include "unit/site.h"
#include "unit/tmp.h"

Suite *check_users_suite(void);

static struct users *
users(void)
{
	return site.app.env.users;
}

static struct user *
new_user(const char *email)
{
	struct user *user;

	ck_assert_int_eq(
	    user_new(str_of(email), STR_LIT("$y$h"), STR_NULL, STR_NULL, &user), 0);
	return user;
}

static struct user *
add(const char *email)
{
	struct user *user = new_user(email);

	ck_assert_int_eq(users_add(users(), user), 0);
	return user;
}

static uint64_t
count(void)
{
	uint64_t n;

	ck_assert_int_eq(users_count(users(), &n), 0);
	return n;
}

START_TEST(added_found_and_counted)
{
	struct user *bob, *found;

	ck_assert_uint_eq(count(), 0);
	bob = add("bob@hbtn.io");
	ck_assert_uint_eq(count(), 1);
	ck_assert_int_eq(users_get(users(), str_of(bob->base.id), &found), 0);
	unit_assert_str(found->email, "bob@hbtn.io");
	user_unref(found);
	ck_assert_int_eq(users_find_by_email(users(), STR_LIT("bob@hbtn.io"), &found), 0);
	ck_assert_str_eq(found->base.id, bob->base.id);
	user_unref(found);
	ck_assert_int_eq(users_get(users(), STR_LIT("me"), &found), USERS_E_ABSENT);
	ck_assert_int_eq(users_get(users(), STR_LIT(""), &found), USERS_E_ABSENT);
	/* Exact comparison. */
	ck_assert_int_eq(
	    users_find_by_email(users(), STR_LIT("Bob@hbtn.io"), &found), USERS_E_ABSENT);
	ck_assert_int_eq(
	    users_find_by_email(users(), STR_LIT("bob@hbtn.i"), &found), USERS_E_ABSENT);
	ck_assert_int_eq(users_find_by_email(users(), STR_LIT(""), &found), USERS_E_ABSENT);
	user_unref(bob);
}
END_TEST

START_TEST(an_address_is_unique_and_exact)
{
	struct user *bob = add("bob@hbtn.io"), *again = new_user("bob@hbtn.io"),
		    *other = add("Bob@hbtn.io");

	ck_assert_int_eq(users_add(users(), again), USERS_E_EXISTS);
	ck_assert_uint_eq(count(), 2);
	/* The refusal left no lock behind. */
	ck_assert_int_eq(users_remove(users(), str_of(bob->base.id), STR_NULL), 0);
	ck_assert_int_eq(users_add(users(), again), 0);
	user_unref(bob);
	user_unref(again);
	user_unref(other);
}
END_TEST

/* Many applications take both for one user. */
START_TEST(an_address_may_have_to_differ_by_more_than_case)
{
	struct user *bob = add("bob@hbtn.io"), *twin = new_user("BOB@hbtn.io"),
		    *other = new_user("bo@hbtn.io"), *again = new_user("bob@hbtn.io");

	ck_assert_int_eq(users_add_distinct(users(), twin), USERS_E_CASE);
	ck_assert_int_eq(users_add_distinct(users(), again), USERS_E_EXISTS);
	ck_assert_int_eq(users_add_distinct(users(), other), 0);
	ck_assert_uint_eq(count(), 2);
	ck_assert_int_eq(users_remove(users(), str_of(bob->base.id), STR_NULL), 0);
	ck_assert_int_eq(users_add_distinct(users(), twin), 0);
	user_unref(bob);
	user_unref(twin);
	user_unref(other);
	user_unref(again);
}
END_TEST

struct list {
	char text[400];
	int n_most;
};

static bool
list_one(void *arg, const struct user *user)
{
	struct list *list = arg;

	(void)snprintf(list->text + strlen(list->text), sizeof(list->text) - strlen(list->text),
	    "%.*s ", STR_FMT(user->email));
	return --list->n_most != 0;
}

START_TEST(listed_in_order_of_creation_whatever_happens_later)
{
	struct user *a = add("z"), *b = add("m"), *c = add("a"), *changed;
	struct list list = { .n_most = -1 };

	ck_assert_int_eq(
	    users_rename(users(), str_of(a->base.id), STR_LIT("Zed"), STR_NULL, &changed), 0);
	user_unref(changed);
	ck_assert_int_eq(users_each(users(), list_one, &list), 0);
	ck_assert_str_eq(list.text, "z m a ");
	site_reopen();
	list = (struct list){ .n_most = -1 };
	ck_assert_int_eq(users_each(users(), list_one, &list), 0);
	ck_assert_str_eq(list.text, "z m a ");
	list = (struct list){ .n_most = 2 };
	ck_assert_int_eq(users_each(users(), list_one, &list), 0);
	ck_assert_str_eq(list.text, "z m ");
	user_unref(a);
	user_unref(b);
	user_unref(c);
}
END_TEST

START_TEST(search_is_exact_equality)
{
	struct user *a = add("a@x"), *b = add("b@x"), *changed;
	struct list list = { .n_most = -1 };

	ck_assert_int_eq(
	    users_rename(users(), str_of(a->base.id), STR_LIT("Bob"), STR_NULL, &changed), 0);
	user_unref(changed);
	ck_assert_int_eq(
	    users_rename(users(), str_of(b->base.id), STR_LIT("Bob"), STR_NULL, &changed), 0);
	user_unref(changed);
	ck_assert_int_eq(
	    users_search(users(), STR_LIT("first_name"), STR_LIT("Bob"), list_one, &list), 0);
	ck_assert_str_eq(list.text, "a@x b@x ");
	list = (struct list){ .n_most = -1 };
	ck_assert_int_eq(
	    users_search(users(), STR_LIT("first_name"), STR_LIT("bob"), list_one, &list), 0);
	ck_assert_int_eq(
	    users_search(users(), STR_LIT("first_name"), STR_LIT("Bo"), list_one, &list), 0);
	/* null is no text, not even the empty one. */
	ck_assert_int_eq(
	    users_search(users(), STR_LIT("last_name"), STR_LIT(""), list_one, &list), 0);
	ck_assert_int_eq(
	    users_search(users(), STR_LIT("color"), STR_LIT(""), list_one, &list), 0);
	ck_assert_str_eq(list.text, "");
	ck_assert_int_eq(
	    users_search(users(), STR_LIT("email"), STR_LIT("b@x"), list_one, &list), 0);
	ck_assert_int_eq(
	    users_search(users(), STR_LIT("id"), str_of(a->base.id), list_one, &list), 0);
	ck_assert_str_eq(list.text, "b@x a@x ");
	user_unref(a);
	user_unref(b);
}
END_TEST

/* ---------------------------------------------------------- with and without case */

/* The address of who is found by it; NULL: nobody. */
static const char *
found_by(const char *email)
{
	static char text[100];
	struct user *user;

	if (users_find_by_email(users(), str_of(email), &user) != 0)
		return NULL;
	(void)snprintf(text, sizeof(text), "%.*s", STR_FMT(user->email));
	user_unref(user);
	return text;
}

static int
try_to_add(const char *email)
{
	struct user *user;
	int r;

	ck_assert_int_eq(
	    user_new(str_of(email), STR_LIT("$y$h"), STR_NULL, STR_NULL, &user), 0);
	r = users_add(users(), user);
	user_unref(user);
	return r;
}

START_TEST(case_is_kept_apart)
{
	user_unref(add("Bob@x.org"));
	ck_assert_pstr_eq(found_by("Bob@x.org"), "Bob@x.org");
	ck_assert_pstr_eq(found_by("bob@x.org"), NULL);
	ck_assert_int_eq(try_to_add("bob@x.org"), 0);
	ck_assert_pstr_eq(found_by("bob@x.org"), "bob@x.org");
}
END_TEST

static void
fold(void)
{
	site.settings.fold_email_case = true;
	site_reopen();
}

START_TEST(case_is_folded_where_somebody_wants_it)
{
	static char text[300];

	fold();
	user_unref(add("Bob@X.org"));
	ck_assert_pstr_eq(found_by("bob@x.org"), "Bob@X.org");
	ck_assert_pstr_eq(found_by("BOB@x.ORG"), "Bob@X.org");
	ck_assert_pstr_eq(found_by("bob@x.orh"), NULL);
	ck_assert_pstr_eq(found_by("bob@x.or"), NULL);
	ck_assert_int_eq(try_to_add("bob@x.org"), USERS_E_EXISTS);
	/* A-Z alone: no bit of anything else is a case. */
	ck_assert_int_eq(try_to_add("\303\234[@x.org"), 0);
	ck_assert_pstr_eq(found_by("\303\274[@x.org"), NULL);
	ck_assert_pstr_eq(found_by("\303\234{@x.org"), NULL);
	ck_assert_pstr_eq(found_by("\303\234[@X.org"), "\303\234[@x.org");
	/* Longer than any address of the API. */
	memset(text, 'a', sizeof(text) - 1);
	ck_assert_int_eq(try_to_add(text), 0);
	text[298] = 'B';
	ck_assert_int_eq(try_to_add(text), 0);
	text[298] = 'b';
	ck_assert_int_eq(try_to_add(text), USERS_E_EXISTS);
	site_reopen();
	ck_assert_pstr_eq(found_by("bOB@x.org"), "Bob@X.org");
}
END_TEST

/* Made when they were two. */
START_TEST(of_two_that_are_one_when_folded_each_keeps_its_own)
{
	struct user *first = add("Bob@x.org"), *second = add("bob@x.org"), *other = add("a@x");

	fold();
	ck_assert_pstr_eq(found_by("Bob@x.org"), "Bob@x.org");
	ck_assert_pstr_eq(found_by("bob@x.org"), "bob@x.org");
	ck_assert_pstr_eq(found_by("BOB@x.org"), "Bob@x.org"); /* the older one */
	ck_assert_int_eq(try_to_add("bOB@x.org"), USERS_E_EXISTS);
	ck_assert_int_eq(users_remove(users(), str_of(first->base.id), STR_NULL), 0);
	ck_assert_pstr_eq(found_by("BOB@x.org"), "bob@x.org");
	ck_assert_pstr_eq(found_by("Bob@x.org"), "bob@x.org");
	ck_assert_int_eq(users_remove(users(), str_of(second->base.id), STR_NULL), 0);
	ck_assert_pstr_eq(found_by("bob@x.org"), NULL);
	ck_assert_pstr_eq(found_by("A@x"), "a@x");
	user_unref(first);
	user_unref(second);
	user_unref(other);
}
END_TEST

START_TEST(renamed)
{
	struct user *bob, *changed = NULL;

	clock_freeze(1, 1000000);
	bob = add("bob@hbtn.io");
	clock_freeze(1, 2000000);
	ck_assert_int_eq(
	    users_rename(users(), str_of(bob->base.id), STR_LIT("Bob"), STR_NULL, &changed), 0);
	unit_assert_str(changed->first_name, "Bob");
	unit_assert_str(changed->last_name, NULL);
	ck_assert_int_eq(changed->base.created_ms, 1000000);
	ck_assert_int_eq(changed->base.updated_ms, 2000000);
	user_unref(changed);
	changed = NULL;
	ck_assert_int_eq(users_rename(users(), STR_LIT("me"), STR_LIT("x"), STR_NULL, &changed),
	    USERS_E_ABSENT);
	ck_assert_ptr_null(changed);
	site_reopen();
	ck_assert_int_eq(users_get(users(), str_of(bob->base.id), &changed), 0);
	unit_assert_str(changed->first_name, "Bob");
	user_unref(changed);
	user_unref(bob);
}
END_TEST

START_TEST(removed)
{
	struct user *bob = add("bob@hbtn.io"), *found;

	ck_assert_int_eq(users_remove(users(), str_of(bob->base.id), STR_NULL), 0);
	ck_assert_int_eq(users_remove(users(), str_of(bob->base.id), STR_NULL), USERS_E_ABSENT);
	ck_assert_int_eq(users_get(users(), str_of(bob->base.id), &found), USERS_E_ABSENT);
	ck_assert_int_eq(
	    users_find_by_email(users(), STR_LIT("bob@hbtn.io"), &found), USERS_E_ABSENT);
	ck_assert_uint_eq(count(), 0);
	/* A thread that still held the object can still read it. */
	unit_assert_str(bob->email, "bob@hbtn.io");
	user_unref(bob);
	site_reopen();
	ck_assert_uint_eq(count(), 0);
}
END_TEST

START_TEST(a_password_is_set_only_over_the_one_that_was_seen)
{
	struct user *bob = add("bob@hbtn.io"), *now;
	struct str id = str_of(bob->base.id);

	ck_assert_int_eq(users_set_password(users(), id, STR_LIT("$y$other"), STR_LIT("$y$i")),
	    USERS_E_ABSENT);
	ck_assert_int_eq(users_set_password(users(), id, STR_LIT("$y$h"), STR_LIT("$y$i")), 0);
	ck_assert_int_eq(users_get(users(), id, &now), 0);
	unit_assert_str(now->password_hash, "$y$i");
	user_unref(now);
	ck_assert_int_eq(
	    users_set_password(users(), id, STR_LIT("$y$h"), STR_LIT("$y$j")), USERS_E_ABSENT);
	ck_assert_int_eq(users_set_password(users(), id, STR_NULL, STR_LIT("$y$k")), 0);
	ck_assert_int_eq(users_get(users(), id, &now), 0);
	unit_assert_str(now->password_hash, "$y$k");
	user_unref(now);
	ck_assert_int_eq(users_set_password(users(), STR_LIT("x"), STR_NULL, STR_LIT("$y$k")),
	    USERS_E_ABSENT);
	user_unref(bob);
}
END_TEST

/* --------------------------------------------------------------- groups, disabled */

static int
set_groups(const struct user *user, enum groups_change how, const char *group, struct str kept)
{
	const struct str name = str_of(group);
	struct user *changed = NULL;
	int r = users_set_groups(
	    users(), str_of(user->base.id), how, &name, group != NULL, kept, &changed);

	ck_assert_int_eq(r == 0, changed != NULL);
	user_unref(changed);
	return r;
}

/* "admin,staff disabled" */
static const char *
state_of(const struct user *user)
{
	static char text[200];
	struct user *now;

	ck_assert_int_eq(users_get(users(), str_of(user->base.id), &now), 0);
	(void)snprintf(text, sizeof(text), "%.*s%s", STR_FMT(now->groups),
	    user_is_disabled(now) ? " disabled" : "");
	user_unref(now);
	return text;
}

START_TEST(groups_and_disabled_are_kept)
{
	struct user *bob = add("bob@x");
	struct str id = str_of(bob->base.id);

	ck_assert_int_eq(set_groups(bob, GROUPS_ADD, "staff", STR_NULL), 0);
	ck_assert_int_eq(set_groups(bob, GROUPS_ADD, "admin", STR_NULL), 0);
	ck_assert_int_eq(users_set_disabled(users(), id, true, STR_NULL), 0);
	ck_assert_str_eq(state_of(bob), "admin,staff disabled");
	site_reopen();
	ck_assert_str_eq(state_of(bob), "admin,staff disabled");
	ck_assert_int_eq(set_groups(bob, GROUPS_REMOVE, "admin", STR_NULL), 0);
	ck_assert_int_eq(users_set_disabled(users(), id, false, STR_NULL), 0);
	ck_assert_str_eq(state_of(bob), "staff");
	ck_assert_int_eq(set_groups(bob, GROUPS_SET, NULL, STR_NULL), 0);
	site_reopen();
	ck_assert_str_eq(state_of(bob), "");
	ck_assert_int_eq(set_groups(bob, GROUPS_ADD, "a b", STR_NULL), -EINVAL);
	ck_assert_int_eq(
	    users_set_disabled(users(), STR_LIT("x"), true, STR_NULL), USERS_E_ABSENT);
	user_unref(bob);
}
END_TEST

START_TEST(groups_have_a_limit)
{
	struct user *bob = add("bob@x");
	char name[16];

	for (int i = 0; i < GROUPS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "group%d", i);
		ck_assert_int_eq(set_groups(bob, GROUPS_ADD, name, STR_NULL), 0);
	}
	ck_assert_int_eq(set_groups(bob, GROUPS_ADD, "more", STR_NULL), USERS_E_MANY);
	ck_assert_int_eq(set_groups(bob, GROUPS_ADD, "group7", STR_NULL), 0);
	user_unref(bob);
}
END_TEST

/* What may be done to a user who is the only enabled administrator, and is not. */
START_TEST(the_last_enabled_member_stays)
{
	const struct str admin = STR_LIT("admin");
	struct user *ann = add("ann@x"), *bob = add("bob@x");
	struct str id = str_of(ann->base.id);

	/* Who is none may go, be disabled, and be put into any group. */
	ck_assert_int_eq(set_groups(ann, GROUPS_SET, "staff", admin), 0);
	ck_assert_int_eq(users_set_disabled(users(), id, true, admin), 0);
	ck_assert_int_eq(set_groups(ann, GROUPS_ADD, "admin", admin), 0);
	ck_assert_int_eq(set_groups(ann, GROUPS_REMOVE, "admin", admin), 0);
	ck_assert_int_eq(set_groups(ann, GROUPS_ADD, "admin", admin), 0);
	ck_assert_int_eq(users_set_disabled(users(), id, false, admin), 0);
	/* Now ann is the only one; neither a disabled one nor one of "admins" counts. */
	ck_assert_int_eq(set_groups(bob, GROUPS_ADD, "admins", admin), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(set_groups(ann, GROUPS_REMOVE, "admin", admin), USERS_E_LAST);
		ck_assert_int_eq(set_groups(ann, GROUPS_SET, "staff", admin), USERS_E_LAST);
		ck_assert_int_eq(set_groups(ann, GROUPS_SET, NULL, admin), USERS_E_LAST);
		ck_assert_int_eq(users_set_disabled(users(), id, true, admin), USERS_E_LAST);
		ck_assert_int_eq(users_remove(users(), id, admin), USERS_E_LAST);
		ck_assert_int_eq(set_groups(ann, GROUPS_REMOVE, "staff", admin), 0);
		ck_assert_int_eq(set_groups(bob, GROUPS_SET, "admin", admin), 0);
		ck_assert_int_eq(
		    users_set_disabled(users(), str_of(bob->base.id), true, admin), 0);
	}
	ck_assert_str_eq(state_of(ann), "admin");
	/* With another one she may go; nobody keeps the operator from anything. */
	ck_assert_int_eq(users_set_disabled(users(), str_of(bob->base.id), false, admin), 0);
	ck_assert_int_eq(users_remove(users(), id, admin), 0);
	ck_assert_int_eq(users_remove(users(), str_of(bob->base.id), admin), USERS_E_LAST);
	ck_assert_int_eq(users_remove(users(), str_of(bob->base.id), STR_NULL), 0);
	user_unref(ann);
	user_unref(bob);
}
END_TEST

static void
demote_there(struct app *app, void *arg)
{
	struct user *changed;

	if (users_set_groups(app->env.users, str_of(arg), GROUPS_SET, NULL, 0, STR_LIT("admin"),
		&changed) != 0)
		_exit(1);
	user_unref(changed);
}

static void
demote_meanwhile(void *arg)
{
	site_in_other_process(demote_there, arg);
}

/* Another process is first, after this one has looked at the users: it is seen. */
START_TEST(of_two_at_once_one_stays)
{
	const struct str admin = STR_LIT("admin");
	struct user *ann = add("ann@x"), *bob = add("bob@x");
	struct str id = str_of(ann->base.id);

	ck_assert_int_eq(set_groups(ann, GROUPS_SET, "admin", STR_NULL), 0);
	ck_assert_int_eq(set_groups(bob, GROUPS_SET, "admin", STR_NULL), 0);
	fail_part_before("journal_lock", demote_meanwhile, bob->base.id);
	switch (_i) {
	case 0:
		ck_assert_int_eq(users_remove(users(), id, admin), USERS_E_LAST);
		break;
	case 1:
		ck_assert_int_eq(users_set_disabled(users(), id, true, admin), USERS_E_LAST);
		break;
	default:
		ck_assert_int_eq(set_groups(ann, GROUPS_REMOVE, "admin", admin), USERS_E_LAST);
		break;
	}
	ck_assert_str_eq(state_of(bob), "");
	ck_assert_str_eq(state_of(ann), "admin");
	user_unref(ann);
	user_unref(bob);
}
END_TEST

static char *
first_line(void)
{
	char *text = tmp_read("data/User.jsonl");

	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* Going back to an older program must not need more than it did, unless these are used. */
START_TEST(the_format_is_the_first_until_somebody_is_in_a_group_or_disabled)
{
	struct user *bob = add("bob@x"), *ann = add("ann@x"), *changed;
	struct str id = str_of(bob->base.id);
	char *line;

	ck_assert_int_eq(users_rename(users(), id, STR_LIT("B"), STR_NULL, &changed), 0);
	user_unref(changed);
	ck_assert_int_eq(set_groups(bob, GROUPS_SET, NULL, STR_NULL), 0);
	ck_assert_int_eq(users_set_disabled(users(), id, false, STR_NULL), 0);
	line = first_line();
	ck_assert_ptr_nonnull(strstr(line, "\"sessiongate journal 1\""));
	free(line);
	if (_i == 0)
		ck_assert_int_eq(set_groups(bob, GROUPS_ADD, "a", STR_NULL), 0);
	else
		ck_assert_int_eq(users_set_disabled(users(), id, true, STR_NULL), 0);
	line = first_line();
	ck_assert_ptr_nonnull(strstr(line, "\"sessiongate journal 2\""));
	free(line);
	ck_assert_uint_eq(count(), 2);
	ck_assert_int_eq(users_remove(users(), str_of(ann->base.id), STR_NULL), 0);
	site_reopen();
	ck_assert_uint_eq(count(), 1);
	ck_assert_str_eq(state_of(bob), _i == 0 ? "a" : " disabled");
	user_unref(ann);
	user_unref(bob);
}
END_TEST

static void
look_there(struct app *app, void *arg)
{
	struct user *now;

	if (users_get(app->env.users, str_of(arg), &now) != 0 ||
	    !user_in_group(now, STR_LIT("a")))
		_exit(1);
	user_unref(now);
}

START_TEST(another_process_sees_a_group_at_once)
{
	struct user *bob = add("bob@x");

	ck_assert_int_eq(set_groups(bob, GROUPS_ADD, "a", STR_NULL), 0);
	site_in_other_process(look_there, bob->base.id);
	user_unref(bob);
}
END_TEST

static const char *const format_failures[] = { "journal_require_format", "journal_append",
	"journal_sync" };

START_TEST(what_fails_changes_no_group)
{
	struct user *bob = add("bob@x");

	fail_part(format_failures[_i], 1, -ENOSPC);
	ck_assert_int_eq(set_groups(bob, GROUPS_ADD, "a", STR_NULL), -ENOSPC);
	ck_assert(fail_part_is_done());
	ck_assert_int_eq(set_groups(bob, GROUPS_ADD, "b", STR_NULL), 0);
	user_unref(bob);
}
END_TEST

/* -------------------------------------------------------------- other processes */

static void
rename_there(struct app *app, void *arg)
{
	struct user *found, *changed;

	if (users_find_by_email(app->env.users, STR_LIT("bob@hbtn.io"), &found) != 0 ||
	    users_rename(app->env.users, str_of(found->base.id), STR_LIT("There"), STR_NULL,
		&changed) != 0)
		_exit(1);
	user_unref(found);
	user_unref(changed);
	(void)arg;
}

static void
remove_there(struct app *app, void *arg)
{
	struct user *found;

	if (users_find_by_email(app->env.users, STR_LIT("bob@hbtn.io"), &found) != 0 ||
	    !str_eq_z(found->first_name, "There") ||
	    users_remove(app->env.users, str_of(found->base.id), STR_NULL) != 0)
		_exit(1);
	user_unref(found);
	(void)arg;
}

static void
add_there(struct app *app, void *arg)
{
	struct user *user = new_user(arg);

	if (users_add(app->env.users, user) != 0)
		_exit(1);
	user_unref(user);
}

START_TEST(every_process_sees_every_change_at_once)
{
	struct user *bob = add("bob@hbtn.io"), *found;
	char email[32];

	site_in_other_process(rename_there, NULL);
	ck_assert_int_eq(users_get(users(), str_of(bob->base.id), &found), 0);
	unit_assert_str(found->first_name, "There");
	user_unref(found);
	site_in_other_process(remove_there, NULL);
	ck_assert_int_eq(users_get(users(), str_of(bob->base.id), &found), USERS_E_ABSENT);
	for (int i = 0; i < 10; i++) {
		(void)snprintf(email, sizeof(email), "user%d@x", i);
		site_in_other_process(add_there, email);
		ck_assert_int_eq(users_find_by_email(users(), str_of(email), &found), 0);
		user_unref(found);
		ck_assert_uint_eq(count(), (uint64_t)i + 1);
	}
	user_unref(bob);
}
END_TEST

/* All take the same addresses: each is had once, whoever was first. */
#define N_PROCESSES 4
#define N_ADDRESSES 25

START_TEST(processes_that_race_for_an_address)
{
	int status, n_won = 0;
	pid_t pids[N_PROCESSES];

	for (int p = 0; p < N_PROCESSES; p++) {
		ck_assert_int_ne(pids[p] = fork(), -1);
		if (pids[p] == 0) {
			struct app app;
			int n = 0;

			if (app_open(&app, &site.settings, false, NULL) != 0)
				_exit(200);
			for (int i = 0; i < N_ADDRESSES; i++) {
				char email[32];
				struct user *user;
				int r;

				(void)snprintf(email, sizeof(email), "user%d@x", i);
				user = new_user(email);
				r = users_add(app.env.users, user);
				user_unref(user);
				if (r != 0 && r != USERS_E_EXISTS)
					_exit(201);
				n += r == 0;
			}
			_exit(n);
		}
	}
	for (int p = 0; p < N_PROCESSES; p++) {
		ck_assert_int_eq(waitpid(pids[p], &status, 0), pids[p]);
		ck_assert(WIFEXITED(status));
		ck_assert_int_lt(WEXITSTATUS(status), 200);
		n_won += WEXITSTATUS(status);
	}
	ck_assert_int_eq(n_won, N_ADDRESSES);
	ck_assert_uint_eq(count(), N_ADDRESSES);
	site_reopen();
	ck_assert_uint_eq(count(), N_ADDRESSES);
}
END_TEST

/* ------------------------------------------------------------------- failures */

static const char *const parts[] = { "journal_lock", "journal_append", "journal_sync" };

START_TEST(what_the_journal_refuses_is_an_error)
{
	struct user *bob = add("bob@hbtn.io"), *eve = new_user("eve@hbtn.io"), *changed = NULL;
	struct str id = str_of(bob->base.id);

	fail_part(parts[_i], 1, -EIO);
	ck_assert_int_eq(users_add(users(), eve), -EIO);
	fail_part(parts[_i], 1, -ENOSPC);
	ck_assert_int_eq(users_rename(users(), id, STR_LIT("x"), STR_NULL, &changed), -ENOSPC);
	ck_assert_ptr_null(changed);
	fail_part(parts[_i], 1, -EROFS);
	ck_assert_int_eq(users_set_password(users(), id, STR_NULL, STR_LIT("x")), -EROFS);
	fail_part(parts[_i], 1, -ETIMEDOUT);
	ck_assert_int_eq(users_remove(users(), id, STR_NULL), -ETIMEDOUT);
	/* No lock was left behind. */
	user_unref(eve);
	eve = new_user("eve2@hbtn.io");
	ck_assert_int_eq(users_add(users(), eve), 0);
	user_unref(eve);
	user_unref(bob);
}
END_TEST

START_TEST(a_journal_that_cannot_be_read_is_no_answer)
{
	struct user *bob = add("bob@hbtn.io"), *found;
	struct list list = { .n_most = -1 };
	uint64_t n;

	for (int i = 0; i < 5; i++) {
		char email[32];

		/* Something to catch up with. */
		(void)snprintf(email, sizeof(email), "user%d@x", i);
		user_unref(add(email));
		fail_part("journal_catch_up", 1, -EIO);
		switch (i) {
		case 0:
			ck_assert_int_eq(
			    users_get(users(), str_of(bob->base.id), &found), -EIO);
			break;
		case 1:
			ck_assert_int_eq(
			    users_find_by_email(users(), bob->email, &found), -EIO);
			break;
		case 2:
			ck_assert_int_eq(users_count(users(), &n), -EIO);
			break;
		case 3:
			ck_assert_int_eq(users_each(users(), list_one, &list), -EIO);
			break;
		default:
			ck_assert_int_eq(
			    users_remove(users(), str_of(bob->base.id), STR_NULL), -EIO);
			break;
		}
		ck_assert(fail_part_is_done());
	}
	ck_assert_uint_eq(count(), 6);
	user_unref(bob);
}
END_TEST

Suite *
check_users_suite(void)
{
	Suite *s = suite_create("model/users");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, added_found_and_counted);
	tcase_add_test(tc, an_address_is_unique_and_exact);
	tcase_add_test(tc, an_address_may_have_to_differ_by_more_than_case);
	tcase_add_test(tc, listed_in_order_of_creation_whatever_happens_later);
	tcase_add_test(tc, search_is_exact_equality);
	tcase_add_test(tc, case_is_kept_apart);
	tcase_add_test(tc, case_is_folded_where_somebody_wants_it);
	tcase_add_test(tc, of_two_that_are_one_when_folded_each_keeps_its_own);
	tcase_add_test(tc, renamed);
	tcase_add_test(tc, removed);
	tcase_add_test(tc, a_password_is_set_only_over_the_one_that_was_seen);
	suite_add_tcase(s, tc);

	tc = tcase_create("groups");
	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, groups_and_disabled_are_kept);
	tcase_add_test(tc, groups_have_a_limit);
	tcase_add_test(tc, the_last_enabled_member_stays);
	tcase_add_loop_test(tc, of_two_at_once_one_stays, 0, 3);
	tcase_add_loop_test(
	    tc, the_format_is_the_first_until_somebody_is_in_a_group_or_disabled, 0, 2);
	tcase_add_test(tc, another_process_sees_a_group_at_once);
	tcase_add_loop_test(tc, what_fails_changes_no_group, 0, 3);
	suite_add_tcase(s, tc);

	tc = tcase_create("processes");
	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, every_process_sees_every_change_at_once);
	tcase_add_test(tc, processes_that_race_for_an_address);
	suite_add_tcase(s, tc);

	tc = tcase_create("failures");
	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_loop_test(tc, what_the_journal_refuses_is_an_error, 0, 3);
	tcase_add_test(tc, a_journal_that_cannot_be_read_is_no_answer);
	suite_add_tcase(s, tc);
	return s;
}
