/*
 * plain.h - serving with libfcgi's documented functions alone
 *
 * Purpose    Where libfcgi is not as stream.h needs it, requests are answered all the same:
 *            each thread accepts, answers and, while a connection is kept, waits on it.
 *            So kept connections occupy threads, and a slow peer does too.
 */
#ifndef SERVER_PLAIN_H
#define SERVER_PLAIN_H

#include "server/worker.h"

/* worker_run() without lending; the threads for what waits serve too. */
int plain_run(const struct handler *app, const struct worker_options *options, struct err *err);

#endif
