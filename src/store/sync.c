/* sync.c - see sync.h */
#include "store/sync.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "store/mend.h"

#define WAIT_MAX_MS 2000
#define GATHER_MAX  64 /* somebody may append for ever without waiting for a flush */
/* How soon the death of a process is noticed that was flushing for others. */
#define SLICE_NS (20 * 1000 * 1000)

static void
wait_for_epoch(struct control *control, uint32_t epoch)
{
	const struct timespec slice = { 0, SLICE_NS };

	control->sync_waiters++;
	(void)syscall(SYS_futex, &control->sync_epoch, FUTEX_WAIT, epoch, &slice, NULL, 0);
	control->sync_waiters--;
}

static void
wake_all(struct control *control)
{
	control->sync_epoch++;
	/* A waiter that was killed stays counted; that costs a system call, no more. */
	if (control->sync_waiters != 0)
		(void)syscall(
		    SYS_futex, &control->sync_epoch, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/*
 * Others who are about to append may as well come along: as long as giving them the processor
 * makes the journal longer, it is worth it.  Who is alone does not give it away: on a busy
 * machine it would be long in coming back.
 */
static uint64_t
gather(struct control *control)
{
	uint64_t n = control->appended, before = n - 1;

	if (control->had_company == 0 && n <= control->synced + 1)
		return n;
	for (int i = 0; i < GATHER_MAX && n != before; i++) {
		before = n;
		(void)sched_yield();
		n = control->appended;
	}
	return n;
}

enum { SYNC_E_IN_DOUBT = 2 }; /* beside JFILE_E_MOVED */

/* With the sync mutex held: see sync_is_in_doubt(). */
static bool
is_in_doubt(const struct control *control, const struct jfile *file)
{
	return control->flush_begun != control->flush_ended &&
	       control->flush_generation == file->generation &&
	       file->flush_begun >= control->flush_begun;
}

/* With the sync mutex held: flush what is there now. */
static int
flush(struct store *store)
{
	struct control *control = store->control;
	struct jfile *file;
	uint64_t n;
	int r;

	if (control->has_failed)
		return -EROFS;
	/* This before the generation is looked at: see control_switch(). */
	n = gather(control);
	if ((r = jfile_current(store, &file)) != 0)
		return r;
	if (is_in_doubt(control, file)) {
		r = SYNC_E_IN_DOUBT;
		goto out;
	}
	control->flush_generation = file->generation;
	control->flush_begun++;
	r = fdatasync(file->fd) == -1 ? -errno : 0;
	control->had_company = control->sync_waiters + (n - control->synced > 1);
	if (r == 0) {
		control->n_flushes++;
		control_raise_synced(control, n);
	} else if (file->generation == control->generation) {
		inner_fail(store, "cannot flush", r);
		r = -EROFS;
	} else {
		r = 0; /* it was replaced meanwhile by one that is flushed */
	}
	control->flush_ended = control->flush_begun;
out:
	jfile_unref(file);
	return r;
}

static int
wait_until(struct store *store, uint64_t seq)
{
	struct control *control = store->control;
	int64_t deadline_ms = clock_boot_ms() + WAIT_MAX_MS;

	while (control->synced < seq) {
		uint32_t epoch = control->sync_epoch;
		int r = pthread_mutex_trylock(&control->sync_mutex);

		if (control->has_failed && r == EBUSY)
			return -EROFS;
		if (r == EBUSY) {
			if (control->synced < seq)
				wait_for_epoch(control, epoch);
			if (clock_boot_ms() >= deadline_ms)
				return -ETIMEDOUT;
			continue;
		}
		if (r == EOWNERDEAD)
			r = pthread_mutex_consistent(&control->sync_mutex);
		if (r != 0)
			return -r;
		r = control->synced < seq ? flush(store) : 0;
		(void)pthread_mutex_unlock(&control->sync_mutex);
		wake_all(control);
		if (r < 0)
			return r;
		/* Moved: between a rename and its switch.  If its writer died there, finish it.
		 */
		if ((r == JFILE_E_MOVED || r == SYNC_E_IN_DOUBT) &&
		    (r = mend_now(store, WAIT_MAX_MS)) != 0)
			return r;
	}
	return 0;
}

bool
sync_is_in_doubt(struct store *store)
{
	struct control *control = store->control;
	struct jfile *file;
	bool is_so;
	int r;

	if (control->flush_begun == control->flush_ended)
		return false;
	/* Busy: the flush is going on. */
	if ((r = pthread_mutex_trylock(&control->sync_mutex)) == EOWNERDEAD)
		r = pthread_mutex_consistent(&control->sync_mutex);
	if (r != 0)
		return false;
	is_so = jfile_current(store, &file) == 0;
	if (is_so) {
		is_so = is_in_doubt(control, file);
		jfile_unref(file);
	}
	(void)pthread_mutex_unlock(&control->sync_mutex);
	wake_all(control);
	return is_so;
}

int
sync_wait(struct store *store, uint64_t seq)
{
	struct control *control = store->control;
	int r;

	if (seq > control->appended)
		return -EINVAL;
	if ((r = wait_until(store, seq)) != 0)
		return r;
	return seq > control->lost_from && seq <= control->lost_to ? -EROFS : 0;
}
