/* side_journal.h - the journal's side, for the parts of the benchmark that only it has */
#ifndef BENCH_JOURNAL_SIDE_JOURNAL_H
#define BENCH_JOURNAL_SIDE_JOURNAL_H

#include <pthread.h>

#include "journal/journal.h"

struct side_journal {
	struct journal *journal;
	pthread_mutex_t
	    mutex; /* journal.h: one at a time within a process, but for the flush */
	uint64_t n_known;
	int dir_fd;
};

struct side_journal *side_journal_open(const char *dir);
void side_journal_close(struct side_journal *self);
void side_journal_change(
    struct side_journal *self, const struct journal_record *records, size_t n, int is_flushed);

/* For journal_catch_up(): counts into a uint64_t. */
int side_journal_ignore(void *arg, const struct journal_record *record);

#endif
