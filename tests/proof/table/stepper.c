/* stepper.c - see stepper.h */
#include "proof/table/stepper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proof/table/proof.h"

#ifdef __x86_64__

/* A breakpoint stop costs about this many single steps. */
#define BREAKPOINT_COST 4
#define STEPS_MAX       (4u << 20)

/* clang never clones, and does not know the word. */
#ifdef __clang__
#define ONE_PLACE __attribute__((noinline))
#else
#define ONE_PLACE __attribute__((noinline, noclone))
#endif

void stepper_end(void); /* a place in the program */

ONE_PLACE void
stepper_end(void)
{
	__asm__ volatile("nop" ::: "memory");
}

static pid_t
start(const struct stepper_job *job)
{
	int status;
	pid_t pid = fork();

	if (pid == -1)
		proof_die("fork: %s", strerror(errno));
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1)
			_exit(1);
		if (job->prepare != NULL)
			job->prepare(job->arg);
		__asm__ volatile("int3" ::: "memory");
		job->run(job->arg);
		stepper_end();
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    WSTOPSIG(status) != SIGTRAP) {
		if (!WIFEXITED(status) && !WIFSIGNALED(status))
			stepper_kill(pid);
		proof_die("the child did not reach the start (status %x)", (unsigned)status);
	}
	return pid;
}

static uint64_t
address(pid_t pid)
{
	long rip = ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user_regs_struct, rip), NULL);

	return (uint64_t)rip;
}

/* Resume with the request; the next stop must be ours. */
static void
resume(struct stepper *stepper, pid_t pid, enum __ptrace_request request)
{
	int status;

	stepper->n_steps_taken++;
	if (ptrace(request, pid, NULL, NULL) == -1 || waitpid(pid, &status, 0) != pid)
		proof_die("ptrace: %s", strerror(errno));
	if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP)
		proof_die(
		    "the child stopped in an unexpected way (status %x)", (unsigned)status);
}

#define INT3 0xccul

/*
 * Let it run until it comes by there, as often as that, by an int3 in the place of the first
 * byte: not every machine has debug registers for us.  The text is the child's own copy.
 * false: it went elsewhere, and is through.
 */
static bool
run_to_breakpoint(struct stepper *stepper, pid_t pid, uint64_t where, uint32_t n_times)
{
	void *place = (void *)(uintptr_t)where; /* NOLINT: of the child */
	long text;

	errno = 0;
	text = ptrace(PTRACE_PEEKTEXT, pid, place, NULL);
	if (errno != 0)
		return false;
	for (uint32_t nth = 1;; nth++) {
		int status;

		if (address(pid) == where) /* past it */
			resume(stepper, pid, PTRACE_SINGLESTEP);
		if (ptrace(PTRACE_POKETEXT, pid, place,
			((unsigned long)text & ~0xfful) | INT3) == -1)
			return false;
		stepper->n_steps_taken++;
		if (ptrace(PTRACE_CONT, pid, NULL, NULL) == -1 ||
		    waitpid(pid, &status, 0) != pid)
			proof_die("ptrace: %s", strerror(errno));
		if (WIFEXITED(status) || WIFSIGNALED(status))
			return false;
		if (WSTOPSIG(status) != SIGTRAP || address(pid) != where + 1)
			proof_die("unexpected stop (status %x)", (unsigned)status);
		if (ptrace(PTRACE_POKETEXT, pid, place, text) == -1 ||
		    ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rip),
			where) == -1)
			proof_die("ptrace: %s", strerror(errno));
		if (nth == n_times)
			return true;
	}
}

bool
stepper_is_possible(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : 1);
	return pid != -1 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

struct visit {
	uint64_t at;
	size_t i;
};

static int
compare_visits(const void *a, const void *b)
{
	const struct visit *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->i < y->i ? -1 : x->i > y->i;
}

