/*
 * prove_linear.c - eight processes, one history
 *
 * Purpose    Processes put, delete and get the same few keys through the journal while
 *            another compacts; every operation is timed; for every key there must be an order
 *            that explains what each of them saw (wgl.h).  First the checker itself is shown
 *            histories that no order explains.
 * Calling    prove_linear [operations] (PROOF_OPERATIONS, default 100000)
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "disk.h"
#include "replica.h"
#include "shim.h"
#include "wgl.h"
#include "workload.h"

#define PROCESSES       8
#define LOCK_TIMEOUT_MS 20000
#define KEYS            64
/* One search looks at so many operations of a key; the runs are that long. */
#define OPS_A_RUN 24000

struct told {
	uint32_t key;
	struct wgl_op op;
};

static struct {
	_Atomic uint32_t n_ready, n_done;
	_Atomic uint64_t n_compactions;
	uint32_t n[PROCESSES];
	struct told told[PROCESSES][OPS_A_RUN / PROCESSES];
} * shared;

static uint64_t
now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void
die(const char *what, int r)
{
	(void)dprintf(STDOUT_FILENO, "not kept: %s: %s\n", what, strerror(-r));
	/* Let the others end. */
	shared->n_ready += PROCESSES;
	shared->n_done += PROCESSES;
	_exit(1);
}

static void
change_key(struct journal *journal, struct replica *replica, struct told *told, size_t pad)
{
	struct change change = { 1, { { told->key, told->op.value } } };
	uint64_t seq = 0;
	int r;

	told->op.called = now_ns();
	if ((r = journal_lock(journal, LOCK_TIMEOUT_MS)) != 0)
		die("lock", r);
	if ((r = journal_catch_up(journal, replica_apply, replica)) != 0)
		die("catch up", r);
	if ((r = replica_append(journal, &change, pad, &seq)) != 0)
		die("append", r);
	replica_change(replica, &change);
	journal_unlock(journal);
	if ((r = journal_sync(journal, seq)) != 0)
		die("sync", r);
	told->op.returned = now_ns();
}

static void
get_key(struct journal *journal, struct replica *replica, struct told *told)
{
	int r;

	told->op.called = now_ns();
	if (!journal_is_current(journal) &&
	    (r = journal_catch_up(journal, replica_apply, replica)) != 0)
		die("catch up", r);
	told->op.value = replica->value[told->key];
	told->op.returned = now_ns();
}

static void
work(unsigned self, int dir_fd, uint64_t seed, uint32_t n)
{
	static struct replica replica;
	struct journal *journal;
	int r;

	if ((r = replica_open(dir_fd, &journal, true)) != 0)
		die("open", r);
	shared->n_ready++;
	while (shared->n_ready < PROCESSES)
		;
	for (uint32_t i = 0; i < n; i++) {
		struct told *told = &shared->told[self][i];
		uint64_t what = (disk_random(&seed) >> 33) % 100;

		/* Mostly few keys, so that many meet at one. */
		told->key = (uint32_t)((disk_random(&seed) >> 33) % KEYS);
		told->op.is_get = what < 50;
		if (told->op.is_get) {
			get_key(journal, &replica, told);
		} else {
			told->op.value = what < 60 ? 0 : self * 1000000u + i + 1;
			change_key(journal, &replica, told, (disk_random(&seed) >> 33) % 600);
		}
		shared->n[self] = i + 1;
	}
	shared->n_done++;
	journal_close(journal);
	/* exit(), not _exit(): the coverage of these processes counts. */
	exit(replica.is_bad ? 1 : 0);
}

static void
compact(int dir_fd)
{
	struct journal *journal;
	struct journal_stats a, b;
	int r;

	if ((r = replica_open(dir_fd, &journal, true)) != 0)
		die("open", r);
	while (shared->n_done < PROCESSES) {
		journal_stats(journal, &a);
		if ((r = journal_tick(journal)) < 0)
			die("tick", r);
		journal_stats(journal, &b);
		if (b.file_bytes < a.file_bytes)
			shared->n_compactions++;
		(void)usleep(500);
	}
	journal_close(journal);
	exit(0);
}

/* ------------------------------------------------------------------- the checking */

