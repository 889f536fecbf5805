/* answer.c - see answer.h */
#include "app/answer.h"

#include "app/cors.h"
#include "auth/filter.h"
#include "core/err.h"
#include "core/log_lasting.h"
#include "http/json_write.h"

#define RETRY_AFTER_S "2"

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
		{ 501, STR_INIT("Not implemented") },
		{ 503, STR_INIT("Service unavailable") },
	};
	struct str text = STR_LIT("Internal server error");

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].status == status)
			text = texts[i].text;
	answer_error(x, status, text);
}

void
answer_come_again(struct exchange *x)
{
	answer_status(x, 503);
	response_add_header(x->response, STR_LIT("Retry-After"), STR_LIT(RETRY_AFTER_S));
}

void
answer_unavailable(struct exchange *x, const char *what, int failure)
{
	if (failure == HASHER_LATER) {
		x->next = HANDLER_HASH;
		return;
	}
	log_lasting_warn(
	    "unavailable", log_z("what", what), log_z("reason", err_words(failure)));
	answer_come_again(x);
}

void
answer_note_failed_login(struct exchange *x, struct str email, const char *reason)
{
	struct user *user = NULL;

	counters_add(x->app->counters, COUNTER_LOGINS_FAILED);
	if (str_is_null(email) || users_find_by_email(x->app->env.users, email, &user) != 0)
		user = NULL;
	/* The address if somebody wants it: people type passwords into the wrong field. */
	log_info("login-failed", log_z("reason", reason),
	    log_opt("user", user != NULL ? str_of(user->base.id) : STR_NULL),
	    log_opt("email", x->app->settings->log_email ? email : STR_NULL));
	user_unref(user);
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
answer_method_not_allowed(struct exchange *x, struct str allow)
{
	x->response->status = 405;
	response_set_body(
	    x->response, STR_LIT("text/html; charset=utf-8"), STR_LIT(METHOD_PAGE));
	response_add_header(x->response, STR_LIT("Allow"), allow);
}

/* RFC 9110 section 5.6.4: a quoted-string; what cannot stand in one is left out. */
static void
add_quoted(struct buf *out, struct str text)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			buf_add_char(out, '\\');
		if ((unsigned char)text.p[i] >= ' ' && text.p[i] != 0x7f)
			buf_add_char(out, text.p[i]);
	}
	buf_add_char(out, '"');
}

/*
 * RFC 9110 section 15.5.2: every 401 has a challenge.  Only basic_auth may say Basic, on which
 * browsers open a dialogue; the others use the scheme of draft-broyer-http-cookie-auth.
 */
static void
add_challenge(struct exchange *x)
{
	struct str realm =
	    str_is_empty(x->settings->realm) ? STR_LIT("sessiongate") : x->settings->realm;
	struct buf value;

	buf_init(&value, 4096);
	if (x->settings->auth_type == SETTINGS_AUTH_BASIC) {
		buf_add_z(&value, "Basic realm=");
		add_quoted(&value, realm);
		buf_add_z(&value, ", charset=\"UTF-8\"");
	} else {
		buf_add_z(&value, "Cookie realm=");
		add_quoted(&value, realm);
		buf_add_z(&value,
		    ", form-action=\"" API_PREFIX "/auth_session/login\", cookie-name=");
		add_quoted(&value, x->settings->session_name);
	}
	if (buf_error(&value) == 0)
		response_add_header(x->response, STR_LIT("WWW-Authenticate"), buf_str(&value));
	buf_fini(&value);
}

void
answer_finish(struct exchange *x)
{
	if (x->response->status == 401)
		add_challenge(x);
	response_add_header(x->response, STR_LIT("X-Content-Type-Options"), STR_LIT("nosniff"));
	response_add_header(x->response, STR_LIT("Cache-Control"), STR_LIT("no-store"));
	cors_add(x->request, x->settings, x->response);
}
