/* check_reply.c - tests of src/gate/reply.c */
#include "gate/reply.h"

#include "unit/fail_alloc.h"
#include "unit/head.h"
#include "unit/unit.h"

Suite *check_reply_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

#define N_FAMILIES 3

static struct response response;
static struct buf out;

static void
setup(void)
{
	response_init(&response);
	buf_init(&out, 100000);
}

static void
teardown(void)
{
	response_fini(&response);
	buf_fini(&out);
}

/* The bytes that leave. */
static const char *
written(const struct gate_reply *reply)
{
	gate_reply_write(reply, &response);
	buf_clear(&out);
	response_format(&response, false, &out);
	buf_add_char(&out, '\0');
	ck_assert_int_eq(buf_error(&out), 0);
	return out.p;
}

/* ------------------------------------------------------------------------------- 200 */

#define BOB                                                                \
	.verdict = GATE_ALLOW, .user = STR_LIT("bob@hbtn.io"),             \
	.groups = STR_LIT("admin,staff"), .email = STR_LIT("bob@hbtn.io"), \
	.name = STR_LIT("Bob Dylan")

START_TEST(who_may_pass)
{
	struct gate_reply reply = { .family = GATE_AUTHORIZER, BOB };

	/* Apache shows the visitor whatever else there is, a Content-Length too. */
	ck_assert_str_eq(written(&reply),
	    "Status: 200 OK\r\nVariable-REMOTE_USER: bob@hbtn.io\r\n"
	    "Variable-REMOTE_GROUPS: admin,staff\r\nVariable-REMOTE_EMAIL: bob@hbtn.io\r\n"
	    "Variable-REMOTE_NAME: Bob Dylan\r\n\r\n");
	reply.family = GATE_NGINX;
	ck_assert_str_eq(written(&reply),
	    "Status: 200 OK\r\nRemote-User: bob@hbtn.io\r\nRemote-Groups: admin,staff\r\n"
	    "Remote-Email: bob@hbtn.io\r\nRemote-Name: Bob Dylan\r\n"
	    "Cache-Control: no-store\r\n\r\n");
	reply.family = GATE_CADDY;
	ck_assert_str_eq(written(&reply),
	    "Status: 200 OK\r\nRemote-User: bob@hbtn.io\r\nRemote-Groups: admin,staff\r\n"
	    "Remote-Email: bob@hbtn.io\r\nRemote-Name: Bob Dylan\r\n"
	    "Cache-Control: no-store\r\n\r\n");
}
END_TEST

/* Caddy puts text of its own in the place of one that is missing; others leave the client's. */
START_TEST(all_four_are_there_whoever_it_is)
{
	struct gate_reply reply = { .family = GATE_CADDY, .verdict = GATE_ALLOW };

	ck_assert_str_eq(written(&reply),
	    "Status: 200 OK\r\nRemote-User: \r\nRemote-Groups: \r\nRemote-Email: \r\n"
	    "Remote-Name: \r\nCache-Control: no-store\r\n\r\n");
	reply.family = GATE_AUTHORIZER;
	ck_assert_str_eq(written(&reply),
	    "Status: 200 OK\r\nVariable-REMOTE_USER: \r\nVariable-REMOTE_GROUPS: \r\n"
	    "Variable-REMOTE_EMAIL: \r\nVariable-REMOTE_NAME: \r\n\r\n");
}
END_TEST

static const struct {
	struct str text;
	const char *want;
} values[] = {
	{ STR_INIT("bob@hbtn.io"), "bob@hbtn.io" },
	{ STR_INIT("a b!#$&'()*+-./:<=>?[]^_`{|}~"), "a b!#$&'()*+-./:<=>?[]^_`{|}~" },
	{ STR_INIT("a@x, b"), "a@x%2C b" },
	{ STR_INIT("a@b@c"), "a@b@c" },
	{ STR_INIT("a\r\nRemote-Groups: admin"), "a%0D%0ARemote-Groups: admin" },
	{ STR_INIT("%0d%0a"), "%250d%250a" },
	{ STR_INIT("\"a\\b\";c"), "%22a%5Cb%22%3Bc" },
	{ STR_INIT("J\xc3\xb6rg"), "J%C3%B6rg" },
	{ STR_INIT("a\0b\x7f\t"), "a%00b%7F%09" },
	{ STR_INIT(" a b "), "%20a b%20" },
	{ STR_INIT(" "), "%20" },
	{ STR_INIT("{http.reverse_proxy.header.Remote-User}"),
	    "{http.reverse_proxy.header.Remote-User}" },
};

