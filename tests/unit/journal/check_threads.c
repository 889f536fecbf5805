/* check_threads.c - src/journal used by several threads of one process at once */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "journal/control.h"
#include "unit/journal/fixture.h"

Suite *check_threads_suite(void);

enum { N_THREADS = 6, N_CHANGES = 60 };

static struct fixture f;
static struct journal *journal;
static struct replica *replica;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool is_over;

/* What a change costs does not matter here; that all of them are there does. */
static void *
write_changes(void *arg)
{
	int id = *(int *)arg;
	char key[32];

	for (int i = 0; i < N_CHANGES; i++) {
		uint64_t seq;

		(void)snprintf(key, sizeof(key), "k-%d-%d", id, i);
		(void)pthread_mutex_lock(&mutex);
		seq = fixture_put(journal, replica, key, "{}");
		(void)pthread_mutex_unlock(&mutex);
		if (journal_sync(journal, seq) != 0)
			abort();
		(void)journal_is_current(journal);
	}
	return NULL;
}

/* Compactions beside them: a failed file is replaced by every tick. */
static void *
tick(void *arg)
{
	(void)arg;
	while (!is_over) {
		if (journal_tick(journal) != 0)
			abort();
		(void)sched_yield();
	}
	return NULL;
}

START_TEST(writers_lose_nothing)
{
	pthread_t threads[N_THREADS], ticker;
	int ids[N_THREADS];
	struct journal_stats stats;
	struct replica *other = replica_new();

	fixture_open(&f);
	replica = replica_new();
	journal = fixture_journal(&f);
	is_over = false;
	ck_assert_int_eq(pthread_create(&ticker, NULL, tick, NULL), 0);
	for (int i = 0; i < N_THREADS; i++) {
		ids[i] = i;
		ck_assert_int_eq(pthread_create(&threads[i], NULL, write_changes, &ids[i]), 0);
	}
	for (int i = 0; i < N_THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	is_over = true;
	(void)pthread_join(ticker, NULL);
	journal_stats(journal, &stats);
	ck_assert_uint_eq(stats.n_appended, N_THREADS * N_CHANGES);
	ck_assert_uint_gt(stats.n_flushes, 0);
	/* Where a flush takes no time, as in memory, there is none to share. */
	ck_assert_uint_le(stats.n_flushes, stats.n_appended);
	journal_close(journal);
	journal = fixture_journal(&f);
	ck_assert_int_eq(journal_catch_up(journal, replica_apply, other), 0);
	ck_assert_uint_eq(other->n, N_THREADS * N_CHANGES);
	journal_close(journal);
	replica_free(replica);
	replica_free(other);
	fixture_close(&f);
}
END_TEST

/* A block that one thread switches from generation to generation. */
static struct jrn_control control;

static void *
switch_on(void *arg)
{
	(void)arg;
	for (uint64_t i = 1; !is_over; i++) {
		jrn_control_prepare(&control, &(struct jrn_control_view){ .inode = i,
						  .good_len = i,
						  .prev_len = i,
						  .start_len = i,
						  .start_n = i });
		jrn_control_switch(&control, true);
	}
	return NULL;
}

static void *
raise(void *arg)
{
	(void)arg;
	while (!is_over)
		jrn_control_raise_synced(&control, control.synced + 1);
	return NULL;
}

START_TEST(a_look_is_never_a_mixture)
{
	pthread_t threads[3];
	uint64_t last = 0;

	is_over = false;
	ck_assert_int_eq(pthread_create(&threads[0], NULL, switch_on, NULL), 0);
	ck_assert_int_eq(pthread_create(&threads[1], NULL, raise, NULL), 0);
	ck_assert_int_eq(pthread_create(&threads[2], NULL, raise, NULL), 0);
	for (int i = 0; i < 300000; i++) {
		struct jrn_control_view view = jrn_control_look(&control);

		ck_assert(view.inode == view.good_len && view.inode == view.prev_len &&
			  view.inode == view.start_len && view.inode == view.start_n);
		ck_assert(view.generation == view.inode && view.generation >= last);
		last = view.generation;
	}
	is_over = true;
	for (int i = 0; i < 3; i++)
		(void)pthread_join(threads[i], NULL);
}
END_TEST

Suite *
check_threads_suite(void)
{
	Suite *s = suite_create("journal/threads");
	TCase *tc = tcase_create("core");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, writers_lose_nothing);
	tcase_add_test(tc, a_look_is_never_a_mixture);
	suite_add_tcase(s, tc);
	return s;
}
