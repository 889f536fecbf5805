/*
 * sender.h - a long answer on its way, as its reader takes it
 *
 * Purpose    Frames an answer as FastCGI records and writes as much as the socket takes, without
 *            waiting: how far it has come is one number, so it can go on whenever the socket is
 *            writable again.  And keeps count of what answers hold until they are taken.
 * Source     FastCGI 1.0 sections 3.3 (records), 5.5 (FCGI_END_REQUEST).
 * Calling    sender_init(); sender_go_on() whenever the descriptor may be writable.
 * Ownership  Nothing is owned: the answer stays where it is until it has been sent.
 * Threads    A sender belongs to one thread at a time; a budget to all.
 */
#ifndef SERVER_SENDER_H
#define SERVER_SENDER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/str.h"

struct sender {
	struct str head, body; /* the answer, in two pieces */
	uint16_t request_id;
	uint64_t n_sent; /* bytes of records */
};

enum sender_result {
	SENDER_DONE,
	SENDER_MORE,   /* the socket is full, or it was enough for once */
	SENDER_BROKEN, /* the reader has gone */
};

void sender_init(struct sender *sender, uint16_t request_id, struct str head, struct str body);

/* The records of an answer of n bytes, up to 65535: what stands before it, and behind it. */
#define SENDER_HEAD_BYTES 8
#define SENDER_TAIL_BYTES 24
void sender_frame(uint16_t request_id, size_t n, uint8_t ret_head[SENDER_HEAD_BYTES],
    uint8_t ret_tail[SENDER_TAIL_BYTES]);

/* At most about n_max bytes: a fast reader must not keep the thread from others. */
enum sender_result sender_go_on(struct sender *sender, int fd, size_t n_max);

/* Bytes that answers may hold, all together. */
struct sender_budget {
	size_t n_max;
	_Atomic size_t n_taken;
	_Atomic size_t n_last; /* that somebody asked for */
};

/* False: there is no room. */
bool sender_budget_take(struct sender_budget *budget, size_t n);
void sender_budget_give(struct sender_budget *budget, size_t n);

/* Would there be none for another one like the last? */
bool sender_budget_is_used_up(const struct sender_budget *budget);

#endif
