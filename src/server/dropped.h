/*
 * dropped.h - requests that end without an answer, and the limit that they met
 *
 * Purpose    Their client sees a 502 of the web server: the operator finds the reason in the log,
 *            once a minute for each limit, with how many there were.
 * Threads    From any thread.
 */
#ifndef SERVER_DROPPED_H
#define SERVER_DROPPED_H

#include <stdint.h>

enum dropped {
	DROPPED_VARIABLES,      /* too many */
	DROPPED_VARIABLE_BYTES, /* too long, all together */
	DROPPED_SLOW,           /* it did not arrive in time */
	DROPPED_UNTAKEN,        /* nobody took its answer */
	DROPPED_N
};

void dropped_note(enum dropped which, int64_t limit);

#endif
