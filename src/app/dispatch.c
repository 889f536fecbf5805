/* dispatch.c - see dispatch.h */
#include "app/dispatch.h"

#include "app/answer.h"
#include "app/check.h"
#include "app/cross_site.h"
#include "app/failed_login.h"
#include "app/housekeeping.h"
#include "app/notice.h"
#include "app/pages.h"
#include "app/router.h"
#include "auth/auth_basic.h"
#include "auth/registry.h"
#include "core/err.h"
#include "core/log_lasting.h"

static void
refuse(struct exchange *x, int authn)
{
	bool is_login = failed_login_is(authn);
	struct buf memory;

	buf_init(&memory, REQUEST_BODY_MAX_BYTES);
	answer_filtered(
	    x, authn, is_login ? auth_basic_address(x->request, &memory) : STR_NULL);
	buf_wipe(&memory);
	if (authn == AUTHN_MISCONFIGURED)
		notice_unusable(&x->settings);
	else
		notice_cookies(x->app->counters, &x->auth);
}

static void
filter_and_route(struct exchange *x)
{
	bool is_public = x->route != NULL && x->route->is_public;
	int r = auth_filter(
	    &x->auth, x->path, is_public ? &x->route->path : NULL, is_public, &x->user);

	if (r < 0)
		answer_unavailable(x, "authentication", r);
	else if (r > 0)
		refuse(x, r);
	else if (x->request->method == METHOD_UNKNOWN)
		answer_status(x, 501);
	else
		router_run(x);
}

static void
count(struct counters *counters, int status)
{
	counters_add(counters, status < 400   ? COUNTER_REQUESTS_2XX
			       : status < 500 ? COUNTER_REQUESTS_4XX
					      : COUNTER_REQUESTS_5XX);
}

static void
finish(struct exchange *x)
{
	if (x->kind == EXCHANGE_PAGE)
		pages_finish(x);
	else if (x->kind != EXCHANGE_CHECK)
		answer_finish(x);
	if (response_error(x->response) != 0) {
		/* Half an answer must never leave: memory ran out while building it. */
		log_lasting_error(
		    "answer-failed", log_z("reason", err_words(response_error(x->response))));
		response_clear(x->response);
		if (x->kind == EXCHANGE_CHECK) {
			check_refuse(x, 503);
		} else {
			answer_status(x, 500);
			answer_finish(x);
		}
	}
	count(x->app->counters, x->response->status);
}

/* ------------------------------------------------------------------------- what it is */

static enum exchange_kind
kind_of_check(const struct request *request, enum gate_family *ret_family)
{
	if (request->role == REQUEST_AUTHORIZER)
		*ret_family = GATE_AUTHORIZER;
	else if (str_eq(request->gate, STR_LIT("nginx")))
		*ret_family = GATE_NGINX;
	else if (str_eq(request->gate, STR_LIT("caddy")))
		*ret_family = GATE_CADDY;
	else
		return EXCHANGE_GATE_UNKNOWN;
	return EXCHANGE_CHECK;
}

/*
 * By what the web server says the path is, never by what the visitor has asked for: where it checks
 * before each request, that is one for something else.
 */
static enum exchange_kind
kind_by_path(const struct request *request, struct str *ret_path)
{
	struct str prefix = request_settings_gate_prefix(&request->vars);
	bool is_said = !str_is_empty(request->vars.values[CGI_SCRIPT_NAME]) ||
		       !str_is_empty(request->vars.values[CGI_PATH_INFO]);

	if (!is_said || str_is_empty(prefix) || !str_starts_with(request->path, prefix))
		return EXCHANGE_API;
	*ret_path = str_skip(request->path, prefix.n);
	return str_starts_with(*ret_path, STR_LIT("check")) ? EXCHANGE_GATE_FORGOTTEN
							    : EXCHANGE_PAGE;
}

static enum exchange_kind
kind_of(const struct request *request, enum gate_family *ret_family, struct str *ret_path)
{
	if (request->role != REQUEST_AUTHORIZER && request->role != REQUEST_RESPONDER)
		return EXCHANGE_API; /* where it is 501 */
	return request_is_check(request) ? kind_of_check(request, ret_family)
					 : kind_by_path(request, ret_path);
}

/* A typing error must not open anything: what names no web server is closed for all of them. */
static void
refuse_gate(struct exchange *x)
{
	answer_status(x, 403);
	log_lasting_error("settings-unusable",
	    log_z("problem",
		"the parameter GATE, which makes a request a check, must come once, as nginx "
		"or caddy"),
	    log_s("value", x->request->gate));
}

