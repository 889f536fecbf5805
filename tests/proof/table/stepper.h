/*
 * stepper.h - a child process, machine instruction by machine instruction
 *
 * Purpose    Kill or stop a child after exactly i instructions of a function, for every i.
 *            The child is forked afresh for each i; its way to i is the same each time, so a
 *            recorded path tells where a breakpoint saves most of the single steps.
 * Source     ptrace(2): PTRACE_TRACEME, PTRACE_SINGLESTEP, PTRACE_POKETEXT.
 * Calling    stepper_record(); stepper_run_to() any number of times; stepper_free().  Or
 *            stepper_sweep(), which does all of that.
 * Errors     proof_die(); stepper_is_possible() first: containers may forbid ptrace.
 */
#ifndef PROOF_TABLE_STEPPER_H
#define PROOF_TABLE_STEPPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What the child does: everything before, at full speed, then the part that is stepped. */
struct stepper_job {
	void (*prepare)(void *arg);
	void (*run)(void *arg);
	void *arg;
	/* Or NULL.  Called in the recording process when the child has done i instructions. */
	void (*watch)(void *arg, size_t i);
};

struct stepper {
	struct stepper_job job;
	size_t n_steps;   /* instructions of job.run */
	uint64_t *at;     /* [n_steps + 1]: address of the next instruction */
	uint32_t *nth;    /* how often the path has come by there before, and now */
	size_t *landmark; /* from which breakpoint to step */
	uint64_t n_steps_taken, n_detours; /* statistics; detours: the path differed */
};

bool stepper_is_possible(void);

/* Step through the job once, to its end. */
void stepper_record(struct stepper *stepper, const struct stepper_job *job);

/* A new child, stopped after i instructions of the job (i <= n_steps). */
pid_t stepper_run_to(struct stepper *stepper, size_t i);

/* The index of the first instruction at the start of function, or n_steps + 1. */
size_t stepper_find(const struct stepper *stepper, const void *function, size_t from);

/* SIGKILL it, wait for it. */
void stepper_kill(pid_t pid);

/* Let it run again without us, stopped by SIGSTOP. */
void stepper_release_stopped(pid_t pid);

void stepper_free(struct stepper *stepper);

/* A child is killed after so many instructions of a job, then another one later, and so on. */
struct stepper_sweep {
	const char *name; /* of the line that says how it went; NULL: none */
	struct stepper_job job;
	size_t stride;
	size_t n_kills_max; /* or 0; else the stride follows from it */
	/* Called after each kill, with the job's arg: i of n instructions have been executed. */
	void (*check)(void *arg, size_t i, size_t n);
	/* Or NULL.  Each time another child is killed before, after before_i instructions: the job
	 * finds what it left. */
	struct stepper *before;
	size_t before_i;
};

/* Every stride-th instruction, beginning with another one for each before_i, and always the end. */
void stepper_sweep(const struct stepper_sweep *sweep);

/* Children that stepper_sweep() has killed to look at what they left. */
extern uint64_t stepper_n_kills;

/* One child dies in a job, the next one in what finds what is left of it. */
struct stepper_recovery {
	const char *name; /* of the first job, for the line that says how it went */
	struct stepper_job first;
	uint64_t (*digest)(
	    void);           /* of the files: each time it changes there is another state */
	size_t n_states_max; /* of those that the first job can leave */
	struct stepper_sweep next;
	size_t *ret_first_i; /* or NULL: for how many instructions the first one lived */
};

void stepper_recover(const struct stepper_recovery *recovery);

/* For digest(): of a file in the private directory, its first half megabyte; which need not be
 * there.  skip: bytes that do not count, or NULL. */
struct stepper_skip {
	size_t from, n;
};
uint64_t stepper_digest_file(const char *name, const struct stepper_skip skip[2]);

#endif
