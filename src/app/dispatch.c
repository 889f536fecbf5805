/* dispatch.c - see dispatch.h */
#include "app/dispatch.h"

#include "app/answer.h"
#include "app/cross_site.h"
#include "app/housekeeping.h"
#include "app/notice.h"
#include "app/router.h"
#include "auth/auth_basic.h"
#include "auth/registry.h"
#include "core/err.h"
#include "core/log_lasting.h"

static void
refuse(struct exchange *x, int authn)
{
	bool is_login = answer_is_failed_login(authn);
	struct buf memory;

	buf_init(&memory, REQUEST_BODY_MAX_BYTES);
	answer_filtered(
	    x, authn, is_login ? auth_basic_address(x->request, &memory) : STR_NULL);
	buf_wipe(&memory);
	if (authn == AUTHN_MISCONFIGURED)
		log_lasting_error("settings-unusable",
		    log_z("problem", registry_problem(&x->settings)),
		    log_opt("value", x->settings.wrong_value),
		    log_s("AUTH_TYPE", x->settings.auth_type),
		    log_s("SESSION_NAME", x->settings.session_name));
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
	answer_finish(x);
	if (response_error(x->response) != 0) {
		/* Half an answer must never leave: memory ran out while building it. */
		log_lasting_error(
		    "answer-failed", log_z("reason", err_words(response_error(x->response))));
		response_clear(x->response);
		answer_status(x, 500);
		answer_finish(x);
	}
	count(x->app->counters, x->response->status);
}

/* All that is known before anything is decided. */
static void
prepare(struct exchange *x)
{
	struct app *app = x->app;

	request_settings_read(&x->request->vars, &x->settings);
	auth_init(&x->auth, registry_find(x->settings.auth_type), &app->env, &x->settings,
	    x->request, x->permit.hashes);
	if (x->settings.is_throttled)
		x->auth.attempt = x->permit.attempt != NULL ? x->permit.attempt : &x->attempt;
	router_find(x);
	x->is_cross_site = cross_site_is(x);
}

/* AUTH_PROFILE=strict: what comes in clear is answered on this machine alone. */
static bool
is_in_clear(const struct exchange *x)
{
	return x->settings.is_strict && auth_is_usable(&x->auth) && !x->request->is_https &&
	       !request_is_local(x->request);
}

static void
refuse_in_clear(struct exchange *x)
{
	answer_error(x, 403, STR_LIT("https required"));
	log_lasting_warn("plain-http-refused",
	    log_z("remedy",
		"AUTH_PROFILE=strict: serve it over https alone; where something in front ends "
		"TLS, let the web server send HTTPS=on"));
}

static enum handler_next
dispatch_request(void *arg, const struct request *request, struct handler_permit permit,
    struct response *ret_response)
{
	struct exchange x = {
		.app = arg, .request = request, .response = ret_response, .permit = permit
	};

	prepare(&x);
	if (x.settings.is_status_page) {
		counters_page(&x);
		return HANDLER_ANSWERED;
	}
	notice_settings(x.app->counters, &x.auth);
	if (request->role != REQUEST_RESPONDER)
		answer_status(&x, 501);
	else if (is_in_clear(&x))
		refuse_in_clear(&x);
	else if (request->refusal != 0)
		answer_status(&x, request->refusal);
	else if (x.is_cross_site && x.settings.csrf_check == CSRF_CHECK_ON)
		answer_error(&x, 403, STR_LIT("cross-site request"));
	else
		filter_and_route(&x);
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
	if (status == 503)
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
