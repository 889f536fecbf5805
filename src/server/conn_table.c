/* conn_table.c - see conn_table.h */
#include "server/conn_table.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/work_queue.h"

/* The low bits of conn.state; the rest is the generation. */
enum conn_state { CONN_FREE, CONN_IDLE, CONN_BUSY, CONN_DISTURBED };

#define STATE_BITS     2
#define STATE_MASK     UINT64_C(3)
#define GENERATION_MAX UINT64_C(0x7fffffff) /* tokens carry 31 bits of it */

static uint64_t
with_state(uint64_t word, enum conn_state state)
{
	return (word & ~STATE_MASK) | state;
}

static bool
change(struct conn *conn, uint64_t *word, enum conn_state to)
{
	return atomic_compare_exchange_strong(&conn->state, word, with_state(*word, to));
}

int
conn_table_init(struct conn_table *table, int n_slots)
{
	table->slots = calloc((size_t)n_slots, sizeof(table->slots[0]));
	table->n_slots = table->slots != NULL ? n_slots : 0;
	atomic_store(&table->n_used, 0);
	atomic_store(&table->n_open, 0);
	return table->slots != NULL ? 0 : -ENOMEM;
}

void
conn_table_fini(struct conn_table *table)
{
	for (int fd = 0; fd < table->n_slots; fd++) {
		struct conn *conn = atomic_load(&table->slots[fd]);

		if (conn != NULL && (atomic_load(&conn->state) & STATE_MASK) != CONN_FREE)
			conn_close(table, conn, true);
		free(conn);
	}
	free(table->slots);
	table->slots = NULL;
	table->n_slots = 0;
}

static struct conn *
slot_get(struct conn_table *table, int fd)
{
	struct conn *conn, *expected = NULL;
	int n_used;

	if (fd < 0 || fd >= table->n_slots)
		return NULL;
	if ((conn = atomic_load(&table->slots[fd])) != NULL)
		return conn;
	if ((conn = calloc(1, sizeof(*conn))) == NULL)
		return NULL;
	/* Nobody else can have this descriptor now; compare all the same, it costs nothing. */
	if (!atomic_compare_exchange_strong(&table->slots[fd], &expected, conn)) {
		free(conn);
		conn = expected;
	}
	n_used = atomic_load(&table->n_used);
	while (n_used <= fd && !atomic_compare_exchange_weak(&table->n_used, &n_used, fd + 1))
		;
	return conn;
}

struct conn *
conn_open(struct conn_table *table, int fd)
{
	struct conn *conn = slot_get(table, fd);
	uint64_t word;

	if (conn == NULL)
		return NULL;
	/*
	 * When libfcgi closed a descriptor, the kernel may hand out its number again before the
	 * old owner has said conn_close(): wait those few instructions.
	 */
	while (((word = atomic_load(&conn->state)) & STATE_MASK) != CONN_FREE)
		sched_yield();
	conn->fd = fd;
	conn->polled = 0;
	conn->has_answered = false;
	conn->will_keep = false;
	conn->is_read_shut = false;
	conn->n_looks = 0;
	atomic_store_explicit(&conn->deadline_ms, 0, memory_order_relaxed);
	conn->gather = NULL;
	conn->job = NULL;
	fcgi_stream_init(&conn->fcgi);
	atomic_fetch_add_explicit(&table->n_open, 1, memory_order_relaxed);
	atomic_store(&conn->state, with_state(word, CONN_BUSY));
	return conn;
}

uint64_t
conn_token(const struct conn *conn)
{
	uint64_t generation = atomic_load(&conn->state) >> STATE_BITS & GENERATION_MAX;

	return generation << 32 | (uint32_t)conn->fd;
}

struct conn *
conn_claim(struct conn_table *table, uint64_t token)
{
	uint32_t fd = (uint32_t)(token & UINT32_MAX);
	struct conn *conn =
	    fd < (uint32_t)table->n_slots ? atomic_load(&table->slots[fd]) : NULL;
	uint64_t word;

	if (conn == NULL)
		return NULL;
	word = atomic_load(&conn->state);
	while ((word >> STATE_BITS & GENERATION_MAX) == token >> 32) {
		switch (word & STATE_MASK) {
		case CONN_IDLE:
			if (change(conn, &word, CONN_BUSY))
				return conn;
			break;
		case CONN_BUSY:
			if (change(conn, &word, CONN_DISTURBED))
				return NULL;
			break;
		default:
			return NULL;
		}
	}
	return NULL;
}

struct conn *
conn_claim_idle(struct conn_table *table, int fd)
{
	struct conn *conn = fd < table->n_slots ? atomic_load(&table->slots[fd]) : NULL;
	uint64_t word;

	if (conn == NULL)
		return NULL;
	word = atomic_load(&conn->state);
	if ((word & STATE_MASK) != CONN_IDLE || !change(conn, &word, CONN_BUSY))
		return NULL;
	return conn;
}

bool
conn_release(struct conn *conn)
{
	uint64_t word = atomic_load(&conn->state);

	for (;;) {
		if ((word & STATE_MASK) == CONN_DISTURBED) {
			/* Only the owner leaves this state, so this cannot fail. */
			atomic_store(&conn->state, with_state(word, CONN_BUSY));
			return false;
		}
		if (change(conn, &word, CONN_IDLE))
			return true;
	}
}

void
conn_close(struct conn_table *table, struct conn *conn, bool is_fd_open)
{
	int fd = conn->fd;
	uint64_t generation = (atomic_load(&conn->state) >> STATE_BITS) + 1;

	partial_request_free(conn->gather);
	conn->gather = NULL;
	if (conn->job != NULL) {
		job_free(conn->job); /* it borrows from the connection */
		conn->job = NULL;
		fcgi_stream_end(&conn->fcgi);
	}
	/* Free the slot before the descriptor: another thread may get its number at once. */
	atomic_store(&conn->state, generation << STATE_BITS | CONN_FREE);
	if (is_fd_open)
		(void)close(fd);
	atomic_fetch_sub_explicit(&table->n_open, 1, memory_order_relaxed);
}
