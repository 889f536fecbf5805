/*
 * timeouts.h - what has waited too long
 *
 * Purpose    Ends what is over its time: requests that do not become whole, jobs that wait in
 *            a lane, long answers that nobody takes.
 * Calling    timeouts_look() a few times per second.
 * Threads    From the main thread of a worker, while the others work.
 */
#ifndef SERVER_TIMEOUTS_H
#define SERVER_TIMEOUTS_H

#include "server/connection.h"

void timeouts_look(struct server *server, int64_t now_ms);

#endif
