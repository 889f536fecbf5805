/* check_socket_watch.c - tests of src/server/socket_watch.c */
#include "server/socket_watch.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/server/proc.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_socket_watch_suite(void);

static char address[310];
static struct listen_options options;
static struct listen_socket listen_socket;
static struct socket_watch watch;
static struct err err;
static int n_again, again_result;

static int
again(void *arg, struct listen_socket *which, struct err *ret_err)
{
	ck_assert_ptr_eq(arg, &options);
	ck_assert_ptr_eq(which, &listen_socket);
	n_again++;
	return again_result != 0 ? err_set(ret_err, again_result, "as told")
				 : listen_again(&options, which, ret_err);
}

static bool
peek(int64_t now_ms)
{
	return socket_watch_look(&watch, &listen_socket, again, &options, now_ms);
}

static void
setup(void)
{
	tmp_make();
	(void)snprintf(address, sizeof(address), "unix:%s/s", tmp_path);
	options = (struct listen_options){ address, 0660, (uid_t)-1, (gid_t)-1, 1024, false };
	ck_assert_int_eq(listen_open(&options, &listen_socket, &err), 0);
	watch = (struct socket_watch){ 0 };
	n_again = again_result = 0;
	(void)snprintf(address, sizeof(address), "%s/err", tmp_path);
	ck_assert_ptr_nonnull(freopen(address, "a", stderr));
	(void)snprintf(address, sizeof(address), "unix:%s/s", tmp_path);
}

static void
teardown(void)
{
	listen_close(&listen_socket);
	tmp_remove();
}

START_TEST(it_is_there)
{
	ck_assert(!peek(5000));
	ck_assert_int_eq(watch.look_ms, 6000);
	ck_assert_int_eq(n_again, 0);
	/* Not looked at more often. */
	ck_assert_int_eq(unlinkat(tmp_fd, "s", 0), 0);
	ck_assert(!peek(5999));
	ck_assert_int_eq(n_again, 0);
	ck_assert(peek(6000));
	ck_assert_int_eq(n_again, 1);
	ck_assert(listen_is_in_place(&listen_socket));
	ck_assert_int_eq(proc_n_said("level=warn event=socket-lost"), 1);
}
END_TEST

START_TEST(it_cannot_be_made)
{
	ck_assert_int_eq(unlinkat(tmp_fd, "s", 0), 0);
	again_result = -EADDRINUSE;
	for (int i = 1; i < 4; i++)
		ck_assert(!peek(1000 * i));
	ck_assert_int_eq(n_again, 3);
	ck_assert_int_eq(
	    proc_n_said("level=error event=socket-lost"), 1); /* once, and tried again */
	ck_assert_int_eq(proc_n_said("as told"), 1);
	again_result = 0;
	ck_assert(peek(9000));
	ck_assert(!peek(10000));
}
END_TEST

START_TEST(it_is_another_s)
{
	listen_socket.is_borrowed = true;
	ck_assert_int_eq(renameat(tmp_fd, "s", tmp_fd, "t"), 0);
	ck_assert(!peek(1000));
	ck_assert(!peek(2000));
	ck_assert_int_eq(n_again, 0);
	ck_assert_int_eq(proc_n_said("level=error event=socket-lost"), 1);
	ck_assert(proc_has_said("restart what made the socket"));
	/* It comes back, and goes again. */
	ck_assert_int_eq(renameat(tmp_fd, "t", tmp_fd, "s"), 0);
	ck_assert(!peek(3000));
	ck_assert_int_eq(unlinkat(tmp_fd, "s", 0), 0);
	ck_assert(!peek(4000));
	ck_assert_int_eq(proc_n_said("level=error event=socket-lost"), 2);
}
END_TEST

Suite *
check_socket_watch_suite(void)
{
	Suite *s = suite_create("server/socket_watch");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, it_is_there);
	tcase_add_test(tc, it_cannot_be_made);
	tcase_add_test(tc, it_is_another_s);
	suite_add_tcase(s, tc);
	return s;
}
