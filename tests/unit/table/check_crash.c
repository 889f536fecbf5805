/*
 * check_crash.c - every change of the table, killed at every step
 *
 * A child dies before every store to the file in turn; the next one to take the lock must find
 * or make everything right: acknowledged changes are there, the one in progress is wholly
 * there or wholly absent, and every invariant holds.
 */
#include "unit/table/fixture.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "table/change.h"
#include "table/epoch.h"

Suite *check_crash_suite(void);

#define OWNER 1000000

static uint64_t base; /* entries before the change */

/* ------------------------------------------------------------------- the changes */

static void
insert_one(void)
{
	fixture_fill(base, base + 1);
}

static void
remove_one(void)
{
	struct table_entry e = fixture_entry(0, 0);

	ck_assert_int_eq(table_remove(fx.table, &e.tag), 0);
}

static void
replace_one(void)
{
	struct table_entry e = fixture_entry(0, OWNER);

	ck_assert_int_eq(table_insert(fx.table, &e), 0);
}

static void
replace_time(void)
{
	struct table_entry e = fixture_entry(0, 0);

	e.lifetime_s = 5;
	ck_assert_int_eq(table_insert(fx.table, &e), 0);
}

static void
tick(void)
{
	ck_assert_int_eq(table_tick(fx.table), 0);
}

static void
insert_at_the_limit(void)
{
	struct table_entry e = fixture_entry(20003, OWNER);

	ck_assert_int_eq(table_insert(fx.table, &e), 0);
}

/* What may be there afterwards, besides entries 1 to base - 1, which must. */
static const struct {
	const char *name;
	void (*change)(void);
	uint64_t n_before;   /* entries; 0: until the table grows */
	int64_t least, most; /* relative to n_before */
} crash_cases[] = {
	{ "insert_into_an_empty_table", insert_one, 1, 0, 1 },
	{ "insert", insert_one, 30, 0, 1 },
	{ "remove", remove_one, 30, -1, 0 },
	{ "replace_owner", replace_one, 30, 0, 0 },
	{ "replace_lifetime", replace_time, 30, 0, 0 },
	{ "begin_to_grow", insert_one, 46, 0, 1 },
	{ "insert_while_growing", insert_one, 0, 0, 1 },
	{ "remove_while_growing", remove_one, 0, -1, 0 },
	{ "replace_while_growing", replace_one, 0, 0, 0 },
	{ "tick_while_growing", tick, 0, 0, 0 },
	{ "insert_at_the_limit", insert_at_the_limit, 30, -1, 0 },
};

static void
prepare(unsigned case_nr)
{
	uint64_t n = crash_cases[case_nr].n_before;

	fixture_close();
	(void)unlink(fx.file);
	fx.config.max_per_owner = 3;
	fixture_open();
	if (n != 0) {
		fixture_fill(0, n);
		base = n;
	} else {
		for (base = 0; base < 200 || !fixture_is_growing(); base++)
			fixture_fill(base, base + 1);
	}
	if (crash_cases[case_nr].change == insert_at_the_limit)
		for (uint64_t i = 20000; i < 20003; i++) {
			struct table_entry e = fixture_entry(i, OWNER);

			ck_assert_int_eq(table_insert(fx.table, &e), 0);
		}
}

/* Returns whether the child died. */
static bool
die_in(void (*change)(void), unsigned step)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		fixture_die_at(step);
		change();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status);
}

static void
check_after(unsigned case_nr, uint64_t n_before, unsigned step)
{
	struct table_entry e = fixture_entry(0, 0), got;
	int64_t n;
	int r;

	/* Look-ups first: nobody has repaired anything yet. */
	for (uint64_t i = 1; i < base; i++)
		ck_assert_msg(fixture_has(i), "step %u: entry %d lost", step, (int)i);
	r = table_find(fx.table, &e.tag, &got);
	if (r == 0 && memcmp(&got.owner, &e.owner, sizeof(e.owner)) != 0)
		ck_assert_ptr_eq(crash_cases[case_nr].change, replace_one);
	else if (r != 0)
		ck_assert_ptr_eq(crash_cases[case_nr].change, remove_one);
	ck_assert_msg(fixture_violations() == 0, "step %u: %s", step, fixture_violation);
	n = (int64_t)table_count(fx.table) - (int64_t)n_before;
	ck_assert_msg(n >= crash_cases[case_nr].least && n <= crash_cases[case_nr].most,
	    "step %u: %d entries more", step, (int)n);
	/* The client tries again, and life goes on. */
	if (crash_cases[case_nr].change == remove_one) {
		r = table_remove(fx.table, &e.tag);
		ck_assert(r == 0 || r == TABLE_E_ABSENT);
		ck_assert(!fixture_has(0));
	} else {
		crash_cases[case_nr].change();
	}
	ck_assert_msg(fixture_violations() == 0, "step %u, again: %s", step, fixture_violation);
	for (uint64_t i = 1; i < base; i++)
		ck_assert_msg(fixture_has(i), "step %u, again: entry %d lost", step, (int)i);
}

