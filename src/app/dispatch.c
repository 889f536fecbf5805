/* dispatch.c - see dispatch.h */
#include "app/dispatch.h"

#include <errno.h>

#include "app/answer.h"
#include "app/notice.h"
#include "app/router.h"
#include "app/view_counters.h"
#include "auth/filter.h"
#include "auth/registry.h"
#include "core/err.h"
#include "core/log_lasting.h"

#define PURGE_INTERVAL_MS (10 * 60 * 1000)

/* No credential at all is no failed login. */
static void
note_refused(struct exchange *x, int refusal)
{
	struct buf memory;

	if (refusal != AUTH_E_UNKNOWN && refusal != AUTH_E_WRONG)
		return;
	buf_init(&memory, REQUEST_BODY_MAX_BYTES);
	answer_note_failed_login(x, auth_basic_address(x->request, &memory),
	    refusal == AUTH_E_UNKNOWN ? ANSWER_UNKNOWN_USER : ANSWER_WRONG_PASSWORD);
	buf_wipe(&memory);
}

static void
filter_and_route(struct exchange *x)
{
	struct filter_outcome outcome = filter_run(x->auth, x->request);

	switch (outcome.status) {
	case FILTER_PASS:
		x->user = outcome.user;
		if (x->request->method == METHOD_UNKNOWN)
			answer_status(x, 501);
		else
			router_run(x);
		break;
	case 401:
	case 403:
		note_refused(x, outcome.refusal);
		notice_cookies(x->app->counters, x->settings, x->request);
		answer_status(x, outcome.status);
		break;
	case 503:
		answer_unavailable(x, "authentication", outcome.failure);
		break;
	default:
		log_lasting_error("settings-unusable", log_z("problem", x->settings->problem),
		    log_s("AUTH_TYPE", x->settings->auth_type_text),
		    log_s("SESSION_NAME", x->settings->session_name));
		answer_status(x, 500);
		break;
	}
	user_unref(outcome.user);
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

enum handler_next
dispatch_request(void *arg, const struct request *request, struct handler_permit permit,
    struct response *ret_response)
{
	struct request_settings settings;
	union registry_find room;
	struct exchange x = { .app = arg,
		.request = request,
		.settings = &settings,
		.response = ret_response,
		.permit = permit };

	request_settings_read(&request->vars, &settings);
	if (settings.is_status_page) {
		view_counters(&x);
		return HANDLER_ANSWERED;
	}
	notice_settings(x.app->counters, &settings);
	x.auth = registry_find(&room, &x.app->env, &settings);
	hasher_defer(permit.hashes);
	if (request->refusal != 0)
		answer_status(&x, request->refusal);
	else
		filter_and_route(&x);
	hasher_defer(NULL);
	if (x.next == HANDLER_ANSWERED)
		finish(&x);
	else
		response_clear(ret_response);
	return x.next;
}

void
dispatch_refuse(
    void *arg, const struct request *request, int status, struct response *ret_response)
{
	struct request_settings settings;
	struct exchange x = {
		.app = arg, .request = request, .settings = &settings, .response = ret_response
	};

	request_settings_read(&request->vars, &settings);
	if (status == 503)
		answer_come_again(&x);
	else
		answer_status(&x, status);
	finish(&x);
}

static void
warn_about(const char *what, int r)
{
	if (r < 0)
		log_lasting_warn(
		    "housekeeping-failed", log_z("what", what), log_z("reason", err_words(r)));
}

/*
 * Housekeeping waits 50 ms for the table's lock.  When others were faster for so long there is
 * nothing wrong: whoever changes the table does the same work, and the next tick is a second away.
 * When its holder is stopped, the changes that are refused meanwhile say so.
 */
static bool
tick_table(struct app *app)
{
	int r = table_tick(app->env.table);

	if (r == -ETIMEDOUT)
		log_debug("housekeeping-postponed", log_z("what", "session table"));
	else if (r != -ESTALE)
		warn_about("session table", r);
	return rundir_should_leave(app, r == -ESTALE || !rundir_is_ours(&app->rundir));
}

/* One whose .lock file is gone is told by datadir_should_leave(). */
static void
tick_journal(const char *what, int r)
{
	if (r != -ESTALE)
		warn_about(what, r);
}

bool
dispatch_tick(void *arg)
{
	struct app *app = arg;
	bool should_leave = tick_table(app);
	size_t n = 0;

	should_leave = datadir_should_leave(app) || should_leave;
	tick_journal("users", collection_tick(users_collection(app->env.users)));
	tick_journal("user sessions", user_sessions_tick(app->env.user_sessions));
	if (!counters_is_due(app->counters, PURGE_INTERVAL_MS))
		return should_leave;
	warn_about("past sessions",
	    user_sessions_purge(app->env.user_sessions, app->env.table, &n, NULL));
	if (n > 0)
		log_info("past-sessions-purged", log_i("n", (int64_t)n));
	return should_leave;
}
