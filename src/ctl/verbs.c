/* verbs.c - see verbs.h */
#include "ctl/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/audit.h"
#include "ctl/password_prompt.h"
#include "ctl/sessions.h"
#include "ctl/report.h"
#include "model/legacy_json.h"

static int
user_add(struct command *c, char **arguments)
{
	struct secret secret;
	struct account account = { .email = str_of(arguments[0]),
		.first_name = str_of(c->first_name),
		.last_name = str_of(c->last_name) };
	const char *problem;
	struct user *user;
	int r;

	if (str_is_empty(account.email)) {
		(void)fprintf(stderr, "sessiongatectl: the address is empty\n");
		return EXIT_FAILURE;
	}
	if (!secret_read(&secret)) {
		secret_wipe(&secret);
		return EXIT_FAILURE;
	}
	account.password = str_mem(secret.text, secret.n);
	problem = account_problem(&account);
	r = problem != NULL ? 0 : account_add(&c->env, &account, &user);
	secret_wipe(&secret);
	if (problem != NULL || r == USERS_E_EXISTS) {
		(void)fprintf(stderr, "sessiongatectl: cannot make this user: %s\n",
		    problem != NULL ? problem : "email already exists");
		return EXIT_FAILURE;
	}
	if (r != 0)
		return tell_journal_failed(c, "make this user", r);
	audit("user-added", log_z("user", user->base.id));
	(void)printf("%s\n", user->base.id);
	user_unref(user);
	return EXIT_SUCCESS;
}

static bool
print_user(void *arg, const struct user *user)
{
	char created[BASE_TIME_BYTES];

	(void)arg;
	base_format_time(user->base.created_ms, created);
	(void)printf("%s  %.19s  ", user->base.id, created);
	tell_plain(stdout, user->email);
	if (!str_is_null(user->first_name) || !str_is_null(user->last_name)) {
		struct buf name;

		buf_init(&name, (size_t)2 * USER_NAME_MAX_BYTES + 2);
		user_display_name(user, &name);
		(void)printf("  (");
		tell_plain(stdout, buf_str(&name));
		(void)printf(")");
		buf_fini(&name);
	}
	(void)putchar('\n');
	return true;
}

static int
user_list(struct command *c, char **arguments)
{
	int r = users_each(c->env.users, print_user, NULL);

	(void)arguments;
	return r == 0 ? EXIT_SUCCESS : tell_journal_failed(c, "read the users", r);
}

/*
 * The change is made, and then the login sessions could not be ended: the operator must not take
 * it for undone.  Whether it was: the user is another one now, or gone.
 */
static bool
tell_half_done(struct command *c, const struct user *before, const char *event)
{
	struct user *now;
	int r = users_get(c->env.users, str_of(before->base.id), &now);
	bool is_gone = r == USERS_E_ABSENT;
	bool is_changed = r == 0 && !str_eq(now->password_hash, before->password_hash);

	if (r == 0)
		user_unref(now);
	if (!is_gone && !is_changed)
		return false;
	audit(event, log_z("user", before->base.id));
	(void)fprintf(stderr,
	    is_gone
		? "sessiongatectl: the user is deleted; the login sessions that are left open "
		  "nothing\n"
		: "sessiongatectl: the password is changed, and login sessions of the user go "
		  "on: mend what is wrong, then use \"session end\"\n");
	return true;
}

