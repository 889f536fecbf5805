/* memory.c - a request from memory: unit tests, fuzzing, benchmarks (see gateway.h) */
#include "gateway/gateway.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "gateway/trip.h"

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static int key_error;

static void
thread_ends(void *arg)
{
	struct trip *trip = arg;

	trip_fini(trip);
	free(trip);
}

static void
make_key(void)
{
	key_error = -pthread_key_create(&key, thread_ends);
}

/* Kept by the thread, as the workers keep theirs: benchmarks see what a worker pays. */
static int
trip_of_thread(struct trip **ret_trip)
{
	int r;

	(void)pthread_once(&key_once, make_key);
	if (key_error != 0)
		return key_error;
	if ((*ret_trip = pthread_getspecific(key)) != NULL)
		return 0;
	if ((*ret_trip = malloc(sizeof(**ret_trip))) == NULL)
		return -ENOMEM;
	trip_init(*ret_trip);
	if ((r = -pthread_setspecific(key, *ret_trip)) != 0)
		thread_ends(*ret_trip);
	return r;
}

int
gateway_memory(const struct gateway_app *app, const char *const *params, struct str body,
    struct buf *ret_answer)
{
	struct trip *trip;
	int r;

	if ((r = trip_of_thread(&trip)) != 0 || (r = trip_begin(trip, params)) != 0)
		return r;
	trip_body_done(
	    trip, str_take(body, REQUEST_BODY_MAX_BYTES), body.n > REQUEST_BODY_MAX_BYTES);
	(void)trip_handle(trip, app, TRIP_MAY_ALL);
	buf_add_str(ret_answer, trip_answer(trip));
	r = buf_error(ret_answer);
	trip_end(trip, r == 0);
	return r;
}
