/* group_commit.c - one flush for all that wait for one: see internal.h */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "journal/internal.h"

/* How soon the death of a process is noticed that was flushing for others. */
#define SLICE_NS (20 * 1000 * 1000)
/* How long linger() waits for the next to come, at most: it keeps a processor busy. */
#define LINGER_MAX_NS 100000

/*
 * Flushes are odd or even, and so are waiting threads: a thread waits for the current flush if
 * that covers what it appended, else for the next.  So the end of a flush wakes the threads it
 * serves and one more, which begins the next flush, and no thread in vain.  One word names the
 * current flush and how far it goes: the parity in the lowest bit, above it the number of the last
 * line.
 */
#define TAKES_ALL (UINT64_MAX >> 1) /* so far: it is still being gathered */

static uint64_t
flush_word(uint64_t up_to, unsigned parity)
{
	return up_to << 1 | parity;
}

static unsigned
parity_for(const struct jrn_control *control, uint64_t seq)
{
	uint64_t word = control->flush_at_hand;

	return (unsigned)(word & 1) ^ (seq > word >> 1);
}

static void
wait_for_epoch(struct jrn_control *control, unsigned parity, uint32_t epoch)
{
	const struct timespec slice = { 0, SLICE_NS };

	control->sync_waiters[parity]++;
	(void)syscall(
	    SYS_futex, &control->sync_epochs[parity], FUTEX_WAIT, epoch, &slice, NULL, 0);
	control->sync_waiters[parity]--;
}

static void
wake(struct jrn_control *control, unsigned parity, int n)
{
	/* A waiter that was killed stays counted; that costs a system call, no more. */
	if (control->sync_waiters[parity] != 0)
		(void)syscall(
		    SYS_futex, &control->sync_epochs[parity], FUTEX_WAKE, n, NULL, NULL, 0);
}

/* With the sync mutex given up: a flush has ended.  If not well, all shall look for themselves. */
static void
wake_waiters(struct jrn_control *control, bool is_well)
{
	unsigned parity = control->flush_at_hand & 1;

	/*
	 * Both change: a thread that is about to wait must look again whether any flushes at
	 * all.
	 */
	control->sync_epochs[0]++;
	control->sync_epochs[1]++;
	wake(control, !parity, is_well ? 1 : INT_MAX);
	wake(control, parity, INT_MAX);
}

/*
 * The threads that shared the last flush are probably about to append again.  A flush costs enough
 * to wait a little for them, as long as they keep coming.  A thread that was alone does not wait.
 */
static uint64_t
linger(struct jrn_control *control)
{
	uint64_t n = control->appended, wanted = control->synced + control->batch_size;
	int64_t flush_ns = (int64_t)control->flush_ns, linger_max_ns, start_ns, last_ns;

	if (n >= wanted)
		return n;
	linger_max_ns = flush_ns / 4 < LINGER_MAX_NS ? flush_ns / 4 : LINGER_MAX_NS;
	start_ns = last_ns = clock_steady_ns();
	while (n < wanted) {
		uint64_t before = n;
		int64_t at_ns;

		(void)sched_yield();
		n = control->appended;
		at_ns = clock_steady_ns();
		if (n != before)
			last_ns = at_ns;
		if (at_ns - last_ns > linger_max_ns || at_ns - start_ns > flush_ns)
			break;
	}
	return n;
}

/* With the sync mutex held: see jrn_group_commit_is_in_doubt(). */
static bool
is_in_doubt(const struct jrn_control *control, const struct jrn_generation *file)
{
	return control->flush_begun != control->flush_ended &&
	       control->flush_generation == file->generation &&
	       file->flush_begun >= control->flush_begun;
}

/* With the sync mutex held: flush what is there now. */
static int
flush(struct journal *journal)
{
	struct jrn_control *control = journal->control;
	struct jrn_generation *file;
	int64_t start_ns;
	unsigned parity;
	uint64_t n;
	int r;

	if (control->has_failed)
		return -EROFS;
	parity = !(control->flush_at_hand & 1);
	control->flush_at_hand = flush_word(TAKES_ALL, parity);
	/* This before the generation is looked at: see jrn_control_switch(). */
	n = linger(control);
	control->flush_at_hand = flush_word(n, parity);
	if ((r = jrn_generation_current(journal, &file)) != 0)
		return r;
	/*
	 * Again, now that the file is known.  A writer that could not flush the name of a new file
	 * has set this before.  A flush of that file would prove nothing: the old one may come
	 * back.
	 */
	if (control->has_failed) {
		r = -EROFS;
		goto out;
	}
	if (is_in_doubt(control, file)) {
		r = JRN_E_MOVED;
		goto out;
	}
	control->flush_generation = file->generation;
	control->flush_begun++;
	start_ns = clock_steady_ns();
	r = fdatasync(file->fd) == -1 ? -errno : 0;
	control->flush_ns = (uint64_t)(clock_steady_ns() - start_ns);
	control->batch_size = control->appended - control->synced;
	if (r == 0) {
		control->n_flushes++;
		jrn_control_raise_synced(control, n);
	} else if (file->generation == control->generation) {
		jrn_internal_fail(journal, "cannot flush", r);
		r = -EROFS;
	} else {
		r = 0; /* it was replaced meanwhile by one that is flushed */
	}
	control->flush_ended = control->flush_begun;
out:
	jrn_generation_unref(file);
	return r;
}

static int
wait_until(struct journal *journal, uint64_t seq, int64_t deadline_ms)
{
	struct jrn_control *control = journal->control;

	while (control->synced < seq) {
		uint32_t epochs[2] = { control->sync_epochs[0], control->sync_epochs[1] };
		int r = pthread_mutex_trylock(&control->sync_mutex);

		if (control->has_failed && r == EBUSY)
			return -EROFS;
		if (r == EBUSY) {
			unsigned parity = parity_for(control, seq);

			if (control->synced < seq)
				wait_for_epoch(control, parity, epochs[parity]);
			if (clock_boot_ms() >= deadline_ms)
				return -ETIMEDOUT;
			continue;
		}
		if (r == EOWNERDEAD)
			r = pthread_mutex_consistent(&control->sync_mutex);
		if (r != 0)
			return -r;
		r = control->synced < seq ? flush(journal) : 0;
		(void)pthread_mutex_unlock(&control->sync_mutex);
		wake_waiters(control, r == 0);
		if (r != 0)
			return r;
	}
	return 0;
}

bool
jrn_group_commit_is_in_doubt(struct journal *journal)
{
	struct jrn_control *control = journal->control;
	struct jrn_generation *file;
	bool is_so;
	int r;

	if (control->flush_begun == control->flush_ended)
		return false;
	/* Busy: the flush is going on. */
	if ((r = pthread_mutex_trylock(&control->sync_mutex)) == EOWNERDEAD)
		r = pthread_mutex_consistent(&control->sync_mutex);
	if (r != 0)
		return false;
	is_so = jrn_generation_current(journal, &file) == 0;
	if (is_so) {
		is_so = is_in_doubt(control, file);
		jrn_generation_unref(file);
	}
	(void)pthread_mutex_unlock(&control->sync_mutex);
	wake_waiters(control, false);
	return is_so;
}

int
jrn_group_commit_wait(struct journal *journal, uint64_t seq, int64_t deadline_ms)
{
	struct jrn_control *control = journal->control;
	int r;

	if (seq > control->appended)
		return -EINVAL;
	if ((r = wait_until(journal, seq, deadline_ms)) != 0)
		return r;
	return seq > control->lost_from && seq <= control->lost_to ? -EROFS : 0;
}
