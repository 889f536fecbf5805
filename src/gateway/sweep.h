/*
 * sweep.h - what has waited too long
 *
 * Purpose    Ends what is over its time: requests that do not become whole, jobs that wait in
 *            a lane, long answers that nobody takes.
 * Calling    sweep() a few times per second.
 * Threads    From the main thread of a worker, while the others work.
 */
#ifndef GATEWAY_SWEEP_H
#define GATEWAY_SWEEP_H

#include "gateway/serve.h"

void sweep(struct server *server, int64_t now_ms);

#endif
