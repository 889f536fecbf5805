/* answer.c - see answer.h */
#include "app/answer.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/failed_login.h"
#include "app/router.h"
#include "core/err.h"
#include "core/json_write.h"
#include "core/log_lasting.h"
#include "http/challenge.h"
#include "http/origin.h"

#define ALL_METHODS    "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
#define N_HEADERS_MAX  64
#define TEXT_MAX_BYTES 2048 /* no browser sends more; the answer's headers have an end, too */

static const struct str JSON_TYPE = STR_INIT("application/json");

/* Byte for byte what seed users of the API know. */
static const char METHOD_PAGE[] = "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 3.2 Final//EN\">\n"
				  "<title>405 Method Not Allowed</title>\n"
				  "<h1>Method Not Allowed</h1>\n"
				  "<p>The method is not allowed for the requested URL.</p>\n";

void
answer_json(struct exchange *x, int status, struct str body)
{
	x->response->status = status;
	response_set_body(x->response, JSON_TYPE, body);
}

struct buf *
answer_json_body(struct exchange *x, int status)
{
	x->response->status = status;
	response_set_body(x->response, JSON_TYPE, STR_NULL);
	return &x->response->body;
}

void
answer_error(struct exchange *x, int status, struct str text)
{
	struct buf *body = answer_json_body(x, status);

	buf_add_z(body, "{\n  \"error\": ");
	json_write_string(body, text);
	buf_add_z(body, "\n}\n");
}

void
answer_status(struct exchange *x, int status)
{
	static const struct {
		int status;
		struct str text;
	} texts[] = {
		{ 400, STR_INIT("Bad request") },
		{ 401, STR_INIT("Unauthorized") },
		{ 403, STR_INIT("Forbidden") },
		{ 404, STR_INIT("Not found") },
		{ 413, STR_INIT("Payload too large") },
		{ 429, STR_INIT("Too many requests") },
		{ 501, STR_INIT("Not implemented") },
		{ 503, STR_INIT("Service unavailable") },
	};
	struct str text = STR_LIT("Internal server error");

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].status == status)
			text = texts[i].text;
	answer_error(x, status, text);
}

static void
add_retry_after(struct exchange *x, unsigned seconds)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%u", seconds);
	response_add_header(x->response, STR_LIT("Retry-After"), str_of(text));
}

void
answer_come_again(struct exchange *x)
{
	answer_status(x, 503);
	add_retry_after(x, ANSWER_RETRY_AFTER_S);
}

void
answer_unavailable(struct exchange *x, const char *what, int failure)
{
	if (failure == HASHER_LATER) {
		x->next = HANDLER_HASH;
		return;
	}
	log_lasting_warn(
	    "unavailable", log_z("what", what), log_z("reason", journal_words(failure)));
	answer_come_again(x);
}

/* What each outcome is to the client, by the filter and by a route. */
static const struct {
	short at_filter, at_route;
	const char *failed_login; /* the text of a route's answer; NULL: it is none */
} refusals[AUTHN_N] = {
	[AUTHN_NO_CREDENTIALS] = { 401, 401, NULL },
	[AUTHN_BAD_CREDENTIALS] = { 403, 403, NULL },
	[AUTHN_UNKNOWN_USER] = { 403, 404, "no user found for this email" },
	[AUTHN_WRONG_PASSWORD] = { 403, 401, "wrong password" },
	[AUTHN_DISABLED] = { 403, 401, "wrong password" },
	[AUTHN_NO_SESSION] = { 403, 403, NULL },
	[AUTHN_SESSIONLESS] = { 404, 404, NULL },
	[AUTHN_THROTTLED] = { 429, 429, NULL },
	[AUTHN_MISCONFIGURED] = { 500, 500, NULL },
};

/* RFC 6585 section 4.  The answer is the same for all, whether there is such a user or not. */
void
answer_throttled(struct exchange *x)
{
	answer_status(x, 429);
	add_retry_after(x, x->auth.attempt->wait_s);
}

void
answer_filtered(struct exchange *x, int authn, struct str email)
{
	if (failed_login_is(authn))
		failed_login_note(x, email, authn);
	if (authn == AUTHN_THROTTLED)
		answer_throttled(x);
	else
		answer_status(x, refusals[authn].at_filter);
}

void
answer_refused(struct exchange *x, int authn, struct str email)
{
	const char *text = refusals[authn].failed_login;

	if (failed_login_is(authn))
		failed_login_note(x, email, authn);
	if (authn == AUTHN_THROTTLED)
		answer_throttled(x);
	else if (text == NULL)
		answer_status(x, refusals[authn].at_route);
	else if (x->settings.is_strict)
		answer_error(x, 401, STR_LIT("wrong email or password"));
	else
		answer_error(x, refusals[authn].at_route, str_of(text));
}

bool
answer_takes_password(
    const struct exchange *x, struct str password, struct str email, struct err *ret_why)
{
	const struct password_policy policy = app_password_policy(x->app, &x->settings);
	const char *problem = account_password_problem(password);

	if (problem != NULL) {
		(void)err_set(ret_why, 1, "%s", problem);
		return false;
	}
	return password_policy_allows(&policy, password, email, ret_why);
}

