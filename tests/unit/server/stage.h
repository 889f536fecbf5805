/*
 * stage.h - a small application, and a worker's server without its loop, for tests
 *
 * Purpose    Tests play the loop themselves: what would happen in any order happens in the
 *            one they choose.  While they wait for a peer's answer (peer.h), it goes round.
 * Calling    stage_app_make() for the application alone; stage_make() and stage_remove() for
 *            both, as a fixture.
 */
#ifndef UNIT_SERVER_STAGE_H
#define UNIT_SERVER_STAGE_H

#include <semaphore.h>
#include <sys/types.h>

#include "server/server.h"

/*
 * The application answers "/pid" with the process id; "/long" and "/list" with STAGE_LONG_BYTES
 * of 'l', "/list" in the queue of what takes long;
 * "/slow" with "slow", in the queue of those that wait, after posting entered and waiting for go;
 * "/block" does so on the thread that it comes to; "/hash" with "hashed", in the queue of hashes
 * (stage_open_admission()); "/basic" with whether it may hear passwords; all else is answered with "n=" and the number of bytes of the body.
 */
#define STAGE_LONG_BYTES   (1024 * 1024)
#define STAGE_HASH_WAIT_MS 5000

extern const struct handler stage_app;

/* In memory that processes forked from now on share. */
struct stage_counts {
	sem_t entered, go;
	_Atomic pid_t who_entered; /* the process that posted last */
	_Atomic int n_handled;
	_Atomic int n_ticks;
	_Atomic bool does_tick_leave; /* tick() says: leave */
};

extern struct stage_counts *stage_counts;

void stage_app_make(void);

struct stage {
	struct server server;
	struct worker_options options;
};

extern struct stage stage;

/* One hash at a time; for tests that hash, before stage_make().  Ends with tmp_remove(). */
void stage_open_admission(void);

/* Nobody else may hash, until it is given back by the same thread. */
void stage_hold_hashes(struct admission_ticket *ret_ticket);
void stage_let_hash(struct admission_ticket ticket);

unsigned stage_n_waiting_to_hash(void);

void stage_make(void);
void stage_remove(void);

/* A new connection, which waits for its first byte, and its other end. */
struct conn *stage_connect(int *ret_peer_fd);

/* Wait for something to happen, and do what the loop does. */
void stage_turn(void);

/* The same with all that has happened, without waiting. */
void stage_turns(void);

/* Does it wait for its peer, with no job? */
bool stage_is_idle(const struct conn *conn);

#endif
