/*
 * check_storm.c - eight processes at full load, and one after another is killed
 *
 * Every few milliseconds SIGKILL hits a process taken at random, wherever it happens to be, and
 * a new one takes its place.  What was acknowledged is written, with the process's own write(2)
 * before and after each operation, to a log outside the table.  Judged all the while and at the
 * end: no acknowledged entry lost, no removed one back, none torn, no look-up waiting or working
 * over 100 ms, no change refused, no housekeeping refused without a reason (watch.h) nor often, no
 * slot leaked.  Each round begins with an empty table, so that the storm goes over all its
 * growths.
 *
 * check_storm [long [kills]]   1,000 kills; long: 100,000.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proof/table/proof.h"
#include "proof/table/watch.h"
#include "table/change.h"

#define N_SERIES      8
#define SERIES_MAX    (1u << 18) /* entries one series may ever insert in a round */
#define SERIES_LIVE   3000u      /* of them alive at once, about */
#define KILLS_A_ROUND 250
#define WAIT_LIMIT_NS INT64_C(100000000)

/* The log: one byte for each entry of a series. */
enum told {
	TOLD_NOTHING,
	TOLD_INSERTING,
	TOLD_PRESENT,
	TOLD_REMOVING,
	TOLD_REMOVED,
	TOLD_N,
};

/* Shared by all processes; only hints and statistics, nothing that is judged by. */
struct board {
	_Atomic bool is_over;
	_Atomic uint32_t
	    n_begun[N_SERIES]; /* entries 0 ... n - 1 of the series have a log byte */
	_Atomic uint64_t n_finds, n_inserts, n_removes, n_ticks, n_ticks_waited, n_ticks_left,
	    n_writes_left, n_ticks_unlucky;
	_Atomic int64_t longest_ns, longest_waiting_ns;
};

static struct board *board;
static int log_fd[N_SERIES];
static struct table_config config;

/* ------------------------------------------------------------------- a worker */

struct worker {
	struct table *table;
	uint32_t series;
	uint64_t random;
	uint32_t n_live;
	uint8_t *told; /* of our own series */
};

static void
write_log(struct worker *w, uint32_t n, enum told told)
{
	uint8_t byte = (uint8_t)told;

	if (pwrite(log_fd[w->series], &byte, 1, n) != 1)
		proof_die("cannot write the log: %s", strerror(errno));
	w->told[n] = byte;
}

static enum told
read_log(uint32_t series, uint32_t n)
{
	uint8_t byte;

	if (pread(log_fd[series], &byte, 1, n) != 1 || byte >= TOLD_N)
		proof_die("cannot read the log: %s", strerror(errno));
	return (enum told)byte;
}

static void
raise_to(_Atomic int64_t *value, int64_t to)
{
	int64_t old = atomic_load(value);

	while (old < to && !atomic_compare_exchange_weak(value, &old, to))
		;
}

struct effort {
	long n_sleeps;
	int64_t work_ns; /* of a processor */
};

