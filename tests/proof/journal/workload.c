/* workload.c - see workload.h */
#include "workload.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "disk.h"
#include "shim.h"

#define PROCESSES_MAX 32

int workload_lock_timeout_ms = 10000;

static struct {
	_Atomic uint64_t number;
} * shared;

int
workload_step(struct journal *journal, struct replica *replica, const struct change *change,
    size_t pad, uint64_t number)
{
	uint64_t seq = 0;
	int r;

	if ((r = journal_lock(journal, workload_lock_timeout_ms)) != 0)
		return r;
	if ((r = journal_catch_up(journal, replica_apply, replica)) != 0) {
		journal_unlock(journal);
		return r;
	}
	trace_note(TRACE_INTENT, number, 0, change, sizeof(*change));
	r = replica_append(journal, change, pad, &seq);
	trace_note(TRACE_APPENDED, number, r, NULL, 0);
	if (r == 0)
		replica_change(replica, change);
	journal_unlock(journal);
	if (r != 0)
		return r;
	r = journal_sync(journal, seq);
	trace_note(TRACE_ACK, number, r, NULL, 0);
	return r;
}

/* ------------------------------------------------------------------ one process */

struct worker {
	const struct workload *workload;
	struct journal *journal;
	struct replica replica;
	uint64_t seed;
};

static unsigned
draw(struct worker *w, unsigned n)
{
	return (unsigned)((disk_random(&w->seed) >> 33) % n);
}

static void
draw_change(struct worker *w, uint64_t number, struct change *ret_change)
{
	unsigned n = draw(w, 8) == 0 ? 2 + draw(w, REPLICA_CHANGES_MAX - 1) : 1;

	memset(ret_change, 0, sizeof(*ret_change));
	ret_change->n = n;
	for (unsigned i = 0; i < n; i++) {
		ret_change->e[i].key = draw(w, w->workload->n_keys);
		ret_change->e[i].value =
		    draw(w, 4) == 0 ? 0 : (uint32_t)number * REPLICA_CHANGES_MAX + i + 1;
	}
}

/* A call of the journal is going to fail, or the process to die in one. */
static bool
arm(struct worker *w)
{
	static const struct shim_plan failures[] = {
		{ SHIM_FLUSH, 1, false, SHIM_FAIL, EIO },
		{ SHIM_WRITE, 1, false, SHIM_FAIL, ENOSPC },
		{ SHIM_WRITE, 1, true, SHIM_HALF, ENOSPC },
		{ SHIM_WRITE | SHIM_TRUNCATE, 1, true, SHIM_HALF, EIO },
		{ SHIM_FLUSH, 2, true, SHIM_FAIL, EIO },
		{ SHIM_FLUSH, 3, false, SHIM_FAIL, EIO },
		{ SHIM_RENAME, 1, false, SHIM_FAIL, EIO },
		{ SHIM_FLUSH, 1, false, SHIM_FAIL_AND_DIE, EIO },
	};
	static const struct shim_plan deaths[] = {
		{ SHIM_WRITE, 1, false, SHIM_DIE, 0 },
		{ SHIM_FLUSH, 1, false, SHIM_DIE, 0 },
		{ SHIM_WRITE | SHIM_FLUSH | SHIM_RENAME | SHIM_TRUNCATE | SHIM_UNLINK, 2, false,
		    SHIM_DIE, 0 },
		{ SHIM_WRITE | SHIM_FLUSH | SHIM_RENAME | SHIM_TRUNCATE | SHIM_UNLINK, 3, false,
		    SHIM_DIE, 0 },
	};
	unsigned percent = draw(w, 100);

	if (percent < w->workload->deaths_percent)
		shim_arm(&deaths[draw(w, sizeof(deaths) / sizeof(deaths[0]))]);
	else if (percent < w->workload->deaths_percent + w->workload->failures_percent)
		shim_arm(&failures[draw(w, sizeof(failures) / sizeof(failures[0]))]);
	else
		return false;
	return true;
}

