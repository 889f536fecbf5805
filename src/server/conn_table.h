/*
 * conn_table.h - the open connections of a worker, and who may touch each
 *
 * Purpose    Every connection belongs to nobody (idle) or to one thread.  Whoever learns that
 *            something happened to it claims it; if it is taken, the owner is told to look
 *            again before letting go.  So no event is lost and none is handled twice, without a
 *            lock and without re-arming epoll for every request.
 * Calling    conn_open() makes the caller the owner.  conn_release() gives up ownership;
 *            conn_claim() and conn_claim_idle() take it; conn_close() ends it, by the owner.
 * Ownership  Slots are found by descriptor and never freed, so a late event finds either the
 *            same connection or another generation, which it leaves alone.
 * Threads    All functions from all threads, by the rules above.
 */
#ifndef SERVER_CONN_TABLE_H
#define SERVER_CONN_TABLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "fcgi/stream.h"
#include "fcgi/partial_request.h"

struct job;

struct conn {
	_Atomic uint64_t state; /* generation and enum conn_state, see conn_table.c */
	int fd;
	uint32_t polled;   /* what the epoll set has it for; 0: it is not in */
	bool has_answered; /* a kept connection: between two requests it may idle for ever */
	bool will_keep;    /* after the answer at hand */
	bool is_read_shut; /* we let the peer send no more: the worker ends */
	unsigned n_looks;  /* at a request that is not whole yet */
	_Atomic int64_t deadline_ms;    /* on the boot clock; 0: none */
	struct job *job;                /* NULL, or whose answer is being sent, bit by bit */
	struct partial_request *gather; /* NULL, or what has been read of a request in pieces */
	struct fcgi_stream fcgi;
};

struct conn_table {
	_Atomic(struct conn *) *slots; /* by descriptor */
	int n_slots;
	_Atomic int n_used; /* slots that have ever been used: 0 to n_used - 1 */
	_Atomic int n_open;
};

/* Room for descriptors below n_slots.  0 or -ENOMEM. */
int conn_table_init(struct conn_table *table, int n_slots);
void conn_table_fini(struct conn_table *table);

/*
 * A new connection, owned by the caller, or NULL: descriptor too high, or no memory.  The
 * descriptor is the table's from now on.
 */
struct conn *conn_open(struct conn_table *table, int fd);

/* What epoll shall carry for it. */
uint64_t conn_token(const struct conn *conn);

/*
 * Something happened to the connection of this token: it, owned by the caller now, or NULL if
 * it is gone or its owner has been told.
 */
struct conn *conn_claim(struct conn_table *table, uint64_t token);

/* The connection in slot fd if it is idle, owned by the caller now; else NULL. */
struct conn *conn_claim_idle(struct conn_table *table, int fd);

/* False: something happened meanwhile, the caller is still the owner and must look. */
bool conn_release(struct conn *conn);

/* The end; the descriptor is closed unless libfcgi has done so already. */
void conn_close(struct conn_table *table, struct conn *conn, bool is_fd_open);

#endif
