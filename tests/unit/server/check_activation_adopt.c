/* check_activation_adopt.c - tests of src/server/activation.c: sockets that others made */
#include "server/activation.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/log.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_activation_adopt_suite(void);

static struct listen_socket adopted;
static struct err err;

static void
setup(void)
{
	/* Others may pass this one, whatever TMPDIR is. */
	ck_assert_int_eq(setenv("TMPDIR", "/tmp", 1), 0);
	tmp_make();
	log_configure(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	adopted = LISTEN_SOCKET_NONE;
	err.text[0] = '\0';
	/* What tmp_make() made keeps others out; most tests are about ways that do not. */
	ck_assert_int_eq(chmod(tmp_path, 0755), 0);
}

static void
teardown(void)
{
	listen_close(&adopted);
	tmp_remove();
}

/* A socket of that kind at this path below the private directory. */
static int
make(const char *name, int type)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%.80s/%s", tmp_path, name);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	if (type != SOCK_DGRAM)
		ck_assert_int_eq(listen(fd, 5), 0);
	return fd;
}

static int
make_with_mode(const char *name, mode_t mode)
{
	int fd = make(name, SOCK_STREAM);

	ck_assert_int_eq(fchmodat(tmp_fd, name, mode, 0), 0);
	return fd;
}

static void
assert_refused(int fd, int want, const char *text)
{
	ck_assert_int_eq(activation_adopt(fd, false, &adopted, &err), want);
	ck_assert_int_eq(adopted.fd, -1);
	ck_assert_msg(strstr(err.text, text) != NULL, "%s", err.text);
	/* The way out is named. */
	if (want == -EPERM)
		ck_assert_msg(
		    strstr(err.text, "--allow-unsafe-socket") != NULL, "%s", err.text);
	/* It is still whose it was. */
	ck_assert_int_ne(fcntl(fd, F_GETFD), -1);
}

static void
assert_taken(int fd, bool may_be_unsafe)
{
	ck_assert_msg(activation_adopt(fd, may_be_unsafe, &adopted, &err) == 0, "%s", err.text);
	ck_assert_int_eq(adopted.fd, fd);
	ck_assert((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	ck_assert((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	adopted = LISTEN_SOCKET_NONE;
}

START_TEST(whoever_may_write_may_connect)
{
	static const struct {
		mode_t mode;
		bool is_refused;
	} modes[] = {
		{ 0600, false },
		{ 0660, false },
		{ 0755, false },
		{ 0664, false },
		{ 0666, true },
		{ 0777, true },
		{ 0662, true },
		{ 0602, true },
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		int fd = make_with_mode("s", modes[i].mode);

		if (modes[i].is_refused)
			assert_refused(fd, -EPERM, "is open to everybody");
		else
			assert_taken(fd, false);
		assert_taken(fd, true);
		(void)close(fd);
		ck_assert_int_eq(unlinkat(tmp_fd, "s", 0), 0);
	}
}
END_TEST

START_TEST(a_directory_keeps_others_out)
{
	int fd;

	ck_assert_int_eq(mkdirat(tmp_fd, "closed", 0750), 0);
	ck_assert_int_eq(fchmodat(tmp_fd, "closed", 0750, 0), 0);
	ck_assert_int_eq(mkdirat(tmp_fd, "closed/open", 0755), 0);
	fd = make_with_mode("closed/open/s", 0666);
	assert_taken(fd, false);
	/* Reading a directory is not passing it, and passing it is enough. */
	ck_assert_int_eq(fchmodat(tmp_fd, "closed", 0754, 0), 0);
	assert_taken(fd, false);
	ck_assert_int_eq(fchmodat(tmp_fd, "closed", 0751, 0), 0);
	assert_refused(fd, -EPERM, "is open to everybody");
}
END_TEST

/* The path says one thing, the directory it leads to is another. */
START_TEST(a_link_to_the_directory)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(mkdirat(tmp_fd, "closed", 0700), 0);
	ck_assert_int_eq(mkdirat(tmp_fd, "open", 0755), 0);
	ck_assert_int_eq(symlinkat("../open", tmp_fd, "closed/link"), 0);
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%.80s/closed/link/s", tmp_path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	ck_assert_int_eq(fchmodat(tmp_fd, "open/s", 0666, 0), 0);
	/* Others go by the way that is open. */
	assert_refused(fd, -EPERM, "is open to everybody");
}
END_TEST

START_TEST(where_it_cannot_be_told)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = make_with_mode("s", 0600);

	ck_assert_int_eq(unlinkat(tmp_fd, "s", 0), 0);
	assert_refused(fd, -EPERM, "No such file");
	tmp_write("s", "a file", 0600);
	assert_refused(fd, -EPERM, "cannot tell who may open it");
	assert_taken(fd, true);
	(void)close(fd);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(chdir(tmp_path), 0);
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "relative");
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	assert_refused(fd, -EPERM, "a relative path");
	assert_taken(fd, true);
}
END_TEST

/* We may not look into the directory; if nobody else may either, that is enough. */
START_TEST(where_we_may_not_look)
{
	int fd;

	if (geteuid() != 0) {
		unit_skip("root, who can become another user");
		return;
	}
	ck_assert_int_eq(mkdirat(tmp_fd, "closed", 0700), 0);
	fd = make_with_mode("closed/s", 0666);
	ck_assert_int_eq(seteuid(12345), 0);
	assert_taken(fd, false);
	ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(an_abstract_one)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&un, sizeof(un.sun_family)), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	assert_refused(fd, -EPERM, "abstract");
	assert_taken(fd, true);
}
END_TEST

