/* check_cgi.c - tests of src/server/cgi.c */
#include "server/handler.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/log.h"
#include "unit/server/length.h"
#include "unit/unit.h"

Suite *check_cgi_suite(void);

static struct buf out;

static void
setup(void)
{
	buf_init(&out, 1024 * 1024);
	log_configure(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
}

static void
teardown(void)
{
	buf_fini(&out);
}

static const struct handler app = { .handle = length_handle };

static void
expect_status(const char *status)
{
	char want[64];

	(void)snprintf(want, sizeof(want), "Status: %s ", status);
	ck_assert_msg(
	    str_starts_with(buf_str(&out), str_of(want)), "%.*s", STR_FMT(buf_str(&out)));
}

/* A CGI program in a process of its own: what it prints when fed these bytes. */
static int
run_cgi(const char *const *environment, struct str input, bool is_closed)
{
	int in[2], answer[2], status;
	char bytes[4096];
	ssize_t n;
	pid_t pid;

	ck_assert_int_eq(pipe(in), 0);
	ck_assert_int_eq(pipe(answer), 0);
	if ((pid = fork()) == 0) {
		(void)dup2(in[0], STDIN_FILENO);
		(void)dup2(answer[1], STDOUT_FILENO);
		(void)close(in[1]);
		(void)close(answer[0]);
		(void)clearenv();
		for (; *environment != NULL; environment++)
			(void)putenv((char *)*environment);
		_exit(cgi_run(&app) == 0 ? 0 : 1);
	}
	(void)close(in[0]);
	(void)close(answer[1]);
	(void)signal(SIGPIPE, SIG_IGN);
	if (input.n > 0)
		ck_assert(write(in[1], input.p, input.n) != 0);
	if (is_closed)
		(void)close(in[1]);
	while ((n = read(answer[0], bytes, sizeof(bytes))) > 0)
		buf_add(&out, bytes, (size_t)n);
	(void)close(answer[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (!is_closed)
		(void)close(in[1]);
	return status;
}

static const struct {
	const char *name, *content_length;
	size_t n_sent;
	bool is_closed;
	const char *want;
} cgi_cases[] = {
	{ "whole", "5", 5, true, "200" },
	/* The server need not close the pipe (RFC 3875 section 4.2). */
	{ "not_read_past_its_length", "5", 5, false, "200" },
	{ "more_than_its_length", "5", 50, false, "200" },
	{ "no_length", "", 50, false, "200" },
	{ "shorter", "5", 4, true, "400" },
	{ "no_number", "5x", 5, false, "400" },
	{ "negative", "-5", 5, false, "400" },
	{ "wraps", "18446744073709551621", 5, false, "400" },
	{ "at_the_limit", "65536", 65536, true, "200" },
	{ "over_the_limit", "65537", 65537, true, "413" },
	{ "far_over_the_limit", "300000", 300000, true, "413" },
};

START_TEST(cgi)
{
	char length[64];
	const char *environment[] = { "GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=POST",
		"SCRIPT_NAME=/a", length, NULL };
	char *body = calloc(1, cgi_cases[_i].n_sent);

	(void)snprintf(
	    length, sizeof(length), "CONTENT_LENGTH=%s", cgi_cases[_i].content_length);
	ck_assert_int_eq(
	    run_cgi(environment, str_mem(body, cgi_cases[_i].n_sent), cgi_cases[_i].is_closed),
	    0);
	expect_status(cgi_cases[_i].want);
	free(body);
}
END_TEST

/* Of a check, whose length is another request's, that is all. */
START_TEST(what_is_not_the_request_s_is_left_unread)
{
	const char *environment[] = { "GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=POST",
		"CONTENT_LENGTH=5", _i == 1 ? "GATE=nginx" : NULL, NULL };
	int in[2], status;
	char c = 0;
	pid_t pid;

	ck_assert_int_eq(pipe(in), 0);
	ck_assert_int_eq(write(in[1], "12345next", 9), 9);
	if ((pid = fork()) == 0) {
		(void)dup2(in[0], STDIN_FILENO);
		(void)dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
		(void)clearenv();
		for (const char **entry = environment; *entry != NULL; entry++)
			(void)putenv((char *)*entry);
		_exit(cgi_run(&app) == 0 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(read(in[0], &c, 1), 1);
	ck_assert_int_eq(c, _i == 1 ? '1' : 'n');
}
END_TEST

/* The answer is lost, and the result says so. */
START_TEST(nobody_reads_the_answer)
{
	pid_t pid;
	int status;

	if ((pid = fork()) == 0) {
		(void)dup2(open("/dev/full", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
		(void)setenv("REQUEST_METHOD", "GET", 1);
		(void)unsetenv("CONTENT_LENGTH");
		_exit(cgi_run(&app) < 0 ? 3 : 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 3);
}
END_TEST

START_TEST(input_that_cannot_be_read)
{
	pid_t pid;
	int status;

	if ((pid = fork()) == 0) {
		(void)dup2(open("/", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
		(void)setenv("REQUEST_METHOD", "POST", 1);
		(void)setenv("CONTENT_LENGTH", "5", 1);
		_exit(cgi_run(&app) < 0 ? 3 : 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 3);
}
END_TEST

Suite *
check_cgi_suite(void)
{
	Suite *s = suite_create("server/cgi");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, cgi, 0, sizeof(cgi_cases) / sizeof(cgi_cases[0]));
	tcase_add_loop_test(tc, what_is_not_the_request_s_is_left_unread, 0, 2);
	tcase_add_test(tc, nobody_reads_the_answer);
	tcase_add_test(tc, input_that_cannot_be_read);
	suite_add_tcase(s, tc);
	return s;
}
