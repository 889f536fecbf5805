/* check_throttle.c - tests of src/throttle/throttle.c */
#include "unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "throttle/throttle.h"
#include "unit/tmp.h"

Suite *check_throttle_suite(void);

#define START_MS  INT64_C(1000000000)
#define MINUTE_MS INT64_C(60000)

#define HOME "192.0.2.1"

static const struct digest_key key = { { 7 } };
static struct throttle throttle;
static int64_t now_ms;

static void
later(int64_t ms)
{
	now_ms += ms;
	clock_freeze(now_ms, 0);
}

static void
set_up(void)
{
	struct err err = { "" };

	ck_assert_int_ne(sodium_init(), -1);
	tmp_make();
	now_ms = START_MS;
	later(0);
	throttle = (struct throttle){ .key = &key, .limits = { 5, 50, 100, 60, false } };
	ck_assert_msg(
	    failures_open(&throttle.failures, tmp_fd, tmp_path, &err) == 0, "%s", err.text);
}

static void
tear_down(void)
{
	clock_thaw();
	tmp_remove();
}

static unsigned wait_s; /* of the last try */
static const char *by;

/* A try that ends so: was the password looked at? */
static bool
tries(const char *account, const char *address, enum throttle_outcome outcome)
{
	struct throttle_attempt attempt = { 0 };
	int r = throttle_begin(&throttle, str_of(account), str_of(address), STR_NULL, &attempt);

	wait_s = attempt.wait_s;
	by = attempt.by;
	ck_assert_int_ge(r, 0);
	ck_assert_int_eq(r == THROTTLE_E_WAIT, wait_s > 0);
	throttle_end(&attempt, outcome);
	throttle_leave(&attempt, outcome != THROTTLE_NOT_TRIED);
	return r == 0;
}

static bool
fails(const char *account, const char *address)
{
	return tries(account, address, THROTTLE_REFUSED);
}

static bool
passes(const char *account, const char *address)
{
	return tries(account, address, THROTTLE_PASSED);
}

/* "192.0.2.1" and so on: n networks, n below 65536. */
static const char *
network_n(unsigned n)
{
	static char text[32];

	(void)snprintf(text, sizeof(text), "10.1.%u.%u", n / 256, n % 256);
	return text;
}

static void
fail_n(unsigned n, const char *account, const char *address)
{
	for (unsigned i = 0; i < n; i++)
		ck_assert(fails(account, address));
}

START_TEST(after_five_each_try_waits_twice_as_long)
{
	static const unsigned waits[] = { 1, 2, 4, 8, 16, 32, 60, 60, 60 };

	fail_n(5, "bob", HOME);
	for (unsigned i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		ck_assert(!fails("bob", HOME));
		ck_assert_uint_eq(wait_s, waits[i]);
		ck_assert_str_eq(by, "user and network");
		/* The right password is not looked at either, and asking costs nothing. */
		ck_assert(!passes("bob", HOME));
		later((int64_t)waits[i] * 1000 - 1);
		ck_assert(!fails("bob", HOME));
		ck_assert_uint_eq(wait_s, 1);
		later(1);
		ck_assert(fails("bob", HOME));
	}
	/* Another user from there, and this one from elsewhere, do not wait. */
	ck_assert(fails("ann", HOME));
	ck_assert(fails("bob", "192.0.2.2"));
	ck_assert(!fails("bob", "::ffff:" HOME));
}
END_TEST

START_TEST(a_success_clears)
{
	fail_n(4, "bob", HOME);
	ck_assert(passes("bob", HOME));
	fail_n(5, "bob", HOME);
	later(1000);
	ck_assert(passes("bob", HOME));
	fail_n(5, "bob", HOME);
	ck_assert(!fails("bob", HOME));
}
END_TEST

START_TEST(a_quarter_of_an_hour_without_a_failure_clears)
{
	fail_n(5, "bob", HOME);
	later(15 * MINUTE_MS);
	fail_n(1, "bob", HOME);
	ck_assert(!fails("bob", HOME)); /* the sixth: two seconds */
	ck_assert_uint_eq(wait_s, 2);
	later(15 * MINUTE_MS + 1);
	fail_n(5, "bob", HOME);
	ck_assert(!fails("bob", HOME));
}
END_TEST

