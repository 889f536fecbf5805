/* robust.c - see robust.h */
#include "core/robust.h"

#include <errno.h>
#include <stdbool.h>
#include <time.h>

/* Some tens of microseconds altogether. */
#define SPINS       50
#define SPIN_PAUSES 16

#define SLICE_MS 10

#define NS_PER_MS 1000000L
#define NS_PER_S  1000000000L

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif

int
robust_init(pthread_mutex_t *mutex)
{
	pthread_mutexattr_t attr;
	int r;

	if ((r = pthread_mutexattr_init(&attr)) != 0)
		return r;
	if ((r = pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED)) == 0 &&
	    (r = pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST)) == 0)
		r = pthread_mutex_init(mutex, &attr);
	(void)pthread_mutexattr_destroy(&attr);
	return r;
}

static struct timespec
now(void)
{
	struct timespec at;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	return at;
}

static struct timespec
later(struct timespec at, int ms)
{
	at.tv_sec += ms / 1000;
	at.tv_nsec += ms % 1000 * NS_PER_MS;
	if (at.tv_nsec >= NS_PER_S) {
		at.tv_nsec -= NS_PER_S;
		at.tv_sec++;
	}
	return at;
}

static bool
is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

#ifdef __SANITIZE_THREAD__
/* ThreadSanitizer of gcc 12 and clang 14 does not know pthread_mutex_clocklock(). */
static int
lock_until(pthread_mutex_t *mutex, const struct timespec *end)
{
	int r;

	(void)end;
	(void)nanosleep(&(struct timespec){ 0, 20000 }, NULL);
	r = pthread_mutex_trylock(mutex);
	return r == EBUSY ? ETIMEDOUT : r;
}
#else
static int
lock_until(pthread_mutex_t *mutex, const struct timespec *end)
{
	return pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, end);
}
#endif

/*
 * In slices: a waiter that is killed just after it was woken takes the waking with it.  If
 * somebody else got the lock in between, without knowing of others that wait, they would sleep
 * on beside a lock that is free.
 */
static int
wait_until(pthread_mutex_t *mutex, const struct timespec *deadline)
{
	int r;

	do {
		struct timespec at = now(), end = later(at, SLICE_MS);

		if (!is_before(&at, deadline))
			return ETIMEDOUT;
		r = lock_until(mutex, is_before(&end, deadline) ? &end : deadline);
	} while (r == ETIMEDOUT);
	return r;
}

static void
relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/* What is held for microseconds is waited for awake: to sleep and be woken costs more. */
static int
spin(pthread_mutex_t *mutex)
{
	int r = EBUSY;

	for (int i = 0; i < SPINS && r == EBUSY; i++) {
		for (int k = 0; k < SPIN_PAUSES; k++)
			relax();
		r = pthread_mutex_trylock(mutex);
	}
	return r;
}

int
robust_lock(pthread_mutex_t *mutex, int timeout_ms)
{
	struct timespec deadline;
	int r = pthread_mutex_trylock(mutex);

	if (r == EBUSY && timeout_ms > 0)
		r = spin(mutex);
	if (r != EBUSY)
		return r;
	if (timeout_ms <= 0)
		return ETIMEDOUT;
	deadline = later(now(), timeout_ms);
	return wait_until(mutex, &deadline);
}
