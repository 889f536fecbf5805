/* timeouts.c - see timeouts.h */
#include "server/timeouts.h"

static void
close_overdue(struct server *server, int64_t now_ms)
{
	int n_used = atomic_load(&server->table.n_used);

	for (int fd = 0; fd < n_used; fd++) {
		struct conn *conn = atomic_load(&server->table.slots[fd]);
		int64_t deadline_ms;

		if (conn == NULL)
			continue;
		deadline_ms = atomic_load_explicit(&conn->deadline_ms, memory_order_relaxed);
		if (deadline_ms == 0 || now_ms <= deadline_ms ||
		    (conn = conn_claim_idle(&server->table, fd)) == NULL)
			continue;
		/* Look again, now that nobody else can change it. */
		deadline_ms = atomic_load_explicit(&conn->deadline_ms, memory_order_relaxed);
		if (deadline_ms != 0 && now_ms > deadline_ms)
			connection_overdue(server, conn);
		else
			connection_let_go(server, conn);
	}
}

static void
refuse_overdue(struct server *server, struct work_queue *lane, int64_t now_ms)
{
	struct job *job;

	while ((job = work_queue_take_expired(lane, now_ms)) != NULL)
		connection_job_expired(server, lane, job);
}

void
timeouts_look(struct server *server, int64_t now_ms)
{
	close_overdue(server, now_ms);
	for (unsigned i = 0; i < N_QUEUES; i++)
		refuse_overdue(server, &server->lanes[i], now_ms);
}
