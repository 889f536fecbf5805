/*
 * user_sessions_restore.c - the journal into the session table; see user_sessions.h
 *
 * Whoever opens a table without the mark fills it, under a lock that dies with its holder, and
 * then sets the mark: one entry under a tag that no session can have.  Nobody answers
 * requests before it has seen the mark, so a session that was put and deleted later is
 * never seen alive in between.
 */
#include "model/user_sessions.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "model/surplus.h"

static struct digest_tag
mark_tag(const struct digest_key *key)
{
	const struct str parts[] = { STR_LIT("restored") };

	return digest_tag(key, parts, 1);
}

bool
user_sessions_is_restored(const struct digest_key *key, struct table *table)
{
	struct digest_tag tag = mark_tag(key);
	struct table_entry mark;

	return table_find(table, &tag, &mark) == 0;
}

uint64_t
user_sessions_count(struct table *table)
{
	uint64_t n = table_count(table);

	return n > 0 ? n - 1 : 0;
}

struct walk {
	struct digest_tag mark;
	bool (*fn)(void *arg, const struct table_entry *entry);
	void *arg;
};

static bool
walk_one(void *arg, const struct table_entry *entry)
{
	const struct walk *walk = arg;

	return memcmp(&entry->tag, &walk->mark, sizeof(walk->mark)) == 0 ||
	       walk->fn(walk->arg, entry);
}

int
user_sessions_each(const struct digest_key *key, struct table *table,
    bool (*fn)(void *arg, const struct table_entry *entry), void *arg)
{
	struct walk walk = { mark_tag(key), fn, arg };

	return table_each(table, walk_one, &walk);
}

#define PENDING_MAX 16 /* announced to the table, and not inserted yet */

struct restore {
	struct user_sessions *sessions;
	struct table *table;
	bool table_is_marked, may_end;
	int64_t wall_ms, boot_ms, wall_offset_ms;
	struct user_sessions_restored restored;
	struct surplus surplus;
	struct table_entry pending[PENDING_MAX];
	unsigned n_pending;
};

static int
insert(struct restore *restore, const struct table_entry *entry)
{
	bool is_over;
	int r = table_insert_over(restore->table, entry, &is_over);

	if (r == -ENOSPC && restore->surplus.n_owners > 0) {
		/* Those that must go anyway take no place from others. */
		if ((r = surplus_end(&restore->surplus, restore->sessions, restore->table)) ==
		    0)
			r = table_insert_over(restore->table, entry, &is_over);
	}
	return r == 0 && is_over && restore->may_end
		   ? surplus_note(&restore->surplus, &entry->owner)
		   : r;
}

/* In the order of the journal. */
static int
insert_pending(struct restore *restore)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < restore->n_pending; i++)
		if ((r = insert(restore, &restore->pending[i])) == 0)
			restore->restored.n++;
	restore->n_pending = 0;
	return r;
}

static int
restore_put(struct restore *restore, struct str json)
{
	struct user_session session;
	struct table_entry entry = { .kind = TABLE_KIND_STORED };

	if (!user_session_read(&session, json))
		return -EBADMSG;
	if (session.base.created_ms > restore->restored.newest_ms)
		restore->restored.newest_ms = session.base.created_ms;
	if (user_session_is_past(&session, restore->wall_ms) ||
	    !user_session_pack_owner(str_of(session.user_id), &entry.owner))
		return 0;
	entry.tag = user_session_tag(&session);
	entry.lifetime_s = session.duration_s;
	entry.idle_s = session.idle_s;
	entry.is_remembered = session.is_remembered;
	entry.created_ms = session.base.created_ms - restore->wall_offset_ms;
	/* Not later than now: it would be good for longer than it was given. */
	if (entry.created_ms > restore->boot_ms) {
		entry.created_ms = restore->boot_ms;
		restore->restored.n_future++;
	}
	table_prefetch(restore->table, &entry.tag);
	restore->pending[restore->n_pending++] = entry;
	return restore->n_pending == PENDING_MAX ? insert_pending(restore) : 0;
}

static int
restore_one(void *arg, const struct journal_record *record)
{
	struct restore *restore = arg;
	struct user_session session = { .session_id = "" };
	struct digest_tag tag;
	int r;

	switch (record->op) {
	case JOURNAL_RESET:
		return 0;
	case JOURNAL_PUT:
		return restore->table_is_marked ? 0 : restore_put(restore, record->value);
	case JOURNAL_DEL:
		break;
	}
	if (record->key.n >= sizeof(session.session_id))
		return 0;
	if ((r = insert_pending(restore)) != 0)
		return r;
	memcpy(session.session_id, record->key.p, record->key.n);
	tag = user_session_tag(&session);
	r = table_remove(restore->table, &tag);
	return r == TABLE_E_ABSENT ? 0 : r;
}

static int
restore_locked(struct user_sessions *sessions, const struct digest_key *key,
    struct table *table, bool may_end, struct user_sessions_restored *ret, struct err *err)
{
	const struct journal_config *config = user_sessions_config(sessions);
	struct table_entry mark = { .tag = mark_tag(key) };
	struct restore restore = { .sessions = sessions,
		.table = table,
		.table_is_marked = user_sessions_is_restored(key, table),
		.may_end = may_end,
		.wall_ms = clock_wall_ms(),
		.boot_ms = clock_boot_ms(),
		.wall_offset_ms = table_wall_offset_ms(table) };
	int r = user_sessions_read_journal(sessions, restore_one, &restore, err);

	if (r == 0 && (r = insert_pending(&restore)) != 0)
		(void)err_set(err, r, "cannot fill the session table: %s", strerror(-r));
	if (r == 0 && (r = surplus_end(&restore.surplus, sessions, table)) != 0)
		(void)err_set(
		    err, r, "cannot look through the session table: %s", strerror(-r));
	if (r == 0 && !restore.table_is_marked && (r = table_insert(table, &mark)) != 0)
		(void)err_set(
		    err, r, "cannot mark the session table as restored: %s", strerror(-r));
	if (r == -ENOSPC)
		(void)err_set(err, r,
		    "more login sessions are stored in %s/%s.jsonl than the session table "
		    "takes (or the run directory is full): raise max-sessions",
		    config->dir_path, config->name);
	restore.restored.n -= restore.surplus.n_ended;
	*ret = restore.restored;
	surplus_fini(&restore.surplus);
	return r;
}

int
user_sessions_restore(struct user_sessions *sessions, int run_dir_fd,
    const struct digest_key *key, struct table *table, bool may_end,
    struct user_sessions_restored *ret, struct err *err)
{
	int fd, r;

	r = file_open(run_dir_fd, "run directory", USER_SESSIONS_RESTORE_LOCK, O_RDWR | O_CREAT,
	    0600, &fd, err);
	if (r != 0)
		return r;
	while (flock(fd, LOCK_EX) == -1)
		if (errno != EINTR) {
			r = err_set(err, -errno, "cannot lock %s: %s",
			    USER_SESSIONS_RESTORE_LOCK, strerror(errno));
			(void)close(fd);
			return r;
		}
	r = restore_locked(sessions, key, table, may_end, ret, err);
	(void)close(fd);
	return r;
}
