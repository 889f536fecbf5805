/*
 * sessions.c - the verbs of the login sessions (command.h): what is in the session table
 *
 * No id of a session is known here, only digests; handles are shown, which open nothing.
 */
#include "ctl/command.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/json_write.h"
#include "ctl/audit.h"
#include "ctl/report.h"
#include "ctl/transfer.h"
#include "model/session_list.h"

#define LINE_MAX_BYTES 4096 /* an address has at most 254, each six when escaped */

/* ------------------------------------------------------------------------------ list */

struct listing {
	struct command *c;
	int64_t boot_at_ms; /* wall clock when the boot clock was 0 */
	struct buf line;
	uint64_t n;
	int r;
};

static void
time_of(const struct listing *listing, int64_t boot_ms, char ret_text[CLOCK_TEXT_BYTES])
{
	clock_format_utc((listing->boot_at_ms + boot_ms) / 1000, ret_text);
}

/* What is shown of one. */
struct shown {
	char created[CLOCK_TEXT_BYTES], seen[CLOCK_TEXT_BYTES], expires[CLOCK_TEXT_BYTES];
	const char *kind;
	char user_id[IDENT_TEXT_BYTES];
	char handle[SESSION_HANDLE_BYTES];
	struct user *user; /* NULL: there is no such user any more */
	struct details_text details;
};

static int
look_at(struct listing *listing, const struct table_entry *entry, struct shown *ret)
{
	int r;

	time_of(listing, entry->created_ms, ret->created);
	time_of(listing, user_session_seen_ms(entry), ret->seen);
	ret->expires[0] = '\0';
	if (entry->lifetime_s != 0)
		time_of(listing, entry->created_ms + (int64_t)entry->lifetime_s * 1000,
		    ret->expires);
	ret->kind = entry->kind == TABLE_KIND_STORED ? "stored" : "memory";
	user_session_unpack_owner(&entry->owner, ret->user_id);
	session_handle(&listing->c->app.env.key, &entry->tag, ret->handle);
	details_get(listing->c->app.details, &entry->tag, &ret->details);
	ret->user = NULL;
	r = users_get(listing->c->env.users, str_of(ret->user_id), &ret->user);
	return r < 0 ? r : 0;
}

static void
print_line(const struct shown *shown)
{
	(void)printf("%s  %s  %-*s  %s  ", shown->created, shown->seen,
	    (int)CLOCK_TEXT_BYTES - 1, shown->expires[0] != '\0' ? shown->expires : "never",
	    shown->kind);
	/* The address, or for a user who is not there the id. */
	report_plain(stdout, shown->user != NULL ? shown->user->email : str_of(shown->user_id));
	(void)printf("  %s", shown->handle);
	if (shown->details.client[0] != '\0' || shown->details.agent[0] != '\0')
		(void)printf(
		    "  %s  ", shown->details.client[0] != '\0' ? shown->details.client : "-");
	report_plain(stdout, str_of(shown->details.agent));
	(void)putchar('\n');
}

/* No text, and an empty one, is null. */
static void
add_member(struct buf *line, const char *name, struct str text)
{
	buf_addf(line, "\n    \"%s\": ", name);
	if (text.n > 0)
		json_write_string(line, text);
	else
		buf_add_z(line, "null");
	buf_add_char(line, ',');
}

static void
print_json(struct listing *listing, const struct shown *shown)
{
	struct buf *line = &listing->line;

	line->n = 0;
	buf_add_z(line, listing->n > 0 ? ",\n  {" : "\n  {");
	add_member(line, "client", str_of(shown->details.client));
	add_member(line, "created_at", str_of(shown->created));
	add_member(line, "email", shown->user != NULL ? shown->user->email : STR_NULL);
	add_member(line, "expires_at", str_of(shown->expires));
	add_member(line, "id", str_of(shown->handle));
	add_member(line, "kind", str_of(shown->kind));
	add_member(line, "last_seen_at", str_of(shown->seen));
	add_member(line, "user_agent", str_of(shown->details.agent));
	add_member(line, "user_id", str_of(shown->user_id));
	line->n--; /* the last comma */
	buf_add_z(line, "\n  }");
	(void)fwrite(line->p, 1, line->n, stdout);
}

static bool
print_session(void *arg, const struct table_entry *entry)
{
	struct listing *listing = arg;
	struct shown shown;

	if ((listing->r = look_at(listing, entry, &shown)) != 0)
		return false;
	if (listing->c->is_json)
		print_json(listing, &shown);
	else
		print_line(&shown);
	user_unref(shown.user);
	listing->n++;
	listing->r = buf_error(&listing->line);
	return listing->r == 0;
}

