/* report.c - see report.h */
#include "ctl/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/utf8.h"

bool
report_damage(const struct command *c, const char *what)
{
	const struct journal_config *configs[] = { &c->app.users_config,
		&c->app.user_sessions_config };

	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
		struct journal_examination examination;
		struct err err = { "" };

		if (journal_examine(configs[i], &examination, &err) == 0)
			continue;
		(void)fprintf(stderr, "sessiongatectl: cannot %s: %s\n", what, err.text);
		return true;
	}
	return false;
}

/* Which journal refused, and the way out; strerror() says neither. */
int
report_journal_failed(const struct command *c, const char *what, int r)
{
	static const struct {
		int error;
		const char *before, *after; /* around the directory */
	} reasons[] = {
		{ ENOSPC, "there is no room on the file system of ", ": make room" },
		{ EDQUOT, "the quota on the file system of ",
		    " is used up: make room, or raise it" },
		{ ESTALE, "a .lock file in ",
		    " was removed or replaced while in use: try again in a moment" },
		{ ETIMEDOUT, "a stopped process holds a lock of ",
		    ": find it and end it, or try again" },
		{ EROFS, "a journal in ",
		    " could not be written or flushed: look at the disk and the kernel's log" },
	};

	if ((r == -EBADMSG || r == -EROFS) && report_damage(c, what))
		return EXIT_FAILURE;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].error != -r)
			continue;
		(void)fprintf(stderr, "sessiongatectl: cannot %s: %s%s%s\n", what,
		    reasons[i].before, c->app.settings->data_dir, reasons[i].after);
		return EXIT_FAILURE;
	}
	(void)fprintf(stderr, "sessiongatectl: cannot %s in %s: %s\n", what,
	    c->app.settings->data_dir, strerror(-r));
	return EXIT_FAILURE;
}

int
report_user_failed(const struct command *c, const char *what, int r)
{
	/* Users are in the journals, their login sessions in the table too. */
	if (r == -EBADMSG)
		return report_damage(c, what) ? EXIT_FAILURE : report_table_failed(c, what, r);
	if (r == -ETIMEDOUT) {
		(void)fprintf(stderr,
		    "sessiongatectl: cannot %s: a stopped process holds a lock of "
		    "%s or of the session table in %s: find it and end it, or try again\n",
		    what, c->app.settings->data_dir, c->app.settings->run_dir);
		return EXIT_FAILURE;
	}
	if (r < 0)
		return report_journal_failed(c, what, r);
	(void)fprintf(
	    stderr, "sessiongatectl: cannot %s: the user has been deleted meanwhile\n", what);
	return EXIT_FAILURE;
}

/*
 * Strangers choose addresses and names: nothing of theirs may drive the terminal, or look like
 * something else.  Escaped as the log does; a backslash too, so that none of theirs looks like one
 * of ours.
 */
void
report_plain(FILE *to, struct str text)
{
	while (text.n > 0) {
		uint32_t code = (unsigned char)text.p[0];
		size_t n = utf8_next(text, &code);

		if (n == 0)
			(void)fprintf(to, "\\x%02x", (unsigned)code);
		else if (utf8_is_unsafe(code))
			(void)fprintf(to, code < 0x80 ? "\\x%02x" : "\\u%04x", (unsigned)code);
		else if (code == '\\')
			(void)fputs("\\\\", to);
		else
			(void)fwrite(text.p, 1, n, to);
		text = str_skip(text, n > 0 ? n : 1);
	}
}

void
report_user(FILE *to, const struct user *user)
{
	char created[BASE_TIME_BYTES];

	base_format_time(user->base.created_ms, created);
	(void)fprintf(to, "%s  %.19s  ", user->base.id, created);
	report_plain(to, user->email);
	if (!str_is_null(user->first_name) || !str_is_null(user->last_name)) {
		struct buf name;

		buf_init(&name, (size_t)2 * USER_NAME_MAX_BYTES + 2);
		user_display_name(user, &name);
		(void)fprintf(to, "  (");
		report_plain(to, buf_str(&name));
		(void)fprintf(to, ")");
		buf_fini(&name);
	}
	if (!str_is_empty(user->groups))
		(void)fprintf(to, "  groups: %.*s", STR_FMT(user->groups));
	if (user_is_disabled(user))
		(void)fprintf(to, "  disabled");
	(void)fputc('\n', to);
}

int
report_table_failed(const struct command *c, const char *what, int r)
{
	const char *dir = c->app.settings->run_dir;

	if (r == -ETIMEDOUT)
		(void)fprintf(stderr,
		    "sessiongatectl: cannot %s: a stopped process holds the lock "
		    "of the session table in %s: find it and end it, or try again\n",
		    what, dir);
	else if (r == -EBADMSG)
		(void)fprintf(stderr,
		    "sessiongatectl: cannot %s: the session table in %s is damaged: stop every "
		    "process that uses it and remove it (login sessions kept in it end)\n",
		    what, dir);
	else
		(void)fprintf(
		    stderr, "sessiongatectl: cannot %s in %s: %s\n", what, dir, strerror(-r));
	return EXIT_FAILURE;
}

int
report_find_user(struct command *c, const char *email, struct user **ret)
{
	int r = users_find_by_email(c->env.users, str_of(email), ret);

	if (r == USERS_E_ABSENT)
		(void)fprintf(
		    stderr, "sessiongatectl: no user has the address \"%s\"\n", email);
	else if (r != 0)
		(void)report_journal_failed(c, "read the users", r);
	return r;
}
