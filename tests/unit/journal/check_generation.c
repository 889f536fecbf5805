/* check_generation.c - tests of src/journal/generation.c: one generation of the journal file, open */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/generation.h"
#include "unit/journal/fault.h"
#include "unit/journal/pair.h"

Suite *check_generation_suite(void);

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

/* A handle that has nothing open yet. */
static struct journal *
new_handle(void)
{
	struct journal *journal = fixture_journal(&f);

	ck_assert_ptr_null(journal->current);
	return journal;
}

START_TEST(the_handle_has_one_reference_and_each_caller_another)
{
	struct journal *journal = new_handle();
	struct jrn_generation *first, *second;
	struct stat st, named;
	int fd;

	ck_assert_int_eq(jrn_generation_current(journal, &first), 0);
	ck_assert_ptr_eq(journal->current, first);
	ck_assert_uint_eq(first->n_refs, 2);
	ck_assert_uint_eq(first->generation, 1);
	ck_assert_int_eq(fstat(first->fd, &st), 0);
	ck_assert_int_eq(fstatat(f.dir_fd, "User.jsonl", &named, 0), 0);
	ck_assert_uint_eq(st.st_ino, named.st_ino);
	ck_assert_int_eq(fcntl(first->fd, F_GETFL) & (O_ACCMODE | O_APPEND), O_RDWR | O_APPEND);
	ck_assert_int_eq(fcntl(first->fd, F_GETFD), FD_CLOEXEC);
	/* No second opening while the generation is the same. */
	fault_set("openat", 1, 1, EMFILE);
	ck_assert_int_eq(jrn_generation_current(journal, &second), 0);
	ck_assert_ptr_eq(first, second);
	ck_assert_uint_eq(first->n_refs, 3);
	ck_assert_ptr_eq(jrn_generation_ref(first), first);
	ck_assert_uint_eq(first->n_refs, 4);
	jrn_generation_unref(first);
	jrn_generation_unref(first);
	jrn_generation_unref(first);
	fd = first->fd;
	ck_assert_uint_eq(first->n_refs, 1);
	ck_assert(is_open(fd));
	journal_close(journal);
	ck_assert(!is_open(fd));
	jrn_generation_unref(NULL);
}
END_TEST

/* A flush may run on it while another thread has long gone over to the next generation. */
START_TEST(an_old_generation_lives_as_long_as_it_is_used)
{
	struct jrn_generation *old, *new, *again;
	struct stat st;
	int fd;

	ck_assert_int_eq(jrn_generation_current(one, &old), 0);
	fd = old->fd;
	pair_replace_file();
	ck_assert_uint_eq(one->control->generation, 2);
	/* Nobody has asked yet: the handle keeps the old one. */
	ck_assert_ptr_eq(one->current, old);
	ck_assert_int_eq(jrn_generation_current(one, &new), 0);
	ck_assert_ptr_ne(old, new);
	ck_assert_uint_eq(new->generation, 2);
	ck_assert_uint_eq(old->generation, 1);
	ck_assert_int_ne(new->fd, fd);
	ck_assert_ptr_eq(one->current, new);
	/* Without a name, but whole. */
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_eq(st.st_nlink, 0);
	ck_assert_int_gt(st.st_size, 0);
	ck_assert_int_eq(fdatasync(fd), 0);
	while (old->n_refs > 1)
		jrn_generation_unref(old); /* one's reader has it, too */
	one->replay.file = NULL;
	ck_assert(is_open(fd));
	jrn_generation_unref(old);
	ck_assert(!is_open(fd));
	ck_assert_int_eq(jrn_generation_current(one, &again), 0);
	ck_assert_ptr_eq(again, new);
	jrn_generation_unref(again);
	jrn_generation_unref(new);
}
END_TEST

START_TEST(what_has_the_name_may_be_another_file)
{
	struct journal *journal = new_handle();
	struct jrn_generation *file = NULL;
	int n_fds = fixture_n_fds();

	ck_assert_int_eq(renameat(f.dir_fd, "User.jsonl", f.dir_fd, "away"), 0);
	ck_assert_int_eq(jrn_generation_current(journal, &file), JRN_E_MOVED);
	fixture_write(&f, "User.jsonl", "x", 1);
	ck_assert_int_eq(jrn_generation_current(journal, &file), JRN_E_MOVED);
	ck_assert_ptr_null(file);
	ck_assert_ptr_null(journal->current);
	ck_assert_int_eq(fixture_n_fds(), n_fds);
	/* Between a rename and its switch this is daily business: nobody is told. */
	ck_assert_str_eq(f.notices, "");
	ck_assert_int_eq(renameat(f.dir_fd, "away", f.dir_fd, "User.jsonl"), 0);
	ck_assert_int_eq(jrn_generation_current(journal, &file), 0);
	jrn_generation_unref(file);
	journal_close(journal);
}
END_TEST

