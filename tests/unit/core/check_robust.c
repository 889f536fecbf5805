/* check_robust.c - tests of src/core/robust.c */
#include "core/robust.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "unit/unit.h"

Suite *check_robust_suite(void);

static pthread_mutex_t *
shared_mutex(void)
{
	void *p = mmap(NULL, sizeof(pthread_mutex_t), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert(p != MAP_FAILED);
	ck_assert_int_eq(robust_init(p), 0);
	return p;
}

/* A process that takes the lock, says so, and waits to be killed. */
static pid_t
holder(pthread_mutex_t *mutex)
{
	int fds[2];
	pid_t pid;
	char c;

	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	ck_assert(pid != -1);
	if (pid == 0) {
		if (robust_lock(mutex, 0) == 0 && write(fds[1], "x", 1) == 1)
			for (;;)
				(void)pause();
		_exit(1);
	}
	ck_assert_int_eq(read(fds[0], &c, 1), 1);
	(void)close(fds[0]);
	(void)close(fds[1]);
	return pid;
}

START_TEST(another_waits_and_no_longer_than_told)
{
	pthread_mutex_t *mutex = shared_mutex();
	pid_t pid = holder(mutex);
	int64_t begin_ms = clock_boot_ms();

	ck_assert_int_eq(robust_lock(mutex, 0), ETIMEDOUT);
	ck_assert_int_eq(robust_lock(mutex, 1050), ETIMEDOUT);
	ck_assert_int_ge(clock_boot_ms() - begin_ms, 1049);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}
END_TEST

START_TEST(the_next_is_told_that_the_holder_died)
{
	pthread_mutex_t *mutex = shared_mutex();
	pid_t pid = holder(mutex);

	(void)kill(pid, SIGKILL);
	ck_assert_int_eq(robust_lock(mutex, 10000), EOWNERDEAD);
	ck_assert_int_eq(pthread_mutex_consistent(mutex), 0);
	ck_assert_int_eq(pthread_mutex_unlock(mutex), 0);
	ck_assert_int_eq(robust_lock(mutex, 0), 0);
	ck_assert_int_eq(pthread_mutex_unlock(mutex), 0);
	(void)waitpid(pid, NULL, 0);
}
END_TEST

/* A process that waits for the lock; it ends with 0 when it has it. */
static pid_t
waiter(pthread_mutex_t *mutex)
{
	pid_t pid = fork();
	char path[32], state = 0;

	ck_assert(pid != -1);
	if (pid == 0)
		_exit(robust_lock(mutex, 3600 * 1000) == 0 ? 0 : 1);
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	while (state != 'S') {
		FILE *f = fopen(path, "r");

		ck_assert_ptr_nonnull(f);
		ck_assert_int_eq(fscanf(f, "%*d %*s %c", &state), 1);
		(void)fclose(f);
		(void)usleep(1000);
	}
	return pid;
}

/*
 * Somebody unlocked and woke a waiter; before that one ran, another got the lock, and the waiter
 * was killed.  Then nothing tells the holder that more of them wait.
 */
START_TEST(a_waiter_nobody_knows_of_does_not_sleep_on)
{
	pthread_mutex_t *mutex = shared_mutex();
	pid_t pid;
	int status;

	ck_assert_int_eq(robust_lock(mutex, 0), 0);
	pid = waiter(mutex);
	mutex->__data.__lock &= (int)~FUTEX_WAITERS;
	(void)pthread_mutex_unlock(mutex);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

Suite *
check_robust_suite(void)
{
	Suite *s = suite_create("core/robust");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, another_waits_and_no_longer_than_told);
	tcase_add_test(tc, the_next_is_told_that_the_holder_died);
	tcase_add_test(tc, a_waiter_nobody_knows_of_does_not_sleep_on);
	suite_add_tcase(s, tc);
	return s;
}
