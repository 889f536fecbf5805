/* views_index.c - status, stats, and the two errors on request; see views.h */
#include "app/views.h"

#include "app/answer.h"

void
views_status(struct exchange *x)
{
	answer_json(x, 200, STR_LIT("{\n  \"status\": \"OK\"\n}\n"));
}

void
views_unauthorized(struct exchange *x)
{
	answer_status(x, 401);
}

void
views_forbidden(struct exchange *x)
{
	answer_status(x, 403);
}

void
views_stats(struct exchange *x)
{
	uint64_t n;
	int r = users_count(x->app->env.users, &n);

	if (r != 0) {
		answer_unavailable(x, "users", r);
		return;
	}
	buf_addf(answer_json_body(x, 200), "{\n  \"users\": %llu\n}\n", (unsigned long long)n);
}
