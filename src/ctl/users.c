/* users.c - the verbs of the users (command.h) */
#include "ctl/command.h"

#include <stdio.h>
#include <stdlib.h>

#include "ctl/audit.h"
#include "ctl/password_prompt.h"
#include "ctl/report.h"
#include "ctl/transfer.h"

/*
 * The policy of the program, as far as it is given to the command: what a web server sends with its
 * requests is not.  False after telling why the password is refused.
 */
static bool
is_allowed(const struct command *c, struct str password, struct str email)
{
	struct request_settings settings;
	struct password_policy policy;
	struct err why = { "" };

	if (c->takes_any_password)
		return true;
	request_settings_prepare();
	request_settings_read(&(struct cgi_vars){ 0 }, &settings);
	if (settings.problem != NULL) {
		(void)fprintf(stderr, "sessiongatectl: %s\n", settings.problem);
		return false;
	}
	policy = app_password_policy(&c->app, &settings);
	if (password_policy_allows(&policy, password, email, &why))
		return true;
	(void)fprintf(
	    stderr, "sessiongatectl: %s: --any-password takes it all the same\n", why.text);
	return false;
}

static int
add(struct command *c, char **arguments)
{
	struct secret secret;
	struct account account = { .email = str_of(arguments[0]),
		.first_name = str_of(c->first_name),
		.last_name = str_of(c->last_name) };
	struct account_env env = c->env;
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
	if (problem == NULL && !is_allowed(c, account.password, account.email)) {
		secret_wipe(&secret);
		return EXIT_FAILURE;
	}
	env.is_distinct = true;
	r = problem != NULL ? 0 : account_add(&env, &account, &user);
	secret_wipe(&secret);
	if (r == USERS_E_EXISTS)
		problem = "email already exists";
	else if (r == USERS_E_CASE)
		problem = "email already exists in another case of letters";
	if (problem != NULL) {
		(void)fprintf(stderr, "sessiongatectl: cannot make this user: %s\n", problem);
		return EXIT_FAILURE;
	}
	if (r != 0)
		return report_journal_failed(c, "make this user", r);
	audit("user-added", log_z("user", user->base.id));
	(void)printf("%s\n", user->base.id);
	user_unref(user);
	return EXIT_SUCCESS;
}

static bool
print_user(void *arg, const struct user *user)
{
	(void)arg;
	report_user(stdout, user);
	return true;
}

static int
list(struct command *c, char **arguments)
{
	int r = users_each(c->env.users, print_user, NULL);

	(void)arguments;
	return r == 0 ? EXIT_SUCCESS : report_journal_failed(c, "read the users", r);
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
		  "on: put right what is wrong, then use \"session end\"\n");
	return true;
}

static int
passwd(struct command *c, char **arguments)
{
	struct secret secret;
	struct user *user;
	int r;

	if (report_find_user(c, arguments[0], &user) != 0)
		return EXIT_FAILURE;
	if (secret_read(&secret) &&
	    is_allowed(c, str_mem(secret.text, secret.n), user->email)) {
		r = account_set_password(
		    &c->env, str_of(user->base.id), str_mem(secret.text, secret.n));
		if (r == 0) {
			audit("password-changed", log_z("user", user->base.id));
			(void)printf(
			    "password changed; all login sessions of this user ended\n");
		} else {
			bool is_half_done =
			    r < 0 && tell_half_done(c, user, "password-changed");

			(void)report_user_failed(c,
			    is_half_done ? "end the login sessions" : "change the password", r);
		}
	} else {
		r = -1;
	}
	secret_wipe(&secret);
	user_unref(user);
	return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int delete (struct command *c, char **arguments)
{
	const char *what = "delete the user";
	struct user *user;
	int r;

	if (report_find_user(c, arguments[0], &user) != 0)
		return EXIT_FAILURE;
	r = account_delete(&c->env, str_of(user->base.id));
	if (r == 0)
		audit("user-deleted", log_z("user", user->base.id));
	else if (r < 0 && tell_half_done(c, user, "user-deleted"))
		what = "end the login sessions";
	user_unref(user);
	if (r != 0)
		return report_user_failed(c, what, r);
	(void)printf("deleted; all login sessions of this user ended\n");
	return EXIT_SUCCESS;
}

static int
import(struct command *c, char **arguments)
{
	return transfer_import(c, arguments[0], true);
}

static int export(struct command *c, char **arguments)
{
	(void)arguments;
	return transfer_export(c, true);
}

/* clang-format off */
const struct verb users_verbs[] = {
	{ "add", "EMAIL", "make a user; prints the id", VERB_CREATES_DIRS, add },
	{ "list", NULL, "list all users in order of creation", 0, list },
	{ "passwd", "EMAIL", "another password; ends the user's login sessions", 0, passwd },
	{ "delete", "EMAIL", "delete a user; ends the user's login sessions", 0, delete },
	{ "import", "FILE", "take the users of a .db_User.json", VERB_CREATES_DIRS | VERB_READS_FILE, import },
	{ "export", NULL, "print all users as a .db_User.json", 0, export },
	{ NULL, NULL, NULL, 0, NULL },
};