struct log_field
answer_actor(const struct exchange *x)
{
	return log_z("actor", x->user != NULL ? x->user->base.id : "nobody");
}

void
answer_user(struct exchange *x, int status, const struct user *user)
{
	answer_json(x, status, buf_str(&user->public_text));
}

void
answer_last_administrator(struct exchange *x)
{
	answer_error(x, 409, STR_LIT("the last enabled administrator"));
}

void
answer_method_not_allowed(struct exchange *x, struct str allow)
{
	x->response->status = 405;
	response_set_body(
	    x->response, STR_LIT("text/html; charset=utf-8"), STR_LIT(METHOD_PAGE));
	response_add_header(x->response, STR_LIT("Allow"), allow);
}

/*
 * RFC 9110 section 15.5.2: every 401 has a challenge.  Only basic_auth may say Basic, on which
 * browsers open a dialogue; the others use the scheme of draft-broyer-http-cookie-auth.
 */
static void
add_challenge(struct exchange *x)
{
	struct buf value, name;

	buf_init(&value, 4096);
	buf_init(&name, 4096);
	if (x->auth.ops != NULL && x->auth.ops->challenge == AUTH_CHALLENGE_BASIC) {
		challenge_basic(&value, x->settings.realm);
	} else {
		buf_add_str(&name, x->settings.cookie_prefix);
		buf_add_str(&name, x->settings.session_name);
		challenge_cookie(&value, x->settings.realm);
		challenge_add(&value, "form-action", STR_LIT(API_PREFIX "/auth_session/login"));
		challenge_add(&value, "cookie-name", buf_str(&name));
	}
	if (buf_error(&value) == 0)
		response_add_header(x->response, STR_LIT("WWW-Authenticate"), buf_str(&value));
	buf_fini(&name);
	buf_fini(&value);
}

/* ---------------------------------------------------------------------- CORS */

/* The request's text goes into a header of ours: visible ASCII and blanks only. */
static bool
is_safe(struct str text)
{
	if (text.n > TEXT_MAX_BYTES)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < ' ' || text.p[i] > '~')
			return false;
	return true;
}

static bool
is_known_method(struct str name)
{
	for (int m = METHOD_GET; m <= METHOD_OPTIONS; m++)
		if (str_eq_nocase(name, str_of(method_name((enum method)m))))
			return true;
	return false;
}

static int
compare(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	int r = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

	return r != 0 ? r : (x->n > y->n) - (x->n < y->n);
}

/* "b, A ,c" becomes "A, b, c": by byte, as the original sorts. */
static void
add_sorted(struct response *response, struct str list)
{
	struct str items[N_HEADERS_MAX], item, rest = list;
	size_t n = 0;
	struct buf value;

	while (!str_is_null(rest) && n < N_HEADERS_MAX) {
		(void)str_split(rest, ',', &item, &rest);
		item = str_trim(item);
		if (item.n > 0)
			items[n++] = item;
	}
	if (n == 0)
		return;
	qsort(items, n, sizeof(items[0]), compare);
	buf_init(&value, list.n * 2 + 2);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_add_z(&value, ", ");
		buf_add_str(&value, items[i]);
	}
	if (buf_error(&value) == 0)
		response_add_header(
		    response, STR_LIT("Access-Control-Allow-Headers"), buf_str(&value));
	buf_fini(&value);
}

/* The Fetch standard, section 3.2 (CORS protocol).  Never with credentials. */
static void
add_cors(struct exchange *x)
{
	const struct request *request = x->request;
	struct response *response = x->response;
	struct str origins = x->settings.cors_origins;
	bool is_narrowed = !str_is_null(origins);
	struct str origin = request->origin;

	if (!router_covers(request->path.n > 0 ? request->path : request->asked_path))
		return;
	/* The answer depends on who asks: a cache must know. */
	if ((is_narrowed || !str_is_empty(origin)) && !x->settings.is_strict)
		response_add_header(response, STR_LIT("Vary"), STR_LIT("Origin"));
	if (is_narrowed && (str_is_empty(origin) || !origin_is_listed(origins, origin)))
		return;
	if (str_is_empty(origin) || !is_safe(origin))
		response_add_fixed(response, STR_LIT("Access-Control-Allow-Origin: *\r\n"));
	else
		response_add_header(response, STR_LIT("Access-Control-Allow-Origin"), origin);
	if (request->method != METHOD_OPTIONS ||
	    !is_known_method(request->access_control_request_method))
		return;
	response_add_header(
	    response, STR_LIT("Access-Control-Allow-Methods"), STR_LIT(ALL_METHODS));
	if (is_safe(request->access_control_request_headers))
		add_sorted(response, request->access_control_request_headers);
}

/* ------------------------------------------------------------------ all answers */

void
answer_finish(struct exchange *x)
{
	if (x->response->status == 401)
		add_challenge(x);
	response_add_fixed(x->response,
	    STR_LIT("X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n"));
	if (x->settings.is_strict)
		response_add_fixed(
		    x->response, STR_LIT("Content-Security-Policy: default-src 'none'; "
					 "frame-ancestors 'none'\r\n"
					 "Referrer-Policy: no-referrer\r\n"
					 "Vary: Cookie, Origin, Sec-Fetch-Site\r\n"));
	add_cors(x);
}