START_TEST(values_are_one_line_and_reversible)
{
	const struct gate_reply reply = { .family = _i % 2 == 0 ? GATE_NGINX : GATE_AUTHORIZER,
		.verdict = GATE_ALLOW,
		.user = values[_i].text,
		.email = values[_i].text,
		.name = values[_i].text };
	static const char *const names[2][3] = { { "Remote-User", "Remote-Email",
						     "Remote-Name" },
		{ "Variable-REMOTE_USER", "Variable-REMOTE_EMAIL", "Variable-REMOTE_NAME" } };
	const char *text = written(&reply);

	(void)head_body(text);
	for (int i = 0; i < 3; i++)
		ck_assert_str_eq(head_value(text, names[_i % 2][i]), values[_i].want);
}
END_TEST

/* ------------------------------------------------------------------------------ denials */

#define LOGIN STR_INIT("/_gate/login?rd=/a")
#define ASK   STR_INIT("Cookie realm=\"x\"")

static const struct {
	struct gate_reply reply;
	int status[N_FAMILIES]; /* A, N, C */
	const char *error;      /* what a program is told; NULL: nothing */
} denials[] = {
	{ { .verdict = GATE_SIGN_IN, .is_browser = true, .login = LOGIN, .challenge = ASK },
	    { 302, 401, 302 }, NULL },
	{ { .verdict = GATE_SIGN_IN, .challenge = ASK }, { 401, 401, 401 }, "Unauthorized" },
	{ { .verdict = GATE_SIGN_IN, .is_browser = true, .challenge = ASK }, { 401, 401, 401 },
	    "" },
	{ { .verdict = GATE_FORBIDDEN }, { 403, 403, 403 }, "Forbidden" },
	{ { .verdict = GATE_FORBIDDEN, .is_browser = true }, { 403, 403, 403 }, "" },
	{ { .verdict = GATE_CROSS_SITE }, { 403, 403, 403 }, "cross-site request" },
	{ { .verdict = GATE_CROSS_SITE, .is_browser = true }, { 403, 403, 403 }, "" },
	{ { .verdict = GATE_THROTTLED, .wait_s = 7, .challenge = ASK }, { 429, 401, 429 },
	    "Too many requests" },
	{ { .verdict = GATE_UNUSABLE, .wait_s = 7 }, { 500, 500, 500 },
	    "Internal server error" },
	{ { .verdict = GATE_UNUSABLE, .is_browser = true }, { 500, 500, 500 }, "" },
	{ { .verdict = GATE_UNAVAILABLE, .wait_s = 7 }, { 503, 503, 503 },
	    "Service unavailable" },
	{ { .verdict = GATE_UNAVAILABLE, .wait_s = 7, .is_browser = true }, { 503, 503, 503 },
	    "" },
	/* Nobody has set anything. */
	{ { .wait_s = 2 }, { 503, 503, 503 }, "Service unavailable" },
};

