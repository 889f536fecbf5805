/*
 * check_threads.c - threads that share one mapping
 *
 * Two writers, two readers and a sweeper on one handle, judged as in the storm.  Its worth is
 * under ThreadSanitizer (tsan.sh builds it so), which sees only what goes through one mapping.
 *
 * check_threads [long]
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "proof/table/proof.h"

#define N_WRITERS  2
#define N_READERS  2
#define N_KEYS     3000 /* each writer's, inserted and removed over and over */
#define GENERATION 8    /* log word: generation << 3 | told */

enum told {
	TOLD_ABSENT,
	TOLD_INSERTING,
	TOLD_PRESENT,
	TOLD_REMOVING,
};

static struct table *table;
static _Atomic uint32_t told[N_WRITERS][N_KEYS];
static _Atomic bool is_over;
static _Atomic uint64_t n_finds, n_hits, n_waits;
static unsigned n_ops;

/*
 * A writer that finds the lock taken all the time is told so, and nothing has happened.  On a busy
 * machine, under ThreadSanitizer, that is no fault: once more.  So often it is one.
 */
#define N_WAITS_MAX 100

static bool
is_to_wait(int r)
{
	return r == -ETIMEDOUT && ++n_waits <= N_WAITS_MAX;
}

static void *
write_some(void *arg)
{
	uint32_t series = (uint32_t)(uintptr_t)arg;
	uint64_t random = series + 1, n_live = 0;

	for (unsigned i = 0; i < n_ops; i++) {
		uint32_t n = (uint32_t)(proof_random(&random) % N_KEYS);
		uint32_t word = told[series][n];
		struct table_entry entry = proof_entry(series, n);
		int r;

		if (word % GENERATION == TOLD_ABSENT || proof_random(&random) % 8 == 0) {
			bool is_new = word % GENERATION == TOLD_ABSENT;

			/* A replacement never goes away in between, so it tells nothing. */
			if (is_new)
				told[series][n] = word + TOLD_INSERTING;
			do
				r = table_insert(table, &entry);
			while (is_to_wait(r));
			if (r != 0)
				proof_violation("insert: %d", r);
			if (is_new)
				told[series][n] = word + TOLD_PRESENT;
			n_live += is_new;
		} else {
			told[series][n] = word - TOLD_PRESENT + TOLD_REMOVING;
			do
				r = table_remove(table, &entry.tag);
			while (is_to_wait(r));
			if (r != 0)
				proof_violation("remove: %d", r);
			told[series][n] = word - TOLD_PRESENT + GENERATION;
			n_live--;
		}
		/* What one tick leaves, the next one does. */
		if (i % 512 == 0 && (r = table_tick(table)) != 0 && !is_to_wait(r))
			proof_violation("tick: %d", r);
	}
	return (void *)(uintptr_t)n_live;
}

static void *
read_some(void *arg)
{
	uint64_t random = (uint64_t)(uintptr_t)arg + 100;

	while (!is_over) {
		uint32_t series = (uint32_t)(proof_random(&random) % N_WRITERS);
		uint32_t n = (uint32_t)(proof_random(&random) % N_KEYS), before, after;
		struct digest_tag tag = proof_tag(series, n);
		struct table_entry entry;
		int r;

		before = told[series][n];
		r = table_find(table, &tag, &entry);
		after = told[series][n];
		n_finds++;
		n_hits += r == 0;
		if (is_to_wait(r))
			continue;
		if (r < 0)
			proof_violation("look-up: %d", r);
		if (r == 0 && !proof_entry_is(&entry, series, n))
			proof_violation("entry %u of series %u is torn", n, series);
		if (before == after && before % GENERATION == TOLD_PRESENT && r != 0)
			proof_violation("entry %u of series %u is lost", n, series);
		if (before == after && before % GENERATION == TOLD_ABSENT && r == 0)
			proof_violation("entry %u of series %u is back", n, series);
		if (n % 16 == 0 && (r = table_touch(table, &tag)) < 0 && !is_to_wait(r))
			proof_violation("touch: %d", r);
	}
	return NULL;
}

static void
start(pthread_t *thread, void *(*fn)(void *), unsigned arg)
{
	if (pthread_create(thread, NULL, fn, (void *)(uintptr_t)arg) != 0)
		proof_die("cannot start a thread");
}

static void
report(void *arg, const char *line)
{
	(void)arg;
	proof_violation("%s", line);
}

int
main(int argc, char **argv)
{
	pthread_t writers[N_WRITERS], readers[N_READERS];
	struct table_config config;
	uint64_t n_live = 0, n;
	void *result;

	n_ops = proof_init(argc, argv) ? 2000000 : 50000;
	config = proof_config("table", 1u << 20);
	table = proof_open(&config);
	for (unsigned i = 0; i < N_READERS; i++)
		start(&readers[i], read_some, i);
	for (unsigned i = 0; i < N_WRITERS; i++)
		start(&writers[i], write_some, i);
	for (unsigned i = 0; i < N_WRITERS; i++) {
		(void)pthread_join(writers[i], &result);
		n_live += (uint64_t)(uintptr_t)result;
	}
	is_over = true;
	for (unsigned i = 0; i < N_READERS; i++)
		(void)pthread_join(readers[i], NULL);
	if (table_count(table) != n_live)
		proof_violation("count %llu, not %llu", (unsigned long long)table_count(table),
		    (unsigned long long)n_live);
	if (table_check(table, report, NULL, &n) != 0)
		proof_violation("table_check failed");
	table_close(table);
	printf(
	    "%u changes by each of %d threads, %llu look-ups, %llu hits, %llu waits in vain\n",
	    n_ops, N_WRITERS, (unsigned long long)n_finds, (unsigned long long)n_hits,
	    (unsigned long long)n_waits);
	return proof_finish("threads");
}
