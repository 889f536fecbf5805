/* reader.c - see reader.h */
#include "store/reader.h"

#include <errno.h>
#include <string.h>

#include "store/lines.h"
#include "store/mend.h"

#define ATTEMPTS     100
#define LOCK_WAIT_MS 2000

enum { READER_E_DIFFERENT = 1 }; /* the file does not go on as it should */

/* Apply [reader.at, to).  The position is always behind what was applied. */
static int
read_to(struct store *store, uint64_t to, store_apply_fn apply, void *arg)
{
	struct lines lines;
	struct line line;
	struct str text;
	uint64_t offset;
	int r;

	if (store->reader.at == to)
		return 0;
	if ((r = lines_open(&lines, store->reader.file->fd, store->reader.at, to)) != 0)
		return r;
	while ((r = lines_next(&lines, &text, &offset)) > 0) {
		if (r != LINES_WHOLE || line_parse(text, &line) != 0 ||
		    line.n != store->reader.n + 1) {
			r = READER_E_DIFFERENT;
			goto out;
		}
		if ((r = apply(arg, &line.record)) != 0)
			goto out_apply;
		store->reader.n = line.n;
		store->reader.at = lines_offset(&lines);
	}
	if (r == 0 && store->reader.at != to)
		r = READER_E_DIFFERENT;
out:
	if (r == READER_E_DIFFERENT) {
		char command[SCAN_COMMAND_BYTES];

		scan_salvage_command(store->path, command);
		inner_notice(store,
		    "%s: damaged at byte %llu: stop everything that uses it, then restore a "
		    "backup and remove its .lock file, or keep what is intact: %s",
		    store->path, (unsigned long long)store->reader.at, command);
		r = -EBADMSG;
	}
out_apply:
	lines_close(&lines);
	return r;
}

static void
forget(struct store *store)
{
	jfile_unref(store->reader.file);
	store->reader.file = NULL;
	store->reader.at = 0;
	store->reader.n = 0;
}

/* Takes over the reference. */
static void
go_over(struct store *store, struct jfile *file, uint64_t at, uint64_t n)
{
	forget(store);
	store->reader.file = file;
	store->reader.at = at;
	store->reader.n = n;
}

static int
start_anew(struct store *store, struct jfile *file, store_apply_fn apply, void *arg)
{
	static const struct store_record reset = { .op = STORE_RESET };
	struct scan scan;
	struct err err = { "" };
	int r;

	if ((r = scan_header(file->fd, store->path, &scan, &err)) != 0)
		inner_notice(store, "%s", err.text);
	else
		r = apply(arg, &reset);
	if (r != 0) {
		jfile_unref(file);
		return r;
	}
	go_over(store, file, scan.start, scan.last_n);
	return 0;
}

static bool
can_follow(const struct store *store, const struct control_view *view)
{
	return store->reader.file != NULL && view->prev_len != CONTROL_UNKNOWN &&
	       store->reader.file->generation + 1 == view->generation;
}

/*
 * One attempt.  JFILE_E_MOVED: the file is just being replaced, or its writer died doing it.
 */
static int
catch_up(struct store *store, store_apply_fn apply, void *arg)
{
	uint64_t change = store->control->change;
	struct control_view view = control_look(store->control);
	struct jfile *file;
	int r;

	if (store->reader.file == NULL || store->reader.file->generation != view.generation) {
		/* The rest of the old file first: it stays readable as long as it is open. */
		if (can_follow(store, &view) &&
		    (r = read_to(store, view.prev_len, apply, arg)) != 0 && r != -EBADMSG)
			return r;
		if ((r = jfile_current(store, &file)) != 0)
			return r;
		if (file->generation != view.generation) {
			jfile_unref(file);
			return JFILE_E_MOVED;
		}
		if (can_follow(store, &view) && store->reader.n == view.prev_n)
			go_over(store, file, view.start_len, view.start_n);
		else if ((r = start_anew(store, file, apply, arg)) != 0)
			return r;
	}
	if ((r = read_to(store, view.good_len, apply, arg)) != 0) {
		/* What cannot be read on is read from the beginning the next time. */
		if (r == -EBADMSG)
			forget(store);
		return r;
	}
	store->change = change;
	return 0;
}

int
reader_catch_up(struct store *store, store_apply_fn apply, void *arg)
{
	int r;

	for (int i = 0; i < ATTEMPTS; i++) {
		if ((r = catch_up(store, apply, arg)) != JFILE_E_MOVED)
			return r;
		if (store->is_locked)
			return -ESTALE;
		/* Wait until whoever replaces it is done; if it died, finish it. */
		if ((r = mend_now(store, LOCK_WAIT_MS)) != 0)
			return r;
	}
	return -ESTALE;
}

void
reader_skip_own(struct store *store, uint64_t good_len, uint64_t n)
{
	store->reader.at = good_len;
	store->reader.n = n;
	store->change = store->control->change;
}

bool
reader_has_begun(const struct store *store)
{
	return store->reader.file != NULL;
}

bool
reader_is_at_end(const struct store *store)
{
	struct control_view view = control_look(store->control);

	return store->reader.file != NULL &&
	       store->reader.file->generation == view.generation &&
	       store->reader.at == view.good_len;
}

void
reader_follow(struct store *store)
{
	struct control_view view = control_look(store->control);
	struct jfile *file;

	if (!can_follow(store, &view) || store->reader.at != view.prev_len ||
	    store->reader.n != view.prev_n || jfile_current(store, &file) != 0)
		return;
	go_over(store, file, view.start_len, view.start_n);
	store->change = store->control->change;
}
