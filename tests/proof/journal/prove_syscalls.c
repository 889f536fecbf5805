/*
 * prove_syscalls.c - a process may be killed at every system call, and at any instruction
 *
 * Purpose    A child opens the journal, appends, flushes, compacts or recovers under ptrace
 *            and is killed at stop k, for every k: a stop is the entry or the exit of a
 *            system call.  A bystander that has the journal open must be able to go on at
 *            once, and a fresh process must find what was acknowledged.  A second round
 *            kills at instructions in between, drawn at random.
 * Calling    prove_syscalls [instructions]: so many kills between instructions (default 10
 *            a scene, or PROOF_INSTRUCTIONS); 0: every single instruction (hours).
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "replica.h"
#include "shim.h"
#include "workload.h"

#define LOCK_TIMEOUT_MS 5000
#define N_KEYS          8
#define BIG             150000

/* What the child has told the world, per key: versions count up, every fourth deletes. */
static struct {
	_Atomic uint32_t intent[N_KEYS], acked[N_KEYS];
} * told;

struct scene {
	const char *name;
	int (*run)(struct journal *journal, struct replica *replica, int dir_fd);
	bool has_bystander; /* somebody else had it open before */
	bool is_opened;     /* the child has it open before the killing begins */
	bool is_torn;       /* a torn tail is left, and the machine was restarted */
	unsigned n_dead;    /* so much is dead: from 5 on a tick compacts, from 21 an append */
	bool is_stepped;    /* short enough to kill it between instructions in the short run */
};

static uint32_t
content(uint32_t version)
{
	return version % 4 == 0 ? 0 : version;
}

static int
put_version(struct journal *journal, struct replica *replica, uint32_t key, size_t pad)
{
	struct change change = { 1, { { key, 0 } } };
	uint32_t version = atomic_fetch_add(&told->intent[key], 1) + 1;
	uint64_t seq;
	int r;

	change.e[0].value = content(version);
	if ((r = journal_lock(journal, LOCK_TIMEOUT_MS)) != 0)
		return r;
	if ((r = journal_catch_up(journal, replica_apply, replica)) == 0 &&
	    (r = replica_append(journal, &change, pad, &seq)) == 0)
		replica_change(replica, &change);
	journal_unlock(journal);
	if (r != 0 || (r = journal_sync(journal, seq)) != 0)
		return r;
	atomic_store(&told->acked[key], version);
	return 0;
}

static const char *
check(const struct replica *replica)
{
	static char why[128];

	if (replica->is_bad)
		return "a record came that nobody wrote";
	for (uint32_t k = 0; k < N_KEYS; k++) {
		uint32_t v = told->acked[k];

		while (v <= told->intent[k] && content(v) != replica->value[k])
			v++;
		if (v > told->intent[k]) {
			(void)snprintf(why, sizeof(why),
			    "k%03u is version %u; acknowledged %u, attempted %u", k,
			    replica->value[k], told->acked[k], told->intent[k]);
			return why;
		}
	}
	return NULL;
}

/* ---------------------------------------------------------------------- scenes */

static int
run_append(struct journal *journal, struct replica *replica, int dir_fd)
{
	int r = 0;

	(void)dir_fd;
	for (uint32_t i = 0; r == 0 && i < 4; i++)
		r = put_version(journal, replica, i % 3, 20);
	return r;
}

static int
run_compact(struct journal *journal, struct replica *replica, int dir_fd)
{
	int r;

	(void)dir_fd;
	if ((r = journal_catch_up(journal, replica_apply, replica)) != 0 ||
	    (r = journal_tick(journal)) != 0)
		return r;
	return put_version(journal, replica, 1, 20);
}

static int
run_replay(struct journal *journal, struct replica *replica, int dir_fd)
{
	int r;

	(void)journal;
	if ((r = replica_open(dir_fd, &journal, true)) != 0)
		return r;
	if ((r = journal_catch_up(journal, replica_apply, replica)) == 0)
		r = put_version(journal, replica, 2, 20);
	journal_close(journal);
	return r;
}

static const struct scene scenes[] = {
	{ "append and flush", run_append, true, true, false, 0, true },
	{ "append, alone", run_append, false, true, false, 0, true },
	{ "append that must compact", run_append, true, true, false, 19, false },
	{ "compact", run_compact, true, true, false, 8, false },
	{ "compact, alone", run_compact, false, true, false, 8, false },
	{ "compact much", run_compact, true, true, false, 4, false },
	{ "open and replay beside another", run_replay, true, false, false, 0, false },
	{ "open and recover a torn tail", run_replay, false, false, true, 0, false },
	{ "open for the first time", run_replay, false, false, false, 0, false },
};

/* The directory as it is before the killing. */
static bool
prepare(const struct scene *scene, int dir_fd)
{
	static const char torn[] = "{\"n\":1234,\"op\":\"put\",\"key\":\"k0";
	struct replica replica = { .n_resets = 0 };
	struct journal *journal;
	int fd;

	memset(told, 0, sizeof(*told));
	shim_set_boot(scene->is_torn ? 0xc1 : 0xc2);
	shim_set_compaction(0, 0, 0);
	if (scene->run == run_replay && !scene->is_torn && !scene->has_bystander)
		return true;
	if (replica_open(dir_fd, &journal, true) != 0)
		return false;
	for (uint32_t i = 0; i < 9; i++)
		if (put_version(journal, &replica, i % N_KEYS, 100) != 0)
			return false;
	for (uint32_t i = 0; i < scene->n_dead; i++)
		if (put_version(journal, &replica, 7, scene->n_dead < 8 ? BIG : 60) != 0)
			return false;
	journal_close(journal);
	shim_set_compaction(scene->n_dead > 0 ? 1000 : 0, 4, 20);
	shim_set_boot(0xc2);
	if (!scene->is_torn)
		return true;
	if ((fd = openat(dir_fd, REPLICA_FILE, O_WRONLY | O_APPEND | O_CLOEXEC)) == -1)
		return false;
	return write(fd, torn, sizeof(torn) - 1) > 0 && close(fd) == 0;
}