/* nth[] and, from it, where to put the breakpoint for each i. */
static void
plan(struct stepper *stepper)
{
	size_t n = stepper->n_steps + 1;
	struct visit *visits = calloc(n, sizeof(*visits));
	size_t cost = 0;

	stepper->nth = calloc(n, sizeof(*stepper->nth));
	stepper->landmark = calloc(n, sizeof(*stepper->landmark));
	if (visits == NULL || stepper->nth == NULL || stepper->landmark == NULL)
		proof_die("no memory");
	for (size_t i = 0; i < n; i++)
		visits[i] = (struct visit){ stepper->at[i], i };
	qsort(visits, n, sizeof(*visits), compare_visits);
	for (size_t i = 0; i < n; i++)
		stepper->nth[visits[i].i] = i > 0 && visits[i - 1].at == visits[i].at
						? stepper->nth[visits[i - 1].i] + 1
						: 1;
	free(visits);
	for (size_t i = 1; i < n; i++) { /* landmark[0] = 0: where the child starts */
		cost++;
		stepper->landmark[i] = stepper->landmark[i - 1];
		if ((size_t)stepper->nth[i] * BREAKPOINT_COST < cost) {
			cost = (size_t)stepper->nth[i] * BREAKPOINT_COST;
			stepper->landmark[i] = i;
		}
	}
}

void
stepper_record(struct stepper *stepper, const struct stepper_job *job)
{
	size_t room = 4096;
	pid_t pid;

	*stepper = (struct stepper){ .job = *job };
	stepper->at = calloc(room, sizeof(*stepper->at));
	if (stepper->at == NULL)
		proof_die("no memory");
	pid = start(job);
	while ((stepper->at[stepper->n_steps] = address(pid)) !=
	       (uint64_t)(uintptr_t)stepper_end) {
		if (++stepper->n_steps >= STEPS_MAX)
			proof_die("the job does not end");
		if (stepper->n_steps == room) {
			room *= 2;
			stepper->at = reallocarray(stepper->at, room, sizeof(*stepper->at));
			if (stepper->at == NULL)
				proof_die("no memory");
		}
		resume(stepper, pid, PTRACE_SINGLESTEP);
		if (job->watch != NULL)
			job->watch(job->arg, stepper->n_steps);
	}
	stepper_kill(pid);
	plan(stepper);
}

/* Follow the recorded path; false when this child's path is another one. */
static bool
run_by_breakpoint(struct stepper *stepper, pid_t pid, size_t i)
{
	size_t from = stepper->landmark[i];
	const uint64_t *at = stepper->at;

	if (address(pid) != at[0])
		return false;
	/* Where it stands now is the first visit of at[0], and not waited for. */
	if (from > 0 && !run_to_breakpoint(
			    stepper, pid, at[from], stepper->nth[from] - (at[from] == at[0])))
		return false;
	for (size_t k = from; k < i; k++)
		resume(stepper, pid, PTRACE_SINGLESTEP);
	return address(pid) == at[i];
}

pid_t
stepper_run_to(struct stepper *stepper, size_t i)
{
	pid_t pid = start(&stepper->job);

	if (run_by_breakpoint(stepper, pid, i))
		return pid;
	/* A file name, a process id or a clock made it another path: count from the start. */
	stepper->n_detours++;
	stepper_kill(pid);
	pid = start(&stepper->job);
	for (size_t k = 0; k < i && address(pid) != (uint64_t)(uintptr_t)stepper_end; k++)
		resume(stepper, pid, PTRACE_SINGLESTEP);
	return pid;
}

#else /* not written for this processor */

bool
stepper_is_possible(void)
{
	return false;
}

void
stepper_record(struct stepper *stepper, const struct stepper_job *job)
{
	*stepper = (struct stepper){ .job = *job };
}

pid_t
stepper_run_to(struct stepper *stepper, size_t i)
{
	(void)stepper, (void)i;
	return -1;
}

#endif

size_t
stepper_find(const struct stepper *stepper, const void *function, size_t from)
{
	size_t i = from;

	while (i <= stepper->n_steps && stepper->at[i] != (uint64_t)(uintptr_t)function)
		i++;
	return i;
}

void
stepper_kill(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
}

void
stepper_release_stopped(pid_t pid)
{
	if (ptrace(PTRACE_DETACH, pid, NULL, SIGSTOP) == -1)
		proof_die("ptrace: %s", strerror(errno));
}

void
stepper_free(struct stepper *stepper)
{
	free(stepper->at);
	free(stepper->nth);
	free(stepper->landmark);
	*stepper = (struct stepper){ 0 };
}

