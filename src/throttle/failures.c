/*
 * failures.c - see failures.h
 *
 * A kind has its own sets of eight places, so that whoever makes many keys of one kind displaces
 * none of another; a key has one set.  What a change writes is first noted beside the table.  From
 * the moment the note is whole the change has been made: whoever gets the lock of a killed holder
 * writes what is noted, once more if need be.
 */
#include "throttle/failures.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "core/clock.h"
#include "core/robust.h"
#include "core/shared_block.h"

#define N_WAYS 8

/* A lock that is held for a microsecond.  Who waits longer meets a process that was stopped. */
#define LOCK_WAIT_MS 50
#define SHUT_MS      1000

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS   (60 * MINUTE_MS)

static const struct {
	uint32_t first, n_sets;
	int64_t kept_ms; /* since it was counted last */
} kinds[FAILURES_N] = {
	[FAILURES_PAIR] = { 0, 8192, 15 * MINUTE_MS },
	[FAILURES_NETWORK] = { 8192, 2048, 15 * MINUTE_MS },
	[FAILURES_ACCOUNT] = { 10240, 2048, HOUR_MS },
	[FAILURES_PLACE] = { 12288, 8192, 90 * 24 * HOUR_MS },
};
#define N_PLACES (20480 * N_WAYS)

struct note {
	_Atomic uint32_t n; /* 0: there is none */
	uint32_t places[FAILURES_N];
	struct failures_entry entries[FAILURES_N];
};

struct failures_shared {
	pthread_mutex_t mutex;
	struct note note;
	struct failures_entry places[N_PLACES];
};

static void
init_shared(void *block)
{
	(void)robust_init(&((struct failures_shared *)block)->mutex);
}

int
failures_open(struct failures *ret, int run_dir_fd, const char *run_dir_path, struct err *err)
{
	const struct shared_block_spec spec = { FAILURES_FILE, sizeof(struct failures_shared),
		init_shared };
	void *block;
	int r = shared_block_map(run_dir_fd, run_dir_path, &spec, &block, err);

	if (r == 0)
		*ret = (struct failures){ block, 0 };
	return r;
}

static void
write_note(struct failures_shared *shared)
{
	struct note *note = &shared->note;
	uint32_t n = atomic_load_explicit(&note->n, memory_order_acquire);

	for (uint32_t i = 0; i < n && i < FAILURES_N; i++)
		shared->places[note->places[i] % N_PLACES] = note->entries[i];
	atomic_store_explicit(&note->n, 0, memory_order_release);
}

static int
lock(struct failures *failures)
{
	struct failures_shared *shared = failures->shared;
	int64_t now_ms = clock_boot_ms();
	int r;

	if (now_ms < atomic_load(&failures->shut_until_ms))
		return -ETIMEDOUT;
	r = robust_lock(&shared->mutex, LOCK_WAIT_MS);
	if (r == ETIMEDOUT)
		atomic_store(&failures->shut_until_ms, now_ms + SHUT_MS);
	if (r == EOWNERDEAD) {
		write_note(shared);
		r = pthread_mutex_consistent(&shared->mutex);
	}
	return -r;
}

int
failures_begin(struct failures *failures, struct failures_change *ret_change)
{
	int r = lock(failures);

	if (r == 0)
		*ret_change =
		    (struct failures_change){ .failures = failures, .now_ms = clock_boot_ms() };
	return r;
}

static bool
is_known(enum failures_kind kind, const struct failures_entry *entry, int64_t now_ms)
{
	return entry->n > 0 && now_ms - entry->at_ms <= kinds[kind].kept_ms;
}

/* The place of the key; without one the place it would take: a free one, or that of the oldest. */
static uint32_t
place_of(const struct failures_change *change, enum failures_kind kind, uint64_t account,
    uint64_t network)
{
	const struct failures_entry *places = change->failures->shared->places;
	uint64_t set = (account ^ (network << 1 | network >> 63)) % kinds[kind].n_sets;
	uint32_t first = (uint32_t)(kinds[kind].first + set) * N_WAYS, taken = first;
	int64_t oldest_ms = INT64_MAX;

	for (uint32_t i = first; i < first + N_WAYS; i++) {
		int64_t at_ms =
		    is_known(kind, &places[i], change->now_ms) ? places[i].at_ms : INT64_MIN;

		if (places[i].account == account && places[i].network == network)
			return i;
		if (at_ms < oldest_ms) {
			oldest_ms = at_ms;
			taken = i;
		}
	}
	return taken;
}

struct failures_entry
failures_get(const struct failures_change *change, enum failures_kind kind, uint64_t account,
    uint64_t network)
{
	const struct failures_entry *entry =
	    &change->failures->shared->places[place_of(change, kind, account, network)];

	if (entry->account == account && entry->network == network &&
	    is_known(kind, entry, change->now_ms))
		return *entry;
	return (struct failures_entry){ .account = account, .network = network };
}

void
failures_put(
    struct failures_change *change, enum failures_kind kind, const struct failures_entry *entry)
{
	const struct failures_entry *places = change->failures->shared->places;
	uint32_t place = place_of(change, kind, entry->account, entry->network);

	/* Of a key that has no place there is nothing to forget. */
	if (entry->n == 0 && (places[place].account != entry->account ||
				 places[place].network != entry->network))
		return;
	change->places[change->n] = place;
	change->entries[change->n++] = *entry;
}

void
failures_commit(struct failures_change *change)
{
	struct failures_shared *shared = change->failures->shared;

	for (unsigned i = 0; i < change->n; i++) {
		shared->note.places[i] = change->places[i];
		shared->note.entries[i] = change->entries[i];
	}
	atomic_store_explicit(&shared->note.n, change->n, memory_order_release);
	write_note(shared);
	(void)pthread_mutex_unlock(&shared->mutex);
}

/* Forget it, if it is still what it was. */
static int
forget(struct failures *failures, uint32_t place, const struct failures_entry *was)
{
	struct failures_entry *at = &failures->shared->places[place];
	int r = lock(failures);

	if (r != 0)
		return r;
	if (at->account == was->account && at->network == was->network)
		at->n = 0;
	(void)pthread_mutex_unlock(&failures->shared->mutex);
	return 0;
}

/* fn may take its time: it is called without the lock. */
static int
each_of_set(struct failures *failures, enum failures_kind kind, uint32_t first,
    bool (*fn)(void *arg, enum failures_kind kind, const struct failures_entry *entry),
    void *arg)
{
	struct failures_entry entries[N_WAYS];
	int r = lock(failures);

	if (r != 0)
		return r;
	memcpy(entries, &failures->shared->places[first], sizeof(entries));
	(void)pthread_mutex_unlock(&failures->shared->mutex);
	for (uint32_t i = 0; i < N_WAYS && r == 0; i++)
		if (is_known(kind, &entries[i], clock_boot_ms()) && fn(arg, kind, &entries[i]))
			r = forget(failures, first + i, &entries[i]);
	return r;
}

int
failures_each(struct failures *failures,
    bool (*fn)(void *arg, enum failures_kind kind, const struct failures_entry *entry),
    void *arg)
{
	int r = 0;

	for (enum failures_kind kind = 0; kind < FAILURES_N; kind++)
		for (uint32_t i = 0; i < kinds[kind].n_sets && r == 0; i++)
			r = each_of_set(
			    failures, kind, (kinds[kind].first + i) * N_WAYS, fn, arg);
	return r;
}