static unsigned
check_keys(const uint32_t *start)
{
	static struct wgl_op ops[OPS_A_RUN];
	unsigned n_failed = 0;

	for (uint32_t k = 0; k < KEYS; k++) {
		size_t n = 0;
		int r;

		for (unsigned p = 0; p < PROCESSES; p++)
			for (uint32_t i = 0; i < shared->n[p]; i++)
				if (shared->told[p][i].key == k)
					ops[n++] = shared->told[p][i].op;
		if ((r = wgl_check(ops, n, start[k])) == 1)
			continue;
		(void)printf(r == 0
				 ? "not kept: no order explains the %zu operations on k%03u\n"
				 : "no memory to check the %zu operations on k%03u\n",
		    n, k);
		if (r == 0 && n_failed++ == 0)
			for (size_t i = 0; i < n && i < 40; i++)
				(void)printf("    %llu..%llu %s %u\n",
				    (unsigned long long)(ops[i].called - ops[0].called),
				    (unsigned long long)(ops[i].returned - ops[0].called),
				    ops[i].is_get ? "get" : "put", ops[i].value);
	}
	return n_failed;
}

/* A checker that accepts everything would prove nothing. */
static bool
checker_checks(void)
{
	struct wgl_op stale[] = { { 1, 2, 7, false, false }, { 3, 4, 0, true, false } };
	struct wgl_op back[] = { { 1, 9, 7, false, false }, { 2, 3, 7, true, false },
		{ 4, 5, 0, true, false } };
	struct wgl_op from_nowhere[] = { { 1, 2, 7, false, false }, { 1, 2, 8, true, false } };
	struct wgl_op fine[] = { { 1, 9, 7, false, false }, { 2, 3, 0, true, false },
		{ 2, 8, 7, true, false }, { 4, 9, 0, false, false }, { 10, 11, 0, true, false },
		{ 5, 6, 7, true, false }, { 12, 0, 3, false, true },
		{ 13, 14, 3, true, false } };

	return wgl_check(stale, 2, 0) == 0 && wgl_check(back, 3, 0) == 0 &&
	       wgl_check(from_nowhere, 2, 0) == 0 && wgl_check(fine, 8, 0) == 1;
}

static unsigned
run(int dir_fd, uint64_t *seed, uint32_t n)
{
	struct replica before = { .n_resets = 0 };
	struct journal *journal;
	unsigned n_failed = 0;
	int status, r;

	if ((r = replica_open(dir_fd, &journal, true)) != 0 ||
	    (r = journal_catch_up(journal, replica_apply, &before)) != 0) {
		(void)printf("not kept: open: %s\n", strerror(-r));
		return 1;
	}
	journal_close(journal);
	memset(shared, 0, sizeof(*shared));
	(void)fflush(stdout);
	for (unsigned p = 0; p <= PROCESSES; p++) {
		uint64_t own = disk_random(seed) | 1;

		if (fork() == 0) {
			if (p == PROCESSES)
				compact(dir_fd);
			work(p, dir_fd, own, n / PROCESSES);
		}
	}
	for (unsigned p = 0; p <= PROCESSES; p++)
		if (wait(&status) == -1 || status != 0)
			n_failed++;
	return n_failed > 0 ? n_failed : check_keys(before.value);
}

int
main(int argc, char **argv)
{
	const char *text = argc > 1 ? argv[1] : getenv("PROOF_OPERATIONS");
	unsigned long n_wanted = text != NULL ? strtoul(text, NULL, 10) : 100000, n = 0;
	uint64_t seed = (uint64_t)time(NULL) * 0x9e3779b97f4a7c15u | 1, n_compactions = 0;
	uint64_t start = now_ns();
	unsigned n_failed = 0;
	struct scratch dir;

	if (!checker_checks()) {
		(void)printf("the checker does not tell good histories from bad ones\n");
		return 1;
	}
	shared = mmap(
	    NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 99;
	scratch_make(&dir, true);
	shim_set_compaction(1, 200, 100000); /* only in journal_tick(), beside the writers */
	for (; n < n_wanted && n_failed == 0; n += OPS_A_RUN) {
		n_failed = run(dir.fd, &seed, OPS_A_RUN);
		n_compactions += shared->n_compactions;
	}
	scratch_remove(&dir);
	(void)printf(
	    "%lu operations of %d processes on %d keys, %llu compactions: %s, %.1f s\n", n,
	    PROCESSES, KEYS, (unsigned long long)n_compactions,
	    n_failed == 0 ? "linearizable" : "NOT KEPT", (double)(now_ns() - start) * 1e-9);
	return n_failed == 0 ? 0 : 1;
}
