/* check_failures.c - tests of src/throttle/failures.c */
#include "unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "throttle/failures.h"
#include "unit/tmp.h"

Suite *check_failures_suite(void);

#define START_MS  INT64_C(1000000000)
#define MINUTE_MS INT64_C(60000)
#define DAY_MS    (24 * 60 * MINUTE_MS)

static struct failures failures;

static struct failures
open_it(void)
{
	struct failures it;
	struct err err = { "" };

	ck_assert_msg(failures_open(&it, tmp_fd, tmp_path, &err) == 0, "%s", err.text);
	return it;
}

static void
set_up(void)
{
	tmp_make();
	clock_freeze(START_MS, 0);
	failures = open_it();
}

static void
tear_down(void)
{
	clock_thaw();
	tmp_remove();
}

static uint32_t
count_of(enum failures_kind kind, uint64_t account, uint64_t network)
{
	struct failures_change change;
	uint32_t n;

	ck_assert_int_eq(failures_begin(&failures, &change), 0);
	n = failures_get(&change, kind, account, network).n;
	failures_commit(&change);
	return n;
}

static void
set(struct failures *it, enum failures_kind kind, uint64_t account, uint64_t network,
    uint32_t n)
{
	struct failures_change change;
	struct failures_entry entry;

	ck_assert_int_eq(failures_begin(it, &change), 0);
	entry = failures_get(&change, kind, account, network);
	ck_assert_uint_eq(entry.account, account);
	ck_assert_uint_eq(entry.network, network);
	entry.n = n;
	entry.at_ms = change.now_ms;
	failures_put(&change, kind, &entry);
	failures_commit(&change);
}

START_TEST(what_is_put_is_there_in_each_process)
{
	struct failures other = open_it();

	ck_assert_uint_eq(count_of(FAILURES_PAIR, 1, 2), 0);
	set(&other, FAILURES_PAIR, 1, 2, 3);
	set(&other, FAILURES_NETWORK, 0, 2, 4);
	set(&other, FAILURES_ACCOUNT, 1, 0, 5);
	set(&other, FAILURES_PLACE, 1, 2, 6);
	ck_assert_uint_eq(count_of(FAILURES_PAIR, 1, 2), 3);
	ck_assert_uint_eq(count_of(FAILURES_NETWORK, 0, 2), 4);
	ck_assert_uint_eq(count_of(FAILURES_ACCOUNT, 1, 0), 5);
	ck_assert_uint_eq(count_of(FAILURES_PLACE, 1, 2), 6);
	/* Of others nothing. */
	ck_assert_uint_eq(count_of(FAILURES_PAIR, 2, 1), 0);
	ck_assert_uint_eq(count_of(FAILURES_PAIR, 1, 3), 0);
	set(&failures, FAILURES_PAIR, 1, 2, 0);
	ck_assert_uint_eq(count_of(FAILURES_PAIR, 1, 2), 0);
	ck_assert_uint_eq(count_of(FAILURES_PLACE, 1, 2), 6);
}
END_TEST

START_TEST(a_change_is_seen_when_it_is_committed)
{
	struct failures_change change;
	struct failures_entry entry;

	ck_assert_int_eq(failures_begin(&failures, &change), 0);
	entry = failures_get(&change, FAILURES_PAIR, 1, 2);
	entry.n = 1;
	entry.at_ms = START_MS;
	failures_put(&change, FAILURES_PAIR, &entry);
	ck_assert_uint_eq(failures_get(&change, FAILURES_PAIR, 1, 2).n, 0);
	failures_commit(&change);
	ck_assert_uint_eq(count_of(FAILURES_PAIR, 1, 2), 1);
}
END_TEST

static const struct {
	enum failures_kind kind;
	int64_t kept_ms;
} lives[] = { { FAILURES_PAIR, 15 * MINUTE_MS }, { FAILURES_NETWORK, 15 * MINUTE_MS },
	{ FAILURES_ACCOUNT, 60 * MINUTE_MS }, { FAILURES_PLACE, 90 * DAY_MS } };

START_TEST(what_is_old_is_forgotten)
{
	set(&failures, lives[_i].kind, 1, 2, 3);
	clock_freeze(START_MS + lives[_i].kept_ms, 0);
	ck_assert_uint_eq(count_of(lives[_i].kind, 1, 2), 3);
	clock_freeze(START_MS + lives[_i].kept_ms + 1, 0);
	ck_assert_uint_eq(count_of(lives[_i].kind, 1, 2), 0);
}
END_TEST

