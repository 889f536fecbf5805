/* check_takeover.c - tests of src/server/takeover.c */
#include "server/takeover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit/fail_alloc.h"
#include "unit/server/proc.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_takeover_suite(void);

static struct takeover takeover, found;
static struct err err;
static int fds[8];
static struct configuration conf;

static void
setup(void)
{
	takeover_init(&takeover);
	takeover_init(&found);
	err.text[0] = '\0';
	conf = (struct configuration){ 0 };
	settings_init(&conf.settings);
	conf.settings.data_dir = "/var/lib/a b";
	conf.settings.run_dir = "/run/x";
	for (int i = 0; i < 8; i++)
		ck_assert_int_gt(fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC), 2);
	takeover.generation = 7;
	takeover.was_ever_ready = true;
	takeover.listen.n = 1;
	takeover.listen.sockets[0] =
	    (struct listen_socket){ fds[0], fds[1], "/run/a b", 5, 6, false };
	takeover.handover_fds[0] = fds[2];
	takeover.handover_fds[1] = fds[3];
	takeover.life_fds[0] = fds[4];
	takeover.life_fds[1] = fds[5];
}

static void
teardown(void)
{
	takeover_fini(&takeover);
	takeover_fini(&found);
}

static bool
is_kept(int fd)
{
	return fcntl(fd, F_GETFD) == 0;
}

START_TEST(what_is_told_is_found)
{
	const struct takeover_child children[] = { { 100, 7, fds[6], false, false },
		{ 101, 6, -1, true, true } };
	const char config[] = "A=1\nchild 5\n\nB=2";
	char path[300];
	int fd;

	for (int i = 0; i < 2; i++)
		ck_assert(takeover_add_child(&takeover, &children[i]));
	tmp_make();
	tmp_write("x y", config, 0600);
	(void)snprintf(path, sizeof(path), "%s/x y", tmp_path);
	conf.path = path; /* it may be the program too: it is not executed */
	ck_assert_int_eq(takeover_record(&takeover, path, "/var/log/x y.log", &conf, &err), 0);
	ck_assert_int_ne(takeover.file.fd, -1);
	tmp_remove();
	ck_assert_int_gt(fd = takeover_write(&takeover), 2);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	takeover_keep_open(&takeover, fd, true);
	for (int i = 0; i < 7; i++)
		ck_assert(is_kept(fds[i]));
	ck_assert(!is_kept(fds[7]));
	ck_assert(is_kept(fd));
	ck_assert_int_eq(takeover_set_env(fd, false), 0);
	ck_assert_msg(takeover_find(&found, &err) == 0, "%s", err.text);
	/* Once, and for nobody else. */
	ck_assert_ptr_null(getenv("SESSIONGATE_TAKEOVER"));
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	for (int i = 0; i < 7; i++)
		ck_assert(!is_kept(fds[i]));
	ck_assert(!found.is_trial);
	ck_assert_uint_eq(found.generation, 7);
	ck_assert(found.was_ever_ready);
	ck_assert(!found.has_told_ready);
	ck_assert_int_eq(found.listen.sockets[0].fd, fds[0]);
	ck_assert_int_eq(found.listen.sockets[0].lock_fd, fds[1]);
	ck_assert_str_eq(found.listen.sockets[0].path, "/run/a b");
	ck_assert_uint_eq(found.listen.sockets[0].dev, 5);
	ck_assert_uint_eq(found.listen.sockets[0].ino, 6);
	ck_assert(!found.listen.sockets[0].is_borrowed);
	ck_assert_mem_eq(found.handover_fds, takeover.handover_fds, sizeof(found.handover_fds));
	ck_assert_mem_eq(found.life_fds, takeover.life_fds, sizeof(found.life_fds));
	ck_assert_uint_eq(found.n_children, 2);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(found.children[i].pid, children[i].pid);
		ck_assert_uint_eq(found.children[i].generation, children[i].generation);
		ck_assert_int_eq(found.children[i].ready_fd, children[i].ready_fd);
		ck_assert_int_eq(found.children[i].is_ready, children[i].is_ready);
		ck_assert_int_eq(found.children[i].is_told_to_end, children[i].is_told_to_end);
	}
	ck_assert_uint_eq(found.n_fixed, 4);
	ck_assert_str_eq(found.fixed[1], "/var/lib/a b");
	ck_assert_str_eq(found.fixed[3], "/run/x");
	ck_assert_int_eq(takeover_check_fixed(&found, &conf.settings, &err), 0);
	conf.settings.run_dir = "/run/y";
	ck_assert_int_eq(takeover_check_fixed(&found, &conf.settings, &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "run-dir cannot change while serving"));
	ck_assert_str_eq(found.log_path, "/var/log/x y.log");
	ck_assert_str_eq(found.program, path);
	ck_assert_int_eq(found.file.fd, -1);
	ck_assert(found.has_config);
	unit_assert_str(buf_str(&found.config), config);
}
END_TEST