/* ------------------------------------------------------------------------- a sweep */

uint64_t stepper_n_kills;

static void
kill_before(const struct stepper_sweep *sweep)
{
	if (sweep->before != NULL)
		stepper_kill(stepper_run_to(sweep->before, sweep->before_i));
}

void
stepper_sweep(const struct stepper_sweep *sweep)
{
	int64_t since = proof_now_ns();
	struct stepper stepper;
	size_t n, stride;

	kill_before(sweep);
	stepper_record(&stepper, &sweep->job);
	n = stepper.n_steps;
	stride = sweep->n_kills_max != 0 ? n / sweep->n_kills_max + 1 : sweep->stride;
	for (size_t i = sweep->before_i % stride;; i = i + stride < n ? i + stride : n) {
		kill_before(sweep);
		stepper_kill(stepper_run_to(&stepper, i));
		stepper_n_kills++;
		sweep->check(sweep->job.arg, i, n);
		if (i == n)
			break;
	}
	if (sweep->name != NULL)
		printf("%s: %zu instructions, every %zu. killed, %llu steps, %llu detours, "
		       "%.1f s\n",
		    sweep->name, n, stride, (unsigned long long)stepper.n_steps_taken,
		    (unsigned long long)stepper.n_detours,
		    (double)(proof_now_ns() - since) / 1e9);
	stepper_free(&stepper);
}

/* ------------------------------------------------------------------- a death in recovery */

uint64_t
stepper_digest_file(const char *name, const struct stepper_skip skip[2])
{
	static uint64_t words[64 * 1024];
	uint64_t sum = 1;
	ssize_t n;
	int fd = openat(proof_dir_fd, name, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return 0;
	n = read(fd, words, sizeof(words));
	for (unsigned i = 0; skip != NULL && i < 2; i++)
		memset((uint8_t *)words + skip[i].from, 0, skip[i].n);
	for (size_t i = 0; n > 0 && i < (size_t)n / sizeof(words[0]); i++)
		sum = (sum ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15) + (sum >> 29);
	(void)close(fd);
	return sum;
}

/* After which instructions the files are other ones than before. */
struct states {
	const struct stepper_job *job;
	uint64_t (*digest)(void);
	uint64_t last;
	size_t *i;
	size_t n, room;
};

static void
note_state(void *arg, size_t i)
{
	struct states *states = arg;
	uint64_t digest = states->digest();

	if (states->n != 0 && digest == states->last)
		return;
	states->last = digest;
	if (states->n == states->room) {
		states->room = 2 * states->room + 64;
		states->i = reallocarray(states->i, states->room, sizeof(*states->i));
		if (states->i == NULL)
			proof_die("no memory");
	}
	states->i[states->n++] = i;
}

static void
prepare_first(void *arg)
{
	const struct stepper_job *job = ((struct states *)arg)->job;

	job->prepare(job->arg);
}

static void
run_first(void *arg)
{
	const struct stepper_job *job = ((struct states *)arg)->job;

	job->run(job->arg);
}

void
stepper_recover(const struct stepper_recovery *recovery)
{
	struct states states = { .job = &recovery->first, .digest = recovery->digest };
	struct stepper_sweep next = recovery->next;
	struct stepper stepper;
	uint64_t n_kills_before = stepper_n_kills;
	size_t n_skip, n_tried = 0;
	int64_t since = proof_now_ns();

	stepper_record(
	    &stepper, &(struct stepper_job){ prepare_first, run_first, &states, note_state });
	n_skip =
	    (states.n - 1) / recovery->n_states_max + 1; /* one at least: as it was before */
	next.before = &stepper;
	for (size_t k = 0; k < states.n; k += n_skip) {
		next.before_i = states.i[k];
		if (recovery->ret_first_i != NULL)
			*recovery->ret_first_i = states.i[k];
		stepper_sweep(&next);
		n_tried++;
	}
	printf("recover from %s: %zu of %zu states, %llu kills in recovery, %.1f s\n",
	    recovery->name, n_tried, states.n,
	    (unsigned long long)(stepper_n_kills - n_kills_before),
	    (double)(proof_now_ns() - since) / 1e9);
	free(states.i);
	stepper_free(&stepper);
}
