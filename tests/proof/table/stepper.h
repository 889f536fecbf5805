/*
 * stepper.h - a child process, machine instruction by machine instruction
 *
 * Purpose    Kill or stop a child after exactly i instructions of a function, for every i.
 *            The child is forked afresh for each i; its way to i is the same each time, so a
 *            recorded path tells where a breakpoint saves most of the single steps.
 * Source     ptrace(2): PTRACE_TRACEME, PTRACE_SINGLESTEP, PTRACE_POKETEXT.
 * Calling    stepper_record(); stepper_run_to() any number of times; stepper_free().
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

#endif