/* Of the user that was named, newest first; else all, as the walk over the table meets them. */
static int
walk(struct listing *listing, const struct table_owner *owner)
{
	struct command *c = listing->c;
	struct session_list list;
	int r;

	if (owner == NULL)
		return user_sessions_each(
		    &c->app.env.key, c->env.table, print_session, listing);
	if ((r = session_list_read(&list, &c->app.env.key, c->env.table, owner)) != 0)
		return r;
	for (size_t i = 0; i < list.n && print_session(listing, &list.entries[i]); i++)
		;
	session_list_fini(&list);
	return 0;
}

/* 0; *ret_owner, if a user was named; else it is told why not. */
static int
find_owner(struct command *c, struct table_owner *ret_owner)
{
	struct user *user;

	if (report_find_user(c, c->user, &user) != 0)
		return -1;
	(void)user_session_pack_owner(str_of(user->base.id), ret_owner);
	user_unref(user);
	return 0;
}

static int
list(struct command *c, char **arguments)
{
	struct listing listing = { .c = c, .boot_at_ms = table_wall_offset_ms(c->env.table) };
	struct table_owner owner;
	int r;

	(void)arguments;
	if (c->user != NULL && find_owner(c, &owner) != 0)
		return EXIT_FAILURE;
	buf_init(&listing.line, LINE_MAX_BYTES);
	if (c->is_json)
		(void)putchar('[');
	r = walk(&listing, c->user != NULL ? &owner : NULL);
	if (c->is_json)
		(void)printf("%s", listing.n > 0 ? "\n]\n" : "]\n");
	buf_fini(&listing.line);
	if (listing.r != 0)
		return report_journal_failed(c, "read the users", listing.r);
	return r == 0 ? EXIT_SUCCESS : report_table_failed(c, "list the login sessions", r);
}

/* ------------------------------------------------------------------------------- end */

static int
tell_ended(uint64_t n)
{
	(void)printf("%llu login session%s ended\n", (unsigned long long)n, n == 1 ? "" : "s");
	return EXIT_SUCCESS;
}

static int
end_of_user(struct command *c, const char *email)
{
	struct user *user;
	uint64_t n;
	int r;

	if (report_find_user(c, email, &user) != 0)
		return EXIT_FAILURE;
	r = account_end_sessions(&c->env, str_of(user->base.id), &n);
	if (r == 0)
		audit("sessions-ended", log_z("user", user->base.id));
	user_unref(user);
	if (r != 0)
		return report_user_failed(c, "end the login sessions", r);
	return tell_ended(n);
}

static int
end_all(struct command *c)
{
	uint64_t n;
	int r = user_sessions_end_everybody(
	    c->env.user_sessions, &c->app.env.key, c->env.table, &n, NULL);

	if (r != 0)
		return report_user_failed(c, "end the login sessions", r);
	audit("sessions-ended", log_i("n", (int64_t)n));
	return tell_ended(n);
}

static int
end_one(struct command *c, const char *handle)
{
	struct session_list list;
	const struct table_entry *entry;
	char user_id[IDENT_TEXT_BYTES];
	int r = session_list_read(&list, &c->app.env.key, c->env.table, NULL);

	if (r != 0)
		return report_table_failed(c, "look for the login session", r);
	r = TABLE_E_ABSENT;
	user_id[0] = '\0';
	entry = session_list_find(&list, &c->app.env.key, str_of(handle));
	if (entry != NULL) {
		user_session_unpack_owner(&entry->owner, user_id);
		r = user_sessions_end_entry(c->env.user_sessions, c->env.table, entry);
	}
	session_list_fini(&list);
	if (r > 0) {
		(void)fprintf(
		    stderr, "sessiongatectl: no login session has the handle %s\n", handle);
		return EXIT_FAILURE;
	}
	if (r < 0)
		return report_user_failed(c, "end the login session", r);
	audit("session-ended", log_z("handle", handle), log_z("user", user_id));
	return tell_ended(1);
}

static int
end(struct command *c, char **arguments)
{
	const char *which = arguments[0];

	if ((which != NULL) + (c->user != NULL) + c->is_all != 1) {
		(void)fprintf(stderr,
		    "sessiongatectl: session end takes one of: a handle (session list shows "
		    "them), --user EMAIL, --all\n");
		return EXIT_USAGE;
	}
	if (c->is_all)
		return end_all(c);
	/* An address alone, as it was before there were handles. */
	if (which == NULL || !session_handle_is_sound(str_of(which)))
		return end_of_user(c, which != NULL ? which : c->user);
	return end_one(c, which);
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
	{ "list", NULL, "list login sessions: all, in no order, or those of --user", 0, list },
	{ "end", "[HANDLE]", "end one login session, those of --user, or --all", 0, end },
	{ "stats", NULL, "how many there are, and what the session table has done", 0, stats },
	{ "check", NULL, "look whether the session table is sound", 0, check },
	{ "import", "FILE", "take the sessions of a .db_UserSession.json", VERB_CREATES_DIRS | VERB_READS_FILE, import },
	{ "export", NULL, "print the stored sessions likewise, as digests", 0, export },
	{ NULL, NULL, NULL, 0, NULL },
};
