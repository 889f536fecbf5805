/* check_listen.c - tests of src/server/listen.c */
#include "server/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/log.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_listen_suite(void);

static char path[300], address[310];
static struct listen_options options;
static struct listen_socket listen_socket, other;
static struct err err;

static void
setup(void)
{
	tmp_make();
	log_configure(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	(void)snprintf(path, sizeof(path), "%s/s", tmp_path);
	(void)snprintf(address, sizeof(address), "unix:%s", path);
	options = (struct listen_options){ address, 0660, (uid_t)-1, (gid_t)-1, 1024, false };
	listen_socket = other = LISTEN_SOCKET_NONE;
}

static void
teardown(void)
{
	listen_close(&listen_socket);
	listen_close(&other);
	tmp_remove();
}

static bool
is_there(void)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static int
connect_to(const char *to)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error;

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%.100s", to);
	if (connect(fd, (struct sockaddr *)&un, sizeof(un)) == 0)
		return fd;
	error = errno;
	(void)close(fd);
	errno = error;
	return -1;
}

START_TEST(the_mode_is_exact_whatever_the_umask)
{
	static const mode_t modes[] = { 0660, 0600, 0640, 0666, 0777 };
	static const mode_t masks[] = { 0, 022, 077, 0777 };

	options.may_be_unsafe = true;
	for (size_t i = 0; i < 5; i++)
		for (size_t k = 0; k < 4; k++) {
			struct stat st;

			options.mode = modes[i];
			(void)umask(masks[k]);
			ck_assert_msg(
			    listen_open(&options, &listen_socket, &err) == 0, "%s", err.text);
			ck_assert_int_eq(lstat(path, &st), 0);
			ck_assert_int_eq(st.st_mode & 07777, modes[i]);
			ck_assert_int_eq(umask(022), masks[k]);
			listen_close(&listen_socket);
			ck_assert(!is_there());
		}
}
END_TEST

START_TEST(a_live_socket_is_not_stolen)
{
	int fd;

	ck_assert_int_eq(listen_open(&options, &listen_socket, &err), 0);
	ck_assert_int_eq(listen_open(&options, &other, &err), -EADDRINUSE);
	ck_assert_ptr_nonnull(strstr(err.text, path));
	ck_assert_int_eq(other.fd, -1);
	ck_assert_int_ge(fd = connect_to(path), 0);
	(void)close(fd);
}
END_TEST

/* Somebody else's program, that takes no lock. */
START_TEST(nor_one_of_another_program)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%.100s", path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	ck_assert_int_eq(listen(fd, 0), 0);
	ck_assert_int_eq(listen_open(&options, &listen_socket, &err), -EADDRINUSE);
	ck_assert(is_there());
	/* Not even when its backlog is full: that is no refusal either. */
	for (int i = 0; i < 2; i++)
		(void)connect_to(path);
	ck_assert_int_eq(listen_open(&options, &listen_socket, &err), -EADDRINUSE);
	ck_assert(is_there());
	(void)close(fd);
}
END_TEST

START_TEST(a_dead_socket_is_removed)
{
	int fd;

	ck_assert_int_eq(listen_open(&options, &listen_socket, &err), 0);
	/* Die without a word. */
	(void)close(listen_socket.fd);
	(void)close(listen_socket.lock_fd);
	listen_socket = LISTEN_SOCKET_NONE;
	ck_assert(is_there());
	ck_assert_int_eq(connect_to(path), -1);
	ck_assert_int_eq(listen_open(&options, &listen_socket, &err), 0);
	ck_assert_int_ge(fd = connect_to(path), 0);
	(void)close(fd);
}
END_TEST

