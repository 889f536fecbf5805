/* memory.c - a request from memory: unit tests, fuzzing, benchmarks (see gateway.h) */
#include "gateway/gateway.h"

#include "gateway/trip.h"

int
gateway_memory(const struct gateway_app *app, const char *const *params, struct str body,
    struct buf *ret_answer)
{
	/* Kept by the thread, as the workers keep theirs: benchmarks see what a worker pays. */
	static _Thread_local struct trip trip;
	static _Thread_local bool is_initialised;
	int r;

	if (!is_initialised) {
		trip_init(&trip);
		is_initialised = true;
	}
	if ((r = trip_begin(&trip, params)) != 0)
		return r;
	trip_body_done(
	    &trip, str_take(body, REQUEST_BODY_MAX_BYTES), body.n > REQUEST_BODY_MAX_BYTES);
	trip_handle(&trip, app);
	buf_add_str(ret_answer, trip_answer(&trip));
	r = buf_error(ret_answer);
	trip_end(&trip, r == 0);
	return r;
}