static bool
is_sanitized(void)
{
	return getenv("PROOF_SANITIZED") != NULL;
}

START_TEST(dies_at_every_step)
{
	bool has_died = true;
	unsigned step;

	/* Every step of the first hundred; longer ways repeat themselves and are sampled.  A
	 * sanitizer learns nothing from the tenth death that the first has not told. */
	for (step = 1; has_died;
	     step += (is_sanitized() ? 10 : 1) + (step > 100 ? step / 20 : 0)) {
		uint64_t n_before;

		prepare((unsigned)_i);
		n_before = table_count(fx.table);
		has_died = die_in(crash_cases[_i].change, step);
		check_after((unsigned)_i, n_before, step);
	}
	ck_assert_uint_gt(step, 20);
}
END_TEST

static void
repair(void)
{
	ck_assert_int_eq(tbl_change_lock(fx.table, 1000), 0);
	tbl_change_unlock(fx.table);
}

/* And in the repair, at every step of it. */
START_TEST(dies_at_every_step_of_the_repair_too)
{
	for (unsigned step = 16; step < 50; step += 8) {
		bool has_died = true;

		for (unsigned again = 1; has_died; again += is_sanitized() ? 10 : 2) {
			uint64_t n_before;

			prepare((unsigned)_i);
			n_before = table_count(fx.table);
			if (!die_in(crash_cases[_i].change, step))
				return;
			has_died = die_in(repair, again);
			check_after((unsigned)_i, n_before, step);
		}
	}
}
END_TEST

/* ------------------------------------------------------------------- intents of chance */

/* The hooks in every place, in this process: what they see is what production does. */
static unsigned n_seen;

static void
count_step(const char *name)
{
	ck_assert_ptr_nonnull(name);
	n_seen++;
}

START_TEST(hooks_change_nothing)
{
	struct table_entry e = fixture_entry(3, 3), out;

	fixture_fill(0, 20);
	base = 20;
	ck_assert(die_in(insert_one, 30));
	fixture_close();
	table_step_hook = count_step;
	fixture_open();
	fixture_fill(0, 3000);
	for (uint64_t i = 0; i < 3000; i++)
		ck_assert(fixture_has(i));
	clock_freeze(FIXTURE_NOW_MS + 600000, 0);
	ck_assert_int_eq(table_touch(fx.table, &e.tag), 0);
	ck_assert_int_eq(table_find(fx.table, &e.tag, &out), 0);
	for (int64_t i = 0; i < 100; i++) {
		clock_freeze(FIXTURE_NOW_MS + 600000 + i * 1000, 0);
		ck_assert_int_eq(table_tick(fx.table), 0);
	}
	ck_assert_int_eq(table_remove(fx.table, &e.tag), 0);
	WORD_STORE(&fx.table->control->intent.op, 1, "");
	repair();
	fixture_check(2999);
	/* A line on a new page. */
	for (unsigned i = 0; i < 64; i++)
		WORD_STORE(&fx.table->readers[i].who, (uint64_t)getpid(), "");
	fault_arm("open", 2, 64, EMFILE);
	tbl_epoch_self.id = UINT64_MAX;
	ck_assert(fixture_has(4));
	ck_assert_uint_eq(fixture_reader_pages(), 2);
	fixture_close();
	(void)unlink(fx.file);
	fixture_open();
	table_step_hook = NULL;
	ck_assert_uint_gt(n_seen, 100000);
}
END_TEST

Suite *
check_crash_suite(void)
{
	Suite *s = suite_create("table/crash");
	TCase *tc = fixture_one_thread("every step");
	int n = sizeof(crash_cases) / sizeof(crash_cases[0]);

	/* Stage asan leaves them out: a sanitizer learns nothing from thousands of deaths. */
	tcase_set_tags(tc, "one-thread kills");
	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, dies_at_every_step, 0, n);
	tcase_add_loop_test(tc, dies_at_every_step_of_the_repair_too, 0, n);
	suite_add_tcase(s, tc);

	tc = fixture_one_thread("hooks");
	tcase_add_test(tc, hooks_change_nothing);
	suite_add_tcase(s, tc);
	return s;
}
