/* check_wish.c - tests of src/server/restart_request.c */
#include "server/restart_request.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/unit.h"

Suite *check_restart_request_suite(void);

START_TEST(whose_it_is)
{
	int fds[2], status;
	pid_t pid;

	ck_assert_int_eq(restart_request_open(fds), 0);
	ck_assert_int_eq(restart_request_receive(fds[1]), 0);
	restart_request_send(fds[0]);
	if ((pid = fork()) == 0) {
		restart_request_send(fds[0]);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(restart_request_receive(fds[1]), getpid());
	ck_assert_int_eq(restart_request_receive(fds[1]), pid);
	ck_assert_int_eq(restart_request_receive(fds[1]), 0);
}
END_TEST

START_TEST(nobody_waits_and_nobody_dies)
{
	int fds[2], n = 0;

	(void)signal(SIGPIPE, SIG_DFL);
	ck_assert_int_eq(restart_request_open(fds), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert((fcntl(fds[i], F_GETFD) & FD_CLOEXEC) != 0);
		ck_assert((fcntl(fds[i], F_GETFL) & O_NONBLOCK) != 0);
	}
	/* Nobody reads: what has no room is lost. */
	for (int i = 0; i < 10000; i++)
		restart_request_send(fds[0]);
	while (restart_request_receive(fds[1]) != 0)
		n++;
	ck_assert_int_gt(n, 0);
	(void)close(fds[1]);
	restart_request_send(fds[0]);
	restart_request_send(-1);
	/* Something else than a wish. */
	ck_assert_int_eq(restart_request_open(fds), 0);
	ck_assert_int_eq(write(fds[0], "x", 1), 1);
	ck_assert_int_eq(restart_request_receive(fds[1]), 0);
}
END_TEST

/* As a worker learns that its supervisor is dead. */
START_TEST(the_other_end_is_closed)
{
	int fds[2];
	struct pollfd in;

	ck_assert_int_eq(restart_request_open(fds), 0);
	in = (struct pollfd){ fds[0], POLLIN, 0 };
	ck_assert_int_eq(poll(&in, 1, 0), 0);
	restart_request_send(fds[0]);
	ck_assert_int_eq(poll(&in, 1, 0), 0);
	(void)close(fds[1]);
	ck_assert_int_eq(poll(&in, 1, 0), 1);
}
END_TEST

START_TEST(no_descriptor_is_left)
{
	struct rlimit before, none;
	int fds[2], r;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){ 3, before.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	r = restart_request_open(fds);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_int_eq(r, -EMFILE);
}
END_TEST

Suite *
check_restart_request_suite(void)
{
	Suite *s = suite_create("server/wish");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, whose_it_is);
	tcase_add_test(tc, nobody_waits_and_nobody_dies);
	tcase_add_test(tc, the_other_end_is_closed);
	tcase_add_test(tc, no_descriptor_is_left);
	suite_add_tcase(s, tc);
	return s;
}
