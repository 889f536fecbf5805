/*
 * side.h - one way of keeping logins, for the benchmark of the journal
 *
 * Calling    open() in the process that works, before the clock starts; login() again and
 *            again: it returns when the login is on the disk; close().
 * Errors     They end the process with a message: a benchmark that fails measures nothing.
 */
#ifndef BENCH_JOURNAL_SIDE_H
#define BENCH_JOURNAL_SIDE_H

#include <stddef.h>
#include <stdint.h>

struct side {
	const char *name;
	/* Once before the workers start: an empty directory becomes ready. */
	void (*prepare)(const char *dir);
	void *(*open)(const char *dir);
	void (*login)(void *self, uint64_t number);
	void (*close)(void *self);
};

extern const struct side side_bare, side_journal, side_sqlite, side_rewrite,
    side_rewrite_flushed;

/* A session as the UserSession file holds it: about 300 bytes of JSON. */
#define SIDE_VALUE_BYTES 320
#define SIDE_KEY_BYTES   37
void side_session(uint64_t number, char ret_key[SIDE_KEY_BYTES],
    char ret_value[SIDE_VALUE_BYTES], size_t *ret_n);

/* Bytes that side_bare writes a login: what a line of the journal takes. */
extern size_t side_bare_bytes;

/* So many sessions are there before side_rewrite's logins. */
extern size_t side_rewrite_sessions;

_Noreturn void side_die(const char *what);

#endif
