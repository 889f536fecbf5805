/* check_epoch.c - tests of src/table/epoch.c: lines of threads, alive and dead */
#include "unit/table/fixture.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "table/change.h"
#include "table/growth.h"
#include "table/epoch.h"

Suite *check_epoch_suite(void);

#define WHO_DEAD       4000000 /* above any pid_max met in practice */
#define LINES_AT_FIRST (FORMAT_PAGE_BYTES / sizeof(struct tbl_reader))

static unsigned
n_taken(void)
{
	unsigned n = 0;

	for (uint64_t i = 0; i < fixture_reader_pages() * LINES_AT_FIRST; i++)
		n += WORD_LOAD(&fx.table->readers[i].who) != 0;
	return n;
}

START_TEST(a_thread_keeps_its_line)
{
	struct tbl_reader *line = tbl_epoch_enter(fx.table);

	ck_assert_ptr_nonnull(line);
	ck_assert_uint_eq(WORD_LOAD(&line->active), 1);
	tbl_epoch_leave(line);
	ck_assert_uint_eq(WORD_LOAD(&line->active), 0);
	ck_assert_ptr_eq(tbl_epoch_enter(fx.table), line);
	tbl_epoch_leave(line);
	ck_assert_uint_eq(n_taken(), 1);
}
END_TEST

START_TEST(a_thread_with_two_tables_has_one_line_in_each)
{
	struct table *first = fx.table, *second;
	struct tbl_reader *a, *b;

	fixture_open();
	second = fx.table;
	for (unsigned i = 0; i < 10; i++) {
		a = tbl_epoch_enter(first);
		tbl_epoch_leave(a);
		b = tbl_epoch_enter(second);
		tbl_epoch_leave(b);
		ck_assert_ptr_ne(a, b);
	}
	ck_assert_uint_eq(n_taken(), 2); /* two handles of one file here */
	table_close(first);
	ck_assert_uint_eq(n_taken(), 1);
}
END_TEST

START_TEST(closing_gives_the_lines_back)
{
	struct table *other = fx.table;

	fixture_open();
	tbl_epoch_leave(tbl_epoch_enter(fx.table));
	table_close(other);
	ck_assert_uint_eq(n_taken(), 1);
	fixture_close();
	fixture_open();
	ck_assert_uint_eq(n_taken(), 0);
}
END_TEST

