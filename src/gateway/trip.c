/* trip.c - see trip.h */
#include "gateway/trip.h"

#include <sodium.h>
#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/random.h"

/* Lists of all users are the longest answers there are. */
#define ANSWER_MAX_BYTES (256 * 1024 * 1024)

/* What a buffer may keep for the next request. */
#define BUFFER_KEPT_BYTES (256 * 1024)

#define RETRY_AFTER_S "2"

static bool is_access_log_on;

void
trip_configure(bool is_on)
{
	is_access_log_on = is_on;
}

void
trip_init(struct trip *trip)
{
	memset(trip, 0, sizeof(*trip));
	response_init(&trip->response);
	buf_init(&trip->body, REQUEST_BODY_MAX_BYTES + 1);
	buf_init(&trip->out, ANSWER_MAX_BYTES);
}

void
trip_fini(struct trip *trip)
{
	if (trip->is_begun)
		trip_end(trip, false);
	response_fini(&trip->response);
	buf_wipe(&trip->body); /* it held passwords */
	buf_fini(&trip->out);
}

/*
 * An id to find the lines of one request by; not a secret.  Each process begins somewhere else.
 */
static void
make_request_id(char ret_id[17])
{
	static _Atomic uint32_t base, counter;
	uint32_t prefix = atomic_load_explicit(&base, memory_order_relaxed);

	if (prefix == 0) {
		if (random_fill(&prefix, sizeof(prefix)) != 0)
			prefix = (uint32_t)clock_boot_ns();
		prefix |= 1;
		atomic_store_explicit(&base, prefix, memory_order_relaxed);
	}
	(void)snprintf(ret_id, 17, "%08x%08x", (unsigned)prefix,
	    (unsigned)atomic_fetch_add_explicit(&counter, 1, memory_order_relaxed));
}

int
trip_begin(struct trip *trip, const char *const *params)
{
	int r = request_init(&trip->request, params);

	if (r != 0)
		return r;
	trip->is_begun = true;
	trip->start_ns = is_access_log_on ? clock_boot_ns() : 0;
	if (str_is_empty(trip->request.request_id)) {
		make_request_id(trip->request_id);
		trip->request.request_id = str_mem(trip->request_id, 16);
	}
	trip_move_here(trip);
	return 0;
}

void
trip_body_done(struct trip *trip, struct str body, bool is_over_limit)
{
	request_set_body(&trip->request, body, is_over_limit);
}

void
trip_move_here(const struct trip *trip)
{
	log_context(trip->request.request_id, trip->request.remote_addr);
}

void
trip_moved_away(void)
{
	log_context(STR_NULL, STR_NULL);
}

/* An error in the form all errors have. */
static void
plain_refusal(struct response *response, int status)
{
	char body[128];

	response->status = status;
	(void)snprintf(
	    body, sizeof(body), "{\n  \"error\": \"%s\"\n}\n", status_reason(status));
	response_set_body(response, STR_LIT("application/json"), str_of(body));
	response_add_header(response, STR_LIT("X-Content-Type-Options"), STR_LIT("nosniff"));
	if (status == 503)
		response_add_header(response, STR_LIT("Retry-After"), STR_LIT(RETRY_AFTER_S));
}

static void
format(struct trip *trip)
{
	bool is_head = trip->request.method == METHOD_HEAD;

	trip->is_split =
	    trip->may_split && !is_head && trip->response.body.n > TRIP_SHORT_BYTES / 2;
	buf_clear(&trip->out);
	response_format(&trip->response, is_head || trip->is_split, &trip->out);
}

void
trip_refuse(struct trip *trip, const struct gateway_app *app, int status)
{
	struct response *response = &trip->response;

	response_clear(response);
	if (app->refuse != NULL)
		app->refuse(app->arg, &trip->request, status, response);
	else
		plain_refusal(response, status);
	format(trip);
}

enum gateway_next
trip_handle(struct trip *trip, const struct gateway_app *app, struct gateway_permit permit)
{
	enum gateway_next next;
	int error;

	response_clear(&trip->response);
	next = app->handle(app->arg, &trip->request, permit, &trip->response);
	if (next != GATEWAY_ANSWERED)
		return next;
	error = response_error(&trip->response);
	if (error == 0) {
		format(trip);
		error = buf_error(&trip->out);
	}
	if (error != 0) {
		log_error("answer", log_z("problem", "the answer could not be built"),
		    log_i("errno", -error));
		trip_refuse(trip, app, 500);
	}
	return GATEWAY_ANSWERED;
}

struct str
trip_answer(const struct trip *trip)
{
#define LAST_RESORT_BODY "{\n  \"error\": \"Internal Server Error\"\n}\n"
	static const char last_resort[] = "Status: 500 Internal Server Error\r\n"
					  "Content-Type: application/json\r\n"
					  "X-Content-Type-Options: nosniff\r\n"
					  "Content-Length: 39\r\n\r\n" LAST_RESORT_BODY;

	static_assert(sizeof(LAST_RESORT_BODY) - 1 == 39, "Content-Length above");
	if (buf_error(&trip->out) != 0 || trip->out.n == 0)
		return STR_LIT(last_resort);
	return buf_str(&trip->out);
}

struct str
trip_rest(const struct trip *trip)
{
	bool is_whole = !trip->is_split || buf_error(&trip->out) != 0 || trip->out.n == 0;

	return is_whole ? STR_NULL : buf_str(&trip->response.body);
}

static void
access_line(const struct trip *trip, bool is_sent)
{
	const struct request *request = &trip->request;

	log_info("request", log_s("method", request->method_text), log_s("path", request->path),
	    log_i("status", is_sent ? trip->response.status : 0),
	    log_i("us", (clock_boot_ns() - trip->start_ns) / 1000),
	    log_i("bytes", is_sent ? (int64_t)(trip->out.n + trip_rest(trip).n) : 0));
}

/* One long answer must not hold its memory for the life of the thread. */
static void
shrink(struct buf *buf)
{
	if (buf->cap > BUFFER_KEPT_BYTES)
		buf_fini(buf);
}

/* The answer to a login carries the session id in its headers, which also begin trip->out. */
static void
wipe_headers(struct trip *trip)
{
	const struct response *response = &trip->response;

	if (response->headers.n > 0)
		sodium_memzero(response->headers.p, response->headers.n);
	if (trip->out.n > 0)
		sodium_memzero(trip->out.p, !trip->is_split && trip->out.n > response->body.n
						? trip->out.n - response->body.n
						: trip->out.n);
}

void
trip_end(struct trip *trip, bool is_sent)
{
	/* Most requests have no body; those that do may have brought a password. */
	if (trip->body.n > 0)
		sodium_memzero(trip->body.p, trip->body.n);
	buf_clear(&trip->body);
	if (!trip->is_begun)
		return;
	trip->is_begun = false;
	if (is_access_log_on)
		access_line(trip, is_sent);
	trip_moved_away();
	hasher_list_wipe(&trip->hashes);
	request_fini(&trip->request);
	wipe_headers(trip);
	trip->is_split = false;
	response_clear(&trip->response);
	shrink(&trip->response.body);
	shrink(&trip->out);
}