static int
reopen(struct worker *w)
{
	journal_close(w->journal);
	w->journal = NULL;
	memset(&w->replica, 0, sizeof(w->replica));
	return replica_open(w->workload->dir_fd, &w->journal, false);
}

static bool
worker_run(struct worker *w)
{
	for (unsigned i = 0; i < w->workload->n_steps; i++) {
		bool is_armed;

		if (w->journal == NULL && reopen(w) != 0)
			continue;
		is_armed = arm(w);
		if (draw(w, 8) == 0) {
			(void)journal_tick(w->journal);
		} else if (draw(w, 24) == 0) {
			(void)reopen(w);
		} else {
			uint64_t number = atomic_fetch_add(&shared->number, 1);
			struct change change;
			unsigned pad = draw(w, 100) < w->workload->big_percent ? 9000 : 300;

			draw_change(w, number, &change);
			if (workload_step(
				w->journal, &w->replica, &change, draw(w, pad), number) != 0)
				shim_advance_clock_ms(1500);
			trace_look_at_mappings(w->workload->dir_fd);
		}
		if (is_armed)
			(void)shim_disarm();
		if (w->replica.is_bad)
			return false;
	}
	journal_close(w->journal);
	return true;
}

/* ---------------------------------------------------------------- all of them */

static pid_t
start(const struct workload *workload, unsigned turn)
{
	struct worker w = { .workload = workload,
		.seed = (workload->seed + turn) * 0x9e3779b97f4a7c15u | 1 };
	pid_t pid = fork();

	if (pid == 0)
		_exit(worker_run(&w) ? 0 : 1);
	return pid;
}

static pid_t running[PROCESSES_MAX];
static unsigned n_running;

static void
add(const struct workload *workload, unsigned turn)
{
	pid_t pid = start(workload, turn);

	if (pid > 0)
		running[n_running++] = pid;
}

/* Wait until all have ended.  false: one of them otherwise than asked. */
static bool
wait_for_all(const struct workload *workload, unsigned turn)
{
	unsigned most_turns = turn + 4; /* whoever dies is replaced, a few times */
	bool is_good = true;

	while (n_running > 0) {
		int status;
		pid_t pid = wait(&status);

		for (unsigned i = 0; i < n_running; i++)
			if (running[i] == pid)
				running[i] = running[--n_running];
		if (WIFEXITED(status) && WEXITSTATUS(status) == SHIM_DIED_STATUS) {
			if (turn < most_turns)
				add(workload, turn++);
		} else if (status != 0 &&
			   !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)) {
			(void)fprintf(stderr, "# a process ended with status %#x\n", status);
			is_good = false;
		}
	}
	return is_good;
}

static void
kill_all(const struct workload *workload, struct trace *trace)
{
	/* Nobody is between a call and its entry in the trace. */
	trace_lock(trace);
	for (unsigned i = 0; i < n_running; i++)
		(void)kill(running[i], SIGKILL);
	while (n_running > 0)
		(void)waitpid(running[--n_running], NULL, 0);
	trace_unlock(trace);
	if (workload->is_lock_lost)
		(void)unlinkat(workload->dir_fd, REPLICA_FILE ".lock", 0);
}

bool
workload_run(const struct workload *workload, struct trace *trace)
{
	unsigned turn = 0;
	bool is_good;

	shared = mmap(
	    NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return false;
	trace_start(trace, workload->dir_fd);
	for (unsigned life = 1;; life++) {
		for (unsigned i = 0; i < workload->n_processes; i++)
			add(workload, turn++);
		if (life >= workload->n_lives)
			break;
		(void)usleep(1000 + (useconds_t)(workload->seed % 4000));
		kill_all(workload, trace);
	}
	is_good = wait_for_all(workload, turn);
	trace_stop();
	(void)munmap(shared, sizeof(*shared));
	return is_good;
}
