/*
 * staff.h - a supervisor with workers that do as they are told, for tests
 *
 * Purpose    The supervisor runs in a child of the test; its functions note in shared memory
 *            what happens, and fail, wait or crash on demand.
 * Calling    staff_make() and tmp_remove() as the fixture; change staff_ops, staff_settings and
 *            *staff; staff_start().
 */
#ifndef UNIT_SERVER_STAFF_H
#define UNIT_SERVER_STAFF_H

#include <semaphore.h>
#include <stdatomic.h>

#include "server/supervisor.h"

struct staff {
	int64_t log_every_ms; /* log_lasting_every() */
	int prepare_result, start_result, reload_result;
	int n_who_fail;          /* so many starts end with start_result; 0: all */
	unsigned n_workers_next; /* after a reload; 0: as before */
	bool does_prepare_wait, does_start_wait, does_start_crash;
	int start_exits; /* with this status; 0: it does not */
	sem_t hold;      /* what they wait for */
	_Atomic int n_prepared, n_started, n_replaced, n_stopped, n_reloaded, n_failed;
	_Atomic int n_ticks;
	_Atomic int n_who_leave;          /* as long as no more have started, all leave, once
	                                     all workers are there */
	_Atomic int n_stopped_before[16]; /* the start of the n-th */
	_Atomic pid_t prepare_pid;
	_Atomic pid_t first_ticks[64]; /* of whom app->tick() was called, in this order */
};

extern struct staff *staff;
extern struct supervisor_ops staff_ops;
extern struct supervisor_settings staff_settings;
extern char staff_path[108]; /* of the socket */

void staff_make(void);

/* For proc_start(): the exit status of the supervisor, or 98 if it left somebody behind. */
int staff_run(void *unused);

/* A supervisor that has said that it is ready. */
pid_t staff_start(void);

/* Send the signal and wait for the exit status. */
int staff_tell(pid_t pid, int signal);

/* The worker that answers on a connection, which stays open. */
pid_t staff_pid_behind(int fd);

/* The worker that answers a new one. */
pid_t staff_some_worker(void);

bool staff_is_socket_there(void);

#endif