/* Several: a program that knows of one alone must not take over. */
START_TEST(more_than_one_socket)
{
	static char text[8192];
	ssize_t n;
	int fd;

	takeover.listen.n = _i == 0 ? 2 : LISTEN_MAX;
	for (unsigned i = 1; i < takeover.listen.n; i++)
		takeover.listen.sockets[i] =
		    (struct listen_socket){ fds[6], -1, "", 0, 0, true };
	ck_assert_int_gt(fd = takeover_write(&takeover), 2);
	ck_assert_int_gt(n = pread(fd, text, sizeof(text) - 1, 0), 0);
	text[n] = '\0';
	ck_assert_ptr_eq(strstr(text, "version 2\n"), text);
	takeover_keep_open(&takeover, fd, true);
	ck_assert(is_kept(fds[0]) && is_kept(fds[6]));
	ck_assert_int_eq(takeover_set_env(fd, false), 0);
	ck_assert_msg(takeover_find(&found, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(found.listen.n, takeover.listen.n);
	ck_assert(!is_kept(fds[0]) && !is_kept(fds[6]));
	ck_assert_str_eq(found.listen.sockets[0].path, "/run/a b");
	for (unsigned i = 1; i < found.listen.n; i++) {
		ck_assert_int_eq(found.listen.sockets[i].fd, fds[6]);
		ck_assert_str_eq(found.listen.sockets[i].path, "");
		ck_assert(found.listen.sockets[i].is_borrowed);
	}
}
END_TEST

static int
find_text(const char *format)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	/* The literals above are all there is. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	ck_assert_int_ge(dprintf(fd, format, (int)getpid(), fds[0]), 0);
#pragma GCC diagnostic pop
	ck_assert_int_eq(takeover_set_env(fd, false), 0);
	return takeover_find(&found, &err);
}

START_TEST(more_sockets_than_there_may_be)
{
	char text[1024] = "version 2\npid %d\nlisten %d -1 0 0 0\n";

	for (int i = 0; i < LISTEN_MAX; i++)
		(void)strncat(text, "listen 3 -1 0 0 0\n", sizeof(text) - strlen(text) - 1);
	ck_assert_int_eq(find_text(text), -EINVAL);
}
END_TEST

START_TEST(nothing_to_take_over)
{
	ck_assert_int_eq(takeover_find(&found, &err), -ENOENT);
	ck_assert_int_eq(takeover_set_env(5, false), 0);
	ck_assert_int_eq(takeover_set_env(-1, false), 0);
	ck_assert_int_eq(takeover_find(&found, &err), -ENOENT);
}
END_TEST

/* A trial is a child, and has none of the descriptors. */
START_TEST(a_trial)
{
	int fd = takeover_write(&takeover);
	pid_t pid = fork();

	if (pid == 0) {
		(void)takeover_set_env(fd, true);
		for (int i = 0; i < 8; i++)
			(void)close(fds[i]);
		_exit(takeover_find(&found, &err) == 0 && found.is_trial ? 0 : 1);
	}
	ck_assert_int_eq(proc_wait(pid), 0);
	/* In the process itself it is none. */
	ck_assert_int_eq(takeover_set_env(fd, true), 0);
	ck_assert_int_eq(takeover_find(&found, &err), -EINVAL);
}
END_TEST

static const char *const strange[] = {
	"",
	"version 3\npid %d\nlisten %d -1 0 0 0\n",
	"pid %d\nlisten %d -1 0 0 0\n",
	"version 1\nlisten %d -1 0 0 0\n",
	"version 1\npid 1\nlisten 1 -1 0 0 0\n",
	"version 1\npid %d\n", /* no socket */
	"version 1\npid %d\nlisten 999 -1 0 0 0\n",
	"version 1\npid %d\nlisten x\n",
	"version 2x\npid %d\nlisten %d -1 0 0 0\n",
	"version 1\npid %d\npath /run/a\nlisten %d -1 0 0 0\n",
	"version 1\npid %d\nlisten %d -1 0 0 0\nchild 1 1 -1 1 1\n",
	"version 1\npid %d\nlisten %d -1 0 0 0\nchild -5 1 -1 1 1\n",
	"version 1\npid %d\nlisten %d -1 0 0 0\nchild\n",
	"version 1\npid %d\nlisten %d -1 0 0 0\nfixed x\n",
	"version 1\npid %d\nlisten %d -1 0 0 0\nstate 1\n",
	"version 1\npid %d\nlisten %d -1 0 0 0\npairs 1 2 3\n",
	"version 1\npid %d\nlisten %d -1 0 0 0\ntorn",
};

START_TEST(what_is_not_understood)
{
	ck_assert_int_eq(find_text(strange[_i]), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "restart the program"));
	ck_assert_ptr_null(getenv("SESSIONGATE_TAKEOVER"));
}
END_TEST

START_TEST(what_a_later_program_adds)
{
	ck_assert_int_eq(find_text("version 1\npid %d\nlisten %d -1 0 0 0\nmore 1 2 3\n"), 0);
	ck_assert_int_eq(found.listen.sockets[0].fd, fds[0]);
}
END_TEST

START_TEST(no_descriptor)
{
	static const char *const texts[] = { "", "x", "-1", "0", "2", "999",
		"trial:", "trial:1" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ck_assert_int_eq(setenv("SESSIONGATE_TAKEOVER", texts[i], 1), 0);
		ck_assert_int_eq(takeover_find(&found, &err), -EINVAL);
	}
	ck_assert_int_ne(fcntl(STDERR_FILENO, F_GETFD), -1);
}
END_TEST

START_TEST(what_cannot_be_recorded)
{
	ck_assert_int_eq(
	    takeover_record(&takeover, "/nonexistent/program", NULL, &conf, &err), -ENOENT);
	ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent/program"));
	takeover_fini(&takeover);
	conf.path = "/nonexistent/config";
	ck_assert_int_eq(takeover_record(&takeover, "/bin/true", NULL, &conf, &err), -ENOENT);
	ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent/config"));
	ck_assert_ptr_null(takeover.log_path);
}
END_TEST

START_TEST(a_record_without_memory)
{
	const struct takeover_child child = { 100, 1, -1, true, false };

	fail_alloc_at(1);
	ck_assert(!takeover_add_child(&takeover, &child));
	fail_alloc_at(2);
	ck_assert_int_eq(takeover_record(&takeover, "/bin/true", NULL, &conf, &err), -ENOMEM);
	fail_alloc_at(1);
	ck_assert_int_eq(takeover_write(&takeover), -ENOMEM);
	fail_alloc_at(0);
}
END_TEST

Suite *
check_takeover_suite(void)
{
	Suite *s = suite_create("server/takeover");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_is_told_is_found);
	tcase_add_loop_test(tc, more_than_one_socket, 0, 2);
	tcase_add_test(tc, more_sockets_than_there_may_be);
	tcase_add_test(tc, nothing_to_take_over);
	tcase_add_test(tc, a_trial);
	tcase_add_loop_test(
	    tc, what_is_not_understood, 0, sizeof(strange) / sizeof(strange[0]));
	tcase_add_test(tc, what_a_later_program_adds);
	tcase_add_test(tc, no_descriptor);
	tcase_add_test(tc, what_cannot_be_recorded);
	tcase_add_test(tc, a_record_without_memory);
	suite_add_tcase(s, tc);
	return s;
}
