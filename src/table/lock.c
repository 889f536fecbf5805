/* lock.c - see lock.h */
#include "table/lock.h"

#include <errno.h>

#include "core/robust.h"
#include "table/change.h"
#include "table/step.h"

int
tbl_lock_init(struct tbl_control *control)
{
	return -robust_init(&control->lock);
}

/*
 * The C library goes by the kind that the mutex itself names, and aborts the process for some
 * that a stray write may leave there.  So: only the kind that tbl_lock_init() makes.
 */
#ifdef __GLIBC__
static bool
is_sound(const pthread_mutex_t *lock)
{
	static _Atomic int kind; /* 0: not known yet; a robust mutex has another */
	int expected = atomic_load_explicit(&kind, memory_order_relaxed);

	if (expected == 0) {
		struct tbl_control fresh = { .descriptor = 0 };

		if (tbl_lock_init(&fresh) != 0)
			return false;
		expected = fresh.lock.__data.__kind;
		(void)pthread_mutex_destroy(&fresh.lock);
		atomic_store_explicit(&kind, expected, memory_order_relaxed);
	}
	return lock->__data.__kind == expected;
}
#else
static bool
is_sound(const pthread_mutex_t *lock)
{
	(void)lock;
	return true;
}
#endif

int
tbl_lock_take(struct table *t, int timeout_ms)
{
	struct tbl_control *c = t->control;
	int r, repaired;

	if (!is_sound(&c->lock))
		return -EBADMSG;
	r = robust_lock(&c->lock, timeout_ms);
	if (r != 0 && r != EOWNERDEAD)
		return -r;
	/* An intent also stays when a repair failed for want of memory: try again. */
	repaired = tbl_change_recover(t);
	if (r == EOWNERDEAD) {
		WORD_STORE(&c->counters.n_recoveries, WORD_LOAD(&c->counters.n_recoveries) + 1,
		    "n_recoveries");
		TABLE_STEP("lock consistent");
		(void)pthread_mutex_consistent(&c->lock);
	}
	if (repaired != 0)
		tbl_lock_release(t);
	return repaired;
}

void
tbl_lock_release(struct table *t)
{
	TABLE_STEP("unlock");
	(void)pthread_mutex_unlock(&t->control->lock);
}
