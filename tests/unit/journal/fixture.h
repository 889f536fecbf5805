/*
 * fixture.h - a data directory, and a replica that is filled from a journal
 *
 * fixture_open() makes a directory under TMPDIR that fixture_close() removes again.
 */
#ifndef UNIT_JOURNAL_FIXTURE_H
#define UNIT_JOURNAL_FIXTURE_H

#include "journal/journal.h"
#include "unit/unit.h"

#define FIXTURE_MAX 5000

struct replica {
	int n_resets, n_calls;
	size_t n;
	struct {
		char key[JOURNAL_KEY_MAX_BYTES + 1];
		char *value;
	} items[FIXTURE_MAX];
};

struct fixture {
	char path[64];
	int dir_fd;
	struct journal_config config;
	char notices[4096]; /* all of them, one per line */
	int n_lasting;      /* of them may be repeated without end */
};

void fixture_open(struct fixture *f);
void fixture_close(struct fixture *f);

/* journal_open() that must succeed. */
struct journal *fixture_journal(struct fixture *f);

/* The bytes of a file in the directory. */
char *fixture_read(struct fixture *f, const char *name, size_t *ret_n);
void fixture_write(struct fixture *f, const char *name, const void *bytes, size_t n);

int fixture_truncate(struct fixture *f, const char *name, size_t n);

/* How many names in the directory begin with prefix. */
int fixture_count(struct fixture *f, const char *prefix);

/* How many descriptors this process has open. */
int fixture_n_fds(void);

struct replica *replica_new(void);
void replica_free(struct replica *replica);
int replica_apply(void *replica, const struct journal_record *record);

/* "k1=v1 k2=v2 ": what it holds, in its order. */
const char *replica_text(const struct replica *replica);

/* Lock, catch up, append one record, unlock; its number. */
uint64_t fixture_put(
    struct journal *journal, struct replica *replica, const char *key, const char *value);
uint64_t fixture_del(struct journal *journal, struct replica *replica, const char *key);

#endif