static struct effort
effort_now(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_THREAD, &u);
	return (struct effort){ u.ru_nvcsw,
		(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * INT64_C(1000000000) +
		    (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * INT64_C(1000) };
}

/*
 * A look-up that took long on the wall clock waited only if it went to sleep by itself, and only
 * until it could have run again: with more processes than processors anybody can be set aside
 * for a while.
 */
static int
find_timed(struct worker *w, const struct digest_tag *tag, struct table_entry *ret_entry)
{
	struct effort before = effort_now(), after;
	struct watch_sum lock_before = watch_sum(), lock;
	int64_t set_aside_ns = proof_set_aside_ns(), since = proof_now_ns(), ns;
	int r = table_find(w->table, tag, ret_entry);

	ns = proof_now_ns() - since;
	raise_to(&board->longest_ns, ns);
	after = effort_now();
	if (after.work_ns - before.work_ns > WAIT_LIMIT_NS)
		proof_violation("a look-up worked for %lld ms",
		    (long long)(after.work_ns - before.work_ns) / 1000000);
	if (after.n_sleeps != before.n_sleeps) {
		ns -= proof_set_aside_ns() - set_aside_ns;
		raise_to(&board->longest_waiting_ns, ns);
		lock = watch_sum();
		ns -= lock.waited_ns - lock_before.waited_ns;
		/* The kernel, at a page fault, may wait for one who is set aside. */
		if (ns > 100 * WAIT_LIMIT_NS)
			proof_violation("a look-up waited %lld ms, and not for the lock",
			    (long long)ns / 1000000);
		if (lock.told_ms - lock_before.told_ms > WAIT_LIMIT_NS / 1000000)
			proof_violation("a look-up waits %lld ms for the lock",
			    (long long)(lock.told_ms - lock_before.told_ms));
	}
	return r;
}

static void
do_find(struct worker *w)
{
	uint32_t series = (uint32_t)(proof_random(&w->random) % N_SERIES);
	uint32_t n_begun = board->n_begun[series], n;
	struct digest_tag tag;
	struct table_entry entry;
	enum told before, after;
	int r;

	if (n_begun == 0)
		return;
	n = (uint32_t)(proof_random(&w->random) % n_begun);
	tag = proof_tag(series, n);
	before = read_log(series, n);
	r = find_timed(w, &tag, &entry);
	after = read_log(series, n);
	board->n_finds++;
	if (r < 0)
		proof_violation("look-up: %d", r);
	if (r == 0 && !proof_entry_is(&entry, series, n))
		proof_violation("entry %u of series %u is torn", n, series);
	/* A log byte only ever goes up: the same twice is the same in between. */
	if (r != 0 && before == TOLD_PRESENT && after == TOLD_PRESENT)
		proof_violation("entry %u of series %u is lost", n, series);
	if (r == 0 && before == TOLD_REMOVED)
		proof_violation("entry %u of series %u is back", n, series);
	if (r == 0 && after == TOLD_NOTHING)
		proof_violation("entry %u of series %u is there too early", n, series);
}

/*
 * A writer that finds the lock taken all the time is told so, and nothing has happened.  On a busy
 * machine that is no fault: once more.
 */
static bool
is_to_wait(int r)
{
	board->n_writes_left += r == -ETIMEDOUT;
	return r == -ETIMEDOUT;
}

static void
do_insert(struct worker *w)
{
	uint32_t n = board->n_begun[w->series];
	struct table_entry entry = proof_entry(w->series, n);
	int r;

	if (n == SERIES_MAX)
		return;
	write_log(w, n, TOLD_INSERTING);
	board->n_begun[w->series] = n + 1;
	do
		r = table_insert(w->table, &entry);
	while (is_to_wait(r));
	if (r != 0) {
		proof_violation("insert: %d", r);
		return;
	}
	write_log(w, n, TOLD_PRESENT);
	w->n_live++;
	board->n_inserts++;
}

static void
do_remove(struct worker *w)
{
	uint32_t n_begun = board->n_begun[w->series], n;
	struct digest_tag tag;
	int r;

	if (n_begun == 0)
		return;
	n = (uint32_t)(proof_random(&w->random) % n_begun);
	for (unsigned i = 0; i < 64 && w->told[n] != TOLD_PRESENT; i++)
		n = n + 1 < n_begun ? n + 1 : 0;
	if (w->told[n] != TOLD_PRESENT)
		return;
	tag = proof_tag(w->series, n);
	write_log(w, n, TOLD_REMOVING);
	do
		r = table_remove(w->table, &tag);
	while (is_to_wait(r));
	if (r != 0)
		proof_violation("remove entry %u of series %u: %s", n, w->series,
		    r > 0 ? "it was lost" : strerror(-r));
	write_log(w, n, TOLD_REMOVED);
	w->n_live--;
	board->n_removes++;
}

/*
 * Housekeeping waits 50 ms for the lock and then leaves the rest to the next tick.  watch.c
 * judges whether it had to; here, that waiting helps in most cases.
 */
static void
do_tick(struct worker *w)
{
	int64_t since = proof_now_ns();
	uint64_t n_waits = watch_n_waits(), n_unlucky = watch_n_unlucky();
	int r = table_tick(w->table);

	board->n_ticks_waited += watch_n_waits() != n_waits;
	if (r == -ETIMEDOUT) {
		board->n_ticks_left++;
		board->n_ticks_unlucky += watch_n_unlucky() - n_unlucky;
		if (proof_now_ns() - since < LOCK_READER_MS * INT64_C(1000000))
			proof_violation("a tick gave way at once");
	} else if (r != 0) {
		proof_violation("tick: %d", r);
	}
	board->n_ticks++;
}

static void
work(uint32_t series, uint64_t seed)
{
	struct worker w = { .series = series, .random = seed };

	watch_as(series);
	if ((w.told = calloc(SERIES_MAX, 1)) == NULL ||
	    pread(log_fd[series], w.told, SERIES_MAX, 0) != SERIES_MAX)
		proof_die("cannot read the log");
	for (uint32_t n = 0; n < SERIES_MAX && w.told[n] != TOLD_NOTHING; n++) {
		w.n_live += w.told[n] == TOLD_PRESENT;
		board->n_begun[series] = n + 1; /* killed between the log and the board */
	}
	w.table = proof_open(&config);
	while (!board->is_over) {
		uint64_t dice = proof_random(&w.random) % 256;

		if (dice < 96) {
			do_find(&w);
		} else if (dice < 254) {
			/* Up and down around SERIES_LIVE. */
			if (dice % 8 < (w.n_live < SERIES_LIVE ? 5 : 3))
				do_insert(&w);
			else
				do_remove(&w);
		} else {
			do_tick(&w);
		}
	}
	table_close(w.table);
	exit(EXIT_SUCCESS);
}

/* ------------------------------------------------------------------- the storm */

static uint64_t n_recoveries, n_growths, n_unknown;

static pid_t
spawn(uint32_t series, uint64_t seed)
{
	pid_t pid = fork();

	if (pid == -1)
		proof_die("fork: %s", strerror(errno));
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* no storm without us */
		work(series, seed);
	}
	return pid;
}