static int
user_passwd(struct command *c, char **arguments)
{
	struct secret secret;
	struct user *user;
	int r;

	if (tell_find_user(c, arguments[0], &user) != 0)
		return EXIT_FAILURE;
	if (secret_read(&secret)) {
		r = account_set_password(
		    &c->env, str_of(user->base.id), str_mem(secret.text, secret.n));
		if (r == 0) {
			audit("password-changed", log_z("user", user->base.id));
			(void)printf(
			    "password changed; all login sessions of this user ended\n");
		} else {
			bool is_half_done =
			    r < 0 && tell_half_done(c, user, "password-changed");

			(void)tell_user_failed(c,
			    is_half_done ? "end the login sessions" : "change the password", r);
		}
	} else {
		r = -1;
	}
	secret_wipe(&secret);
	user_unref(user);
	return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int
user_delete(struct command *c, char **arguments)
{
	const char *what = "delete the user";
	struct user *user;
	int r;

	if (tell_find_user(c, arguments[0], &user) != 0)
		return EXIT_FAILURE;
	r = account_delete(&c->env, str_of(user->base.id));
	if (r == 0)
		audit("user-deleted", log_z("user", user->base.id));
	else if (r < 0 && tell_half_done(c, user, "user-deleted"))
		what = "end the login sessions";
	user_unref(user);
	if (r != 0)
		return tell_user_failed(c, what, r);
	(void)printf("deleted; all login sessions of this user ended\n");
	return EXIT_SUCCESS;
}

/* ----------------------------------------------- the original project's files */

static int
read_file(int fd, struct buf *out)
{
	ssize_t n = 1;

	while (n > 0) {
		char *room = buf_reserve(out, 65536);

		n = room != NULL ? read(fd, room, 65536) : 0;
		if (n > 0)
			buf_advance(out, (size_t)n);
		else if (n == -1 && errno == EINTR)
			n = 1;
	}
	if (n == -1)
		out->error = -errno;
	return buf_error(out);
}

static void
print_refusal(void *arg, struct str id, const char *reason)
{
	(void)arg;
	(void)fprintf(stderr, "sessiongatectl: ");
	tell_plain(stderr, id);
	(void)fprintf(stderr, " not imported: %s\n", reason);
}

static int
import_file(struct command *c, const char *path, bool is_users)
{
	struct legacy_json_report report = { .refused = print_refusal };
	struct err err = { "" };
	struct buf json;
	int r;

	buf_init(&json, LEGACY_JSON_MAX_BYTES);
	if ((r = read_file(c->file_fd, &json)) != 0)
		(void)err_set(&err, r, "cannot read: %s", strerror(-r));
	else if (is_users)
		r = legacy_json_read_users(c->env.users, buf_str(&json), &report, &err);
	else
		r = legacy_json_read_sessions(c->env.user_sessions, c->env.table,
		    &c->app.env.key, str_of(c->realm), buf_str(&json), &report, &err);
	buf_wipe(&json);
	/* Sessions come in one by one: some may be there when one fails. */
	if (report.n_added > 0)
		audit(is_users ? "users-imported" : "sessions-imported",
		    log_i("n", (int64_t)report.n_added));
	if (r != 0) {
		if ((r != -EBADMSG && r != -EROFS) || !tell_damage(c, "import"))
			(void)fprintf(stderr, "sessiongatectl: %s: %s\n", path, err.text);
		return EXIT_FAILURE;
	}
	(void)printf("%llu imported, %llu there already, %llu refused\n",
	    (unsigned long long)report.n_added, (unsigned long long)report.n_present,
	    (unsigned long long)report.n_refused);
	return report.n_refused == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int
user_import(struct command *c, char **arguments)
{
	return import_file(c, arguments[0], true);
}

static int
session_import(struct command *c, char **arguments)
{
	return import_file(c, arguments[0], false);
}

static int
print_export(const struct command *c, int r, struct buf *json)
{
	int status = EXIT_SUCCESS;

	if (r != 0) {
		status = tell_journal_failed(c, "export", r);
	} else if (fwrite(json->p, 1, json->n, stdout) != json->n) {
		(void)fprintf(stderr, "sessiongatectl: cannot write: %s\n", strerror(errno));
		status = EXIT_FAILURE;
	}
	buf_wipe(json);
	return status;
}

static int
user_export(struct command *c, char **arguments)
{
	struct buf json;

	(void)arguments;
	buf_init(&json, LEGACY_JSON_MAX_BYTES);
	return print_export(c, legacy_json_write_users(c->env.users, &json), &json);
}

static int
session_export(struct command *c, char **arguments)
{
	struct buf json;

	(void)arguments;
	buf_init(&json, LEGACY_JSON_MAX_BYTES);
	return print_export(c, legacy_json_write_sessions(c->env.user_sessions, &json), &json);
}

/* ----------------------------------------------------------------- journals */

static int
salvage_journal(struct command *c, char **arguments)
{
	const struct journal_config *configs[] = { &c->app.users_config,
		&c->app.user_sessions_config };
	struct journal_salvage report;
	struct err err = { "" };

	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
		if (strcmp(configs[i]->name, arguments[0]) != 0)
			continue;
		if (journal_salvage(configs[i], &report, &err) != 0) {
			(void)fprintf(stderr, "sessiongatectl: %s\n", err.text);
			return EXIT_FAILURE;
		}
		audit("journal-salvaged", log_z("journal", configs[i]->name));
		(void)printf(
		    "read %s/%s.jsonl: %llu intact lines kept, %llu damaged places left "
		    "out\n"
		    "the new journal is %s/%s.jsonl: %llu records\n"
		    "the file as it was is %s/%s\n",
		    configs[i]->dir_path, configs[i]->name, (unsigned long long)report.n_kept,
		    (unsigned long long)report.n_bad, configs[i]->dir_path, configs[i]->name,
		    (unsigned long long)report.n_live, configs[i]->dir_path, report.saved_as);
		if (report.n_kept > 0 || report.n_bad == 0)
			return EXIT_SUCCESS;
		(void)fflush(stdout);
		(void)fprintf(stderr,
		    "sessiongatectl: no line of %s/%s.jsonl was intact: the new journal is "
		    "empty; restore a backup, or put %s/%s back\n",
		    configs[i]->dir_path, configs[i]->name, configs[i]->dir_path,
		    report.saved_as);
		return EXIT_FAILURE;
	}
	(void)fprintf(stderr,
	    "sessiongatectl: no journal is called \"%s\": User or UserSession\n", arguments[0]);
	return EXIT_FAILURE;
}

/* clang-format off */
const struct verb verbs[] = {
	{ "user", "add", "EMAIL", "make a user; prints the id", VERB_BEGINS, user_add },
	{ "user", "list", NULL, "list all users in order of creation", 0, user_list },
	{ "user", "passwd", "EMAIL", "another password; ends the user's login sessions", 0, user_passwd },
	{ "user", "delete", "EMAIL", "delete a user; ends the user's login sessions", 0, user_delete },
	{ "user", "import", "FILE", "take the users of a .db_User.json", VERB_BEGINS | VERB_READS_FILE, user_import },
	{ "user", "export", NULL, "print all users as a .db_User.json", 0, user_export },
	{ "session", "list", NULL, "list all login sessions, in no order", 0, sessions_list },
	{ "session", "end", "EMAIL", "end all login sessions of a user", 0, sessions_end },
	{ "session", "stats", NULL, "how many there are, and what the session table has done", 0, sessions_stats },
	{ "session", "check", NULL, "look whether the session table is sound", 0, sessions_check },
	{ "session", "import", "FILE", "take the sessions of a .db_UserSession.json", VERB_BEGINS | VERB_READS_FILE, session_import },
	{ "session", "export", NULL, "print the stored sessions likewise, as digests", 0, session_export },
	{ "journal", "salvage", "NAME", "keep what is intact of a damaged journal, User or UserSession", VERB_IS_BARE, salvage_journal },
};
/* clang-format on */
const size_t n_verbs = sizeof(verbs) / sizeof(verbs[0]);
