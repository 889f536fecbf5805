/*
 * watch.h - long answers on their way to readers that may be slow
 *
 * Purpose    A thread that waits for its reader waits in write(); when the time for the whole
 *            answer is over, that write is made to fail.
 * Calling    watch_begin(), write, watch_end() in the thread that sends; watch_expire() now
 *            and then.
 * Ownership  The watch is the caller's, from watch_begin() to watch_end(); so is the
 *            descriptor, which stays open meanwhile.
 * Threads    All functions from all threads, but watches_init().
 */
#ifndef GATEWAY_WATCH_H
#define GATEWAY_WATCH_H

#include <pthread.h>
#include <stdint.h>

struct watch {
	int fd;
	int64_t deadline_ms; /* on the boot clock */
	struct watch *next;
};

struct watches {
	pthread_mutex_t lock;
	struct watch *first;
};

void watches_init(struct watches *watches);

void watch_begin(struct watches *watches, struct watch *watch, int fd, int64_t deadline_ms);
void watch_end(struct watches *watches, const struct watch *watch);

/* Writes to those over their time fail from now on; nothing is closed. */
void watch_expire(struct watches *watches, int64_t now_ms);

#endif