/* Two that find the same dead socket: the one without the lock leaves it to the other. */
START_TEST(somebody_else_is_about_to_serve_it)
{
	struct stat before, after;
	int fd;

	ck_assert_int_eq(listen_open(&options, &listen_socket, &err), 0);
	(void)close(listen_socket.fd);
	(void)close(listen_socket.lock_fd);
	listen_socket = LISTEN_SOCKET_NONE;
	fd = openat(tmp_fd, "s.lock", O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
	ck_assert_int_eq(lstat(path, &before), 0);
	ck_assert_int_eq(listen_open(&options, &listen_socket, &err), -EADDRINUSE);
	ck_assert_int_eq(lstat(path, &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	(void)close(fd);
	ck_assert_int_eq(listen_open(&options, &listen_socket, &err), 0);
}
END_TEST

START_TEST(what_is_no_socket_stays)
{
	char *text;

	tmp_write("s", "precious", 0600);
	ck_assert_int_eq(listen_open(&options, &listen_socket, &err), -EEXIST);
	text = tmp_read("s");
	ck_assert_str_eq(text, "precious");
	free(text);
}
END_TEST

START_TEST(a_link_is_not_followed)
{
	tmp_write("target", "precious", 0600);
	ck_assert_int_eq(symlinkat("target", tmp_fd, "s"), 0);
	ck_assert_int_eq(listen_open(&options, &listen_socket, &err), -EEXIST);
	ck_assert_int_eq(unlinkat(tmp_fd, "s", 0), 0);
	ck_assert_int_eq(unlinkat(tmp_fd, "s.lock", 0), 0);
	ck_assert_int_eq(symlinkat("target", tmp_fd, "s.lock"), 0);
	ck_assert_int_eq(listen_open(&options, &listen_socket, &err), -ELOOP);
}
END_TEST

START_TEST(only_our_own_is_unlinked)
{
	ck_assert_int_eq(listen_open(&options, &listen_socket, &err), 0);
	ck_assert_int_eq(unlinkat(tmp_fd, "s", 0), 0);
	tmp_write("s", "another's", 0600);
	listen_close(&listen_socket);
	ck_assert(is_there());
}
END_TEST

/* A connect() under way has found the path already: a second name stands for that. */
START_TEST(the_end_refuses_new_ones_and_keeps_those_that_came)
{
	char second[310];
	int waiting, accepted;

	(void)snprintf(second, sizeof(second), "%s2", path);
	ck_assert_int_eq(listen_open(&options, &listen_socket, &err), 0);
	ck_assert_int_eq(link(path, second), 0);
	ck_assert_int_ge(waiting = connect_to(second), 0);
	listen_end(&listen_socket);
	ck_assert_str_eq(listen_socket.path, ""); /* not ours any more */
	ck_assert(!is_there());
	ck_assert_int_eq(connect_to(path), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(connect_to(second), -1);
	ck_assert_int_eq(errno, ECONNREFUSED);
	/* What had connected is still there, and whole. */
	ck_assert_int_ge(accepted = accept(listen_socket.fd, NULL, NULL), 0);
	ck_assert_int_eq(send(waiting, "a", 1, 0), 1);
	ck_assert_int_eq(recv(accepted, (char[1]){ 0 }, 1, 0), 1);
	ck_assert_int_eq(send(accepted, "b", 1, 0), 1);
	ck_assert_int_eq(recv(waiting, (char[1]){ 0 }, 1, 0), 1);
	/* Another program may have the path by now: a second end leaves it alone. */
	tmp_write("s", "another's", 0600);
	listen_end(&listen_socket);
	ck_assert(is_there());
	ck_assert_int_ne(listen_socket.fd, -1);
	(void)close(waiting);
	(void)close(accepted);
}
END_TEST

START_TEST(it_is_made_again)
{
	int lock_fd, old, fd;

	ck_assert_int_eq(listen_open(&options, &listen_socket, &err), 0);
	ck_assert(listen_is_in_place(&listen_socket));
	lock_fd = listen_socket.lock_fd;
	ck_assert_int_ge(old = connect_to(path), 0);
	ck_assert_int_eq(renameat(tmp_fd, "s", tmp_fd, "moved"), 0);
	ck_assert(!listen_is_in_place(&listen_socket));
	if (_i == 1)
		ck_assert_int_eq(unlinkat(tmp_fd, "s.lock", 0), 0);
	options.mode = 0600;
	ck_assert_msg(listen_again(&options, &listen_socket, &err) == 0, "%s", err.text);
	ck_assert(listen_is_in_place(&listen_socket));
	ck_assert_int_ge(fd = connect_to(path), 0);
	ck_assert_int_ge(accept(listen_socket.fd, NULL, NULL), 0);
	(void)close(fd);
	(void)close(old);
	/* It is still nobody else's. */
	ck_assert(_i == 1 || listen_socket.lock_fd == lock_fd);
	ck_assert_int_eq(listen_open(&options, &other, &err), -EADDRINUSE);
	listen_close(&listen_socket);
	ck_assert(!is_there());
}
END_TEST

START_TEST(it_cannot_be_made_again)
{
	struct listen_socket before;

	ck_assert_int_eq(listen_open(&options, &listen_socket, &err), 0);
	before = listen_socket;
	ck_assert_int_eq(unlinkat(tmp_fd, "s", 0), 0);
	if (_i == 0) {
		tmp_write("s", "precious", 0600);
	} else { /* another program was faster */
		ck_assert_int_eq(unlinkat(tmp_fd, "s.lock", 0), 0);
		ck_assert_int_eq(listen_open(&options, &other, &err), 0);
	}
	ck_assert(!listen_is_in_place(&listen_socket));
	ck_assert_int_lt(listen_again(&options, &listen_socket, &err), 0);
	ck_assert_mem_eq(&before, &listen_socket, sizeof(before));
	ck_assert_int_ne(fcntl(listen_socket.fd, F_GETFD), -1);
	ck_assert_int_ne(fcntl(listen_socket.lock_fd, F_GETFD), -1);
	ck_assert(is_there());
}
END_TEST

static const struct {
	const char *name, *address;
	mode_t mode;
	int want;
} refusals[] = {
	{ "no_kind", "/run/s", 0660, -EINVAL },
	{ "empty", "", 0660, -EINVAL },
	{ "relative", "unix:s", 0660, -EINVAL },
	{ "no_path", "unix:", 0660, -EINVAL },
	{ "control_character", "unix:/run/s\r", 0660, -EINVAL },
	{ "any_address", "tcp:0.0.0.0:9000", 0660, -EPERM },
	{ "a_network_address", "tcp:192.0.2.1:9000", 0660, -EPERM },
	{ "ipv6_any", "tcp:[::]:9000", 0660, -EPERM },
	{ "a_name", "tcp:localhost:9000", 0660, -EINVAL },
	{ "port_alone", "tcp:9000", 0660, -EINVAL },
	{ "no_port", "tcp:127.0.0.1:", 0660, -EINVAL },
	{ "port_0", "tcp:127.0.0.1:0", 0660, -EINVAL },
	{ "port_65536", "tcp:127.0.0.1:65536", 0660, -EINVAL },
	{ "port_with_more", "tcp:127.0.0.1:90x", 0660, -EINVAL },
	{ "mode_for_all", NULL, 0666, -EPERM },
	{ "mode_write_for_others", NULL, 0662, -EPERM },
};

START_TEST(refused)
{
	if (refusals[_i].address != NULL)
		options.address = refusals[_i].address;
	options.mode = refusals[_i].mode;
	ck_assert_int_eq(listen_open(&options, &listen_socket, &err), refusals[_i].want);
	ck_assert_str_ne(err.text, "");
	ck_assert_int_eq(listen_socket.fd, -1);
	ck_assert(!is_there());
}
END_TEST

START_TEST(too_long_a_path)
{
	char text[200];

	memset(text, 'x', sizeof(text));
	memcpy(text, "unix:/", 6);
	text[sizeof(text) - 1] = '\0';
	options.address = text;
	ck_assert_int_eq(listen_open(&options, &listen_socket, &err), -EINVAL);
}
END_TEST

START_TEST(what_listens)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert(!listen_is_listening(fd));
	ck_assert(!listen_is_listening(-1));
	ck_assert(!listen_is_listening(tmp_fd));
	(void)close(fd);
	ck_assert_int_eq(listen_open(&options, &listen_socket, &err), 0);
	ck_assert(listen_is_listening(listen_socket.fd));
	ck_assert((fcntl(listen_socket.fd, F_GETFL) & O_NONBLOCK) != 0);
	ck_assert((fcntl(listen_socket.fd, F_GETFD) & FD_CLOEXEC) != 0);
}
END_TEST

/* ---------------------------------------------------------------- looking only */

/* The line of listen_check(), which makes and removes nothing. */
static const char *
checked(void)
{
	static char line[700];
	struct checklist list = { .to = fmemopen(line, sizeof(line), "w") };
	struct stat before, after;

	ck_assert_ptr_nonnull(list.to);
	ck_assert_int_eq(fstat(tmp_fd, &before), 0);
	listen_check(&options, &list);
	ck_assert_int_eq(fclose(list.to), 0);
	ck_assert_uint_eq(list.n, 1);
	ck_assert_uint_eq(list.n_bad, strncmp(line, "not ok", 6) == 0);
	ck_assert_int_eq(fstat(tmp_fd, &after), 0);
	ck_assert_mem_eq(&before.st_mtim, &after.st_mtim, sizeof(before.st_mtim));
	return line;
}

static void
assert_checked(bool is_good, const char *text)
{
	const char *line = checked();

	ck_assert_msg(
	    strncmp(line, is_good ? "ok      socket: " : "not ok  socket: ", 16) == 0 &&
		strstr(line, text) != NULL,
	    "%s", line);
	/* And so it is. */
	ck_assert_int_eq(listen_open(&options, &other, &err) == 0, is_good);
	listen_close(&other);
	other = LISTEN_SOCKET_NONE;
}

START_TEST(looking_at_a_path)
{
	assert_checked(true, path);
	tmp_write("s", "precious", 0600);
	assert_checked(false, "is no socket");
	ck_assert_int_eq(unlinkat(tmp_fd, "s", 0), 0);
	ck_assert_int_eq(unlinkat(tmp_fd, "s.lock", 0), 0);
	ck_assert_int_eq(symlinkat("target", tmp_fd, "s.lock"), 0);
	assert_checked(false, "s.lock");
	options.address = "unix:/nonexistent/s";
	assert_checked(false, "/nonexistent");
	options.address = address;
	options.mode = 0666;
	assert_checked(false, "--allow-unsafe-socket");
}
END_TEST

START_TEST(looking_at_what_is_refused)
{
	if (refusals[_i].address != NULL)
		options.address = refusals[_i].address;
	options.mode = refusals[_i].mode;
	assert_checked(false, "");
}
END_TEST

START_TEST(looking_at_a_dead_socket)
{
	ck_assert_int_eq(listen_open(&options, &listen_socket, &err), 0);
	(void)close(listen_socket.fd);
	(void)close(listen_socket.lock_fd);
	listen_socket = LISTEN_SOCKET_NONE;
	(void)checked();
	ck_assert(is_there());
	assert_checked(true, "a start removes it");
}
END_TEST

/* The program that serves may be the one that is to be restarted: no fault. */
START_TEST(looking_at_one_that_is_served)
{
	const char *line;

	ck_assert_int_eq(listen_open(&options, &listen_socket, &err), 0);
	line = checked();
	ck_assert_int_eq(strncmp(line, "ok ", 3), 0);
	ck_assert_ptr_nonnull(strstr(line, "is served now"));
	listen_close(&listen_socket);
	options.address = "tcp:127.0.0.1:1";
	if (geteuid() == 0)
		assert_checked(true, "tcp:127.0.0.1:1");
	ck_assert_int_eq(listen_open(&options, &listen_socket, &err) == 0, geteuid() == 0);
	line = checked();
	ck_assert_int_eq(strncmp(line, "ok ", 3) == 0, geteuid() == 0);
}
END_TEST

START_TEST(looking_at_an_owner)
{
	bool is_root = geteuid() == 0;

	options.gid = getegid();
	assert_checked(true, path);
	options.uid = geteuid();
	assert_checked(true, path);
	options.uid = geteuid() + 1;
	assert_checked(is_root, is_root ? path : "only root");
	options.uid = (uid_t)-1;
	options.gid = 4242;
	assert_checked(is_root, is_root ? path : "only root");
}
END_TEST

Suite *
check_listen_suite(void)
{
	Suite *s = suite_create("server/listen");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_mode_is_exact_whatever_the_umask);
	tcase_add_test(tc, a_live_socket_is_not_stolen);
	tcase_add_test(tc, nor_one_of_another_program);
	tcase_add_test(tc, a_dead_socket_is_removed);
	tcase_add_test(tc, somebody_else_is_about_to_serve_it);
	tcase_add_test(tc, what_is_no_socket_stays);
	tcase_add_test(tc, a_link_is_not_followed);
	tcase_add_test(tc, only_our_own_is_unlinked);
	tcase_add_loop_test(tc, refused, 0, sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_test(tc, too_long_a_path);
	tcase_add_loop_test(tc, it_is_made_again, 0, 2);
	tcase_add_loop_test(tc, it_cannot_be_made_again, 0, 2);
	tcase_add_test(tc, what_listens);
	tcase_add_test(tc, the_end_refuses_new_ones_and_keeps_those_that_came);
	tcase_add_test(tc, looking_at_a_path);
	tcase_add_loop_test(
	    tc, looking_at_what_is_refused, 0, sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_test(tc, looking_at_a_dead_socket);
	tcase_add_test(tc, looking_at_one_that_is_served);
	tcase_add_test(tc, looking_at_an_owner);
	suite_add_tcase(s, tc);
	return s;
}
