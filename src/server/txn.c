/* txn.c - see txn.h */
#include "server/txn.h"

#include <sodium.h>
#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>

#include "core/clock.h"
#include "core/err.h"
#include "core/log_lasting.h"
#include "core/random.h"

/* Lists of all users are the longest answers there are. */
#define ANSWER_MAX_BYTES (256 * 1024 * 1024)

/* What a buffer may keep for the next request. */
#define BUFFER_KEPT_BYTES (256 * 1024)

#define RETRY_AFTER_S "2"

static bool is_access_log_on;

void
txn_configure(bool is_on)
{
	is_access_log_on = is_on;
}

void
txn_init(struct txn *txn)
{
	memset(txn, 0, sizeof(*txn));
	response_init(&txn->response);
	buf_init(&txn->body, REQUEST_BODY_MAX_BYTES + 1);
	buf_init(&txn->out, ANSWER_MAX_BYTES);
}

void
txn_fini(struct txn *txn)
{
	if (txn->is_begun)
		txn_end(txn, false);
	response_fini(&txn->response);
	buf_wipe(&txn->body); /* it held passwords */
	buf_fini(&txn->out);
}

/* Eight digits, for every request: that is snprintf()'s work in a tenth of its time. */
static void
write_hex(char *to, uint32_t value)
{
	for (int i = 7; i >= 0; i--, value >>= 4)
		to[i] = "0123456789abcdef"[value & 0xf];
}

/*
 * An id to find the lines of one request by; not a secret.  Each process begins somewhere else.
 */
static void
make_request_id(char ret_id[16])
{
	static _Atomic uint32_t base, counter;
	uint32_t prefix = atomic_load_explicit(&base, memory_order_relaxed);

	if (prefix == 0) {
		if (random_fill(&prefix, sizeof(prefix)) != 0)
			prefix = (uint32_t)clock_boot_ns();
		prefix |= 1;
		atomic_store_explicit(&base, prefix, memory_order_relaxed);
	}
	write_hex(ret_id, prefix);
	write_hex(ret_id + 8, atomic_fetch_add_explicit(&counter, 1, memory_order_relaxed));
}

int
txn_begin(struct txn *txn, const char *const *params)
{
	cgi_vars_add_all(txn_vars(txn), params);
	return txn_read(txn);
}

struct cgi_vars *
txn_vars(struct txn *txn)
{
	request_begin(&txn->request);
	return &txn->request.vars;
}

int
txn_read(struct txn *txn)
{
	int r = request_read(&txn->request);

	if (r != 0)
		return r;
	txn->is_begun = true;
	txn->start_ns = is_access_log_on ? clock_boot_ns() : 0;
	if (str_is_empty(txn->request.request_id)) {
		make_request_id(txn->request_id);
		txn->request.request_id = str_mem(txn->request_id, 16);
	}
	txn_move_here(txn);
	return 0;
}

void
txn_body_done(struct txn *txn, struct str body, bool is_over_limit)
{
	request_set_body(&txn->request, body, is_over_limit);
}

void
txn_move_here(const struct txn *txn)
{
	log_context(txn->request.request_id, txn->request.remote_addr);
}

void
txn_moved_away(void)
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
format(struct txn *txn, bool is_head)
{
	txn->is_split =
	    txn->may_split && !is_head && txn->response.body.n > TXN_SHORT_BYTES / 2;
	buf_clear(&txn->out);
	if (buf_reserve(&txn->out, TXN_ROOM_BYTES) != NULL)
		buf_advance(&txn->out, TXN_ROOM_BYTES);
	response_format(&txn->response, is_head || txn->is_split, &txn->out);
}

void
txn_refuse_other(
    struct txn *txn, const struct request *request, const struct handler *app, int status)
{
	struct response *response = &txn->response;

	response_clear(response);
	if (app->refuse != NULL)
		app->refuse(app->arg, request, status, response);
	else
		plain_refusal(response, status);
	format(txn, request->method == METHOD_HEAD);
}

void
txn_refuse(struct txn *txn, const struct handler *app, int status)
{
	txn_refuse_other(txn, &txn->request, app, status);
}