static void
report(void *arg, const char *line)
{
	(void)arg;
	proof_violation("%s", line);
}

static void
check_all(struct table *table)
{
	uint64_t n;
	int r = table_check(table, report, NULL, &n);

	if (r != 0)
		proof_violation("table_check: %d", r);
}

static bool
count_one(void *arg, const struct table_entry *entry)
{
	uint64_t *n = arg;

	(void)entry;
	(*n)++;
	return true;
}

/* All processes are gone: compare the table with the log, entry by entry; then empty it. */
static void
judge(void)
{
	static uint8_t told[SERIES_MAX];
	struct table *table = proof_open(&config);
	struct table_stats stats;
	uint64_t n_each = 0;

	check_all(table);
	for (uint32_t series = 0; series < N_SERIES; series++) {
		if (pread(log_fd[series], told, SERIES_MAX, 0) != SERIES_MAX)
			proof_die("cannot read the log");
		for (uint32_t n = 0; n < SERIES_MAX && told[n] != TOLD_NOTHING; n++) {
			struct digest_tag tag = proof_tag(series, n);
			struct table_entry entry;
			int r = table_find(table, &tag, &entry);

			n_unknown += told[n] == TOLD_INSERTING || told[n] == TOLD_REMOVING;
			if (r < 0)
				proof_violation("look-up: %d", r);
			if (r == 0 && !proof_entry_is(&entry, series, n))
				proof_violation("entry %u of series %u is torn", n, series);
			if (r != 0 && told[n] == TOLD_PRESENT)
				proof_violation("entry %u of series %u is lost", n, series);
			if (r == 0 && told[n] == TOLD_REMOVED)
				proof_violation("entry %u of series %u is back", n, series);
			if (r == 0 && table_remove(table, &tag) != 0)
				proof_violation("entry %u of series %u stays", n, series);
		}
	}
	if (table_stats(table, &stats) != 0 || table_each(table, count_one, &n_each) != 0)
		proof_die("cannot count what is left");
	n_recoveries += stats.n_recoveries;
	n_growths += stats.n_growths;
	if (stats.n_damaged != 0)
		proof_violation("%llu damaged", (unsigned long long)stats.n_damaged);
	if (table_count(table) != 0 || n_each != 0)
		proof_violation("%llu slots leaked (count %llu)", (unsigned long long)n_each,
		    (unsigned long long)table_count(table));
	check_all(table);
	table_close(table);
}