static void
check_headers(const struct gate_reply *reply, const char *text)
{
	bool is_nginx = reply->family == GATE_NGINX;
	bool is_sent = !str_is_empty(reply->login);
	const char *challenge = head_value(text, "WWW-Authenticate");
	const char *wait = head_value(text, "Retry-After");

	ck_assert_str_eq(head_value(text, "Cache-Control"), "no-store");
	ck_assert_ptr_null(head_value(text, "Set-Cookie"));
	ck_assert_ptr_null(head_value(text, "Remote-User"));
	ck_assert_ptr_null(head_value(text, "Variable-REMOTE_USER"));
	/* RFC 9110 section 15.5.2: on each 401, but where a page is meant, or nobody should try. */
	ck_assert_int_eq(challenge != NULL, reply->verdict == GATE_SIGN_IN && !is_sent);
	if (challenge != NULL)
		ck_assert_str_eq(challenge, "Cookie realm=\"x\"");
	ck_assert_int_eq(head_value(text, "Location") != NULL, is_sent);
	if (is_sent)
		ck_assert_str_eq(head_value(text, "Location"), "/_gate/login?rd=/a");
	ck_assert_int_eq(wait != NULL, reply->verdict == GATE_UNAVAILABLE ||
					   (reply->verdict == GATE_THROTTLED && !is_nginx));
}

static void
check_body(const struct gate_reply *reply, const char *error, const char *text)
{
	const char *body = head_body(text);
	char want[200];

	if (reply->family == GATE_NGINX || error == NULL) {
		ck_assert_str_eq(body, "");
		ck_assert_ptr_null(head_value(text, "Content-Length"));
		ck_assert_ptr_null(head_value(text, "Content-Type"));
		return;
	}
	ck_assert_uint_lt(strlen(body), 8000); /* Apache cuts */
	ck_assert_str_eq(head_value(text, "X-Content-Type-Options"), "nosniff");
	if (reply->is_browser) {
		ck_assert_str_eq(head_value(text, "Content-Type"), "text/html; charset=utf-8");
		ck_assert_str_eq(head_value(text, "Content-Security-Policy"),
		    "default-src 'none'; frame-ancestors 'none'");
		ck_assert_int_eq(strncmp(body, "<!DOCTYPE html>\n", 16), 0);
		return;
	}
	ck_assert_str_eq(head_value(text, "Content-Type"), "application/json");
	(void)snprintf(want, sizeof(want), "{\n  \"error\": \"%s\"\n}\n", error);
	ck_assert_str_eq(body, want);
}

START_TEST(who_may_not)
{
	for (int family = 0; family < N_FAMILIES; family++) {
		struct gate_reply reply = denials[_i].reply;
		const char *text;

		reply.family = (enum gate_family)family;
		text = written(&reply);
		ck_assert_int_eq(strncmp(text, "Status: ", 8), 0);
		ck_assert_int_eq(response.status, denials[_i].status[family]);
		check_headers(&reply, text);
		check_body(&reply, denials[_i].error, text);
		/* A HEAD has none. */
		reply.is_head = true;
		text = written(&reply);
		ck_assert_str_eq(head_body(text), "");
		ck_assert_int_eq(response.status, denials[_i].status[family]);
		check_headers(&reply, text);
	}
}
END_TEST

/* Whichever allocation fails: a whole reply, or an error. */
START_TEST(without_memory_no_reply_is_half)
{
	const struct gate_reply reply = { .family = _i % 2 == 0 ? GATE_NGINX : GATE_AUTHORIZER,
		BOB };
	char whole[1000];

	(void)snprintf(whole, sizeof(whole), "%s", written(&reply));
	for (unsigned i = 1; i < 8; i++) {
		response_fini(&response);
		response_init(&response);
		fail_alloc_at(i);
		gate_reply_write(&reply, &response);
		fail_alloc_at(0);
		if (response_error(&response) == 0)
			ck_assert_str_eq(written(&reply), whole);
	}
}
END_TEST

Suite *
check_reply_suite(void)
{
	Suite *s = suite_create("gate/reply");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, who_may_pass);
	tcase_add_test(tc, all_four_are_there_whoever_it_is);
	tcase_add_loop_test(tc, values_are_one_line_and_reversible, 0, N(values));
	tcase_add_loop_test(tc, who_may_not, 0, N(denials));
	tcase_add_loop_test(tc, without_memory_no_reply_is_half, 0, 2);
	suite_add_tcase(s, tc);
	return s;
}