enum handler_next
txn_handle(struct txn *txn, const struct handler *app, struct handler_permit permit)
{
	enum handler_next next;
	int error;

	response_clear(&txn->response);
	next = app->handle(app->arg, &txn->request, permit, &txn->response);
	if (next != HANDLER_ANSWERED)
		return next;
	error = response_error(&txn->response);
	if (error == 0) {
		format(txn, txn->request.method == METHOD_HEAD);
		error = buf_error(&txn->out);
	}
	if (error != 0) {
		log_lasting_error("answer", log_z("problem", "the answer could not be built"),
		    log_z("reason", err_words(error)));
		txn_refuse(txn, app, 500);
	}
	return HANDLER_ANSWERED;
}

static bool
has_answer(const struct txn *txn)
{
	return buf_error(&txn->out) == 0 && txn->out.n > TXN_ROOM_BYTES;
}

struct str
txn_answer(const struct txn *txn)
{
#define LAST_RESORT_BODY "{\n  \"error\": \"Internal Server Error\"\n}\n"
	static const char last_resort[] = "Status: 500 Internal Server Error\r\n"
					  "Content-Type: application/json\r\n"
					  "X-Content-Type-Options: nosniff\r\n"
					  "Content-Length: 39\r\n\r\n" LAST_RESORT_BODY;

	static_assert(sizeof(LAST_RESORT_BODY) - 1 == 39, "Content-Length above");
	if (!has_answer(txn))
		return STR_LIT(last_resort);
	return str_skip(buf_str(&txn->out), TXN_ROOM_BYTES);
}

struct str
txn_framed(struct txn *txn, const uint8_t *head, struct str tail)
{
	size_t n = txn->out.n;
	struct str all;

	if (!has_answer(txn))
		return STR_NULL;
	memcpy(txn->out.p, head, TXN_ROOM_BYTES);
	buf_add_str(&txn->out, tail);
	all = buf_str(&txn->out);
	txn->out.n = n; /* the answer is what it was */
	if (buf_error(&txn->out) == 0)
		return all;
	txn->out.error = 0;
	return STR_NULL;
}

struct str
txn_rest(const struct txn *txn)
{
	return !txn->is_split || !has_answer(txn) ? STR_NULL : buf_str(&txn->response.body);
}

static void
access_line(const struct txn *txn, bool is_sent)
{
	const struct request *request = &txn->request;

	log_info("request", log_s("method", request->method_text), log_s("path", request->path),
	    log_i("status", is_sent ? txn->response.status : 0),
	    log_i("us", (clock_boot_ns() - txn->start_ns) / 1000),
	    log_i("bytes", is_sent ? (int64_t)(txn_answer(txn).n + txn_rest(txn).n) : 0));
}

/* One long answer must not hold its memory for the life of the thread. */
static void
shrink(struct buf *buf)
{
	if (buf->cap > BUFFER_KEPT_BYTES)
		buf_fini(buf);
}

/* The answer to a login carries the session id in its headers, which also begin txn->out. */
static void
wipe_headers(struct txn *txn)
{
	const struct response *response = &txn->response;

	if (response->headers.n > 0)
		sodium_memzero(response->headers.p, response->headers.n);
	if (txn->out.n > 0)
		sodium_memzero(txn->out.p, !txn->is_split && txn->out.n > response->body.n
					       ? txn->out.n - response->body.n
					       : txn->out.n);
}

void
txn_end(struct txn *txn, bool is_sent)
{
	/* Most requests have no body; those that do may have brought a password. */
	if (txn->body.n > 0)
		sodium_memzero(txn->body.p, txn->body.n);
	buf_clear(&txn->body);
	if (!txn->is_begun) {
		request_fini(&txn->request); /* its variables may have been all that came */
		return;
	}
	txn->is_begun = false;
	if (is_access_log_on)
		access_line(txn, is_sent);
	txn_moved_away();
	throttle_leave(&txn->attempt, hasher_has_run(&txn->hashes));
	hasher_list_wipe(&txn->hashes);
	request_fini(&txn->request);
	wipe_headers(txn);
	txn->is_split = false;
	response_clear(&txn->response);
	shrink(&txn->response.body);
	shrink(&txn->out);
}
