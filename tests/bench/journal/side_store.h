/* side_store.h - the journal's side, for the parts of the benchmark that only it has */
#ifndef BENCH_JOURNAL_SIDE_STORE_H
#define BENCH_JOURNAL_SIDE_STORE_H

#include <pthread.h>

#include "journal/journal.h"

struct side_store {
	struct journal *store;
	pthread_mutex_t
	    mutex; /* journal.h: one at a time within a process, but for the flush */
	uint64_t n_known;
	int dir_fd;
};

struct side_store *side_store_open(const char *dir);
void side_store_close(struct side_store *self);
void side_store_change(
    struct side_store *self, const struct journal_record *records, size_t n, int is_flushed);

/* For journal_catch_up(): counts into a uint64_t. */
int side_store_ignore(void *arg, const struct journal_record *record);

#endif
