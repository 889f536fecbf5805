/* check.c - see check.h */
#include "app/check.h"

#include "app/answer.h"
#include "app/failed_login.h"
#include "app/notice.h"
#include "app/pages.h"
#include "auth/auth_basic.h"
#include "core/log_lasting.h"
#include "core/require.h"
#include "gate/client.h"
#include "gate/question.h"
#include "http/challenge.h"
#include "journal/journal.h"

#define AUTHORIZATION_MAX_BYTES 8192
#define LOGIN_MAX_BYTES         16384 /* more than question_write_login() writes */
#define PAGE_MAX_BYTES          8000

/* ------------------------------------------------------------------------------- who it is */

/* By its settings. */
static bool
would_take_basic(const struct exchange *x)
{
	const struct auth_ops *ops = x->auth.ops;

	return ops != NULL && (ops->challenge == AUTH_CHALLENGE_BASIC ||
				  (ops->has_sessions && x->settings.takes_basic));
}

static bool
takes_basic(const struct exchange *x)
{
	return would_take_basic(x) && !x->request->refuses_basic;
}

/* Not verified, for any local user could guess so: whoever set it up is told. */
static void
note_unheard(void)
{
	log_lasting_warn("tcp-basic-unheard",
	    log_z("problem", "a check that came over TCP brought a password"),
	    log_z("effect", "it does not count: any local user could guess there"),
	    log_z("remedy", "ask at a unix socket; or accept that, with --tcp-basic on"));
}

/*
 * 0 and x->user; enum authn; negative errno.  With a good cookie Authorization means nothing here:
 * it may be the application's.
 */
static int
find_user(struct exchange *x, bool *ret_is_by_cookie)
{
	int r = AUTHN_NO_CREDENTIALS;

	*ret_is_by_cookie = false;
	if (x->auth.ops->has_sessions && !str_is_null(x->auth.session_id)) {
		r = x->auth.ops->current_user(&x->auth, &x->user);
		*ret_is_by_cookie = r == 0;
	}
	if (r <= 0 || !would_take_basic(x) ||
	    str_is_null(auth_authorization_header(x->request)))
		return r;
	if (takes_basic(x))
		return auth_basic_current_user(&x->auth, &x->user);
	note_unheard();
	return r;
}

static enum gate_verdict
refused(struct exchange *x, int authn)
{
	struct buf memory;

	buf_init(&memory, AUTHORIZATION_MAX_BYTES);
	if (failed_login_is(authn))
		failed_login_note(x, auth_basic_address(x->request, &memory), authn);
	buf_wipe(&memory);
	if (authn == AUTHN_THROTTLED)
		return GATE_THROTTLED;
	notice_cookies(x->app->counters, &x->auth);
	return GATE_SIGN_IN;
}

static enum gate_verdict
unavailable(struct exchange *x, int failure)
{
	if (failure == HASHER_LATER)
		x->next = HANDLER_HASH;
	else
		log_lasting_warn("unavailable", log_z("what", "a check"),
		    log_z("reason", journal_words(failure)));
	return GATE_UNAVAILABLE;
}

/* ------------------------------------------------------------------------- may it pass? */

static bool
fits(const struct exchange *x)
{
	const struct require_user user = { str_of(x->user->base.id), x->user->email,
		x->user->groups, x->app->settings->fold_email_case };

	return require_fits(x->settings.auth_require, &user);
}

/* The order of all checks; each step is a way out. */
static enum gate_verdict
decide(struct exchange *x, const struct question *question)
{
	bool is_by_cookie;
	int r;

	if (!auth_is_usable(&x->auth)) {
		notice_unusable(&x->settings);
		return GATE_UNUSABLE;
	}
	if (x->is_in_clear) {
		notice_plain_http();
		return GATE_FORBIDDEN;
	}
	if (x->auth.ops->admits_all || question_is_free(question))
		return GATE_ALLOW;
	if ((r = find_user(x, &is_by_cookie)) != 0)
		return r > 0 ? refused(x, r) : unavailable(x, r);
	if (is_by_cookie && question_is_cross_site(question)) {
		x->is_cross_site = true;
		return GATE_CROSS_SITE;
	}
	return fits(x) ? GATE_ALLOW : GATE_FORBIDDEN;
}