START_TEST(an_opening_that_fails_leaves_the_old_one)
{
	static const struct {
		const char *call;
		unsigned nth;
		int error;
	} cases[] = {
		{ "openat", 1, EMFILE },
		{ "fstat", 1, EIO }, /* looked at by file_open() */
		{ "fstat", 2, EIO },
		{ "malloc", 1, ENOMEM },
	};
	struct jrn_generation *old, *file = NULL;
	int n_fds;

	ck_assert_int_eq(jrn_generation_current(one, &old), 0);
	pair_replace_file();
	n_fds = fixture_n_fds();
	f.notices[0] = '\0';
	fault_set(cases[_i].call, cases[_i].nth, 1, cases[_i].error);
	ck_assert_int_eq(fault_end(jrn_generation_current(one, &file)), -cases[_i].error);
	ck_assert_uint_eq(fault_hits(), 1);
	ck_assert_ptr_null(file);
	ck_assert_ptr_eq(one->current, old);
	ck_assert_int_eq(fixture_n_fds(), n_fds);
	if (_i < 2)
		ck_assert_ptr_nonnull(strstr(f.notices, one->path));
	jrn_generation_unref(old);
	pair_assert_works();
}
END_TEST

START_TEST(what_others_may_have_prepared_is_refused_by_name)
{
	struct journal *journal = new_handle();
	struct jrn_generation *file;

	ck_assert_int_eq(fchmodat(f.dir_fd, "User.jsonl", 0644, 0), 0);
	ck_assert_int_eq(jrn_generation_current(journal, &file), -EPERM);
	ck_assert_ptr_nonnull(strstr(f.notices, "User.jsonl is open to other users"));
	ck_assert_int_eq(fchmodat(f.dir_fd, "User.jsonl", 0600, 0), 0);
	journal_close(journal);
}
END_TEST

START_TEST(it_knows_the_flushes_before_its_time)
{
	struct journal *early = new_handle(), *late = new_handle();
	struct jrn_generation *file;

	one->control->flush_begun = 5;
	ck_assert_int_eq(jrn_generation_current(early, &file), 0);
	ck_assert_uint_eq(file->flush_begun, 5);
	jrn_generation_unref(file);
	one->control->flush_begun = 6;
	ck_assert_int_eq(jrn_generation_current(early, &file), 0);
	ck_assert_uint_eq(file->flush_begun, 5);
	jrn_generation_unref(file);
	ck_assert_int_eq(jrn_generation_current(late, &file), 0);
	ck_assert_uint_eq(file->flush_begun, 6);
	jrn_generation_unref(file);
	journal_close(early);
	journal_close(late);
}
END_TEST

static atomic_bool is_over;

static void *
use_current(void *arg)
{
	struct jrn_generation *file;

	(void)arg;
	while (!is_over) {
		int r = jrn_generation_current(one, &file);

		if (r == JRN_E_MOVED)
			continue;
		if (r != 0 || !is_open(file->fd))
			abort();
		jrn_generation_unref(file);
	}
	return NULL;
}

START_TEST(many_threads_over_many_generations)
{
	enum { N_THREADS = 3, N_GENERATIONS = 30 };
	pthread_t threads[N_THREADS];
	struct jrn_generation *file;
	int n_fds;

	ck_assert_int_eq(journal_catch_up(one, replica_apply, a), 0);
	n_fds = fixture_n_fds();
	is_over = false;
	for (int i = 0; i < N_THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, use_current, NULL), 0);
	for (int i = 0; i < N_GENERATIONS; i++)
		pair_replace_file();
	is_over = true;
	for (int i = 0; i < N_THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	ck_assert_int_eq(jrn_generation_current(one, &file), 0);
	ck_assert_uint_eq(file->generation, 1 + N_GENERATIONS);
	ck_assert_uint_eq(file->n_refs, 2);
	jrn_generation_unref(file);
	ck_assert_int_eq(journal_catch_up(one, replica_apply, a), 0);
	ck_assert_int_eq(fixture_n_fds(), n_fds);
	pair_assert_works();
}
END_TEST

Suite *
check_generation_suite(void)
{
	Suite *s = suite_create("journal/generation");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, pair_set_up, pair_tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, the_handle_has_one_reference_and_each_caller_another);
	tcase_add_test(tc, an_old_generation_lives_as_long_as_it_is_used);
	tcase_add_test(tc, what_has_the_name_may_be_another_file);
	tcase_add_loop_test(tc, an_opening_that_fails_leaves_the_old_one, 0, 4);
	tcase_add_test(tc, what_others_may_have_prepared_is_refused_by_name);
	tcase_add_test(tc, it_knows_the_flushes_before_its_time);
	tcase_add_test(tc, many_threads_over_many_generations);
	suite_add_tcase(s, tc);
	return s;
}
