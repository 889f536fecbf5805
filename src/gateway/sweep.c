/* sweep.c - see sweep.h */
#include "gateway/sweep.h"

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
			serve_overdue(server, conn);
		else
			serve_let_go(server, conn);
	}
}

static void
refuse_overdue(struct server *server, struct lane *lane, int64_t now_ms)
{
	struct job *job;

	while ((job = lane_take_expired(lane, now_ms)) != NULL)
		serve_job_expired(server, lane, job);
}

void
sweep(struct server *server, int64_t now_ms)
{
	close_overdue(server, now_ms);
	for (unsigned i = 0; i < SERVE_N_LANES; i++)
		refuse_overdue(server, &server->lanes[i], now_ms);
}