static void
in_child(void (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		fn();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static struct tbl_reader *parents_line;

static void
child_looks_up(void)
{
	struct tbl_reader *line = tbl_epoch_enter(fx.table);

	if (line == NULL || line == parents_line)
		_exit(1);
	tbl_epoch_leave(line);
	if (!fixture_has(1))
		_exit(2);
	table_close(fx.table);
}

/* Somebody takes over the line of a thread of ours that is dead: his name is there already. */
START_TEST(closing_leaves_a_line_that_another_is_taking)
{
	struct tbl_reader *line = tbl_epoch_enter(fx.table);
	struct tbl_reader *others = &fx.table->readers[1];

	tbl_epoch_leave(line);
	ck_assert_ptr_eq(line, &fx.table->readers[0]);
	WORD_STORE(&others->handle, WORD_LOAD(&line->handle), "");
	WORD_STORE(&others->who, (UINT64_C(5) << 22) | 1, "");
	tbl_epoch_fini(fx.table);
	ck_assert_uint_eq(WORD_LOAD(&line->who), 0);
	ck_assert_uint_eq(WORD_LOAD(&others->who), (UINT64_C(5) << 22) | 1);
}
END_TEST

START_TEST(a_child_takes_a_line_of_its_own_and_gives_back_only_that)
{
	fixture_fill(1, 2);
	parents_line = tbl_epoch_enter(fx.table);
	tbl_epoch_leave(parents_line);
	in_child(child_looks_up);
	ck_assert_uint_eq(n_taken(), 1);
	ck_assert_uint_ne(WORD_LOAD(&parents_line->who), 0);
	ck_assert(fixture_has(1));
}
END_TEST

static void
close_unused(void)
{
	table_close(fx.table);
}

START_TEST(a_child_that_never_looked_up_gives_back_nothing)
{
	tbl_epoch_leave(tbl_epoch_enter(fx.table));
	in_child(close_unused);
	ck_assert_uint_eq(n_taken(), 1);
}
END_TEST

static void
die_active(void)
{
	(void)tbl_epoch_enter(fx.table);
	/* No close, as when killed. */
}

START_TEST(lines_of_the_dead_are_used_again)
{
	for (unsigned i = 0; i < LINES_AT_FIRST + 10; i++)
		in_child(die_active);
	ck_assert_uint_eq(n_taken(), LINES_AT_FIRST);
	ck_assert_uint_eq(fixture_reader_pages(), 1);
	ck_assert(tbl_epoch_all_passed(fx.table, 5));
}
END_TEST

START_TEST(a_dead_reader_holds_nothing_back_a_live_one_does)
{
	struct tbl_reader *line;

	in_child(die_active);
	ck_assert(tbl_epoch_all_passed(fx.table, 1));
	line = tbl_epoch_enter(fx.table);
	ck_assert(!tbl_epoch_all_passed(fx.table, 1));
	ck_assert(tbl_epoch_all_passed(fx.table, 0));
	ck_assert(tbl_epoch_all_passed(fx.table, UINT32_MAX)); /* wraps: 0 is later */
	tbl_epoch_leave(line);
	ck_assert(tbl_epoch_all_passed(fx.table, 1));
	/* A line of nobody, left active by damage, holds nothing back. */
	WORD_STORE(&fx.table->readers[50].active, 1, "");
	ck_assert(tbl_epoch_all_passed(fx.table, 1));
}
END_TEST

START_TEST(an_uncollected_corpse_is_dead)
{
	siginfo_t info;
	pid_t pid = fork();

	if (pid == 0) {
		(void)tbl_epoch_enter(fx.table);
		_exit(0);
	}
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	ck_assert(tbl_epoch_all_passed(fx.table, 1));
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

START_TEST(who_cannot_be_seen_counts_as_alive)
{
	int pipes[2];
	pid_t pid;
	char c;

	ck_assert_int_eq(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		(void)tbl_epoch_enter(fx.table);
		(void)!write(pipes[1], "x", 1);
		(void)pause();
	}
	ck_assert_int_eq(read(pipes[0], &c, 1), 1);
	fault_arm("open", 1, 1, ENOENT); /* hidepid */
	ck_assert(!tbl_epoch_all_passed(fx.table, 1));
	fault_arm("read", 1, 1, ESRCH);
	ck_assert(!tbl_epoch_all_passed(fx.table, 1));
	fault_arm("open", 1, 1, EMFILE);
	ck_assert(!tbl_epoch_all_passed(fx.table, 1));
	fault_disarm();
	ck_assert(!tbl_epoch_all_passed(fx.table, 1));
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	fault_arm("kill", 1, 1, EPERM);
	ck_assert(!tbl_epoch_all_passed(fx.table, 1));
	fault_disarm();
	ck_assert(tbl_epoch_all_passed(fx.table, 1));
}
END_TEST

START_TEST(a_thread_that_does_not_know_itself_uses_the_lock)
{
	fixture_fill(0, 10);
	fault_arm("open", 1, UINT32_MAX, EMFILE);
	for (uint64_t i = 0; i < 12; i++)
		ck_assert_int_eq(fixture_has(i), i < 10);
	fault_disarm();
	ck_assert_uint_eq(n_taken(), 0);
	/* It asks again after a while, not every time. */
	for (uint64_t i = 0; i < 1100; i++)
		ck_assert(fixture_has(1));
	ck_assert_uint_eq(n_taken(), 1);
}
END_TEST

/* --------------------------------------------------------------------- many threads */

#define N_THREADS 150

static pthread_barrier_t all_in, all_out;
static _Atomic unsigned n_bad;

static void *
look(void *arg)
{
	const bool *each_gets_a_line = arg;

	for (uint64_t k = 0; k < 200 || (*each_gets_a_line && tbl_epoch_self.line == NULL);
	     k++) {
		uint64_t i = k % 200;
		struct table_entry e = fixture_entry(i, i), out;
		int r;

		/* Without a line, on a busy machine, the lock may be long in coming. */
		while ((r = table_find(fx.table, &e.tag, &out)) == -ETIMEDOUT)
			;
		n_bad += r != (i < 100 ? 0 : TABLE_E_ABSENT);
	}
	(void)pthread_barrier_wait(&all_in);
	(void)pthread_barrier_wait(&all_out);
	return NULL;
}

static void
run_threads(bool each_gets_a_line)
{
	pthread_t threads[N_THREADS];

	n_bad = 0;
	(void)pthread_barrier_init(&all_in, NULL, N_THREADS + 1);
	(void)pthread_barrier_init(&all_out, NULL, N_THREADS + 1);
	for (unsigned i = 0; i < N_THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, look, &each_gets_a_line), 0);
	(void)pthread_barrier_wait(&all_in);
	(void)pthread_barrier_wait(&all_out);
	for (unsigned i = 0; i < N_THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	ck_assert_uint_eq(n_bad, 0);
}

START_TEST(more_threads_than_a_page_has_lines)
{
	fixture_fill(0, 100);
	/* The lock, which adding a page takes, may be long in coming: a later look-up adds it. */
	run_threads(true);
	ck_assert_uint_eq(
	    fixture_reader_pages(), (N_THREADS + LINES_AT_FIRST - 1) / LINES_AT_FIRST);
	fixture_check(100);
}
END_TEST

START_TEST(on_a_full_disk_the_others_use_the_lock)
{
	fixture_fill(0, 100);
	fault_arm("fallocate", 1, UINT32_MAX, ENOSPC);
	run_threads(false);
	ck_assert_uint_eq(fixture_reader_pages(), 1);
	fixture_check(100);
}
END_TEST

START_TEST(with_all_lines_taken_too)
{
	fixture_fill(0, 100);
	/* Every page, every line: this process, alive. */
	tbl_epoch_leave(tbl_epoch_enter(fx.table));
	{
		uint64_t me = WORD_LOAD(&fx.table->readers[0].who);

		fixture_set_reader_pages(1000); /* clamped */
		for (unsigned i = 0; i < FORMAT_READERS_MAX; i++)
			WORD_STORE(&fx.table->readers[i].who, me, "");
	}
	tbl_epoch_self.id = UINT64_MAX;
	WORD_STORE(&fx.table->readers[0].handle, 0, "");
	for (uint64_t i = 0; i < 110; i++)
		ck_assert_int_eq(fixture_has(i), i < 100);
	{
		struct table_entry entry;
		struct table_entry e = fixture_entry(0, 0);

		ck_assert_int_eq(table_find(fx.table, &e.tag, &entry), 0);
		ck_assert_int_eq(table_touch(fx.table, &e.tag), 0);
		/* A descriptor that makes no sense, seen with the lock. */
		atomic_fetch_xor(&fx.table->control->descriptor, 1);
		ck_assert_int_eq(table_find(fx.table, &e.tag, &entry), -EBADMSG);
		atomic_fetch_xor(&fx.table->control->descriptor, 1);
	}
}
END_TEST

/* Another process takes the free line between our look and our claim. */
static void
take_first(void)
{
	WORD_STORE(&fx.table->readers[0].who, 1, "");
}

START_TEST(two_threads_claiming_one_line_get_two)
{
	struct tbl_reader *line;

	fixture_call_at("reader who", 1, take_first);
	line = tbl_epoch_enter(fx.table);
	ck_assert_ptr_eq(line, &fx.table->readers[1]);
	tbl_epoch_leave(line);
	WORD_STORE(&fx.table->readers[0].who, 0, "");
}
END_TEST

START_TEST(two_threads_claiming_a_dead_one_get_two)
{
	struct tbl_reader *line;

	for (unsigned i = 0; i < LINES_AT_FIRST; i++)
		WORD_STORE(&fx.table->readers[i].who, UINT64_C(5) << 22 | (WHO_DEAD + i), "");
	fixture_call_at("reader who", 1, take_first);
	line = tbl_epoch_enter(fx.table);
	ck_assert_ptr_eq(line, &fx.table->readers[1]);
	tbl_epoch_leave(line);
}
END_TEST

static void
add_page(void)
{
	fixture_set_reader_pages(2);
}

START_TEST(two_threads_adding_a_page_add_one)
{
	struct tbl_reader *line;
	uint64_t me;

	line = tbl_epoch_enter(fx.table);
	tbl_epoch_leave(line);
	me = WORD_LOAD(&line->who);
	for (unsigned i = 0; i < LINES_AT_FIRST; i++)
		WORD_STORE(&fx.table->readers[i].who, me, "");
	WORD_STORE(&line->handle, 0, "");
	tbl_epoch_self.id = UINT64_MAX;
	/* The page appears after we have looked through all lines. */
	fault_arm("open", 1 + LINES_AT_FIRST, 1, EMFILE);
	fault_action = add_page;
	line = tbl_epoch_enter(fx.table);
	ck_assert_ptr_nonnull(line);
	ck_assert_uint_eq(fixture_reader_pages(), 2);
	ck_assert_ptr_eq(line, &fx.table->readers[LINES_AT_FIRST]);
	tbl_epoch_leave(line);
}
END_TEST

static void
lose_pages(void)
{
	WORD_STORE(&fx.table->control->n_reader_pages, 0, "");
}

/* Which pages have storage is not known any more: all of them get some. */
START_TEST(the_number_of_pages_is_lost_while_one_is_added)
{
	struct tbl_reader *line;
	uint64_t me;

	fixture_fill(0, 10);
	tbl_epoch_leave(tbl_epoch_enter(fx.table));
	me = WORD_LOAD(&fx.table->readers[0].who);
	for (unsigned i = 0; i < LINES_AT_FIRST; i++)
		WORD_STORE(&fx.table->readers[i].who, me, "");
	WORD_STORE(&fx.table->readers[0].handle, 0, "");
	tbl_epoch_self.id = UINT64_MAX;
	fault_arm("open", 1 + LINES_AT_FIRST, 1, EMFILE);
	fault_action = lose_pages;
	line = tbl_epoch_enter(fx.table);
	ck_assert_ptr_eq(line, &fx.table->readers[LINES_AT_FIRST]);
	tbl_epoch_leave(line);
	ck_assert_uint_eq(fixture_reader_pages(), FORMAT_READERS_MAX / LINES_AT_FIRST);
	fixture_check(10);
}
END_TEST

static bool
never(void *arg, const struct table_entry *entry)
{
	(void)arg;
	(void)entry;
	return true;
}

/* ------------------------------------------------------------------ other kernels */

START_TEST(without_membarrier_the_reader_pays_the_fence)
{
	fixture_fill(0, 10);
	fixture_close();
	fault_arm("syscall", 1, UINT32_MAX, ENOSYS);
	fixture_open();
	ck_assert(!fx.table->has_membarrier);
	for (unsigned round = 0; round < 2; round++)
		for (uint64_t i = 0; i < 20; i++)
			ck_assert_int_eq(fixture_has(i), i < 10);
	ck_assert_int_eq(table_each(fx.table, never, NULL), 0);
	/* And nothing is given back, for other processes may rely on it. */
	ck_assert(!tbl_epoch_all_passed(fx.table, 0));
	fault_disarm();
	ck_assert(tbl_epoch_all_passed(fx.table, 0));
}
END_TEST

static const struct {
	const char *name, *text;
	bool is_dead;
} stat_cases[] = {
	{ "empty", "", false },
	{ "no_fields", "1 (x) R", false },
	{ "dead", "1 (x) X 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 123 1", true },
	{ "zombie", "1 (a) b) Z 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 123 1", true },
	{ "another_start", "1 (x) S 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 123 1", true },
};

START_TEST(what_proc_says_about_others)
{
	struct tbl_reader *line = &fx.table->readers[7];

	WORD_STORE(&line->who, UINT64_C(99) << 22 | (uint64_t)getpid(), "");
	WORD_STORE(&line->active, 1, "");
	fault_text = stat_cases[_i].text;
	fault_arm("read", 1, 1, EIO);
	ck_assert_int_eq(tbl_epoch_all_passed(fx.table, 1), stat_cases[_i].is_dead);
}
END_TEST

START_TEST(who_is_dead_by_his_own_account_uses_the_lock)
{
	fixture_fill(0, 10);
	fault_text = "1 (x) Z 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 123 1";
	fault_arm("read", 1, 1, EIO);
	ck_assert(fixture_has(1));
	ck_assert_uint_eq(n_taken(), 0);
}
END_TEST

static void
renewed_by_another(void)
{
	atomic_store(fx.table->fork_mark, 12345);
}

START_TEST(two_threads_of_a_child_agree_on_its_mark)
{
	struct tbl_reader *line;

	atomic_store(fx.table->fork_mark, 0); /* as after fork() */
	fault_action = renewed_by_another;
	fault_arm("syscall", 1, 1, 0);
	line = tbl_epoch_enter(fx.table);
	tbl_epoch_leave(line);
	ck_assert_uint_eq(atomic_load(fx.table->fork_mark), 12345);
	ck_assert_uint_eq(WORD_LOAD(&line->handle), 12345);
	/* A child that closes before it looks anything up. */
	atomic_store(fx.table->fork_mark, 0);
	fixture_close();
	fixture_open();
	ck_assert_uint_eq(n_taken(), 1);
}
END_TEST

START_TEST(without_a_line_and_without_the_lock_is_an_error)
{
	struct table_entry e = fixture_entry(1, 1), out;

	fixture_fill(0, 10);
	/* Scans can do without a line too. */
	fault_arm("open", 1, UINT32_MAX, EMFILE);
	ck_assert_int_eq(table_each(fx.table, never, NULL), 0);
	fault_disarm();
	for (unsigned i = 0; i < LINES_AT_FIRST; i++)
		WORD_STORE(&fx.table->readers[i].who, 1, "");
	fixture_hold_lock();
	tbl_epoch_self.n_wait = 0;
	fault_arm("open", 2, UINT32_MAX, EMFILE); /* nobody can be told dead */
	ck_assert_int_eq(table_find(fx.table, &e.tag, &out), -ETIMEDOUT);
	ck_assert_int_eq(table_each(fx.table, never, NULL), -ETIMEDOUT);
	WORD_STORE(&fx.table->control->punched, 0, "");
	ck_assert(tbl_growth_give_back(fx.table, 4096));
	fault_disarm();
	fixture_let_go();
	ck_assert_int_eq(table_find(fx.table, &e.tag, &out), 0);
}
END_TEST

/* ----------------------------------------------------------------------- giving back */

/* A thread of nobody who can be asked, as it stands in the file. */
static struct tbl_reader *
line_that_shows(uint64_t active)
{
	struct tbl_reader *mine = tbl_epoch_enter(fx.table), *line = &fx.table->readers[40];

	WORD_STORE(&line->who, WORD_LOAD(&mine->who), "");
	WORD_STORE(&line->active, active, "");
	tbl_epoch_leave(mine);
	return line;
}

static const struct {
	const char *name;
	uint32_t shown, asked;
	bool want;
} passed_cases[] = {
	{ "works_with_that_one", 7, 7, true },
	{ "works_with_a_later_one", 8, 7, true },
	{ "works_with_the_one_before", 6, 7, false },
	{ "works_with_a_much_earlier_one", 0, 0x7fffffff, false },
	{ "the_numbers_wrap", 0, UINT32_MAX, true },
	{ "the_numbers_wrap_the_other_way", UINT32_MAX, 0, false },
};

START_TEST(storage_is_given_back_when_all_work_with_a_later_generation)
{
	struct tbl_reader *line = line_that_shows(UINT64_C(1) + passed_cases[_i].shown);

	ck_assert_int_eq(
	    tbl_epoch_all_passed(fx.table, passed_cases[_i].asked), passed_cases[_i].want);
	/* A thread that is not looking anything up works with none. */
	tbl_epoch_leave(line);
	ck_assert(tbl_epoch_all_passed(fx.table, passed_cases[_i].asked));
}
END_TEST

START_TEST(who_enters_shows_the_generation_of_now)
{
	static const struct tbl_descriptor ds[] = { { 5, 0, false }, { UINT32_MAX, 0, false } };
	struct tbl_reader *line;

	for (unsigned k = 0; k < 2; k++) {
		/* With membarrier(2), and with a fence of the reader's own. */
		fx.table->has_membarrier = k == 0;
		for (unsigned i = 0; i < 2; i++) {
			tbl_change_descriptor(fx.table, &ds[i]);
			line = tbl_epoch_enter(fx.table);
			ck_assert_uint_eq(
			    WORD_LOAD(&line->active), UINT64_C(1) + ds[i].generation);
			ck_assert(!tbl_epoch_all_passed(fx.table, ds[i].generation + 1));
			ck_assert(tbl_epoch_all_passed(fx.table, ds[i].generation));
			tbl_epoch_leave(line);
			ck_assert(tbl_epoch_all_passed(fx.table, ds[i].generation + 1));
		}
	}
}
END_TEST

/*
 * One thread enters and leaves, another changes the descriptor and asks whether everybody has
 * passed.  After a yes, nobody may work with an earlier descriptor: that takes a fence between
 * what the one shows and what he reads, and the other has to provide it.
 */
#define N_QUESTIONS 100000

static _Atomic uint32_t passed;
static _Atomic bool is_asked_enough;
static _Atomic unsigned n_overlooked;

static void *
enter_and_leave(void *arg)
{
	(void)arg;
	while (!atomic_load(&is_asked_enough)) {
		struct tbl_reader *line = tbl_epoch_enter(fx.table);
		uint32_t mine = (uint32_t)(WORD_LOAD(&fx.table->control->descriptor) >> 32);

		for (unsigned i = 0; i < 50; i++)
			n_overlooked +=
			    (int32_t)(atomic_load_explicit(&passed, memory_order_relaxed) -
				      mine) > 0;
		tbl_epoch_leave(line);
	}
	return NULL;
}

START_TEST(nobody_is_overlooked_who_comes_at_that_moment)
{
	struct tbl_descriptor d = { 0, 0, false };
	pthread_t thread;

	ck_assert(fx.table->has_membarrier);
	ck_assert_int_eq(pthread_create(&thread, NULL, enter_and_leave, NULL), 0);
	for (unsigned i = 0; i < N_QUESTIONS; i++) {
		d.generation++;
		tbl_change_descriptor(fx.table, &d);
		if (tbl_epoch_all_passed(fx.table, d.generation))
			atomic_store(&passed, d.generation);
	}
	atomic_store(&is_asked_enough, true);
	(void)pthread_join(thread, NULL);
	ck_assert_uint_eq(n_overlooked, 0);
	ck_assert_uint_gt(passed, 0);
}
END_TEST

Suite *
check_epoch_suite(void)
{
	Suite *s = suite_create("table/epoch");
	TCase *tc = fixture_case("core");

	tcase_add_test(tc, a_thread_keeps_its_line);
	tcase_add_test(tc, a_thread_with_two_tables_has_one_line_in_each);
	tcase_add_test(tc, closing_gives_the_lines_back);
	tcase_add_test(tc, closing_leaves_a_line_that_another_is_taking);
	tcase_add_test(tc, a_child_takes_a_line_of_its_own_and_gives_back_only_that);
	tcase_add_test(tc, a_child_that_never_looked_up_gives_back_nothing);
	suite_add_tcase(s, tc);

	tc = fixture_case("dead");
	tcase_add_test(tc, lines_of_the_dead_are_used_again);
	tcase_add_test(tc, a_dead_reader_holds_nothing_back_a_live_one_does);
	tcase_add_test(tc, an_uncollected_corpse_is_dead);
	tcase_add_test(tc, who_cannot_be_seen_counts_as_alive);
	tcase_add_loop_test(
	    tc, what_proc_says_about_others, 0, sizeof(stat_cases) / sizeof(stat_cases[0]));
	tcase_add_test(tc, who_is_dead_by_his_own_account_uses_the_lock);
	tcase_add_test(tc, two_threads_of_a_child_agree_on_its_mark);
	tcase_add_test(tc, without_a_line_and_without_the_lock_is_an_error);
	tcase_add_test(tc, a_thread_that_does_not_know_itself_uses_the_lock);
	suite_add_tcase(s, tc);

	tc = fixture_case("giving back");
	tcase_add_loop_test(tc, storage_is_given_back_when_all_work_with_a_later_generation, 0,
	    sizeof(passed_cases) / sizeof(passed_cases[0]));
	tcase_add_test(tc, who_enters_shows_the_generation_of_now);
	tcase_add_test(tc, nobody_is_overlooked_who_comes_at_that_moment);
	suite_add_tcase(s, tc);

	tc = fixture_case("limits");
	tcase_add_test(tc, more_threads_than_a_page_has_lines);
	tcase_add_test(tc, on_a_full_disk_the_others_use_the_lock);
	tcase_add_test(tc, with_all_lines_taken_too);
	tcase_add_test(tc, two_threads_claiming_one_line_get_two);
	tcase_add_test(tc, two_threads_claiming_a_dead_one_get_two);
	tcase_add_test(tc, two_threads_adding_a_page_add_one);
	tcase_add_test(tc, the_number_of_pages_is_lost_while_one_is_added);
	tcase_add_test(tc, without_membarrier_the_reader_pays_the_fence);
	suite_add_tcase(s, tc);
	return s;
}
