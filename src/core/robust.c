/* robust.c - see robust.h */
#include "core/robust.h"

#include <errno.h>
#include <time.h>

/* Some tens of microseconds altogether. */
#define SPINS       50
#define SPIN_PAUSES 16

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
deadline_in(int timeout_ms)
{
	struct timespec at;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += timeout_ms / 1000;
	at.tv_nsec += timeout_ms % 1000 * NS_PER_MS;
	if (at.tv_nsec >= NS_PER_S) {
		at.tv_nsec -= NS_PER_S;
		at.tv_sec++;
	}
	return at;
}

#ifdef __SANITIZE_THREAD__
/* ThreadSanitizer of gcc 12 and clang 14 does not know pthread_mutex_clocklock(). */
static int
wait_until(pthread_mutex_t *mutex, const struct timespec *deadline)
{
	struct timespec now;
	int r;

	while ((r = pthread_mutex_trylock(mutex)) == EBUSY) {
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec > deadline->tv_sec ||
		    (now.tv_sec == deadline->tv_sec && now.tv_nsec >= deadline->tv_nsec))
			return ETIMEDOUT;
		(void)nanosleep(&(struct timespec){ 0, 20000 }, NULL);
	}
	return r;
}
#else
static int
wait_until(pthread_mutex_t *mutex, const struct timespec *deadline)
{
	return pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, deadline);
}
#endif

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
	deadline = deadline_in(timeout_ms);
	return wait_until(mutex, &deadline);
}