START_TEST(fifty_from_a_network_in_ten_minutes)
{
	char account[16];

	for (unsigned i = 0; i < 50; i++) {
		(void)snprintf(account, sizeof(account), "user%u", i);
		ck_assert(fails(account, "2001:db8::1"));
		later(10 * 1000);
	}
	ck_assert(fails("ann", "2001:db8:0:1::1"));
	ck_assert(fails("bob", "2001:db8::2"));
	ck_assert(!fails("ann", "2001:db8::3"));
	ck_assert_uint_eq(wait_s, 2);
	ck_assert_str_eq(by, "network");
	/* A success of one does not let the others go on. */
	later(2000);
	ck_assert(passes("ann", "2001:db8::3"));
	ck_assert(fails("bob", "2001:db8::3"));
	ck_assert(!fails("ann", "2001:db8::3"));
	ck_assert_uint_eq(wait_s, 4);
	/* Not in ten minutes any more, but it goes on. */
	later(4 * MINUTE_MS);
	ck_assert(fails("bob", "2001:db8::3"));
	ck_assert(!fails("ann", "2001:db8::3"));
	ck_assert_uint_eq(wait_s, 8);
	later(15 * MINUTE_MS + 1);
	ck_assert(fails("ann", "2001:db8::3"));
	ck_assert(fails("ann", "2001:db8::3"));
}
END_TEST

START_TEST(fewer_than_fifty_in_ten_minutes_are_nothing)
{
	char account[16];

	for (unsigned i = 0; i < 200; i++) {
		(void)snprintf(account, sizeof(account), "user%u", i);
		ck_assert(fails(account, HOME));
		later(12300);
	}
}
END_TEST

START_TEST(above_a_hundred_strangers_wait_a_second)
{
	ck_assert(passes("bob", HOME));
	for (unsigned i = 0; i < 100; i++)
		ck_assert(fails("bob", network_n(i)));
	ck_assert(!fails("bob", network_n(100)));
	ck_assert_uint_eq(wait_s, 1);
	ck_assert_str_eq(by, "user");
	/* Never more, however often. */
	for (unsigned i = 101; i < 200; i++) {
		later(999);
		ck_assert(!fails("bob", network_n(i)));
		ck_assert_uint_eq(wait_s, 1);
		later(1);
		ck_assert(fails("bob", network_n(i)));
		/* Where he has been before he signs in at once. */
		ck_assert(passes("bob", HOME));
	}
	/* He does not let the others go on, nor do they keep him out with his own mistakes. */
	ck_assert(!fails("bob", network_n(200)));
	fail_n(5, "bob", HOME);
	ck_assert(!fails("bob", HOME));
	ck_assert_str_eq(by, "user and network");
	/* Other users do not wait. */
	ck_assert(fails("ann", network_n(201)));
	/* After the hour it begins anew. */
	later(60 * MINUTE_MS + 2000);
	ck_assert(fails("bob", network_n(202)));
	ck_assert(fails("bob", network_n(203)));
}
END_TEST

START_TEST(what_was_not_tried_does_not_count)
{
	struct throttle_attempt attempt = { 0 };

	for (int i = 0; i < 200; i++)
		ck_assert(tries("bob", HOME, THROTTLE_NOT_TRIED));
	fail_n(5, "bob", HOME);
	later(1000);
	/* Neither does it make the wait begin again. */
	ck_assert(tries("bob", HOME, THROTTLE_NOT_TRIED));
	ck_assert(fails("bob", HOME));
	later(1000);
	ck_assert(!fails("bob", HOME));
	ck_assert_uint_eq(wait_s, 1);
	throttle_leave(&attempt, true); /* of none */
	throttle_end(&attempt, THROTTLE_REFUSED);
	throttle_end(&attempt, THROTTLE_PASSED);
}
END_TEST

/* While it is held it counts: of many at once none is one too many. */
START_TEST(an_attempt_counts_before_it_ends)
{
	struct throttle_attempt held[6] = { 0 };

	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(throttle_begin(&throttle, STR_LIT("bob"), STR_LIT(HOME),
				     STR_NULL, &held[i]),
		    0);
	ck_assert_int_eq(
	    throttle_begin(&throttle, STR_LIT("bob"), STR_LIT(HOME), STR_NULL, &held[5]),
	    THROTTLE_E_WAIT);
	/* Its own request goes on with it. */
	ck_assert_int_eq(
	    throttle_begin(&throttle, STR_LIT("bob"), STR_LIT(HOME), STR_NULL, &held[4]), 0);
	throttle_end(&held[0], THROTTLE_NOT_TRIED);
	ck_assert(fails("bob", HOME));
	ck_assert(!fails("bob", HOME));
	throttle_end(&held[1], THROTTLE_PASSED);
	/* And after its success, too: a hash may have to be renewed. */
	ck_assert_int_eq(
	    throttle_begin(&throttle, STR_LIT("bob"), STR_LIT(HOME), STR_NULL, &held[1]), 0);
	throttle_end(&held[1], THROTTLE_PASSED);
	fail_n(5, "bob", HOME);
	ck_assert(!fails("bob", HOME));
	/* What ends after others have been counted takes nothing of theirs. */
	throttle_end(&held[2], THROTTLE_REFUSED);
	ck_assert(!fails("bob", HOME));
	ck_assert_uint_eq(wait_s, 1);
}
END_TEST