/* It is served, and not watched: a takeover is told of the path in one line. */
START_TEST(a_path_of_two_lines)
{
	int fd = make_with_mode("one\ntwo", 0660);

	ck_assert_int_eq(activation_adopt(fd, false, &adopted, &err), 0);
	ck_assert_str_eq(adopted.path, "");
	ck_assert(listen_is_in_place(&adopted));
}
END_TEST

/* unix(7): a path of 108 bytes has no NUL. */
START_TEST(the_longest_path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int n = snprintf(un.sun_path, sizeof(un.sun_path), "%.80s/", tmp_path);

	memset(un.sun_path + n, 'x', sizeof(un.sun_path) - (size_t)n);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	assert_taken(fd, false);
}
END_TEST

START_TEST(tcp)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	const struct sockaddr *address =
	    _i < 2 ? (struct sockaddr *)&in : (struct sockaddr *)&in6;
	int fd = socket(address->sa_family, SOCK_STREAM, 0);

	in.sin_addr.s_addr = htonl(_i == 0 ? INADDR_LOOPBACK : INADDR_ANY);
	in6.sin6_addr = in6addr_loopback;
	if (fd == -1 || bind(fd, address, _i < 2 ? sizeof(in) : sizeof(in6)) == -1) {
		ck_assert_int_eq(_i, 2); /* a machine without IPv6 */
		return;
	}
	ck_assert_int_eq(listen(fd, 5), 0);
	assert_refused(fd, -EPERM, _i == 1 ? "and whoever reaches it" : "every local user");
	assert_taken(fd, true);
}
END_TEST

/* systemd's ListenDatagram=, ListenSequentialPacket=, ListenFIFO=, Accept=yes. */
START_TEST(what_is_no_listening_stream)
{
	int fds[2], file;

	assert_refused(make("d", SOCK_DGRAM), -EINVAL, "ListenStream= in the .socket unit");
	assert_refused(make("q", SOCK_SEQPACKET), -EINVAL, "ListenStream= in the .socket unit");
	ck_assert_int_ge(file = openat(tmp_fd, "f", O_RDWR | O_CREAT, 0600), 0);
	assert_refused(file, -EINVAL, "ListenStream= in the .socket unit");
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_refused(fds[0], -EINVAL, "Accept=no in the .socket unit");
	assert_refused(socket(AF_UNIX, SOCK_STREAM, 0), -EINVAL, "does not listen");
	/* It is not a question of safety. */
	ck_assert_int_eq(activation_adopt(fds[0], true, &adopted, &err), -EINVAL);
	ck_assert_int_eq(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
	assert_refused(STDIN_FILENO, -EINVAL, "standard input is a connection");
	ck_assert_ptr_null(strstr(err.text, "unit"));
}
END_TEST

/* It is its owner's, who may go on with it when we have ended. */
START_TEST(its_end_is_its_owner_s)
{
	int ours = make_with_mode("s", 0600), fd = dup(ours);
	struct stat st;

	ck_assert_int_eq(activation_adopt(fd, false, &adopted, &err), 0);
	listen_end(&adopted);
	ck_assert(listen_is_listening(ours));
	listen_close(&adopted);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	ck_assert(listen_is_listening(ours));
	ck_assert_int_eq(fstatat(tmp_fd, "s", &st, 0), 0);
}
END_TEST

Suite *
check_activation_adopt_suite(void)
{
	Suite *s = suite_create("server/activation_adopt");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, whoever_may_write_may_connect);
	tcase_add_test(tc, a_directory_keeps_others_out);
	tcase_add_test(tc, a_link_to_the_directory);
	tcase_add_test(tc, where_it_cannot_be_told);
	tcase_add_test(tc, where_we_may_not_look);
	tcase_add_test(tc, an_abstract_one);
	tcase_add_test(tc, a_path_of_two_lines);
	tcase_add_test(tc, the_longest_path);
	tcase_add_loop_test(tc, tcp, 0, 3);
	tcase_add_test(tc, what_is_no_listening_stream);
	tcase_add_test(tc, its_end_is_its_owner_s);
	suite_add_tcase(s, tc);
	return s;
}