/* Nine keys of one set: the halves are a multiple of the number of sets. */
#define SET(i) ((uint64_t)8192 * (i) + 7)

START_TEST(where_there_is_no_room_the_oldest_goes)
{
	for (uint64_t i = 1; i <= 8; i++) {
		clock_freeze(START_MS + (int64_t)((i * 5) % 8), 0); /* the 8th is the oldest */
		set(&failures, FAILURES_PAIR, SET(i), 0, (uint32_t)i);
	}
	clock_freeze(START_MS + 9, 0);
	set(&failures, FAILURES_PAIR, SET(9), 0, 9);
	for (uint64_t i = 1; i <= 9; i++)
		ck_assert_uint_eq(count_of(FAILURES_PAIR, SET(i), 0), i == 8 ? 0 : i);
	/* No key of another kind does. */
	set(&failures, FAILURES_PLACE, SET(10), 0, 1);
	ck_assert_uint_eq(count_of(FAILURES_PAIR, SET(5), 0), 5);
}
END_TEST

START_TEST(what_is_forgotten_goes_before_what_is_known)
{
	for (uint64_t i = 1; i <= 8; i++) {
		clock_freeze(START_MS + (int64_t)i, 0);
		set(&failures, FAILURES_PAIR, SET(i), 0, (uint32_t)i);
	}
	set(&failures, FAILURES_PAIR, SET(6), 0, 0);
	set(&failures, FAILURES_PAIR, SET(9), 0, 9);
	for (uint64_t i = 1; i <= 9; i++)
		ck_assert_uint_eq(count_of(FAILURES_PAIR, SET(i), 0), i == 6 ? 0 : i);
	/* What is not there cannot be forgotten, and displaces nobody. */
	set(&failures, FAILURES_PAIR, SET(10), 0, 0);
	ck_assert_uint_eq(count_of(FAILURES_PAIR, SET(1), 0), 1);
}
END_TEST

START_TEST(many_keys_find_room)
{
	uint64_t n_kept = 0;

	for (uint64_t i = 1; i <= 20000; i++)
		set(&failures, FAILURES_PAIR, i * UINT64_C(0x9e3779b97f4a7c15),
		    i * UINT64_C(0xc2b2ae3d27d4eb4f), 1);
	for (uint64_t i = 1; i <= 20000; i++)
		n_kept += count_of(FAILURES_PAIR, i * UINT64_C(0x9e3779b97f4a7c15),
		    i * UINT64_C(0xc2b2ae3d27d4eb4f));
	ck_assert_uint_gt(n_kept, 19900);
}
END_TEST

static unsigned n_seen;

static bool
see(void *arg, enum failures_kind kind, const struct failures_entry *entry)
{
	n_seen++;
	ck_assert(entry->n > 0);
	return kind != FAILURES_PLACE && entry->account == *(const uint64_t *)arg;
}

START_TEST(all_are_seen_and_some_forgotten)
{
	uint64_t account = 1;

	set(&failures, FAILURES_PAIR, 1, 2, 1);
	set(&failures, FAILURES_PAIR, 1, 3, 1);
	set(&failures, FAILURES_PAIR, 2, 3, 1);
	set(&failures, FAILURES_ACCOUNT, 1, 0, 1);
	set(&failures, FAILURES_PLACE, 1, 2, 1);
	set(&failures, FAILURES_NETWORK, 0, 2, 1);
	ck_assert_int_eq(failures_each(&failures, see, &account), 0);
	ck_assert_uint_eq(n_seen, 6);
	n_seen = 0;
	ck_assert_int_eq(failures_each(&failures, see, &account), 0);
	ck_assert_uint_eq(n_seen, 3);
	clock_freeze(START_MS + 16 * MINUTE_MS, 0);
	n_seen = 0;
	ck_assert_int_eq(failures_each(&failures, see, &account), 0);
	ck_assert_uint_eq(n_seen, 1); /* the place */
}
END_TEST

/* ------------------------------------------------------------------- processes */

