/*
 * proof.h - what the proofs of the session table share
 *
 * Purpose    A private directory, entries that can be told from each other and from torn ones,
 *            a count of violations, a clock for waits.
 * Calling    proof_init() first in main(); return proof_finish() last.
 * Errors     proof_die() ends the program when the machine fails it; a violation of what is
 *            to be proved is proof_violation(), which is printed and counted.
 */
#ifndef PROOF_TABLE_PROOF_H
#define PROOF_TABLE_PROOF_H

#include <stdbool.h>
#include <stdint.h>

#include "table/table.h"

#define PROOF_SKIP 77 /* automake: the test was skipped */

/* True when the long version was asked for: first argument "long". */
bool proof_init(int argc, char **argv);

/* 0 or 1 for main(), after one closing line. */
int proof_finish(const char *what);

void proof_die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
void proof_violation(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
uint64_t proof_n_violations(void);

/* The private directory: in memory where that can be had, removed at the end of main(). */
extern int proof_dir_fd;
extern char proof_dir[64];

/* A configuration of a table in it. */
struct table_config proof_config(const char *name, uint64_t max_entries);

/* table_open() that must succeed. */
struct table *proof_open(const struct table_config *config);

/* Uniform 64 bits; every state gives its own sequence. */
uint64_t proof_random(uint64_t *state);

/*
 * Entry n of a series: tag, owner and times follow from (series, n, lifetime_s), so that a look-up
 * can tell a whole entry from a torn one.
 */
struct digest_tag proof_tag(uint32_t series, uint64_t n);
struct table_entry proof_entry(uint32_t series, uint64_t n);
bool proof_entry_is(const struct table_entry *entry, uint32_t series, uint64_t n);

int64_t proof_now_ns(void); /* CLOCK_MONOTONIC, never frozen */

/* How long this thread could have run and had no processor, since it began; proc(5), schedstat. */
int64_t proof_set_aside_ns(void);

#endif