static void
open_logs(void)
{
	for (uint32_t series = 0; series < N_SERIES; series++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "log%u", series);
		log_fd[series] =
		    openat(proof_dir_fd, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		if (log_fd[series] == -1 || ftruncate(log_fd[series], SERIES_MAX) == -1)
			proof_die("cannot make a log: %s", strerror(errno));
	}
}

static void
storm(unsigned n_kills, uint64_t *random)
{
	pid_t pid[N_SERIES];

	(void)unlinkat(proof_dir_fd, config.name, 0);
	open_logs();
	board->is_over = false;
	for (uint32_t series = 0; series < N_SERIES; series++) {
		board->n_begun[series] = 0;
		pid[series] = spawn(series, proof_random(random));
	}
	for (unsigned i = 0; i < n_kills; i++) {
		uint32_t series = (uint32_t)(proof_random(random) % N_SERIES);
		int status;

		(void)usleep((useconds_t)(500 + proof_random(random) % 3500));
		(void)kill(pid[series], SIGKILL);
		if (waitpid(pid[series], &status, 0) != pid[series])
			proof_die("waitpid: %s", strerror(errno));
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
			proof_violation(
			    "a process ended by itself (status %x)", (unsigned)status);
		pid[series] = spawn(series, proof_random(random));
	}
	board->is_over = true;
	for (uint32_t series = 0; series < N_SERIES; series++) {
		int status;

		if (waitpid(pid[series], &status, 0) != pid[series] || status != 0)
			proof_violation("a process ended badly (status %x)", (unsigned)status);
	}
	judge();
	for (uint32_t series = 0; series < N_SERIES; series++)
		(void)close(log_fd[series]);
}

int
main(int argc, char **argv)
{
	unsigned n_kills = proof_init(argc, argv) ? 100000 : 2000;
	uint64_t random = (uint64_t)proof_now_ns();
	int64_t since = proof_now_ns();

	if (argc > 2)
		n_kills = (unsigned)strtoul(argv[2], NULL, 10);
	printf("seed %llu\n", (unsigned long long)random);
	config = proof_config("table", UINT64_C(1) << 22);
	board = mmap(
	    NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (board == MAP_FAILED)
		proof_die("no memory");
	watch_init();
	watch_as(N_SERIES); /* who judges */
	for (unsigned done = 0; done < n_kills && proof_n_violations() == 0;) {
		unsigned n = n_kills - done < KILLS_A_ROUND ? n_kills - done : KILLS_A_ROUND;

		storm(n, &random);
		done += n;
	}
	printf("%u kills in %.1f s: %llu inserts, %llu removals, %llu look-ups, %llu ticks, "
	       "%llu growths\n",
	    n_kills, (double)(proof_now_ns() - since) / 1e9,
	    (unsigned long long)board->n_inserts, (unsigned long long)board->n_removes,
	    (unsigned long long)board->n_finds, (unsigned long long)board->n_ticks,
	    (unsigned long long)n_growths);
	/* About one in a hundred does, on two processors. */
	if (board->n_ticks_unlucky > 2 + board->n_ticks_waited / 4)
		proof_violation("so many ticks should not give way");
	if (board->n_writes_left > 2 + (board->n_inserts + board->n_removes) / 100000)
		proof_violation("so many writers should not wait in vain");
	printf(
	    "%llu ticks waited, %llu gave way, %llu writers waited in vain, %llu died with the "
	    "lock, %llu changes were never acknowledged\n",
	    (unsigned long long)board->n_ticks_waited, (unsigned long long)board->n_ticks_left,
	    (unsigned long long)board->n_writes_left, (unsigned long long)n_recoveries,
	    (unsigned long long)n_unknown);
	printf("longest look-up %.3f ms, longest that slept %.3f ms\n",
	    (double)board->longest_ns / 1e6, (double)board->longest_waiting_ns / 1e6);
	return proof_finish("storm");
}