/* ----------------------------------------------------------------- one killing */

static void
child(const struct scene *scene, int dir_fd)
{
	struct replica replica = { .n_resets = 0 };
	struct journal *journal = NULL;

	(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	if (scene->is_opened && (replica_open(dir_fd, &journal, true) != 0 ||
				    journal_catch_up(journal, replica_apply, &replica) != 0))
		_exit(2);
	(void)raise(SIGSTOP);
	_exit(scene->run(journal, &replica, dir_fd) == 0 ? 0 : 1);
}

/*
 * Let the child pass stop after stop, and kill it at number kill_at.  Returns how many stops
 * it came to: kill_at, or fewer if it ended before; -1: it did not do what it should.
 */
static long
let_run(const struct scene *scene, int dir_fd, long kill_at, bool is_stepping)
{
	long n = 0;
	int status;
	pid_t pid = fork();

	if (pid == 0)
		child(scene, dir_fd);
	if (pid == -1 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return -1;
	(void)ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(uintptr_t)PTRACE_O_EXITKILL);
	for (;;) {
		if (n == kill_at) {
			(void)kill(pid, SIGKILL);
			(void)waitpid(pid, &status, 0);
			return n;
		}
		if (ptrace(is_stepping ? PTRACE_SINGLESTEP : PTRACE_SYSCALL, pid, NULL, NULL) ==
			-1 ||
		    waitpid(pid, &status, 0) != pid)
			return -1;
		if (WIFEXITED(status))
			return WEXITSTATUS(status) == 0 ? n : -1;
		if (WIFSIGNALED(status))
			return -1;
		n++;
	}
}

static const char *
go_on(struct journal *journal, struct replica *replica)
{
	const char *why;
	int r;

	if ((r = journal_catch_up(journal, replica_apply, replica)) != 0)
		return strerror(-r);
	if ((why = check(replica)) != NULL)
		return why;
	if ((r = put_version(journal, replica, 5, 20)) != 0)
		return strerror(-r);
	return (r = journal_tick(journal)) < 0 ? strerror(-r) : NULL;
}

/* NULL, or what is wrong after a kill at that stop. */
static const char *
kill_once(const struct scene *scene, const struct scratch *dir, long at, bool is_stepping,
    long *ret_n_stops)
{
	struct journal *bystander = NULL, *fresh = NULL;
	struct replica beside = { .n_resets = 0 }, restarted = { .n_resets = 0 };
	const char *why = NULL;

	scratch_empty(dir);
	if (!prepare(scene, dir->fd))
		return "cannot prepare";
	if (scene->has_bystander &&
	    (replica_open(dir->fd, &bystander, true) != 0 ||
		journal_catch_up(bystander, replica_apply, &beside) != 0))
		return "cannot open beside it";
	if ((*ret_n_stops = let_run(scene, dir->fd, at, is_stepping)) < 0)
		why = "the child itself failed";
	if (why == NULL && bystander != NULL)
		why = go_on(bystander, &beside);
	journal_close(bystander);
	if (why == NULL && replica_open(dir->fd, &fresh, true) != 0)
		why = "it cannot be opened afterwards";
	if (why == NULL)
		why = go_on(fresh, &restarted);
	journal_close(fresh);
	return why;
}

static unsigned
prove(const struct scene *scene, const struct scratch *dir, bool is_stepping, long n_kills)
{
	unsigned n_failed = 0;
	long n_stops, n_all, stride, n = 0;
	const char *why = kill_once(scene, dir, LONG_MAX, is_stepping, &n_all);

	if (why != NULL) {
		(void)printf("not kept: %s, nobody killed: %s\n", scene->name, why);
		return 1;
	}
	stride = n_kills == 0 || n_all <= n_kills ? 1 : n_all / n_kills;
	for (long first = 1; first <= n_all && n_failed < 5; first += stride, n++) {
		long at = first + (stride > 1 ? random() % stride : 0);

		if ((why = kill_once(scene, dir, at, is_stepping, &n_stops)) != NULL) {
			(void)printf("not kept: %s, killed at %s %ld of %ld: %s\n", scene->name,
			    is_stepping ? "instruction" : "stop", at, n_all, why);
			n_failed++;
		}
	}
	(void)printf("%-32s %5ld kills at %ld %s, %u broke a promise\n", scene->name, n, n_all,
	    is_stepping ? "instructions" : "entries and exits of system calls", n_failed);
	(void)fflush(stdout);
	return n_failed;
}

int
main(int argc, char **argv)
{
	const char *text = argc > 1 ? argv[1] : getenv("PROOF_INSTRUCTIONS");
	long n_kills = text != NULL ? strtol(text, NULL, 10) : 4;
	unsigned n_failed = 0;
	struct scratch dir;

	told = mmap(
	    NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (told == MAP_FAILED)
		return 99;
	srandom((unsigned)time(NULL));
	scratch_make(&dir, true);
	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
		n_failed += prove(&scenes[i], &dir, false, 0);
	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
		if (scenes[i].is_stepped || text != NULL)
			n_failed += prove(&scenes[i], &dir, true, n_kills);
	scratch_remove(&dir);
	return n_failed == 0 ? 0 : 1;
}
