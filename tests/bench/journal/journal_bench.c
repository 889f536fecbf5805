/*
 * journal_bench.c - durable logins a second: our journal beside the bare disk, SQLite and
 * the rewriting of a whole file
 *
 * Calling    journal_bench [directory [seconds [rounds]]]
 *            The directory (default $TMPDIR, else here) must be on the disk to be measured:
 *            in memory a flush costs nothing and the figures mean nothing.
 *            Every cell is measured for so many seconds (0.4) in each round (5); the rounds
 *            go through all cells in turn, and the table shows medians.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "side.h"
#include "side_journal.h"

#define ROUNDS_MAX       21
#define WORKERS_MAX      64
#define SERVED_PROCESSES 2
#define TMPFS_MAGIC_NO   0x01021994
#define ALONE_LOGINS     1500
#define REPLAY_RECORDS   1000000
#define REPLAY_BATCH     1000
#define CHURN_LIVE       2000
#define CHURN_CHANGES    120000
#define D5_SLACK_BYTES   (1u << 20)

static const unsigned at_once[] = { 1, 2, 8, 32, 64 };
#define N_AT_ONCE (sizeof(at_once) / sizeof(at_once[0]))

struct cell {
	const struct side *side;
	unsigned n_processes, n_threads; /* each has so many */
	double rate[ROUNDS_MAX], per_flush[ROUNDS_MAX];
	double ratio[ROUNDS_MAX]; /* to the bare disk in the same round */
};

static struct {
	_Atomic unsigned n_ready;
	_Atomic bool is_on, is_over;
	_Atomic uint64_t n_done;
} * shared;

