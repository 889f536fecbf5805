/*
 * sessions.c - the verbs of the login sessions (command.h): what is in the session table
 *
 * No id of a session is known here, only digests, and they are not shown.
 */
#include "ctl/command.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "ctl/audit.h"
#include "ctl/report.h"
#include "ctl/transfer.h"

/* ------------------------------------------------------------------------------ list */

struct listing {
	struct command *c;
	int64_t boot_at_ms; /* wall clock when the boot clock was 0 */
	int r;
};

static void
print_time(const struct listing *listing, int64_t boot_ms)
{
	char text[CLOCK_TEXT_BYTES];

	clock_format_utc((listing->boot_at_ms + boot_ms) / 1000, text);
	(void)printf("%s  ", text);
}

/* The address, or for a user who is not there the id. */
static int
print_owner(struct listing *listing, const struct table_owner *owner)
{
	char id[IDENT_TEXT_BYTES];
	struct user *user;
	int r;

	user_session_unpack_owner(owner, id);
	r = users_get(listing->c->env.users, str_of(id), &user);
	if (r < 0)
		return r;
	report_plain(stdout, r == 0 ? user->email : str_of(id));
	if (r == 0)
		user_unref(user);
	(void)putchar('\n');
	return 0;
}

static bool
print_session(void *arg, const struct table_entry *entry)
{
	struct listing *listing = arg;

	print_time(listing, entry->created_ms);
	print_time(listing, user_session_seen_ms(entry));
	if (entry->lifetime_s != 0)
		print_time(listing, entry->created_ms + (int64_t)entry->lifetime_s * 1000);
	else
		(void)printf("%-*s  ", (int)CLOCK_TEXT_BYTES - 1, "never");
	(void)printf("%s  ", entry->kind == TABLE_KIND_STORED ? "stored" : "memory");
	listing->r = print_owner(listing, &entry->owner);
	return listing->r == 0;
}

static int
list(struct command *c, char **arguments)
{
	struct listing listing = { .c = c, .boot_at_ms = table_wall_offset_ms(c->env.table) };
	int r = user_sessions_each(&c->app.env.key, c->env.table, print_session, &listing);

	(void)arguments;
	if (listing.r != 0)
		return report_journal_failed(c, "read the users", listing.r);
	return r == 0 ? EXIT_SUCCESS : report_table_failed(c, "list the login sessions", r);
}

/* ------------------------------------------------------------------------------- end */

static int
end(struct command *c, char **arguments)
{
	struct user *user;
	uint64_t n;
	int r;

	if (report_find_user(c, arguments[0], &user) != 0)
		return EXIT_FAILURE;
	r = account_end_sessions(&c->env, str_of(user->base.id), &n);
	if (r == 0)
		audit("sessions-ended", log_z("user", user->base.id));
	user_unref(user);
	if (r != 0)
		return report_user_failed(c, "end the login sessions", r);
	(void)printf("%llu login session%s ended\n", (unsigned long long)n, n == 1 ? "" : "s");
	return EXIT_SUCCESS;
}

/* --------------------------------------------------------------------- stats, check */

static int
stats(struct command *c, char **arguments)
{
	struct table_stats stats = { 0 };
	int r = table_stats(c->env.table, &stats);
	const struct {
		const char *name;
		uint64_t n;
	} lines[] = {
		{ "login sessions", user_sessions_count(c->env.table) },
		{ "places in the table", stats.n_slots },
		{ "bytes of storage", stats.n_bytes },
		/* One is the mark of that. */
		{ "begun or restored", stats.n_inserts > 0 ? stats.n_inserts - 1 : 0 },
		{ "ended", stats.n_removes },
		{ "expired", stats.n_expired },
		{ "ended as the oldest of a user", stats.n_evicted },
		{ "refused, table or disk full", stats.n_full },
		{ "repairs after a killed process", stats.n_recoveries },
		{ "growths", stats.n_growths },
		{ "dropped as damaged", stats.n_damaged },
	};

	(void)arguments;
	if (r != 0)
		return report_table_failed(c, "read the session table", r);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		(void)printf("%-30s  %llu\n", lines[i].name, (unsigned long long)lines[i].n);
	return EXIT_SUCCESS;
}

static void
print_violation(void *arg, const char *line)
{
	(void)arg;
	(void)printf("%s\n", line);
}

static int
check(struct command *c, char **arguments)
{
	uint64_t n = 0;
	int r = table_check(c->env.table, print_violation, NULL, &n);

	(void)arguments;
	if (r != 0)
		return report_table_failed(c, "check the session table", r);
	if (n == 0) {
		(void)printf("the session table is sound: %llu login sessions\n",
		    (unsigned long long)user_sessions_count(c->env.table));
		return EXIT_SUCCESS;
	}
	(void)fflush(stdout);
	(void)fprintf(stderr,
	    "sessiongatectl: the session table in %s is damaged in %llu place%s: stop every "
	    "process that uses it and remove it (login sessions kept in it end)\n",
	    c->app.settings->run_dir, (unsigned long long)n, n == 1 ? "" : "s");
	return EXIT_FAILURE;
}

/* ------------------------------------------------------------------ import, export */

static int
import(struct command *c, char **arguments)
{
	return transfer_import(c, arguments[0], false);
}

static int export(struct command *c, char **arguments)
{
	(void)arguments;
	return transfer_export(c, false);
}

/* clang-format off */
const struct verb sessions_verbs[] = {
	{ "list", NULL, "list all login sessions, in no order", 0, list },
	{ "end", "EMAIL", "end all login sessions of a user", 0, end },
	{ "stats", NULL, "how many there are, and what the session table has done", 0, stats },
	{ "check", NULL, "look whether the session table is sound", 0, check },
	{ "import", "FILE", "take the sessions of a .db_UserSession.json", VERB_CREATES_DIRS | VERB_READS_FILE, import },
	{ "export", NULL, "print the stored sessions likewise, as digests", 0, export },
	{ NULL, NULL, NULL, 0, NULL },
};