/* The web server has given up waiting. */
START_TEST(who_leaves_before_the_verdict_has_tried_once_there_is_one)
{
	struct throttle_attempt attempt = { 0 };

	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(throttle_begin(&throttle, STR_LIT("bob"), STR_LIT(HOME),
				     STR_NULL, &attempt),
		    0);
		throttle_leave(&attempt, false);
	}
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(throttle_begin(&throttle, STR_LIT("bob"), STR_LIT(HOME),
				     STR_NULL, &attempt),
		    0);
		throttle_leave(&attempt, true);
	}
	ck_assert(!fails("bob", HOME));
}
END_TEST

/* In one request: signed in, and then the old password is given to change it. */
START_TEST(a_second_password_in_one_request_counts_too)
{
	for (int i = 0; i < 5; i++) {
		struct throttle_attempt attempt = { 0 };

		ck_assert_int_eq(throttle_begin(&throttle, STR_LIT("bob"), STR_LIT(HOME),
				     STR_NULL, &attempt),
		    0);
		if (i == 0)
			throttle_end(&attempt, THROTTLE_PASSED);
		ck_assert_int_eq(throttle_begin(&throttle, STR_LIT("bob"), STR_LIT(HOME),
				     STR_NULL, &attempt),
		    0);
		throttle_end(&attempt, THROTTLE_REFUSED);
	}
	ck_assert(!fails("bob", HOME));
}
END_TEST

START_TEST(another_account_is_another_attempt)
{
	struct throttle_attempt attempt = { 0 };

	fail_n(4, "bob", HOME);
	ck_assert_int_eq(
	    throttle_begin(&throttle, STR_LIT("bob"), STR_LIT(HOME), STR_NULL, &attempt), 0);
	ck_assert(!fails("bob", HOME));
	ck_assert_int_eq(
	    throttle_begin(&throttle, STR_LIT("ann"), STR_LIT(HOME), STR_NULL, &attempt), 0);
	ck_assert(fails("bob", HOME));
	throttle_end(&attempt, THROTTLE_REFUSED);
}
END_TEST

START_TEST(case_counts_as_it_does_for_addresses)
{
	fail_n(3, "bob@hbtn.io", HOME);
	fail_n(3, "Bob@HBTN.io", HOME);
	ck_assert(passes("bob@hbtn.io", HOME));
	throttle.limits.folds_case = true;
	fail_n(3, "bob@hbtn.io", HOME);
	fail_n(2, "Bob@HBTN.io", HOME);
	ck_assert(!fails("bOb@hbtn.io", HOME));
}
END_TEST

START_TEST(limits_are_settings)
{
	throttle.limits = (struct throttle_limits){ 2, 3, 4, 2, false };
	fail_n(2, "bob", HOME);
	ck_assert(!fails("bob", HOME));
	ck_assert(fails("ann", HOME));
	ck_assert(!fails("joe", HOME));
	ck_assert_str_eq(by, "network");
	ck_assert(fails("bob", network_n(1)));
	ck_assert(fails("bob", network_n(2)));
	ck_assert(!fails("bob", network_n(3)));
	ck_assert_str_eq(by, "user");
	for (int i = 0; i < 3; i++) {
		later(2000);
		ck_assert(fails("bob", HOME));
	}
	ck_assert(!fails("bob", HOME));
	ck_assert_uint_eq(wait_s, 2);
}
END_TEST

/* A try with the device cookie of bob. */
static bool
tries_on(const char *device, enum throttle_outcome outcome)
{
	struct throttle_attempt attempt = { 0 };
	int r =
	    throttle_begin(&throttle, STR_LIT("bob"), STR_LIT(HOME), str_of(device), &attempt);

	wait_s = attempt.wait_s;
	by = attempt.by;
	throttle_end(&attempt, outcome);
	return r == 0;
}

START_TEST(a_device_waits_for_its_own_mistakes_alone)
{
	char account[16];

	for (unsigned i = 0; i < 100; i++)
		ck_assert(fails("bob", network_n(i)));
	for (unsigned i = 0; i < 50; i++) {
		(void)snprintf(account, sizeof(account), "user%u", i);
		ck_assert(fails(account, HOME));
	}
	ck_assert(!fails("bob", HOME));
	ck_assert(tries_on("phone", THROTTLE_PASSED));
	ck_assert(!fails("bob", HOME));
	for (int i = 0; i < 5; i++)
		ck_assert(tries_on("phone", THROTTLE_REFUSED));
	ck_assert(!tries_on("phone", THROTTLE_PASSED));
	ck_assert_uint_eq(wait_s, 1);
	ck_assert_str_eq(by, "user and device");
	ck_assert(tries_on("desk", THROTTLE_NOT_TRIED));
	ck_assert(tries_on("desk", THROTTLE_PASSED));
	later(1000);
	ck_assert(tries_on("phone", THROTTLE_PASSED));
	ck_assert(tries_on("phone", THROTTLE_REFUSED));
	ck_assert(tries_on("phone", THROTTLE_REFUSED));
	/* It counts for nobody else, and where it signed in is a known place. */
	later(15 * MINUTE_MS + 1);
	ck_assert(fails("ann", HOME));
	ck_assert(passes("bob", HOME));
	ck_assert(fails("bob", network_n(300)));
	ck_assert(!fails("bob", network_n(301)));
	ck_assert_str_eq(by, "user");
	ck_assert(fails("bob", HOME));
}
END_TEST