static double seconds = 0.4;
static unsigned n_rounds = 5;

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Of this process: what the start costs however busy the machine is. */
static double
processor(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
median(double *v, unsigned n)
{
	qsort(v, n, sizeof(*v), by_size);
	return v[n / 2];
}

static void
empty(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	if (d == NULL)
		side_die(dir);
	while ((entry = readdir(d)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			(void)unlinkat(dirfd(d), entry->d_name, 0);
	(void)closedir(d);
}

/* --------------------------------------------------------------------- one cell */

static void
work(const struct side *side, void *self, unsigned turn)
{
	uint64_t number = (uint64_t)turn << 32;

	shared->n_ready++;
	while (!shared->is_on)
		(void)usleep(200);
	while (!shared->is_over) {
		side->login(self, number++);
		if (!shared->is_over)
			shared->n_done++;
	}
}

struct thread {
	pthread_t id;
	const struct side *side;
	void *self;
	unsigned turn;
};

static void *
thread_main(void *arg)
{
	const struct thread *t = arg;

	work(t->side, t->self, t->turn);
	return NULL;
}

static void
start_and_stop(unsigned n_workers, double *ret_rate)
{
	double start;

	while (shared->n_ready < n_workers)
		(void)usleep(200);
	start = now();
	shared->is_on = true;
	(void)usleep((useconds_t)(seconds * 1e6));
	shared->is_over = true;
	*ret_rate = (double)shared->n_done / (now() - start);
}

/* One process of a cell: its threads share what it has open. */
static void
run_process(const struct cell *cell, const char *dir, unsigned turn)
{
	struct thread t[WORKERS_MAX];
	void *self = cell->side->open(dir);

	for (unsigned i = 0; i < cell->n_threads; i++) {
		t[i] = (struct thread){
			.side = cell->side, .self = self, .turn = turn * cell->n_threads + i
		};
		if ((errno = pthread_create(&t[i].id, NULL, thread_main, &t[i])) != 0)
			side_die("thread");
	}
	for (unsigned i = 0; i < cell->n_threads; i++)
		(void)pthread_join(t[i].id, NULL);
	cell->side->close(self);
}

static void
run_processes(const struct cell *cell, const char *dir, double *ret_rate)
{
	for (unsigned i = 0; i < cell->n_processes; i++) {
		pid_t pid = fork();

		if (pid == -1)
			side_die("fork");
		if (pid == 0) {
			run_process(cell, dir, i);
			_exit(0);
		}
	}
	start_and_stop(cell->n_processes * cell->n_threads, ret_rate);
	for (unsigned i = 0; i < cell->n_processes; i++) {
		int status;

		if (wait(&status) == -1 || status != 0)
			side_die("a worker failed");
	}
}

static void
run_cell(struct cell *cell, const char *dir, unsigned round)
{
	struct side_journal *watch = NULL;
	struct journal_stats before, after;

	empty(dir);
	memset(shared, 0, sizeof(*shared));
	cell->side->prepare(dir);
	if (cell->side == &side_journal) {
		watch = side_journal_open(dir);
		journal_stats(watch->journal, &before);
	}
	run_processes(cell, dir, &cell->rate[round]);
	if (watch != NULL) {
		journal_stats(watch->journal, &after);
		cell->per_flush[round] = (double)(after.n_appended - before.n_appended) /
					 (double)(after.n_flushes - before.n_flushes);
		side_journal_close(watch);
	}
}

/* ---------------------------------------------------------------------- the tables */

static void
measure_line(const char *dir)
{
	struct journal_stats a, b;
	struct side_journal *self;

	empty(dir);
	self = side_journal_open(dir);
	(void)journal_catch_up(self->journal, side_journal_ignore, &self->n_known);
	journal_stats(self->journal, &a);
	for (uint64_t i = 0; i < 100; i++)
		side_journal.login(self, i);
	journal_stats(self->journal, &b);
	side_bare_bytes = (size_t)(b.file_bytes - a.file_bytes) / 100;
	side_journal_close(self);
}

/* The program runs a process per processor, each with threads: "served". */
enum { BARE, PROCESSES, SERVED, THREADS, SQLITE, N_KINDS };

static struct cell
cell_of(const struct side *side, unsigned n_processes, unsigned n_threads)
{
	return (
	    struct cell){ .side = side, .n_processes = n_processes, .n_threads = n_threads };
}

static void
set_cells(struct cell cells[N_KINDS], unsigned n)
{
	unsigned n_served = n < SERVED_PROCESSES ? n : SERVED_PROCESSES;

	cells[BARE] = cell_of(&side_bare, n, 1);
	cells[PROCESSES] = cell_of(&side_journal, n, 1);
	cells[SERVED] = cell_of(&side_journal, n_served, n / n_served);
	cells[THREADS] = cell_of(&side_journal, 1, n);
	cells[SQLITE] = cell_of(&side_sqlite, n, 1);
}

static void
print_logins(unsigned n, struct cell cells[N_KINDS])
{
	(void)printf("%7u", n);
	for (size_t j = 0; j < N_KINDS; j++) {
		(void)printf(" | %7.0f %5.2fx", median(cells[j].rate, n_rounds),
		    median(cells[j].ratio, n_rounds));
		if (cells[j].side == &side_journal)
			(void)printf(" %5.1f", median(cells[j].per_flush, n_rounds));
	}
	(void)printf("\n");
}

static void
bench_logins(const char *dir)
{
	static struct cell cells[N_AT_ONCE][N_KINDS];

	for (size_t i = 0; i < N_AT_ONCE; i++)
		set_cells(cells[i], at_once[i]);
	for (unsigned round = 0; round < n_rounds; round++)
		for (size_t i = 0; i < N_AT_ONCE; i++)
			for (size_t j = 0; j < N_KINDS; j++)
				run_cell(&cells[i][j], dir, round);
	for (unsigned round = 0; round < n_rounds; round++)
		for (size_t i = 0; i < N_AT_ONCE; i++)
			for (size_t j = 0; j < N_KINDS; j++)
				cells[i][j].ratio[round] =
				    cells[i][j].rate[round] / cells[0][BARE].rate[round];
	(void)printf(
	    "\nDurable logins a second, %zu bytes each; x is the ratio to write+fdatasync by "
	    "one;\nbehind it the logins a flush\n",
	    side_bare_bytes);
	(void)printf("%7s | %14s | %20s | %13s %d %5s | %20s | %14s\n", "at once",
	    "write+flush", "journal, processes", "in processes:", SERVED_PROCESSES, "",
	    "in threads of one", "SQLite WAL");
	for (size_t i = 0; i < N_AT_ONCE; i++)
		print_logins(at_once[i], cells[i]);
}

/* One login of each kind in turn: what else the machine does falls on all alike. */
static void
bench_alone(const char *dir)
{
	static const struct side *const sides[] = { &side_bare, &side_journal, &side_sqlite };
	static double us[3][ALONE_LOGINS];
	double typical[3];
	void *self[3];

	empty(dir);
	for (size_t j = 0; j < 3; j++) {
		sides[j]->prepare(dir);
		self[j] = sides[j]->open(dir);
	}
	for (uint64_t i = 0; i < ALONE_LOGINS; i++) {
		for (size_t j = 0; j < 3; j++) {
			double start = now();

			sides[j]->login(self[j], i);
			us[j][i] = (now() - start) * 1e6;
		}
	}
	for (size_t j = 0; j < 3; j++) {
		typical[j] = median(us[j], ALONE_LOGINS);
		sides[j]->close(self[j]);
	}
	(void)printf(
	    "\nOne login at a time, in turn, median of %d: write+fdatasync %.0f us, journal "
	    "%.0f us (%.2fx the rate), SQLite %.0f us (%.2fx)\n",
	    ALONE_LOGINS, typical[0], typical[1], typical[0] / typical[1], typical[2],
	    typical[0] / typical[2]);
}

static void
bench_rewrite(const char *dir)
{
	(void)printf("\nLogins a second of one, with so many sessions already there\n");
	(void)printf("%10s | %16s | %20s | %10s\n", "sessions", "whole file",
	    "whole file, flushed", "journal");
	for (side_rewrite_sessions = 100; side_rewrite_sessions <= 100000;
	     side_rewrite_sessions *= 10) {
		struct cell cell[3] = { cell_of(&side_rewrite, 1, 1),
			cell_of(&side_rewrite_flushed, 1, 1), cell_of(&side_journal, 1, 1) };

		for (unsigned round = 0; round < n_rounds; round++)
			for (size_t j = 0; j < 3; j++)
				run_cell(&cell[j], dir, round);
		(void)printf("%10zu | %16.0f | %20.0f | %10.0f\n", side_rewrite_sessions,
		    median(cell[0].rate, n_rounds), median(cell[1].rate, n_rounds),
		    median(cell[2].rate, n_rounds));
	}
}

/* n sessions from number on, in appends of many; no flush. */
static void
fill(struct side_journal *self, uint64_t number, size_t n)
{
	static char key[REPLAY_BATCH][SIDE_KEY_BYTES], value[REPLAY_BATCH][SIDE_VALUE_BYTES];
	static struct journal_record record[REPLAY_BATCH];

	for (size_t i = 0; i < n; i++) {
		size_t n_value;

		side_session(number + i, key[i], value[i], &n_value);
		record[i] = (struct journal_record){ JOURNAL_PUT, str_of(key[i]),
			str_mem(value[i], n_value) };
	}
	side_journal_change(self, record, n, 0);
}

static double
time_start(const char *dir, uint64_t want, double *ret_processor)
{
	uint64_t n = 0;
	double start = now(), start_processor = processor();
	struct side_journal *self = side_journal_open(dir);

	if ((errno = -journal_catch_up(self->journal, side_journal_ignore, &n)) != 0)
		side_die("journal_catch_up");
	start = now() - start;
	*ret_processor = processor() - start_processor;
	if (n != want) {
		errno = EBADMSG;
		side_die("records are missing");
	}
	side_journal_close(self);
	return start;
}

static void
bench_replay(const char *dir)
{
	double again[ROUNDS_MAX], reboot[ROUNDS_MAX], cpu[2][ROUNDS_MAX];
	struct side_journal *self;
	struct journal_stats stats;
	char path[600];

	empty(dir);
	self = side_journal_open(dir);
	for (uint64_t i = 0; i < REPLAY_RECORDS; i += REPLAY_BATCH)
		fill(self, i, REPLAY_BATCH);
	journal_stats(self->journal, &stats);
	side_journal_close(self);
	(void)snprintf(path, sizeof(path), "%s/Bench.jsonl.lock", dir);
	for (unsigned round = 0; round < n_rounds; round++) {
		again[round] = time_start(dir, REPLAY_RECORDS, &cpu[0][round]);
		(void)unlink(path); /* as after a reboot: nothing is known of the file */
		reboot[round] = time_start(dir, REPLAY_RECORDS, &cpu[1][round]);
	}
	(void)printf(
	    "\nStart with %d sessions (%.0f MB): %.2f s as the first process (%.2f s of the "
	    "processor), %.2f s beside others (%.2f s)\n",
	    REPLAY_RECORDS, (double)stats.file_bytes * 1e-6, median(reboot, n_rounds),
	    median(cpu[1], n_rounds), median(again, n_rounds), median(cpu[0], n_rounds));
}

/* Sessions come and go; the file may be three times what lives in it, and one MiB. */
static void
bench_growth(const char *dir)
{
	struct side_journal *self;
	uint64_t most = 0, most_bound = 0, over = 0;
	struct journal_stats stats;
	double live_bytes;

	empty(dir);
	self = side_journal_open(dir);
	for (uint64_t i = 0; i < CHURN_LIVE; i += REPLAY_BATCH)
		fill(self, i, REPLAY_BATCH);
	journal_stats(self->journal, &stats);
	live_bytes = (double)stats.file_bytes;
	for (uint64_t i = 0; i < CHURN_CHANGES; i++) {
		char key[2][SIDE_KEY_BYTES], value[SIDE_VALUE_BYTES];
		struct journal_record record[2] = { { .op = JOURNAL_PUT },
			{ .op = JOURNAL_DEL } };
		size_t n;

		side_session(i, key[1], value, &n);
		side_session(CHURN_LIVE + i, key[0], value, &n);
		record[0].key = str_of(key[0]);
		record[0].value = str_mem(value, n);
		record[1].key = str_of(key[1]);
		side_journal_change(self, record, 2, 0);
		if (i % 64 != 0)
			continue;
		if (journal_tick(self->journal) < 0)
			side_die("journal_tick");
		journal_stats(self->journal, &stats);
		if (stats.file_bytes > most)
			most = stats.file_bytes;
		if ((double)stats.file_bytes > 3 * live_bytes + D5_SLACK_BYTES)
			over++;
	}
	most_bound = (uint64_t)(3 * live_bytes) + D5_SLACK_BYTES;
	(void)printf("Growth: %d live sessions (%.2f MB), %d come and go: the file was at most "
		     "%.2f MB (bound %.2f MB, exceeded %llu times)\n",
	    CHURN_LIVE, live_bytes * 1e-6, CHURN_CHANGES, (double)most * 1e-6,
	    (double)most_bound * 1e-6, (unsigned long long)over);
	side_journal_close(self);
}

int
main(int argc, char **argv)
{
	const char *tmp = getenv("TMPDIR");
	char dir[512];
	struct statfs fs;

	(void)snprintf(dir, sizeof(dir), "%s/journal-bench.XXXXXX",
	    argc > 1      ? argv[1]
	    : tmp != NULL ? tmp
			  : ".");
	if (argc > 2)
		seconds = strtod(argv[2], NULL);
	if (argc > 3)
		n_rounds = (unsigned)strtoul(argv[3], NULL, 10);
	if (n_rounds == 0 || n_rounds > ROUNDS_MAX || seconds <= 0 || seconds > 100) {
		(void)fprintf(
		    stderr, "usage: journal_bench [directory [seconds [rounds to 21]]]\n");
		return 2;
	}
	shared = mmap(
	    NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || mkdtemp(dir) == NULL || statfs(dir, &fs) == -1)
		side_die(dir);
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (fs.f_type == TMPFS_MAGIC_NO)
		(void)printf("NOTE: %s is in memory: flushes cost nothing here\n", dir);
	measure_line(dir);
	bench_logins(dir);
	bench_alone(dir);
	bench_rewrite(dir);
	bench_replay(dir);
	bench_growth(dir);
	empty(dir);
	(void)rmdir(dir);
	return 0;
}
