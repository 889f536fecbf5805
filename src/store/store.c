/* store.c - see store.h */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/append.h"
#include "store/attach.h"
#include "store/compact.h"
#include "store/examine.h"
#include "store/inner.h"
#include "store/mend.h"
#include "store/reader.h"
#include "store/salvage.h"
#include "store/sync.h"

int
store_open(const struct store_config *config, struct store **ret_store, struct err *err)
{
	struct store *store;
	int r;

	if ((r = attach_new(config, &store, err)) != 0)
		return r;
	if ((r = attach_begin(store, err)) != 0) {
		attach_free(store);
		return r;
	}
	*ret_store = store;
	return 0;
}

void
store_close(struct store *store)
{
	if (store == NULL)
		return;
	store_unlock(store);
	attach_free(store);
}

bool
store_is_current(const struct store *store)
{
	return atomic_load_explicit(&store->control->change, memory_order_acquire) ==
	       atomic_load_explicit(&store->change, memory_order_relaxed);
}

int
store_catch_up(struct store *store, store_apply_fn apply, void *arg)
{
	return reader_catch_up(store, apply, arg);
}

int
store_lock(struct store *store, int timeout_ms)
{
	int r;

	/* A child shares its parent's open file, and with it the lock. */
	if (store->lock.pid != getpid() && (r = attach_again(store)) != 0)
		return r;
	if (store->is_locked)
		return -EDEADLK;
	if ((r = lock_append(&store->lock, store->control, timeout_ms)) != 0)
		return r;
	if ((r = mend_check(store)) != 0) {
		lock_append_drop(&store->lock, store->control);
		return r;
	}
	store->is_locked = true;
	return 0;
}

void
store_unlock(struct store *store)
{
	if (!store->is_locked || store->lock.pid != getpid())
		return;
	store->is_locked = false;
	lock_append_drop(&store->lock, store->control);
}

int
store_append(
    struct store *store, const struct store_record *records, size_t n, uint64_t *ret_seq)
{
	return append_records(store, records, n, ret_seq);
}

int
store_sync(struct store *store, uint64_t seq)
{
	return sync_wait(store, seq);
}

int
store_tick(struct store *store)
{
	append_look_for_room(store);
	return compact_tick(store);
}

void
store_stats(struct store *store, struct store_stats *ret_stats)
{
	const struct control *control = store->control;

	*ret_stats = (struct store_stats){
		.n_live = control->n_live,
		.n_dead = control->n_dead,
		.file_bytes = control_look(control).good_len,
		.n_appended = control->n_appended,
		.n_flushes = control->n_flushes,
		.has_failed = control->has_failed != 0 || control->refused_with != 0,
	};
}

int
store_examine(const struct store_config *config, struct store_examination *ret_examination,
    struct err *err)
{
	return examine_run(config, ret_examination, err);
}

int
store_salvage(
    const struct store_config *config, struct store_salvage *ret_report, struct err *err)
{
	return salvage_run(config, ret_report, err);
}
