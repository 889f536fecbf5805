/* check_listen_set.c - tests of src/server/listen_set.c */
#include "server/listen_set.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/log.h"
#include "server/activation.h"
#include "unit/server/peer.h"
#include "unit/server/proc.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_listen_set_suite(void);

static char text[4096], log_path[310];
static struct listen_options options;
static struct listen_set set;
static struct err err;

static void
setup(void)
{
	tmp_make();
	log_configure(LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	options = (struct listen_options){ text, 0660, (uid_t)-1, (gid_t)-1, 1024, false };
	set = LISTEN_SET_EMPTY;
	text[0] = '\0';
	err.text[0] = '\0';
	(void)snprintf(log_path, sizeof(log_path), "%s/err", tmp_path);
	ck_assert_ptr_nonnull(freopen(log_path, "a", stderr));
}

static void
teardown(void)
{
	listen_set_close(&set);
	tmp_remove();
}

static void
add(const char *name, const char *blanks)
{
	size_t n = strlen(text);

	(void)snprintf(text + n, sizeof(text) - n, "%sunix:%s/%s%s", n > 0 ? " " : "", tmp_path,
	    name, blanks);
}

/* A port that is free, or was a moment ago. */
static unsigned
free_port(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t n = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&in, n), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&in, &n), 0);
	(void)close(fd);
	return ntohs(in.sin_port);
}

static void
add_tcp(void)
{
	size_t n = strlen(text);

	(void)snprintf(
	    text + n, sizeof(text) - n, "%stcp:127.0.0.1:%u", n > 0 ? " " : "", free_port());
}

static bool
is_there(const char *name)
{
	char path[400];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s", tmp_path, name);
	return lstat(path, &st) == 0;
}

