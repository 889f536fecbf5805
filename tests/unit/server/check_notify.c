/* check_notify.c - tests of src/server/notify.c */
#include "server/notify.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_notify_suite(void);

static char path[300];

/* What a manager at that address is told. */
static const char *
told(const char *address, size_t n_address, const char *text)
{
	static char got[100];
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	ssize_t n;

	ck_assert_uint_le(n_address, sizeof(un.sun_path));
	memcpy(un.sun_path, address, n_address);
	if (un.sun_path[0] == '@')
		un.sun_path[0] = '\0';
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&un,
			     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n_address)),
	    0);
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", address, 1), 0);
	notify_manager(text);
	n = recv(fd, got, sizeof(got) - 1, 0);
	ck_assert_int_eq(recv(fd, (char[1]){ 0 }, 1, 0), -1); /* one datagram */
	(void)close(fd);
	if (n < 0)
		return NULL;
	got[n] = '\0';
	return got;
}

START_TEST(by_path)
{
	(void)snprintf(path, sizeof(path), "%s/n", tmp_path);
	ck_assert_str_eq(told(path, strlen(path), "READY=1"), "READY=1");
}
END_TEST

START_TEST(in_the_abstract_name_space)
{
	(void)snprintf(path, sizeof(path), "@%s/n", tmp_path);
	ck_assert_str_eq(told(path, strlen(path), "STOPPING=1"), "STOPPING=1");
}
END_TEST

START_TEST(the_longest_address)
{
	struct sockaddr_un un;

	(void)snprintf(path, sizeof(path), "@%.90s/%0150d", tmp_path, 0);
	path[sizeof(un.sun_path) - 1] = '\0'; /* and one too long below */
	ck_assert_str_eq(told(path, strlen(path), "READY=1"), "READY=1");
}
END_TEST

static const char *const bad_addresses[] = { "", "/", "@", "vsock:1", "relative/n",
	"/nonexistent/n" };

/* No address, or nobody there: it goes on without a word, and leaves no descriptor. */
START_TEST(nobody_listens)
{
	int before = dup(STDERR_FILENO), after;

	(void)close(before);
	if (_i == 0)
		ck_assert_int_eq(unsetenv("NOTIFY_SOCKET"), 0);
	else
		ck_assert_int_eq(setenv("NOTIFY_SOCKET", bad_addresses[_i - 1], 1), 0);
	notify_manager("READY=1");
	after = dup(STDERR_FILENO);
	ck_assert_int_eq(after, before);
	(void)close(after);
}
END_TEST

START_TEST(an_address_that_is_too_long)
{
	struct sockaddr_un un;

	(void)snprintf(path, sizeof(path), "@%.90s/%0150d", tmp_path, 0);
	path[sizeof(un.sun_path)] = '\0';
	/* Cut, it would be another one, and somebody may be there. */
	ck_assert_ptr_null(told(path, sizeof(un.sun_path), "READY=1"));
}
END_TEST

/* The manager has gone: no signal either. */
START_TEST(a_manager_that_has_gone)
{
	(void)snprintf(path, sizeof(path), "%s/n", tmp_path);
	ck_assert_str_eq(told(path, strlen(path), "READY=1"), "READY=1");
	notify_manager("STOPPING=1");
}
END_TEST

Suite *
check_notify_suite(void)
{
	Suite *s = suite_create("server/notify");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, tmp_make, tmp_remove);
	tcase_add_test(tc, by_path);
	tcase_add_test(tc, in_the_abstract_name_space);
	tcase_add_test(tc, the_longest_address);
	tcase_add_loop_test(
	    tc, nobody_listens, 0, 1 + sizeof(bad_addresses) / sizeof(bad_addresses[0]));
	tcase_add_test(tc, an_address_that_is_too_long);
	tcase_add_test(tc, a_manager_that_has_gone);
	suite_add_tcase(s, tc);
	return s;
}
