/* ask.c - see ask.h */
#include "unit/app/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "app/dispatch.h"
#include "unit/head.h"
#include "unit/unit.h"

struct answer answer;

static const char *
format(char *room, size_t size, const char *name, const char *value)
{
	(void)snprintf(room, size, "%s=%s", name, value);
	return room;
}

void
answer_split(bool is_head)
{
	buf_add_char(&answer.text, '\0');
	ck_assert_int_eq(buf_error(&answer.text), 0);
	answer.body = head_body(answer.text.p);
	answer.status = atoi(answer_header("Status"));
	/* All answers. */
	ck_assert_str_eq(answer_header("X-Content-Type-Options"), "nosniff");
	ck_assert_str_eq(answer_header("Cache-Control"), "no-store");
	if (!is_head)
		ck_assert_uint_eq(
		    strtoul(answer_header("Content-Length"), NULL, 10), strlen(answer.body));
	ck_assert_ptr_null(answer_header("Access-Control-Allow-Credentials"));
	ck_assert_int_eq(answer_header("WWW-Authenticate") != NULL, answer.status == 401);
	ck_assert_int_eq(
	    answer_header("Retry-After") != NULL, answer.status == 503 || answer.status == 429);
}

int
ask(struct ask ask)
{
	static char rooms[7][2048], basic[1024];
	const struct handler app = dispatch_handler(&site.app);
	const char *params[8 + ASK_PARAMS_MAX];
	char length[32], cookie[300];
	size_t n = 0;

	params[n++] = format(rooms[0], sizeof(rooms[0]), "REQUEST_METHOD", ask.method);
	params[n++] = format(rooms[1], sizeof(rooms[1]), "SCRIPT_NAME", ask.path);
	params[n++] = format(rooms[2], sizeof(rooms[2]), "AUTH_TYPE",
	    ask.auth_type != NULL ? ask.auth_type : "none");
	if (ask.cookie != NULL) {
		(void)snprintf(cookie, sizeof(cookie), "_my_session_id=%s", ask.cookie);
		params[n++] = format(rooms[3], sizeof(rooms[3]), "HTTP_COOKIE", cookie);
	}
	if (ask.basic != NULL) {
		(void)strcpy(basic, "HTTP_AUTHORIZATION=Basic ");
		(void)sodium_bin2base64(basic + strlen(basic), sizeof(basic) - strlen(basic),
		    (const unsigned char *)ask.basic, strlen(ask.basic),
		    sodium_base64_VARIANT_ORIGINAL);
		params[n++] = basic;
	}
	if (ask.type != NULL)
		params[n++] = format(rooms[5], sizeof(rooms[5]), "CONTENT_TYPE", ask.type);
	if (ask.body != NULL) {
		(void)snprintf(length, sizeof(length), "%zu", strlen(ask.body));
		params[n++] = format(rooms[6], sizeof(rooms[6]), "CONTENT_LENGTH", length);
	}
	for (size_t i = 0; i < ASK_PARAMS_MAX && ask.params[i] != NULL; i++)
		params[n++] = ask.params[i];
	params[n] = NULL;
	buf_fini(&answer.text);
	buf_init(&answer.text, (size_t)64 << 20);
	ck_assert_int_eq(memory_run(&app, params, str_of(ask.body), &answer.text), 0);
	answer_split(strcmp(ask.method, "HEAD") == 0);
	return answer.status;
}

const char *
answer_header(const char *name)
{
	return head_value(answer.text.p, name);
}

void
answer_is_error(int status, const char *text)
{
	char want[512];

	(void)snprintf(want, sizeof(want), "{\n  \"error\": \"%s\"\n}\n", text);
	ck_assert_int_eq(answer.status, status);
	ck_assert_str_eq(answer.body, want);
	ck_assert_str_eq(answer_header("Content-Type"), "application/json");
}

void
answer_session_id(char id[IDENT_SESSION_BYTES])
{
	const char *cookie = answer_header("Set-Cookie");
	size_t n;

	ck_assert_ptr_nonnull(cookie);
	ck_assert_int_eq(strncmp(cookie, "_my_session_id=", 15), 0);
	n = strcspn(cookie + 15, ";");
	ck_assert(n == 36 || n == 43);
	(void)snprintf(id, IDENT_SESSION_BYTES, "%.*s", (int)n, cookie + 15);
}