/* ---------------------------------------------------------- many at once, and deaths */

#define N_CHILDREN 8
#define N_EACH     500

START_TEST(of_a_crowd_no_more_than_five)
{
	atomic_int *n =
	    mmap(NULL, sizeof(*n), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(n, MAP_FAILED);
	for (int i = 0; i < N_CHILDREN; i++) {
		pid_t pid = fork();

		ck_assert_int_ne(pid, -1);
		if (pid == 0) {
			/* The clock stands: none may wait long enough. */
			for (int k = 0; k < N_EACH; k++) {
				struct throttle_attempt attempt = { 0 };

				if (throttle_begin(&throttle, STR_LIT("bob"), STR_LIT(HOME),
					STR_NULL, &attempt) != 0)
					continue;
				atomic_fetch_add(n, 1);
				throttle_end(&attempt, THROTTLE_REFUSED);
			}
			_exit(0);
		}
	}
	for (int i = 0; i < N_CHILDREN; i++)
		ck_assert_int_ne(wait(NULL), -1);
	ck_assert_int_eq(*n, 5);
}
END_TEST

START_TEST(who_dies_between_has_failed)
{
	for (int i = 0; i < 5; i++) {
		struct throttle_attempt attempt = { 0 };
		pid_t pid = fork();

		ck_assert_int_ne(pid, -1);
		if (pid == 0) {
			if (throttle_begin(&throttle, STR_LIT("bob"), STR_LIT(HOME), STR_NULL,
				&attempt) != 0)
				_exit(1);
			(void)kill(getpid(), SIGKILL);
		}
		ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	}
	ck_assert(!fails("bob", HOME));
}
END_TEST

START_TEST(what_cannot_be_told_is_refused)
{
	struct throttle_attempt attempt = { 0 };

	throttle.failures.shut_until_ms = now_ms + 1;
	ck_assert_int_eq(
	    throttle_begin(&throttle, STR_LIT("bob"), STR_LIT(HOME), STR_NULL, &attempt),
	    -ETIMEDOUT);
	throttle_end(&attempt, THROTTLE_NOT_TRIED);
	/* And what cannot be taken back stays counted. */
	throttle.failures.shut_until_ms = 0;
	fail_n(4, "bob", HOME);
	ck_assert_int_eq(
	    throttle_begin(&throttle, STR_LIT("bob"), STR_LIT(HOME), STR_NULL, &attempt), 0);
	throttle.failures.shut_until_ms = now_ms + 1;
	throttle_end(&attempt, THROTTLE_NOT_TRIED);
	throttle.failures.shut_until_ms = 0;
	ck_assert(!fails("bob", HOME));
}
END_TEST

Suite *
check_throttle_suite(void)
{
	Suite *s = suite_create("throttle/throttle");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, after_five_each_try_waits_twice_as_long);
	tcase_add_test(tc, a_success_clears);
	tcase_add_test(tc, a_quarter_of_an_hour_without_a_failure_clears);
	tcase_add_test(tc, fifty_from_a_network_in_ten_minutes);
	tcase_add_test(tc, fewer_than_fifty_in_ten_minutes_are_nothing);
	tcase_add_test(tc, above_a_hundred_strangers_wait_a_second);
	tcase_add_test(tc, what_was_not_tried_does_not_count);
	tcase_add_test(tc, an_attempt_counts_before_it_ends);
	tcase_add_test(tc, who_leaves_before_the_verdict_has_tried_once_there_is_one);
	tcase_add_test(tc, a_second_password_in_one_request_counts_too);
	tcase_add_test(tc, another_account_is_another_attempt);
	tcase_add_test(tc, case_counts_as_it_does_for_addresses);
	tcase_add_test(tc, limits_are_settings);
	tcase_add_test(tc, a_device_waits_for_its_own_mistakes_alone);
	tcase_add_test(tc, of_a_crowd_no_more_than_five);
	tcase_add_test(tc, who_dies_between_has_failed);
	tcase_add_test(tc, what_cannot_be_told_is_refused);
	suite_add_tcase(s, tc);
	return s;
}
