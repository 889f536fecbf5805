/* check_watch.c - tests of src/gateway/watch.c */
#include "gateway/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/unit.h"

Suite *check_watch_suite(void);

static struct watches watches;
static struct watch first, second, third;
static int pairs[3][2];

static void
setup(void)
{
	watches_init(&watches);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]), 0);
}

static bool
is_cut_off(int i)
{
	ssize_t n = send(pairs[i][0], "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT);

	ck_assert(n == 1 || errno == EPIPE);
	return n == -1;
}

START_TEST(those_over_their_time_are_cut_off)
{
	watch_begin(&watches, &first, pairs[0][0], 100);
	watch_begin(&watches, &second, pairs[1][0], 200);
	watch_begin(&watches, &third, pairs[2][0], 300);
	watch_expire(&watches, 100); /* not before it is over */
	ck_assert(!is_cut_off(0) && !is_cut_off(1) && !is_cut_off(2));
	watch_expire(&watches, 101);
	ck_assert(is_cut_off(0) && !is_cut_off(1) && !is_cut_off(2));
	watch_expire(&watches, 250);
	ck_assert(is_cut_off(1) && !is_cut_off(2));
	/* It is not closed: its number is still the sender's. */
	ck_assert_int_ne(fcntl(pairs[0][0], F_GETFD), -1);
}
END_TEST

/* In whichever order they end. */
START_TEST(what_has_ended_is_left_alone)
{
	struct watch *all[3] = { &first, &second, &third };

	for (int i = 0; i < 3; i++)
		watch_begin(&watches, all[i], pairs[i][0], 100);
	watch_end(&watches, all[_i]);
	watch_expire(&watches, 1000);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(is_cut_off(i), i != _i);
	watch_end(&watches, all[(_i + 1) % 3]);
	watch_end(&watches, all[(_i + 2) % 3]);
	ck_assert_ptr_null(watches.first);
	watch_expire(&watches, 1000);
}
END_TEST

static void *
churn(void *arg)
{
	struct watch watch;
	int *pair = arg;

	for (int i = 0; i < 5000; i++) {
		watch_begin(&watches, &watch, pair[0], INT64_MAX);
		watch_end(&watches, &watch);
	}
	return NULL;
}

START_TEST(from_many_threads)
{
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, churn, pairs[i]), 0);
	for (int i = 0; i < 500; i++)
		watch_expire(&watches, 1000);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	ck_assert_ptr_null(watches.first);
	ck_assert(!is_cut_off(0) && !is_cut_off(1) && !is_cut_off(2));
}
END_TEST

Suite *
check_watch_suite(void)
{
	Suite *s = suite_create("gateway/watch");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, those_over_their_time_are_cut_off);
	tcase_add_loop_test(tc, what_has_ended_is_left_alone, 0, 3);
	tcase_add_test(tc, from_many_threads);
	suite_add_tcase(s, tc);
	return s;
}
