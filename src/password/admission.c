/*
 * admission.c - see admission.h
 *
 * Each slot is a robust mutex.  A waiter takes a number and queues at slot number modulo n:
 * hashes take equally long, so this is as good as one queue, without a queue to repair when
 * somebody dies in it.
 */
#include "password/admission.h"

#include <errno.h>
#include <stdatomic.h>

#include "core/robust.h"
#include "core/shared_block.h"

struct slot {
	pthread_mutex_t mutex;
	atomic_uint holder_is_running; /* for admission_count() */
	char padding[64 - (sizeof(pthread_mutex_t) + sizeof(atomic_uint)) % 64];
};

struct admission_shared {
	atomic_uint next_number;
	atomic_uint n_waiting; /* about: a waiter that is killed stays counted until a reboot */
	char padding[56];
	struct slot slots[ADMISSION_SLOTS_MOST];
};

static void
init_shared(void *block)
{
	struct admission_shared *shared = block;

	for (unsigned i = 0; i < ADMISSION_SLOTS_MOST; i++)
		(void)robust_init(&shared->slots[i].mutex);
}

int
admission_open(struct admission *admission, int run_dir_fd, const char *run_dir_path,
    unsigned n_slots, unsigned wait_ms, struct err *err)
{
	const struct shared_block_spec spec = { ADMISSION_FILE, sizeof(struct admission_shared),
		init_shared };
	void *block;
	int r;

	if ((r = shared_block_map(run_dir_fd, run_dir_path, &spec, &block, err)) != 0)
		return r;
	*admission = (struct admission){ block, n_slots, wait_ms };
	return 0;
}

static int
lock_slot(struct slot *slot, unsigned wait_ms)
{
	int r = robust_lock(&slot->mutex, (int)wait_ms);

	/* Its holder was killed while hashing: nothing it guarded can be half done. */
	if (r == EOWNERDEAD)
		r = pthread_mutex_consistent(&slot->mutex);
	if (r == 0)
		atomic_store(&slot->holder_is_running, 1);
	return r;
}

int
admission_enter(struct admission *admission, struct admission_ticket *ret_ticket)
{
	struct admission_shared *shared = admission->shared;
	unsigned number = atomic_fetch_add(&shared->next_number, 1);
	int r;

	for (unsigned i = 0; i < admission->n_slots; i++) {
		ret_ticket->slot = (number + i) % admission->n_slots;
		if (lock_slot(&shared->slots[ret_ticket->slot], 0) == 0)
			return 0;
	}
	ret_ticket->slot = number % admission->n_slots;
	atomic_fetch_add(&shared->n_waiting, 1);
	r = lock_slot(&shared->slots[ret_ticket->slot], admission->wait_ms);
	atomic_fetch_sub(&shared->n_waiting, 1);
	return r == ETIMEDOUT ? -EBUSY : -r;
}

void
admission_leave(struct admission *admission, struct admission_ticket ticket)
{
	struct slot *slot = &admission->shared->slots[ticket.slot];

	atomic_store(&slot->holder_is_running, 0);
	(void)pthread_mutex_unlock(&slot->mutex);
}

void
admission_note_waiting(const struct admission *admission, int n)
{
	atomic_fetch_add(&admission->shared->n_waiting, (unsigned)n);
}

void
admission_count(const struct admission *admission, unsigned *ret_running, unsigned *ret_waiting)
{
	unsigned n = 0;

	for (unsigned i = 0; i < admission->n_slots; i++)
		n += atomic_load(&admission->shared->slots[i].holder_is_running);
	*ret_running = n;
	*ret_waiting = atomic_load(&admission->shared->n_waiting);
}
