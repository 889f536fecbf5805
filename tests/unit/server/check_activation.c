/* check_activation.c - tests of src/server/activation.c */
#include "server/activation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_activation_suite(void);

static struct err err;
static unsigned n_sockets;

static void
setup(void)
{
	static const char *const names[] = { "GATEWAY_INTERFACE", "REQUEST_METHOD",
		"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES" };

	tmp_make();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_int_eq(unsetenv(names[i]), 0);
	ck_assert_int_eq(dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO), 0);
}

static void
listen_on_standard_input(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%.90s/s", tmp_path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	(void)close(fd);
}

static void
systemd_says(long pid, const char *n)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%ld", pid);
	ck_assert_int_eq(setenv("LISTEN_PID", text, 1), 0);
	ck_assert_int_eq(setenv("LISTEN_FDS", n, 1), 0);
	ck_assert_int_eq(setenv("LISTEN_FDNAMES", "x", 1), 0);
}

START_TEST(a_shell_gives_neither)
{
	ck_assert(!activation_is_cgi());
	ck_assert_int_eq(activation_sockets(&n_sockets, &err), -ENOENT);
}
END_TEST

START_TEST(a_request)
{
	ck_assert_int_eq(setenv("GATEWAY_INTERFACE", "CGI/1.1", 1), 0);
	ck_assert(activation_is_cgi());
	ck_assert_int_eq(unsetenv("GATEWAY_INTERFACE"), 0);
	ck_assert_int_eq(setenv("REQUEST_METHOD", "GET", 1), 0);
	ck_assert(activation_is_cgi());
	/* A connection is no listening socket. */
	ck_assert_int_eq(activation_sockets(&n_sockets, &err), -ENOENT);
}
END_TEST

/* lighttpd starts FastCGI programs with variables of its own. */
START_TEST(a_socket_wins_over_the_variables_of_cgi)
{
	listen_on_standard_input();
	ck_assert_int_eq(setenv("GATEWAY_INTERFACE", "CGI/1.1", 1), 0);
	ck_assert(!activation_is_cgi());
	ck_assert_int_eq(activation_sockets(&n_sockets, &err), STDIN_FILENO);
	ck_assert_uint_eq(n_sockets, 1);
}
END_TEST

START_TEST(from_systemd)
{
	char count[4];

	(void)snprintf(count, sizeof(count), "%d", _i);
	systemd_says(getpid(), count);
	ck_assert_int_eq(activation_sockets(&n_sockets, &err), 3);
	ck_assert_uint_eq(n_sockets, (unsigned)_i);
	/* Not for the children, and not twice. */
	ck_assert_ptr_null(getenv("LISTEN_PID"));
	ck_assert_ptr_null(getenv("LISTEN_FDS"));
	ck_assert_ptr_null(getenv("LISTEN_FDNAMES"));
	ck_assert_int_eq(activation_sockets(&n_sockets, &err), -ENOENT);
}
END_TEST

START_TEST(from_systemd_for_another)
{
	char text[64];

	systemd_says(getpid() + 1, "1");
	ck_assert_int_eq(activation_sockets(&n_sockets, &err), -ENOENT);
	(void)snprintf(text, sizeof(text), "LISTEN_PID is %ld and this is process %ld",
	    (long)getpid() + 1, (long)getpid());
	ck_assert_msg(strstr(err.text, text) != NULL, "%s", err.text);
	ck_assert_ptr_null(getenv("LISTEN_PID"));
	ck_assert_int_eq(setenv("LISTEN_FDS", "1", 1), 0); /* for nobody */
	ck_assert_int_eq(activation_sockets(&n_sockets, &err), -ENOENT);
	ck_assert_ptr_nonnull(strstr(err.text, "LISTEN_PID is not and"));
	/* What is for another does not hide our own. */
	listen_on_standard_input();
	systemd_says(getpid() + 1, "1");
	ck_assert_int_eq(activation_sockets(&n_sockets, &err), STDIN_FILENO);
}
END_TEST

START_TEST(too_many_from_systemd)
{
	static const char *const numbers[] = { "9", "0", "", "x", "10", "-1", "2x" };

	if (_i == 1)
		listen_on_standard_input();
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		systemd_says(getpid(), numbers[i]);
		ck_assert_int_eq(activation_sockets(&n_sockets, &err), -EINVAL);
		ck_assert_ptr_nonnull(strstr(err.text, "ListenStream="));
		ck_assert_ptr_null(getenv("LISTEN_FDS"));
	}
}
END_TEST

Suite *
check_activation_suite(void)
{
	Suite *s = suite_create("server/activation");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, tmp_remove);
	tcase_add_test(tc, a_shell_gives_neither);
	tcase_add_test(tc, a_request);
	tcase_add_test(tc, a_socket_wins_over_the_variables_of_cgi);
	tcase_add_loop_test(tc, from_systemd, 1, LISTEN_MAX + 1);
	tcase_add_test(tc, from_systemd_for_another);
	tcase_add_loop_test(tc, too_many_from_systemd, 0, 2);
	suite_add_tcase(s, tc);
	return s;
}