/* -------------------------------------------------------------------------- the answer */

/*
 * For a script Basic would open a dialogue of the browser, and the script wait for it; a browser
 * that was sent to a page asks there.  Under basic_auth there is no page.
 */
static bool
offers_basic(const struct exchange *x)
{
	const struct cgi_vars *vars = &x->request->vars;

	return takes_basic(x) &&
	       (!client_is_script(vars) ||
		   (x->auth.ops->challenge == AUTH_CHALLENGE_BASIC && client_is_browser(vars)));
}

static void
write_sign_in(const struct exchange *x, const struct question *question,
    struct gate_reply *reply, struct buf *text)
{
	bool has_page = x->auth.ops == NULL || x->auth.ops->challenge == AUTH_CHALLENGE_COOKIE;

	if (reply->is_browser && has_page) {
		question_write_login(question, text);
		reply->login = buf_str(text);
		return;
	}
	if (offers_basic(x))
		challenge_basic(text, x->settings.realm);
	else
		challenge_cookie(text, x->settings.realm);
	reply->challenge = buf_str(text);
}

static void
set_identity(const struct exchange *x, struct gate_reply *reply, struct buf *name)
{
	const struct user *user = x->user;

	if (user == NULL)
		return;
	user_display_name(user, name);
	reply->user = x->settings.shows_user_id ? str_of(user->base.id) : user->email;
	reply->email = user->email;
	reply->name = buf_str(name);
	reply->groups = user->groups;
}

/*
 * nginx asks for the page by itself (error_page), lighttpd, Apache and Caddy hand on what the check
 * answers.  Apache cuts that at 8 KB: then, with a template of the operator's, it is a short one.
 */
static bool
show_page(struct exchange *x, const struct gate_reply *reply)
{
	if (reply->verdict != GATE_FORBIDDEN || reply->family == GATE_NGINX ||
	    !reply->is_browser || reply->is_head || !auth_is_usable(&x->auth) ||
	    !x->auth.ops->has_sessions)
		return false;
	pages_denied(x);
	return reply->family != GATE_AUTHORIZER || x->response->body.n <= PAGE_MAX_BYTES;
}

static void
answer(struct exchange *x, const struct question *question, enum gate_verdict verdict)
{
	struct gate_reply reply = {
		.family = x->family,
		.verdict = verdict,
		.is_browser = client_is_browser(&x->request->vars),
		.is_head = str_eq(question->method, STR_LIT("HEAD")),
		.wait_s = verdict == GATE_THROTTLED && x->auth.attempt != NULL
			      ? x->auth.attempt->wait_s
			      : ANSWER_RETRY_AFTER_S,
	};
	struct buf text;
	int error;

	buf_init(&text, LOGIN_MAX_BYTES);
	if (verdict == GATE_SIGN_IN)
		write_sign_in(x, question, &reply, &text);
	else if (verdict == GATE_ALLOW)
		set_identity(x, &reply, &text);
	if (!show_page(x, &reply))
		gate_reply_write(&reply, x->response);
	if ((error = buf_error(&text)) != 0)
		x->response->error = error;
	buf_fini(&text);
	counters_add(x->app->counters, (enum counter)(COUNTER_CHECKS + (int)verdict));
}

void
check_refuse(struct exchange *x, int status)
{
	const struct question question = question_of(x->request, &x->settings, x->family);

	answer(x, &question,
	    status == 503   ? GATE_UNAVAILABLE
	    : status == 403 ? GATE_FORBIDDEN
			    : GATE_UNUSABLE);
}

void
check_run(struct exchange *x)
{
	const struct question question = question_of(x->request, &x->settings, x->family);
	enum gate_verdict verdict = decide(x, &question);

	if (x->next == HANDLER_ANSWERED)
		answer(x, &question, verdict);
}
