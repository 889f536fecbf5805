/* reply.c - see reply.h */
#include "gate/reply.h"

#include <stdio.h>

#include "core/groups.h"

/* Blanks at the ends are no part of a header's value. */
static bool
is_plain(struct str text, size_t at)
{
	char c = text.p[at];

	return c >= 0x20 && c <= 0x7e && c != '%' && c != ',' && c != '"' && c != '\\' &&
	       c != ';' && (c != ' ' || (at != 0 && at != text.n - 1));
}

/* Text of a user as the value of a header: what could be misread as %XX, the rest as it is. */
static void
add_encoded(struct buf *out, struct str text)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t n_plain = 0;

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (is_plain(text, i)) {
			n_plain++;
			continue;
		}
		buf_add(out, text.p + i - n_plain, n_plain);
		buf_add(out, (char[]){ '%', hex[c >> 4], hex[c & 0xf] }, 3);
		n_plain = 0;
	}
	if (n_plain > 0)
		buf_add(out, text.p + text.n - n_plain, n_plain);
}

static void
add_groups(struct buf *out, struct str groups)
{
	struct str name;

	for (bool is_first = true; !str_is_null(name = groups_next(&groups));
	     is_first = false) {
		if (!is_first)
			buf_add_char(out, ',');
		add_encoded(out, name);
	}
}

/* All four, empty if need be: what is not sent would stay the client's. */
static void
add_identity(const struct gate_reply *reply, struct buf *headers)
{
	static const char *const names[2][4] = {
		{ "Variable-REMOTE_USER", "Variable-REMOTE_GROUPS", "Variable-REMOTE_EMAIL",
		    "Variable-REMOTE_NAME" },
		{ "Remote-User", "Remote-Groups", "Remote-Email", "Remote-Name" },
	};
	const char *const *name = names[reply->family != GATE_AUTHORIZER];
	const struct str values[] = { reply->user, reply->groups, reply->email, reply->name };

	for (size_t i = 0; i < 4; i++) {
		buf_add_z(headers, name[i]);
		buf_add_z(headers, ": ");
		if (i == 1)
			add_groups(headers, values[i]);
		else
			add_encoded(headers, values[i]);
		buf_add_z(headers, "\r\n");
	}
}

static const struct {
	int status, nginx_status;
	const char *error, *title, *text;
} denials[GATE_VERDICT_N] = {
	[GATE_UNAVAILABLE] = { 503, 503, "Service unavailable", "Not available now",
	    "Whether you may see this page cannot be told now. Please try again in a moment." },
	[GATE_UNUSABLE] = { 500, 500, "Internal server error", "Not available",
	    "This site is not set up correctly. Its operators find the reason in their log." },
	[GATE_THROTTLED] = { 429, 401, "Too many requests", "Too many attempts",
	    "Please wait a moment before you try again." },
	[GATE_CROSS_SITE] = { 403, 403, "cross-site request", "Not allowed",
	    "A page of another site has asked for this change, so it was not made." },
	[GATE_FORBIDDEN] = { 403, 403, "Forbidden", "Not allowed",
	    "You are signed in, but you may not see this page." },
	[GATE_SIGN_IN] = { 401, 401, "Unauthorized", "Please sign in",
	    "This page is for those who are signed in." },
};

static void
add_seconds(struct response *response, unsigned seconds)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%u", seconds);
	response_add_header(response, STR_LIT("Retry-After"), str_of(text));
}

static void
add_json(const struct gate_reply *reply, struct response *response)
{
	response_add_fixed(response, STR_LIT("X-Content-Type-Options: nosniff\r\n"));
	response_set_body(response, STR_LIT("application/json"), STR_NULL);
	buf_add_z(&response->body, "{\n  \"error\": \"");
	buf_add_z(&response->body, denials[reply->verdict].error);
	buf_add_z(&response->body, "\"\n}\n");
}

static void
add_short_page(const struct gate_reply *reply, struct response *response)
{
	response_add_fixed(response,
	    STR_LIT("X-Content-Type-Options: nosniff\r\n"
		    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"));
	response_set_body(response, STR_LIT("text/html; charset=utf-8"), STR_NULL);
	buf_addf(&response->body,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<title>%s</title>\n"
	    "<meta name=\"viewport\" content=\"width=device-width\">\n"
	    "<h1>%s</h1>\n<p>%s</p>\n",
	    denials[reply->verdict].title, denials[reply->verdict].title,
	    denials[reply->verdict].text);
}

static void
add_body(const struct gate_reply *reply, struct response *response)
{
	if (reply->is_browser)
		add_short_page(reply, response);
	else
		add_json(reply, response);
}

static bool
is_sent_to_page(const struct gate_reply *reply)
{
	return reply->verdict == GATE_SIGN_IN && !str_is_empty(reply->login);
}

static void
allow(const struct gate_reply *reply, struct response *response)
{
	response->status = 200;
	response->is_bodiless = true;
	add_identity(reply, &response->headers);
	/* To Apache it would be one more header of the application's page. */
	if (reply->family != GATE_AUTHORIZER)
		response_add_fixed(response, STR_LIT("Cache-Control: no-store\r\n"));
}

static void
deny(const struct gate_reply *reply, struct response *response)
{
	bool is_nginx = reply->family == GATE_NGINX, is_sent = is_sent_to_page(reply);

	response->status = is_nginx  ? denials[reply->verdict].nginx_status
			   : is_sent ? 302
				     : denials[reply->verdict].status;
	if (is_sent)
		response_add_header(response, STR_LIT("Location"), reply->login);
	else if (reply->verdict == GATE_SIGN_IN)
		response_add_header(response, STR_LIT("WWW-Authenticate"), reply->challenge);
	if (reply->verdict == GATE_UNAVAILABLE ||
	    (reply->verdict == GATE_THROTTLED && !is_nginx))
		add_seconds(response, reply->wait_s);
	response_add_fixed(response, STR_LIT("Cache-Control: no-store\r\n"));
	response->is_bodiless = is_nginx || is_sent || reply->is_head;
	if (!response->is_bodiless)
		add_body(reply, response);
}

void
gate_reply_write(const struct gate_reply *reply, struct response *ret_response)
{
	response_clear(ret_response);
	if (reply->verdict == GATE_ALLOW)
		allow(reply, ret_response);
	else
		deny(reply, ret_response);
}