/* Answered with a page, it would let everybody in. */
static void
refuse_forgotten(struct exchange *x)
{
	answer_status(x, 500);
	log_lasting_error("gate-misconfigured",
	    log_z("problem", "this path is that of checks, and the request is none"),
	    log_detail(log_s("path", x->request->path)),
	    log_z("remedy",
		"let the web server send GATE with its checks: nginx or caddy; or ask in the "
		"role Authorizer"));
}

static enum request_use
use_of(enum exchange_kind kind)
{
	return kind == EXCHANGE_CHECK  ? REQUEST_OF_CHECK
	       : kind == EXCHANGE_PAGE ? REQUEST_OF_PAGE
				       : REQUEST_OF_API;
}

/* AUTH_PROFILE=strict: what comes in clear is answered on this machine alone. */
static bool
is_in_clear(const struct exchange *x)
{
	return x->settings.is_strict && auth_is_usable(&x->auth) && !x->request->is_https &&
	       !request_is_local(x->request);
}

/* All that is known before anything is decided. */
static void
prepare(struct exchange *x)
{
	struct app *app = x->app;

	x->kind = kind_of(x->request, &x->family, &x->path);
	request_settings_read_for(use_of(x->kind), &x->request->vars, &x->settings);
	auth_init(&x->auth, registry_find(x->settings.auth_type), &app->env, &x->settings,
	    x->request, x->permit.hashes);
	if (x->settings.is_throttled)
		x->auth.attempt = x->permit.attempt != NULL ? x->permit.attempt : &x->attempt;
	x->is_in_clear = is_in_clear(x);
	if (x->kind == EXCHANGE_API) {
		router_find(x);
		x->is_cross_site = cross_site_is(x);
	}
}

static void
refuse_in_clear(struct exchange *x)
{
	answer_error(x, 403, STR_LIT("https required"));
	notice_plain_http();
}

static void
run_api(struct exchange *x)
{
	notice_settings(x->app->counters, &x->auth);
	if (x->request->role != REQUEST_RESPONDER)
		answer_status(x, 501);
	else if (x->is_in_clear)
		refuse_in_clear(x);
	else if (x->request->refusal != 0)
		answer_status(x, x->request->refusal);
	else if (x->is_cross_site && x->settings.csrf_check == CSRF_CHECK_ON)
		answer_error(x, 403, STR_LIT("cross-site request"));
	else
		filter_and_route(x);
}

static void
run_page(struct exchange *x)
{
	if (!auth_is_usable(&x->auth)) {
		notice_unusable(&x->settings);
		pages_refuse(x, 500);
	} else if (x->is_in_clear) {
		notice_plain_http();
		pages_refuse(x, 403);
	} else {
		pages_run(x);
	}
}

static void
run(struct exchange *x)
{
	static void (*const runs[])(struct exchange *) = {
		[EXCHANGE_API] = run_api,
		[EXCHANGE_PAGE] = run_page,
		[EXCHANGE_CHECK] = check_run,
		[EXCHANGE_GATE_UNKNOWN] = refuse_gate,
		[EXCHANGE_GATE_FORGOTTEN] = refuse_forgotten,
	};

	runs[x->kind](x);
}

static enum handler_next
dispatch_request(void *arg, const struct request *request, struct handler_permit permit,
    struct response *ret_response)
{
	struct exchange x = {
		.app = arg, .request = request, .response = ret_response, .permit = permit
	};

	prepare(&x);
	/* Never for a check, whatever role it comes in. */
	if (x.settings.is_status_page && request->role == REQUEST_RESPONDER &&
	    (x.kind == EXCHANGE_API || x.kind == EXCHANGE_PAGE)) {
		counters_page(&x);
		return HANDLER_ANSWERED;
	}
	run(&x);
	user_unref(x.user);
	throttle_leave(&x.attempt, false);
	if (x.next != HANDLER_ANSWERED) {
		response_clear(ret_response);
		return x.next;
	}
	if (x.is_cross_site)
		cross_site_note(&x);
	finish(&x);
	return x.next;
}

static void
dispatch_refuse(
    void *arg, const struct request *request, int status, struct response *ret_response)
{
	struct exchange x = { .app = arg, .request = request, .response = ret_response };

	prepare(&x);
	if (x.kind == EXCHANGE_CHECK)
		check_refuse(&x, status);
	else if (x.kind == EXCHANGE_PAGE)
		pages_refuse(&x, status);
	else if (status == 503)
		answer_come_again(&x);
	else
		answer_status(&x, status);
	finish(&x);
}

struct handler
dispatch_handler(struct app *app)
{
	return (struct handler){ .handle = dispatch_request,
		.n_hashes_at_once = app->env.admission.n_slots,
		.hash_wait_ms = app->settings->hash_wait_ms,
		.refuse = dispatch_refuse,
		.tick = housekeeping_tick,
		.arg = app };
}
