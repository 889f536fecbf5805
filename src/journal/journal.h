/*
 * journal.h - one journal file: named JSON objects that survive anything
 *
 * Purpose    <name>.jsonl in the data directory: a journal of "put this object under this
 *            key" and "delete this key" that a person can read with jq.  Many processes and
 *            threads append; all that wait for a flush share it.  It knows
 *            keys and JSON text, not what a user or a session is.
 * Calling    Reading:  if (!journal_is_current(s)) journal_catch_up(s, apply, arg);
 *            Writing:  journal_lock(); journal_catch_up(); look, decide; journal_append() any
 *            number of times; journal_unlock(); then journal_sync() before telling anybody.
 * Ownership  The handle owns its descriptors and the control mapping.  Records lent to
 *            apply live until it returns.
 * Errors     Negative errno: unexpected, the request must be refused (503).  -ETIMEDOUT:
 *            another writer holds the lock too long, or the process that flushes is stopped.
 *            -EROFS: the journal has failed (a write or a flush went wrong) and could not be
 *            replaced yet.  -EBADMSG: it is damaged.  -ESTALE: the lock file was removed.
 * Threads    journal_is_current(), journal_sync(), journal_tick() and journal_stats() from any
 *            thread at once; catch_up and lock..unlock are serialised by the caller (one
 *            mutex), and unlocked by the thread that locked.  notice comes from any of them.
 * Fork       While no other thread is in here.  A child may go on with the handle: its first
 *            journal_lock() gets it a lock of its own.
 */
#ifndef JOURNAL_JOURNAL_H
#define JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

#define JOURNAL_KEY_MAX_BYTES   64
#define JOURNAL_VALUE_MAX_BYTES (256 * 1024)

enum journal_op {
	JOURNAL_RESET, /* forget everything seen so far: a whole new listing follows */
	JOURNAL_PUT,   /* key now has this value */
	JOURNAL_DEL,   /* key is gone */
};

struct journal_record {
	enum journal_op op;
	struct str key;   /* printable ASCII without quotes and backslashes */
	struct str value; /* JOURNAL_PUT: one JSON object on one line; else STR_NULL */
};

struct journal_config {
	int dir_fd;            /* the data directory, 0700, ours (file_open_dir) */
	const char *dir_path;  /* its name, for messages */
	const char *name;      /* "User": files User.jsonl, User.jsonl.lock, ... */
	uint8_t key_check[16]; /* digest under the key of a fixed text; zero: not checked */

	/*
	 * Here for a moment only (a CGI program, a command), or a worker, whose program has read
	 * the file to its end at the start: when nobody else has it open, what the lock file says
	 * of this very file is believed, and the file not read for that.
	 */
	bool is_passing;

	/*
	 * What an operator should know (a torn tail, a failed flush): one line.  is_lasting: said
	 * each time that it is met, which may be every second, or with each request.  May be NULL.
	 */
	void (*notice)(void *arg, bool is_lasting, const char *text);
	void *notice_arg;
};

/* Negative (with err), or a positive stop: refuse to go on. */
typedef int (*journal_apply_fn)(void *arg, const struct journal_record *record);

struct journal;

int journal_open(
    const struct journal_config *config, struct journal **ret_journal, struct err *err);
void journal_close(struct journal *journal); /* accepts NULL */

/* Nothing was appended since this handle last caught up: one atomic load. */
bool journal_is_current(const struct journal *journal);

/*
 * Apply what was appended since the last call, in order.  The first call gets JOURNAL_RESET and
 * everything; so does a call after the file was compacted, when this handle was behind.
 */
int journal_catch_up(struct journal *journal, journal_apply_fn apply, void *arg);

/* The append lock, over all processes; the kernel drops it when its holder dies. */
int journal_lock(struct journal *journal, int timeout_ms);
void journal_unlock(struct journal *journal);

/*
 * With the lock held: append records in one write, all or none.  The handle must have caught
 * up with the lock held, or never have read at all (it then appends blindly).  ret_seq is
 * what journal_sync() waits for.  The caller applies the records to its own replica itself.
 */
int journal_append(
    struct journal *journal, const struct journal_record *records, size_t n, uint64_t *ret_seq);

/*
 * With the lock held: a program that knows only earlier formats would drop what will be appended,
 * and must refuse the file by name.  Where it has an earlier one, a whole new file is written and
 * flushed, and every reader starts over, in a program that runs already too.  So a handle that
 * reads must catch up before it appends.
 */
int journal_require_format(struct journal *journal, unsigned format);

/* Without the lock: return 0 once everything up to seq is on the disk. */
int journal_sync(struct journal *journal, uint64_t seq);

/*
 * The reason behind a negative errno of these functions, or of the session table, for the log:
 * strerror() would tell of other things.
 */
const char *journal_words(int failure);

/* Compact when more is dead than alive (bounded work when there is nothing to do). */
int journal_tick(struct journal *journal);

/*
 * n_live and n_dead are exact after a count; since then an update counts as a new key, and a
 * deletion as one of a live record.
 */
struct journal_stats {
	uint64_t n_live, n_dead, file_bytes, n_appended, n_flushes;
	bool has_failed;
};
void journal_stats(struct journal *journal, struct journal_stats *ret_stats);

/*
 * What journal_open() would find, without changing a byte or taking a lock, whoever has it
 * open.  Negative: it would be refused, or reading would fail on the way; reads all of the file
 * even where journal_open() would only map it.
 */
struct journal_examination {
	bool is_absent;        /* there is none: the first to come makes it */
	uint64_t n_lines;      /* whole and in order */
	uint64_t n_torn_bytes; /* behind them: cut at the next start, or just being written */
};
int journal_examine(const struct journal_config *config,
    struct journal_examination *ret_examination, struct err *err);

/*
 * For a journal that journal_open() refuses as damaged: keep every line that is intact, in a
 * whole new file, and the damaged one beside it as <name>.jsonl.damaged-<UTC time>.  Nobody
 * else may have it open (-EBUSY).  Lines may end with CR LF.
 */
struct journal_salvage {
	uint64_t n_kept; /* intact lines, of which n_live say what is alive */
	uint64_t n_live;
	uint64_t n_bad;     /* stretches of bytes that are no intact line */
	char saved_as[128]; /* the name of the damaged file */
};
int journal_salvage(
    const struct journal_config *config, struct journal_salvage *ret_report, struct err *err);

#endif
