/* journal.c - see journal.h */
#include "journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/append.h"
#include "journal/open.h"
#include "journal/compact.h"
#include "journal/examine.h"
#include "journal/internal.h"
#include "journal/recover.h"
#include "journal/replay.h"
#include "journal/salvage.h"
#include "journal/group_commit.h"

int
journal_open(const struct journal_config *config, struct journal **ret_store, struct err *err)
{
	struct journal *journal;
	int r;

	if ((r = jrn_open_new(config, &journal, err)) != 0)
		return r;
	if ((r = jrn_open_begin(journal, err)) != 0) {
		jrn_open_free(journal);
		return r;
	}
	*ret_store = journal;
	return 0;
}

void
journal_close(struct journal *journal)
{
	if (journal == NULL)
		return;
	journal_unlock(journal);
	jrn_open_free(journal);
}

bool
journal_is_current(const struct journal *journal)
{
	return atomic_load_explicit(&journal->control->change, memory_order_acquire) ==
	       atomic_load_explicit(&journal->change, memory_order_relaxed);
}

int
journal_catch_up(struct journal *journal, journal_apply_fn apply, void *arg)
{
	return jrn_replay_catch_up(journal, apply, arg);
}

int
journal_lock(struct journal *journal, int timeout_ms)
{
	int r;

	/* A child shares its parent's open file, and with it the lock. */
	if (journal->lock.pid != getpid() && (r = jrn_open_again(journal)) != 0)
		return r;
	if (journal->is_locked)
		return -EDEADLK;
	if ((r = jrn_lock_append(&journal->lock, journal->control, timeout_ms)) != 0)
		return r;
	if ((r = jrn_recover_check(journal)) != 0) {
		jrn_lock_append_drop(&journal->lock, journal->control);
		return r;
	}
	journal->is_locked = true;
	return 0;
}

void
journal_unlock(struct journal *journal)
{
	if (!journal->is_locked || journal->lock.pid != getpid())
		return;
	journal->is_locked = false;
	jrn_lock_append_drop(&journal->lock, journal->control);
}

int
journal_append(
    struct journal *journal, const struct journal_record *records, size_t n, uint64_t *ret_seq)
{
	return jrn_append_records(journal, records, n, ret_seq);
}

int
journal_sync(struct journal *journal, uint64_t seq)
{
	return jrn_group_commit_wait(journal, seq);
}

int
journal_tick(struct journal *journal)
{
	jrn_append_look_for_room(journal);
	return jrn_compact_tick(journal);
}

void
journal_stats(struct journal *journal, struct journal_stats *ret_stats)
{
	const struct jrn_control *control = journal->control;

	*ret_stats = (struct journal_stats){
		.n_live = control->n_live,
		.n_dead = control->n_dead,
		.file_bytes = jrn_control_look(control).good_len,
		.n_appended = control->n_appended,
		.n_flushes = control->n_flushes,
		.has_failed = control->has_failed != 0 || control->refused_with != 0,
	};
}

int
journal_examine(const struct journal_config *config,
    struct journal_examination *ret_examination, struct err *err)
{
	return jrn_examine_run(config, ret_examination, err);
}

int
journal_salvage(
    const struct journal_config *config, struct journal_salvage *ret_report, struct err *err)
{
	return jrn_salvage_run(config, ret_report, err);
}
