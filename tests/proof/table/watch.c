/* watch.c - see watch.h */
#include "proof/table/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "proof/table/proof.h"

/* The other processes of a storm keep no thread from running for as long as this. */
#define LATE_NS INT64_C(1000000000)

/* A turn of the scheduler's: a thread that did not run for so long may have missed the lock by it. */
#define TURN_NS INT64_C(4000000)

struct watch {
	_Atomic uint64_t n_taken;         /* how often anybody got the lock */
	_Atomic pid_t waiting[WATCH_MAX]; /* 0: not waiting for it */
};

static struct watch *watch;
static unsigned self;
static uint64_t n_waits;
static struct watch_sum sum;
static uint64_t n_unlucky;
static bool has_slept;       /* in the wait at hand */
static int64_t set_aside_ns; /* when it began to sleep */

void
watch_init(void)
{
	watch = mmap(
	    NULL, sizeof(*watch), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (watch == MAP_FAILED)
		proof_die("no memory");
}

void
watch_as(unsigned number)
{
	self = number;
	atomic_store(&watch->waiting[self], 0);
}

uint64_t
watch_n_waits(void)
{
	return n_waits;
}

uint64_t
watch_n_unlucky(void)
{
	return n_unlucky;
}

struct watch_sum
watch_sum(void)
{
	return sum;
}

/* 'R' is running or about to, 'S' asleep, 'Z' and 'X' dead (proc(5)); 'X' if it is gone. */
static char
state_of(pid_t pid)
{
	char path[40], text[512], state = 'X';
	const char *p;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return 'X';
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	if ((p = strrchr(text, ')')) != NULL)
		(void)sscanf(p + 1, " %c", &state);
	return state;
}

/* What a robust mutex of glibc tells the kernel: FUTEX_WAITERS | FUTEX_OWNER_DIED | holder. */
static uint32_t
word_of(pthread_mutex_t *lock)
{
	return (uint32_t)__atomic_load_n(&lock->__data.__lock, __ATOMIC_ACQUIRE);
}

/* Has somebody been woken for the lock who has not got round to taking it? */
static bool
is_anybody_on_his_way(void)
{
	for (unsigned i = 0; i < WATCH_MAX; i++) {
		pid_t pid = atomic_load(&watch->waiting[i]);

		if (i != self && pid != 0 && strchr("RD", state_of(pid)) != NULL)
			return true;
	}
	return false;
}

static void
judge_refusal(pthread_mutex_t *lock, uint64_t n_taken, int64_t late_ns)
{
	uint32_t word = word_of(lock);
	pid_t holder = (pid_t)(word & FUTEX_TID_MASK);

	if (late_ns > LATE_NS)
		proof_violation("gave the lock up %lld ms late", (long long)late_ns / 1000000);
	if (holder != 0) {
		char state = state_of(holder);

		/* The kernel takes the lock from the dying before anybody can see them dead. */
		if ((state == 'Z' || state == 'X') && word_of(lock) == word)
			proof_violation("refused the lock of the dead (%x)", word);
	} else if (atomic_load(&watch->n_taken) == n_taken && !is_anybody_on_his_way() &&
		   atomic_load(&watch->n_taken) == n_taken) {
		proof_violation("refused a lock that was free (%x)", word);
	}
}

static int
count(int r)
{
	if (r == 0 || r == EOWNERDEAD)
		atomic_fetch_add(&watch->n_taken, 1);
	return r;
}

/* ------------------------------------------------------------------ the lock's functions */

int __real_robust_lock(pthread_mutex_t *lock, int timeout_ms);
int __wrap_robust_lock(pthread_mutex_t *lock, int timeout_ms);
int __real_pthread_mutex_trylock(pthread_mutex_t *lock);
int __wrap_pthread_mutex_trylock(pthread_mutex_t *lock);
int __real_pthread_mutex_clocklock(
    pthread_mutex_t *lock, clockid_t clock, const struct timespec *until);
int __wrap_pthread_mutex_clocklock(
    pthread_mutex_t *lock, clockid_t clock, const struct timespec *until);

int
__wrap_pthread_mutex_trylock(pthread_mutex_t *lock)
{
	return count(__real_pthread_mutex_trylock(lock));
}

int
__wrap_pthread_mutex_clocklock(
    pthread_mutex_t *lock, clockid_t clock, const struct timespec *until)
{
	if (!has_slept)
		set_aside_ns = proof_set_aside_ns();
	has_slept = true;
	return count(__real_pthread_mutex_clocklock(lock, clock, until));
}

int
__wrap_robust_lock(pthread_mutex_t *lock, int timeout_ms)
{
	uint64_t n_taken = atomic_load(&watch->n_taken);
	int64_t since_ns = proof_now_ns(), ns, aside_ns;
	int r;

	has_slept = false;
	atomic_store(&watch->waiting[self], getpid());
	r = __real_robust_lock(lock, timeout_ms);
	atomic_store(&watch->waiting[self], 0);
	if (!has_slept)
		return r;
	aside_ns = proof_set_aside_ns() - set_aside_ns;
	ns = proof_now_ns() - since_ns - aside_ns;
	n_waits++;
	sum.waited_ns += ns;
	sum.told_ms += timeout_ms;
	if (r != ETIMEDOUT)
		return r;
	n_unlucky += atomic_load(&watch->n_taken) != n_taken && aside_ns < TURN_NS;
	judge_refusal(lock, n_taken, ns - timeout_ms * INT64_C(1000000));
	return r;
}
