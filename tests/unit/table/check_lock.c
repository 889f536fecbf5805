/* check_lock.c - tests of src/table/change.h, its lock: one at a time, and what the dead leave is repaired */
#include "unit/table/fixture.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "table/change.h"

Suite *check_lock_suite(void);

static void
insert_next(void)
{
	uint64_t n = table_count(fx.table);

	fixture_fill(n, n + 1);
}

/* A child that dies at that step of an insert; whether it did. */
static bool
die_at(unsigned step)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		fixture_die_at(step);
		insert_next();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status);
}

/* A child that dies with the lock, in the middle of a change. */
static void
die_in_a_change(void)
{
	unsigned step = 1;

	while (WORD_LOAD(&fx.table->control->intent.op) == CHANGE_NONE)
		ck_assert(die_at(step++));
}

static void
take_and_release(void)
{
	ck_assert_int_eq(tbl_change_lock(fx.table, 1000), 0);
	tbl_change_unlock(fx.table);
}

/* ------------------------------------------------------------------------------ core */

START_TEST(one_at_a_time)
{
	int64_t since_ms;

	fixture_hold_lock();
	ck_assert_int_eq(tbl_change_lock(fx.table, 0), -ETIMEDOUT);
	clock_thaw();
	since_ms = clock_boot_ms();
	ck_assert_int_eq(tbl_change_lock(fx.table, 60), -ETIMEDOUT);
	ck_assert_int_ge(clock_boot_ms() - since_ms, 60);
	fixture_let_go();
	take_and_release();
	take_and_release();
	ck_assert_uint_eq(fixture_stats().n_recoveries, 0);
}
END_TEST

static void
take_in_child(void)
{
	ck_assert_int_eq(tbl_change_lock(fx.table, 0), -ETIMEDOUT);
}

START_TEST(also_between_processes)
{
	int status;
	pid_t pid;

	ck_assert_int_eq(tbl_change_lock(fx.table, 1000), 0);
	if ((pid = fork()) == 0) {
		take_in_child();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	tbl_change_unlock(fx.table);
}
END_TEST

START_TEST(a_fresh_file_has_a_lock_that_is_free)
{
	struct tbl_control fresh = { .descriptor = 0 };

	ck_assert_int_eq(tbl_change_lock_init(&fresh), 0);
	ck_assert_int_eq(pthread_mutex_trylock(&fresh.lock), 0);
	ck_assert_int_eq(pthread_mutex_unlock(&fresh.lock), 0);
	ck_assert_int_eq(pthread_mutex_destroy(&fresh.lock), 0);
}
END_TEST

/* ------------------------------------------------------------------------ the dead */

START_TEST(a_death_is_told_once_and_counted)
{
	fixture_fill(0, 10);
	for (unsigned i = 0; i < 3; i++) {
		uint64_t n;

		die_in_a_change();
		n = fixture_stats().n_recoveries;
		take_and_release();
		ck_assert_uint_eq(fixture_stats().n_recoveries, n + 1);
		/* From then on it is a lock like any other. */
		take_and_release();
		ck_assert_uint_eq(fixture_stats().n_recoveries, n + 1);
	}
	fixture_check(WORD_LOAD(&fx.table->control->n_entries));
}
END_TEST

/* Were it declared good first and its repairer died, nobody would be told of the damage. */
static unsigned n_repaired_before, n_consistent;

static void
order_step(const char *name)
{
	if (strcmp(name, "lock consistent") == 0) {
		n_consistent++;
		n_repaired_before += WORD_LOAD(&fx.table->control->intent.op) == CHANGE_NONE;
	}
}

START_TEST(it_is_repaired_before_it_is_declared_good)
{
	fixture_fill(0, 10);
	die_in_a_change();
	table_step_hook = order_step;
	take_and_release();
	ck_assert_uint_eq(n_consistent, 1);
	ck_assert_uint_eq(n_repaired_before, 1);
	take_and_release();
	ck_assert_uint_eq(n_consistent, 1);
}
END_TEST

START_TEST(a_repair_that_fails_is_tried_again)
{
	fixture_fill(0, 20);
	die_in_a_change();
	fixture_close();
	fixture_open();
	for (unsigned i = 0; i < 3; i++) {
		fault_arm("mmap", 1, 1, ENOMEM);
		ck_assert_int_eq(tbl_change_lock(fx.table, 1000), -ENOMEM);
		ck_assert_uint_ne(WORD_LOAD(&fx.table->control->intent.op), CHANGE_NONE);
	}
	/* Nobody was left with the lock in hand. */
	take_and_release();
	ck_assert_uint_eq(WORD_LOAD(&fx.table->control->intent.op), CHANGE_NONE);
	fixture_check(20);
}
END_TEST

START_TEST(a_stopped_writer_delays_writers_only)
{
	struct table_entry e = fixture_entry(10, 10);
	int64_t before_ms;
	pid_t pid;

	fixture_fill(0, 10);
	clock_thaw();
	pid = fork();
	if (pid == 0) {
		(void)tbl_change_lock(fx.table, 1000);
		(void)raise(SIGSTOP);
		tbl_change_unlock(fx.table);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, NULL, WUNTRACED), pid);
	for (uint64_t i = 0; i < 20; i++)
		ck_assert_int_eq(fixture_has(i), i < 10);
	before_ms = clock_boot_ms();
	ck_assert_int_eq(table_insert(fx.table, &e), -ETIMEDOUT);
	ck_assert_int_ge(clock_boot_ms() - before_ms, LOCK_WRITER_MS - 100);
	(void)kill(pid, SIGCONT);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq(table_insert(fx.table, &e), 0);
	fixture_check(11);
}
END_TEST

/* -------------------------------------------------------------------------- hostile */

START_TEST(a_mutex_of_another_kind_is_refused)
{
	fixture_fill(0, 3);
	fx.table->control->lock.__data.__kind ^= 1;
	ck_assert_int_eq(tbl_change_lock(fx.table, 100), -EBADMSG);
	fx.table->control->lock.__data.__kind ^= 1;
	fixture_check(3);
}
END_TEST

START_TEST(no_mutex_to_compare_with)
{
	fault_arm("pthread_mutexattr_init", 1, 1, ENOMEM);
	ck_assert_int_eq(tbl_change_lock(fx.table, 100), -EBADMSG);
	take_and_release();
}
END_TEST

Suite *
check_lock_suite(void)
{
	Suite *s = suite_create("table/lock");
	TCase *tc = fixture_case("core");

	tcase_add_test(tc, one_at_a_time);
	tcase_add_test(tc, also_between_processes);
	tcase_add_test(tc, a_fresh_file_has_a_lock_that_is_free);
	suite_add_tcase(s, tc);

	tc = fixture_case("dead");
	tcase_add_test(tc, a_death_is_told_once_and_counted);
	tcase_add_test(tc, it_is_repaired_before_it_is_declared_good);
	tcase_add_test(tc, a_repair_that_fails_is_tried_again);
	tcase_add_test(tc, a_stopped_writer_delays_writers_only);
	suite_add_tcase(s, tc);

	tc = fixture_case("hostile");
	tcase_add_test(tc, a_mutex_of_another_kind_is_refused);
	suite_add_tcase(s, tc);

	tc = fixture_case("first of the process");
	tcase_set_tags(tc, "own-process");
	tcase_add_test(tc, no_mutex_to_compare_with);
	suite_add_tcase(s, tc);
	return s;
}
