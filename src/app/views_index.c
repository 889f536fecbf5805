/* views_index.c - status, stats, and the two errors on request; see views.h */
#include "app/views.h"

#include "app/answer.h"

static void
status(struct exchange *x)
{
	answer_json(x, 200, STR_LIT("{\n  \"status\": \"OK\"\n}\n"));
}

static void
unauthorized(struct exchange *x)
{
	answer_status(x, 401);
}

static void
forbidden(struct exchange *x)
{
	answer_status(x, 403);
}

static void
stats(struct exchange *x)
{
	uint64_t n;
	int r = users_count(x->app->env.users, &n);

	if (r != 0) {
		answer_unavailable(x, "users", r);
		return;
	}
	buf_addf(answer_json_body(x, 200), "{\n  \"users\": %llu\n}\n", (unsigned long long)n);
}

const struct route views_index_routes[] = {
	{ STR_INIT("/status"), .is_public = true, .on = { [METHOD_GET] = { .view = status } } },
	{ STR_INIT("/unauthorized"), .is_public = true,
	    .on = { [METHOD_GET] = { .view = unauthorized } } },
	{ STR_INIT("/forbidden"), .is_public = true,
	    .on = { [METHOD_GET] = { .view = forbidden } } },
	{ STR_INIT("/stats"), .on = { [METHOD_GET] = { .view = stats } } },
	{ .path = STR_INIT("") },
};