/* In a child: has the lock, and waits for its end. */
static pid_t
start_holder(void)
{
	int said[2];
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(said), 0);
	ck_assert_int_ne(pid = fork(), -1);
	if (pid == 0) {
		struct failures own;
		struct failures_change change;

		if (failures_open(&own, tmp_fd, tmp_path, NULL) != 0 ||
		    failures_begin(&own, &change) != 0 || write(said[1], "+", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	(void)close(said[1]);
	ck_assert_int_eq(read(said[0], &byte, 1), 1);
	(void)close(said[0]);
	return pid;
}

START_TEST(a_killed_holder_is_followed_at_once)
{
	set(&failures, FAILURES_PAIR, 1, 2, 3);
	for (int i = 0; i < 10; i++) {
		pid_t pid = start_holder();

		ck_assert_int_eq(kill(pid, SIGKILL), 0);
		ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
		ck_assert_uint_eq(count_of(FAILURES_PAIR, 1, 2), 3);
	}
}
END_TEST

START_TEST(a_stopped_holder_costs_little_time)
{
	struct failures_change change;
	pid_t pid = start_holder();

	clock_thaw();
	ck_assert_int_eq(failures_begin(&failures, &change), -ETIMEDOUT);
	ck_assert_int_eq(failures_each(&failures, see, NULL), -ETIMEDOUT);
	/* For a while it is not tried again. */
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	clock_freeze(atomic_load(&failures.shut_until_ms) - 1, 0);
	ck_assert_int_eq(failures_begin(&failures, &change), -ETIMEDOUT);
	clock_freeze(atomic_load(&failures.shut_until_ms), 0);
	ck_assert_int_eq(failures_begin(&failures, &change), 0);
	failures_commit(&change);
}
END_TEST

#define N_CHILDREN 4
#define N_ROUNDS   20000

START_TEST(counts_of_a_crowd_are_exact)
{
	for (int i = 0; i < N_CHILDREN; i++) {
		pid_t pid = fork();

		ck_assert_int_ne(pid, -1);
		if (pid == 0) {
			struct failures own = { 0 };

			if (failures_open(&own, tmp_fd, tmp_path, NULL) != 0)
				_exit(1);
			for (int k = 0; k < N_ROUNDS; k++) {
				struct failures_change change;
				struct failures_entry one, all;

				/* What a busy machine keeps waiting tries again. */
				while (failures_begin(&own, &change) != 0)
					own.shut_until_ms = 0;
				one = failures_get(&change, FAILURES_PAIR, 1, 2);
				all = failures_get(&change, FAILURES_NETWORK, 0, 2);
				if (one.n != all.n)
					_exit(2);
				one.n++;
				all.n++;
				one.at_ms = all.at_ms = change.now_ms;
				failures_put(&change, FAILURES_PAIR, &one);
				failures_put(&change, FAILURES_NETWORK, &all);
				failures_commit(&change);
			}
			_exit(0);
		}
	}
	for (int i = 0; i < N_CHILDREN; i++) {
		int status;

		ck_assert_int_ne(wait(&status), -1);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_uint_eq(count_of(FAILURES_PAIR, 1, 2), N_CHILDREN * N_ROUNDS);
	ck_assert_uint_eq(count_of(FAILURES_NETWORK, 0, 2), N_CHILDREN * N_ROUNDS);
}
END_TEST

START_TEST(no_run_directory_is_told)
{
	struct failures it;
	struct err err = { "" };

	tmp_write(FAILURES_FILE, "", 0644);
	ck_assert_int_eq(failures_open(&it, tmp_fd, tmp_path, &err), -EPERM);
	ck_assert_ptr_nonnull(strstr(err.text, FAILURES_FILE " is open to other users"));
}
END_TEST

Suite *
check_failures_suite(void)
{
	Suite *s = suite_create("throttle/failures");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, what_is_put_is_there_in_each_process);
	tcase_add_test(tc, a_change_is_seen_when_it_is_committed);
	tcase_add_loop_test(
	    tc, what_is_old_is_forgotten, 0, (int)(sizeof(lives) / sizeof(lives[0])));
	tcase_add_test(tc, where_there_is_no_room_the_oldest_goes);
	tcase_add_test(tc, what_is_forgotten_goes_before_what_is_known);
	tcase_add_test(tc, many_keys_find_room);
	tcase_add_test(tc, all_are_seen_and_some_forgotten);
	suite_add_tcase(s, tc);

	tc = tcase_create("processes");
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_killed_holder_is_followed_at_once);
	tcase_add_test(tc, a_stopped_holder_costs_little_time);
	tcase_add_test(tc, counts_of_a_crowd_are_exact);
	suite_add_tcase(s, tc);

	tc = tcase_create("refusals");
	tcase_add_checked_fixture(tc, tmp_make, tmp_remove);
	tcase_add_test(tc, no_run_directory_is_told);
	suite_add_tcase(s, tc);
	return s;
}
