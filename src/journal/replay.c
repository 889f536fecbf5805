/* replay.c - journal_catch_up(): bring a replica up to date */
#include <errno.h>
#include <string.h>

#include "journal/internal.h"

#define ATTEMPTS     100
#define LOCK_WAIT_MS 2000

enum { REPLAY_E_DIFFERENT = 1 }; /* the file does not go on as it should */

/* Apply [reader.at, to).  The position is always behind what was applied. */
static int
read_to(struct journal *journal, uint64_t to, journal_apply_fn apply, void *arg)
{
	struct jrn_lines lines;
	struct jrn_line line;
	struct str text;
	uint64_t offset;
	int r;

	if (journal->replay.at == to)
		return 0;
	if ((r = jrn_lines_open(&lines, journal->replay.file->fd, journal->replay.at, to)) != 0)
		return r;
	while ((r = jrn_lines_next(&lines, &text, &offset)) > 0) {
		if (r != LINES_WHOLE || jrn_line_parse(text, &line) != 0 ||
		    line.n != journal->replay.n + 1) {
			r = REPLAY_E_DIFFERENT;
			goto out;
		}
		if ((r = apply(arg, &line.record)) != 0)
			goto out_apply;
		journal->replay.n = line.n;
		journal->replay.at = jrn_lines_offset(&lines);
	}
	if (r == 0 && journal->replay.at != to)
		r = REPLAY_E_DIFFERENT;
out:
	if (r == REPLAY_E_DIFFERENT) {
		char command[SCAN_COMMAND_BYTES];

		jrn_scan_salvage_command(journal->path, command);
		jrn_internal_notice_lasting(journal,
		    "%s: damaged at byte %llu: stop everything that uses it, then restore a "
		    "backup and remove its .lock file, or keep what is intact: %s",
		    journal->path, (unsigned long long)journal->replay.at, command);
		r = -EBADMSG;
	}
out_apply:
	jrn_lines_close(&lines);
	return r;
}

static void
forget(struct journal *journal)
{
	jrn_generation_unref(journal->replay.file);
	journal->replay.file = NULL;
	journal->replay.at = 0;
	journal->replay.n = 0;
}

/* Takes over the reference. */
static void
go_over(struct journal *journal, struct jrn_generation *file, uint64_t at, uint64_t n)
{
	forget(journal);
	journal->replay.file = file;
	journal->replay.at = at;
	journal->replay.n = n;
}

static int
start_over(
    struct journal *journal, struct jrn_generation *file, journal_apply_fn apply, void *arg)
{
	static const struct journal_record reset = { .op = JOURNAL_RESET };
	struct jrn_scan scan;
	struct err err = { "" };
	int r;

	if ((r = jrn_scan_header(file->fd, journal->path, &scan, &err)) != 0)
		jrn_internal_notice_lasting(journal, "%s", err.text);
	else
		r = apply(arg, &reset);
	if (r != 0) {
		jrn_generation_unref(file);
		return r;
	}
	go_over(journal, file, scan.start, scan.last_n);
	return 0;
}

static bool
can_follow(const struct journal *journal, const struct jrn_control_view *view)
{
	return journal->replay.file != NULL && view->prev_len != CONTROL_UNKNOWN &&
	       journal->replay.file->generation + 1 == view->generation;
}

/*
 * One attempt.  JRN_E_MOVED: the file is just being replaced, or its writer died doing it.
 */
static int
catch_up(struct journal *journal, journal_apply_fn apply, void *arg)
{
	uint64_t change = journal->control->change;
	struct jrn_control_view view = jrn_control_look(journal->control);
	struct jrn_generation *file;
	int r;

	if (journal->replay.file == NULL ||
	    journal->replay.file->generation != view.generation) {
		/* The rest of the old file first: it stays readable as long as it is open. */
		if (can_follow(journal, &view) &&
		    (r = read_to(journal, view.prev_len, apply, arg)) != 0 && r != -EBADMSG)
			return r;
		if ((r = jrn_generation_current(journal, &file)) != 0)
			return r;
		if (file->generation != view.generation) {
			jrn_generation_unref(file);
			return JRN_E_MOVED;
		}
		if (can_follow(journal, &view) && journal->replay.n == view.prev_n)
			go_over(journal, file, view.start_len, view.start_n);
		else if ((r = start_over(journal, file, apply, arg)) != 0)
			return r;
	}
	if ((r = read_to(journal, view.good_len, apply, arg)) != 0) {
		/* What cannot be read on is read from the beginning the next time. */
		if (r == -EBADMSG)
			forget(journal);
		return r;
	}
	journal->change = change;
	return 0;
}

int
journal_catch_up(struct journal *journal, journal_apply_fn apply, void *arg)
{
	int r;

	for (int i = 0; i < ATTEMPTS; i++) {
		if ((r = catch_up(journal, apply, arg)) != JRN_E_MOVED)
			return r;
		if (journal->is_locked)
			return -ESTALE;
		/* Wait until whoever replaces it is done; if it died, finish it. */
		if ((r = jrn_recover_now(journal, LOCK_WAIT_MS)) != 0)
			return r;
	}
	return -ESTALE;
}

void
jrn_replay_skip_own(struct journal *journal, uint64_t good_len, uint64_t n)
{
	journal->replay.at = good_len;
	journal->replay.n = n;
	journal->change = journal->control->change;
}

bool
jrn_replay_has_begun(const struct journal *journal)
{
	return journal->replay.file != NULL;
}

bool
jrn_replay_is_at_end(const struct journal *journal)
{
	struct jrn_control_view view = jrn_control_look(journal->control);

	return journal->replay.file != NULL &&
	       journal->replay.file->generation == view.generation &&
	       journal->replay.at == view.good_len;
}

void
jrn_replay_follow(struct journal *journal)
{
	struct jrn_control_view view = jrn_control_look(journal->control);
	struct jrn_generation *file;

	if (!can_follow(journal, &view) || journal->replay.at != view.prev_len ||
	    journal->replay.n != view.prev_n || jrn_generation_current(journal, &file) != 0)
		return;
	go_over(journal, file, view.start_len, view.start_n);
	journal->change = journal->control->change;
}

bool
journal_is_current(const struct journal *journal)
{
	return atomic_load_explicit(&journal->control->change, memory_order_acquire) ==
	       atomic_load_explicit(&journal->change, memory_order_relaxed);
}