START_TEST(one)
{
	add("a", "");
	ck_assert_msg(listen_set_open(&options, &set, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(set.n, 1);
	ck_assert(!listen_set_is_for_checks(&set, 0));
	listen_set_end(&set);
	ck_assert(!is_there("a"));
}
END_TEST

/* A path may have blanks; so may what parts two addresses. */
START_TEST(several)
{
	add("a b", "");
	add("c", "  ");
	add("d unix", " ");
	ck_assert_msg(listen_set_open(&options, &set, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(set.n, 3);
	ck_assert(is_there("a b") && is_there("c") && is_there("d unix"));
	for (unsigned i = 0; i < 3; i++) {
		ck_assert(listen_is_listening(set.sockets[i].fd));
		ck_assert(!listen_set_is_for_checks(&set, i));
		ck_assert_int_ge(peer_connect(set.sockets[i].path), 0);
	}
	listen_set_close(&set);
	ck_assert_uint_eq(set.n, 0);
	ck_assert(!is_there("a b") && !is_there("c") && !is_there("d unix"));
}
END_TEST

/* All or none. */
START_TEST(one_of_them_is_refused)
{
	static const char *const wrong[] = { " tcp:0.0.0.0:9000", " tcp:127.0.0.1:x",
		" unix:relative", " unix:/nonexistent/directory/s" };

	add("a", "");
	(void)strncat(text, wrong[_i], sizeof(text) - strlen(text) - 1);
	ck_assert_int_lt(listen_set_open(&options, &set, &err), 0);
	ck_assert_uint_eq(set.n, 0);
	ck_assert(!is_there("a"));
	ck_assert_str_ne(err.text, "");
}
END_TEST

START_TEST(the_same_one_twice)
{
	add("a", "");
	add("a", "");
	ck_assert_int_eq(listen_set_open(&options, &set, &err), -EADDRINUSE);
	ck_assert(!is_there("a"));
}
END_TEST

START_TEST(none_and_too_many)
{
	char name[2] = "a";

	(void)snprintf(text, sizeof(text), "  ");
	ck_assert_int_eq(listen_set_open(&options, &set, &err), -EINVAL);
	text[0] = '\0';
	for (int i = 0; i < LISTEN_MAX; i++, name[0]++)
		add(name, "");
	ck_assert_msg(listen_set_open(&options, &set, &err) == 0, "%s", err.text);
	listen_set_close(&set);
	add(name, "");
	ck_assert_int_eq(listen_set_open(&options, &set, &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "give fewer"));
	ck_assert(!is_there("a"));
}
END_TEST

/* Alone it is for all, as ever, and that is warned of. */
START_TEST(tcp_beside_a_unix_socket_is_for_checks)
{
	add_tcp();
	if (_i == 1)
		add_tcp();
	if (_i >= 2)
		add("a", "");
	if (_i == 3)
		add_tcp();
	ck_assert_msg(listen_set_open(&options, &set, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(set.n, _i == 0 ? 1 : _i == 3 ? 3 : 2);
	for (unsigned i = 0; i < set.n; i++)
		ck_assert_int_eq(listen_set_is_for_checks(&set, i),
		    _i >= 2 && listen_is_tcp(set.sockets[i].fd));
	ck_assert_int_eq(proc_n_said("level=warn event=listen"), _i == 0 ? 1 : _i == 1 ? 2 : 0);
	ck_assert_int_eq(proc_n_said("for checks of the role AUTHORIZER alone"), _i == 2   ? 1
										 : _i == 3 ? 2
											   : 0);
}
END_TEST

/* Ten for each line, and one for each that is bad. */
static int
found(void)
{
	struct checklist list = { .to = stderr };

	listen_set_check(&options, &list);
	(void)fflush(stderr);
	return (int)(list.n * 10 + list.n_bad);
}

START_TEST(looking_at_each)
{
	add("a", "");
	add_tcp();
	ck_assert_int_eq(found(), 20);
	ck_assert(!is_there("a"));
	(void)strncat(text, " tcp:0.0.0.0:1", sizeof(text) - strlen(text) - 1);
	ck_assert_int_eq(found(), 31);
}
END_TEST

struct passed {
	int fds[2], n;
};

/* A process that systemd has started with those: 0, or which of its expectations failed. */
static int
be_started(void *arg)
{
	const struct passed *passed = arg;
	struct listen_options none = options;
	char text_of_n[24];
	bool is_tcp_alone;

	none.address = NULL;
	for (int i = 0; i < passed->n; i++)
		if (dup2(passed->fds[i], 3 + i) == -1)
			return 1;
	is_tcp_alone = listen_is_tcp(3);
	(void)snprintf(text_of_n, sizeof(text_of_n), "%ld", (long)getpid());
	(void)setenv("LISTEN_PID", text_of_n, 1);
	(void)snprintf(text_of_n, sizeof(text_of_n), "%d", passed->n);
	(void)setenv("LISTEN_FDS", text_of_n, 1);
	if (is_tcp_alone) /* it is still asked for by name */
		return activation_open(&none, &set, &err) == -EPERM &&
			       strstr(err.text, "--allow-unsafe-socket") != NULL
			   ? 0
			   : 2;
	if (activation_open(&none, &set, &err) != 0 || set.n != (unsigned)passed->n)
		return 3;
	if (!set.sockets[0].is_borrowed || listen_set_is_for_checks(&set, 0) ||
	    (set.n == 2 && !listen_set_is_for_checks(&set, 1)))
		return 4;
	listen_set_close(&set);
	return is_there("a") ? 0 : 5;
}

/* Two ListenStream= lines of a .socket unit, or one. */
START_TEST(inherited)
{
	struct passed passed;
	struct listen_set made;

	add("a", "");
	add_tcp();
	ck_assert_msg(listen_set_open(&options, &made, &err) == 0, "%s", err.text);
	passed = (struct passed){ { fcntl(made.sockets[0].fd, F_DUPFD, 20),
				      fcntl(made.sockets[1].fd, F_DUPFD, 20) },
		_i == 0 ? 2 : 1 };
	if (_i == 2)
		passed.fds[0] = passed.fds[1];
	ck_assert_int_eq(proc_wait(proc_start(be_started, &passed)), 0);
}
END_TEST

Suite *
check_listen_set_suite(void)
{
	Suite *s = suite_create("server/listen_set");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, one);
	tcase_add_test(tc, several);
	tcase_add_loop_test(tc, one_of_them_is_refused, 0, 4);
	tcase_add_test(tc, the_same_one_twice);
	tcase_add_test(tc, none_and_too_many);
	tcase_add_loop_test(tc, tcp_beside_a_unix_socket_is_for_checks, 0, 4);
	tcase_add_test(tc, looking_at_each);
	tcase_add_loop_test(tc, inherited, 0, 3);
	suite_add_tcase(s, tc);
	return s;
}
