/* try_gate.c - the page to sign in, its cookie, and the check, as a stranger sees them (trying.h) */
#include <string.h>

#include "ctl/trying.h"

static const char *
weakness_of(struct str cookie, bool is_https)
{
	struct str part, rest = cookie;
	bool is_secure = false, is_http_only = false, has_same_site = false;

	while (!str_is_null(rest)) {
		(void)str_split(rest, ';', &part, &rest);
		part = str_trim(part);
		is_secure |= str_eq_nocase(part, STR_LIT("Secure"));
		is_http_only |= str_eq_nocase(part, STR_LIT("HttpOnly"));
		has_same_site |= str_eq_nocase(part, STR_LIT("SameSite=Lax")) ||
				 str_eq_nocase(part, STR_LIT("SameSite=Strict"));
	}
	return !is_http_only            ? "a cookie without HttpOnly"
	       : !has_same_site         ? "a cookie without SameSite=Lax or Strict"
	       : is_https && !is_secure ? "a cookie without Secure, over https"
	       : is_https && !str_starts_with(cookie, STR_LIT("__Host-")) &&
		       !str_starts_with(cookie, STR_LIT("__Secure-"))
		   ? "a cookie without __Host-, over https"
		   : NULL;
}

/* That of the form, which every visitor gets who has none; or STR_NULL: it is not the gate's page. */
static struct str
cookie_of_form(const struct try_answer *answer)
{
	struct str rest = answer->head, cookie, name, value;

	do {
		cookie = try_answer_next(&rest, STR_LIT("Set-Cookie"));
		(void)str_split(cookie, '=', &name, &value);
	} while (!str_is_null(cookie) && !str_ends_with(name, STR_LIT("_form")));
	return cookie;
}

static void
tell_of_page(struct trying *t, const struct try_request *request)
{
	struct str cookie =
	    trying_is_success(&t->answer) ? cookie_of_form(&t->answer) : STR_NULL;
	const char *weakness;

	t->has_page = !str_is_null(cookie);
	weakness =
	    t->has_page ? weakness_of(cookie, str_eq_z(t->address.scheme, "https")) : NULL;
	if (weakness != NULL) {
		trying_begin_line(t, "WRONG", "login");
		(void)fputs(weakness, stdout);
		trying_end_line(t, request, TRY_COOKIE_WEAK);
	} else if (t->has_page) {
		trying_begin_line(t, "fine", "login");
		(void)puts("the page to sign in, and its cookie");
	} else if (!trying_is_sent_to_https(t)) {
		trying_begin_line(t, "WRONG", "login");
		(void)printf("%d, no page to sign in", t->answer.status);
		trying_end_line(t, request, t->answer.status >= 500 ? TRY_SHUT : TRY_NO_PAGE);
	}
}

static void
tell_of_check(struct trying *t)
{
	struct try_request request;

	if (!trying_set_target(t, "$gcheck", &(struct try_address){ .path = STR_LIT("/") }))
		return;
	request = trying_request_of(t, NULL, NULL);
	trying_ask(t, &request, &t->answer);
	if (trying_is_success(&t->answer) || t->answer.status == 401) {
		trying_begin_line(t, trying_is_success(&t->answer) ? "OPEN" : "WRONG", "check");
		(void)printf("%d to who asks for a check from outside", t->answer.status);
		trying_end_line(t, &request, TRY_CHECK_OPEN);
	}
}

void
try_gate(struct trying *t)
{
	static const char *const browser[] = { "Accept: text/html", NULL };
	struct str told = buf_str(&t->told);
	bool is_told = memmem(told.p, told.n, t->root, strlen(t->root)) != NULL;
	struct try_request request;

	if (!trying_set_target(t, "$glogin", &(struct try_address){ .path = STR_LIT("/") }))
		return;
	request = trying_request_of(t, NULL, browser);
	request.is_loud = !t->is_other;
	trying_ask(t, &request, &t->answer);
	t->server = try_server_of(try_answer_header(&t->answer, STR_LIT("Server")));
	t->is_there = t->answer.status != 0;
	if (!t->is_there && t->is_other && t->answer.curl_status != TRY_CURL_NO_CONNECTION)
		trying_tell_untold(t, &request, "no answer over this scheme");
	if (is_told || !t->is_there)
		return;
	buf_add_z(&t->told, t->root);
	tell_of_page(t, &request);
	if (t->has_page)
		tell_of_check(t);
}
