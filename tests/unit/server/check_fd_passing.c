/* check_fd_passing.c - tests of src/server/fd_passing.c */
#include "server/fd_passing.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/unit.h"

Suite *check_fd_passing_suite(void);

static int fds[2], pair[2];

static void
setup(void)
{
	(void)signal(SIGPIPE, SIG_DFL); /* passing a descriptor must not end the process */
	ck_assert_int_eq(fd_passing_open(fds), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
}

static bool
are_connected(int a, int b)
{
	char c = 0;

	return send(a, "x", 1, 0) == 1 && recv(b, &c, 1, MSG_DONTWAIT) == 1 && c == 'x';
}

START_TEST(neither_end_blocks_or_is_inherited)
{
	for (int i = 0; i < 2; i++) {
		ck_assert((fcntl(fds[i], F_GETFD) & FD_CLOEXEC) != 0);
		ck_assert((fcntl(fds[i], F_GETFL) & O_NONBLOCK) != 0);
	}
	ck_assert_int_eq(fd_passing_receive(fds[0]), -1);
}
END_TEST

START_TEST(a_descriptor_arrives_as_another)
{
	int got;

	ck_assert(fd_passing_send(fds[1], pair[0]));
	ck_assert_int_ne(fcntl(pair[0], F_GETFD), -1); /* ours still */
	ck_assert_int_ge(got = fd_passing_receive(fds[0]), 0);
	ck_assert_int_ne(got, pair[0]);
	ck_assert((fcntl(got, F_GETFD) & FD_CLOEXEC) != 0);
	(void)close(pair[0]);
	ck_assert(are_connected(got, pair[1]));
	ck_assert(are_connected(pair[1], got));
	ck_assert_int_eq(fd_passing_receive(fds[0]), -1); /* there was one */
}
END_TEST

START_TEST(in_their_order)
{
	int other[2], first, second;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, other), 0);
	ck_assert(fd_passing_send(fds[1], pair[0]));
	ck_assert(fd_passing_send(fds[1], other[0]));
	first = fd_passing_receive(fds[0]);
	second = fd_passing_receive(fds[0]);
	ck_assert(are_connected(first, pair[1]));
	ck_assert(are_connected(second, other[1]));
}
END_TEST

START_TEST(to_another_process)
{
	int status;
	pid_t pid;

	ck_assert(fd_passing_send(fds[1], pair[0]));
	if ((pid = fork()) == 0) {
		int got = fd_passing_receive(fds[0]);

		_exit(got != -1 && send(got, "child", 5, 0) == 5 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(recv(pair[1], (char[8]){ 0 }, 8, MSG_DONTWAIT), 5);
}
END_TEST

START_TEST(a_message_without_a_descriptor_is_none)
{
	ck_assert_int_eq(send(fds[1], "x", 1, 0), 1);
	ck_assert(fd_passing_send(fds[1], pair[0]));
	ck_assert_int_eq(fd_passing_receive(fds[0]), -1);
	ck_assert_int_ge(fd_passing_receive(fds[0]), 0);
}
END_TEST

START_TEST(nobody_to_send_to)
{
	ck_assert(!fd_passing_send(-1, pair[0]));
	ck_assert(!fd_passing_send(fds[1], -1)); /* what is no descriptor */
	(void)close(fds[0]);
	ck_assert(!fd_passing_send(fds[1], pair[0]));
	ck_assert_int_eq(fd_passing_receive(-1), -1);
}
END_TEST

START_TEST(nobody_takes_them)
{
	int n = 0;

	/* It gives up after a while. */
	while (n < 10000 && fd_passing_send(fds[1], pair[1]))
		n++;
	ck_assert_int_gt(n, 10);
	ck_assert_int_lt(n, 10000);
	/* What was sent is there nevertheless, and then there is room again. */
	for (; n > 0; n--) {
		int got = fd_passing_receive(fds[0]);

		ck_assert_int_ge(got, 0);
		(void)close(got);
	}
	ck_assert_int_eq(fd_passing_receive(fds[0]), -1);
	ck_assert(fd_passing_send(fds[1], pair[1]));
}
END_TEST

Suite *
check_fd_passing_suite(void)
{
	Suite *s = suite_create("server/fd_passing");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, neither_end_blocks_or_is_inherited);
	tcase_add_test(tc, a_descriptor_arrives_as_another);
	tcase_add_test(tc, in_their_order);
	tcase_add_test(tc, to_another_process);
	tcase_add_test(tc, a_message_without_a_descriptor_is_none);
	tcase_add_test(tc, nobody_to_send_to);
	tcase_add_test(tc, nobody_takes_them);
	suite_add_tcase(s, tc);
	return s;
}
