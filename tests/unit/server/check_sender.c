/* check_sender.c - tests of src/server/sender.c */
#include "server/sender.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/server/peer.h"
#include "unit/unit.h"

Suite *check_sender_suite(void);

static int fds[2];

static void
setup(void)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
}

static void
teardown(void)
{
	(void)close(fds[0]);
	(void)close(fds[1]);
}

/* Bytes that differ from their neighbours. */
static char *
text(size_t n)
{
	char *p = malloc(n + 1);

	for (size_t i = 0; i < n; i++)
		p[i] = (char)('a' + i * 7 % 26 + i / 65528 % 3);
	p[n] = '\0';
	return p;
}

/* Sent in portions of n_max bytes, while the reader takes it. */
static void
assert_arrives(size_t n_head, size_t n_body, size_t n_max)
{
	char *whole = text(n_head + n_body);
	enum sender_result result = SENDER_MORE;
	struct sender sender;
	const char *answer;
	pid_t reader;
	int status;

	sender_init(&sender, 513, str_mem(whole, n_head), str_mem(whole + n_head, n_body));
	if ((reader = fork()) == 0) {
		answer = peer_content(fds[1]);
		_exit(answer != NULL && strcmp(answer, whole) == 0 && peer_is_quiet(fds[1])
			  ? 0
			  : 1);
	}
	for (int i = 0; i < UNIT_PATIENCE_MS && result == SENDER_MORE; i++) {
		uint64_t n_sent = sender.n_sent;

		result = sender_go_on(&sender, fds[0], n_max);
		if (sender.n_sent == n_sent)
			usleep(1000);
		else
			i = 0;
	}
	ck_assert_int_eq(result, SENDER_DONE);
	ck_assert_int_eq(waitpid(reader, &status, 0), reader);
	ck_assert_msg(status == 0, "%zu %zu by %zu", n_head, n_body, n_max);
	free(whole);
}

static const struct {
	size_t n_head, n_body;
} sizes[] = { { 0, 0 }, { 1, 0 }, { 0, 1 }, { 200, 65327 }, { 200, 65328 }, { 200, 65329 },
	{ 0, 65528 }, { 0, 131056 }, { 65528, 65528 }, { 65529, 1 }, { 65527, 100000 },
	{ 300, 1000000 }, { 300000, 0 } };

START_TEST(whole_in_any_portions)
{
	static const size_t portions[] = { 1, 4096, 65536, 10000000 };

	for (size_t i = 0; i < sizeof(portions) / sizeof(portions[0]); i++)
		assert_arrives(sizes[_i].n_head, sizes[_i].n_body, portions[i]);
}
END_TEST

/* A socket that takes a few bytes at a time cuts it anywhere: in headers, and in the tail. */
START_TEST(cut_anywhere)
{
	char *whole = text(65528 + 100), *got = malloc(80000);
	struct sender sender;
	size_t n_want, n_got = 0;
	ssize_t n;

	sender_init(&sender, 1, str_mem(whole, 10), str_mem(whole + 10, 65528 + 90));
	while (sender_go_on(&sender, fds[0], SIZE_MAX / 2) == SENDER_MORE)
		;
	n_want = (size_t)sender.n_sent;
	while (n_got < n_want && (n = recv(fds[1], got + n_got, 80000 - n_got, 0)) > 0)
		n_got += (size_t)n;
	ck_assert_uint_eq(n_got, n_want);
	/* From any byte on, the same bytes follow. */
	for (size_t at = 0; at < n_want; at += at < 40 || at > 65500 ? 1 : 977) {
		char *rest = malloc(n_want);
		size_t n_rest = 0;

		sender_init(&sender, 1, str_mem(whole, 10), str_mem(whole + 10, 65528 + 90));
		sender.n_sent = at;
		ck_assert_int_eq(sender_go_on(&sender, fds[0], SIZE_MAX / 2), SENDER_DONE);
		while (n_rest < n_want - at &&
		       (n = recv(fds[1], rest + n_rest, n_want - n_rest, 0)) > 0)
			n_rest += (size_t)n;
		ck_assert_uint_eq(n_rest, n_want - at);
		ck_assert_int_eq(memcmp(rest, got + at, n_rest), 0);
		free(rest);
	}
	free(got);
	free(whole);
}
END_TEST

START_TEST(a_full_socket_and_one_without_a_reader)
{
	char *whole = text(1000000);
	struct sender sender;
	uint64_t n_sent;

	sender_init(&sender, 1, STR_NULL, str_mem(whole, 1000000));
	ck_assert_int_eq(sender_go_on(&sender, fds[0], SIZE_MAX / 2), SENDER_MORE);
	ck_assert_uint_gt(n_sent = sender.n_sent, 0);
	ck_assert_int_eq(sender_go_on(&sender, fds[0], SIZE_MAX / 2), SENDER_MORE);
	ck_assert_uint_eq(sender.n_sent, n_sent);
	(void)close(fds[1]);
	fds[1] = -1;
	ck_assert_int_eq(sender_go_on(&sender, fds[0], SIZE_MAX / 2), SENDER_BROKEN);
	free(whole);
}
END_TEST

/* About as much as it may, and not all that the socket would take. */
START_TEST(enough_for_once)
{
	char *whole = text(150000);
	struct sender sender;

	sender_init(&sender, 1, STR_NULL, str_mem(whole, 65528));
	ck_assert_int_eq(sender_go_on(&sender, fds[0], 0), SENDER_MORE);
	ck_assert_uint_eq(sender.n_sent, 0);
	sender_init(&sender, 1, STR_NULL, str_mem(whole, 150000));
	while (sender_go_on(&sender, fds[0], 1) == SENDER_MORE && sender.n_sent < 150000)
		peer_await(recv(fds[1], whole, 1, MSG_DONTWAIT) >= 0);
	free(whole);
}
END_TEST

START_TEST(a_budget)
{
	struct sender_budget budget = { .n_max = 100 };

	ck_assert(!sender_budget_is_used_up(&budget));
	ck_assert(!sender_budget_take(&budget, 101));
	/* One that is too long by itself says nothing of the next one. */
	ck_assert(!sender_budget_is_used_up(&budget));
	ck_assert(sender_budget_take(&budget, 60));
	ck_assert(sender_budget_is_used_up(&budget));
	ck_assert(!sender_budget_take(&budget, 41));
	ck_assert(sender_budget_take(&budget, 40));
	ck_assert(!sender_budget_take(&budget, 1));
	sender_budget_give(&budget, 60);
	ck_assert(!sender_budget_take(&budget, SIZE_MAX));
	ck_assert(sender_budget_take(&budget, 1));
	ck_assert(!sender_budget_is_used_up(&budget));
	sender_budget_give(&budget, 41);
	ck_assert_uint_eq(budget.n_taken, 0);
}
END_TEST

Suite *
check_sender_suite(void)
{
	Suite *s = suite_create("server/sender");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(
	    tc, whole_in_any_portions, 0, (int)(sizeof(sizes) / sizeof(sizes[0])));
	tcase_add_test(tc, cut_anywhere);
	tcase_add_test(tc, a_full_socket_and_one_without_a_reader);
	tcase_add_test(tc, enough_for_once);
	tcase_add_test(tc, a_budget);
	suite_add_tcase(s, tc);
	return s;
}
