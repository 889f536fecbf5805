/* check_dispatch.c - tests of src/app/dispatch.c */
#include "unit/head.h"
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/dispatch.h"
#include "core/clock.h"
#include "core/log.h"
#include "server/txn.h"
#include "unit/app/ask.h"
#include "unit/fail_alloc.h"
#include "unit/fail_part.h"

Suite *check_dispatch_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

/* ------------------------------------------------------------------- the order */

START_TEST(bad_input_comes_before_all)
{
	char *big = calloc(1, REQUEST_BODY_MAX_BYTES + 2);

	memset(big, 'x', REQUEST_BODY_MAX_BYTES + 1);
	(void)ask((struct ask){ .method = "POST", .path = "/api/v1/users", .body = big });
	answer_is_error(413, "Payload too large");
	/* Also for who would not get in. */
	(void)ask((struct ask){ .method = "POST",
	    .path = "/api/v1/users",
	    .auth_type = "session_auth",
	    .body = big });
	answer_is_error(413, "Payload too large");
	free(big);
	(void)ask((struct ask){
	    .method = "GET", .path = "/api/v1/status", .params = { "CONTENT_LENGTH=1x" } });
	answer_is_error(400, "Bad request");
	(void)ask((struct ask){
	    .method = "POST", .path = "/api/v1/users", .params = { "CONTENT_LENGTH=5" } });
	answer_is_error(400, "Bad request");
	/* CORS on every status. */
	ck_assert_str_eq(answer_header("Access-Control-Allow-Origin"), "*");
}
END_TEST

START_TEST(the_filter_comes_before_the_routes)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "DELETE", "OPTIONS",
		"PATCH", "HEAD", "BREW" };
	static const char *const paths[] = { "/api/v1/users", "/api/v1/stats",
		"/api/v1/auth_session/logout", "/api/v1/unknown", "/", "/api/v1/users/me" };

	for (int p = 0; p < N(paths); p++)
		for (int m = 0; m < N(methods); m++) {
			ck_assert_int_eq(ask((struct ask){ .method = methods[m],
					     .path = paths[p],
					     .auth_type = "session_auth" }),
			    401);
			ck_assert_int_eq(ask((struct ask){ .method = methods[m],
					     .path = paths[p],
					     .auth_type = "session_auth",
					     .cookie = "x" }),
			    403);
		}
}
END_TEST

START_TEST(an_unknown_method_is_501)
{
	(void)ask((struct ask){ .method = "BREW", .path = "/api/v1/status" });
	answer_is_error(501, "Not implemented");
	(void)ask((struct ask){ .method = "get", .path = "/api/v1/status" });
	answer_is_error(501, "Not implemented");
	(void)ask((struct ask){ .method = "", .path = "/api/v1/unknown" });
	answer_is_error(501, "Not implemented");
}
END_TEST

/* Methods that an RFC names. */
START_TEST(a_method_of_others_is_405_on_a_route_and_404_elsewhere)
{
	static const char *const methods[] = { "TRACE", "PROPFIND", "LOCK", "REPORT", "PATCH" };

	for (int i = 0; i < N(methods); i++) {
		(void)ask((struct ask){ .method = methods[i], .path = "/api/v1/users/" });
		ck_assert_int_eq(answer.status, 405);
		ck_assert_str_eq(answer_header("Allow"), "GET, HEAD, OPTIONS, POST");
		ck_assert_str_eq(answer_header("Content-Type"), "text/html; charset=utf-8");
		(void)ask((struct ask){ .method = methods[i], .path = "/api/v1/nothing" });
		answer_is_error(404, "Not found");
		(void)ask((struct ask){
		    .method = methods[i], .path = "/", .auth_type = "session_auth" });
		answer_is_error(401, "Unauthorized");
	}
}
END_TEST

START_TEST(an_unknown_type_closes_all_and_says_so)
{
	static const char *const paths[] = { "/api/v1/status", "/api/v1/users", "/",
		"/api/v1/auth_session/login" };
	char *log;

	for (int p = 0; p < N(paths); p++) {
		(void)ask((struct ask){
		    .method = "GET", .path = paths[p], .auth_type = "sesion\nauth" });
		answer_is_error(500, "Internal server error");
	}
	log = site_log();
	ck_assert_ptr_nonnull(strstr(log, "settings-unusable"));
	ck_assert_ptr_nonnull(strstr(log, "AUTH_TYPE=\"sesion\\x0aauth\""));
	free(log);
}
END_TEST

START_TEST(no_verdict_is_503)
{
	char *log;

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	fail_part("admission_enter", 1, -EBUSY);
	(void)ask((struct ask){ .method = "GET",
	    .path = "/api/v1/users",
	    .auth_type = "basic_auth",
	    .basic = "bob@hbtn.io:pwd" });
	answer_is_error(503, "Service unavailable");
	log = site_log();
	ck_assert_ptr_nonnull(strstr(log, "what=authentication"));
	ck_assert_ptr_null(strstr(log, "pwd"));
	free(log);
}
END_TEST

static size_t
n_logged(const char *what)
{
	char *log = site_log();
	size_t n = 0;

	for (const char *at = log; (at = strstr(at, what)) != NULL; at++)
		n++;
	free(log);
	return n;
}

/* The first line of the log with that in it, from its level on; the log is forgotten. */
static void
only_line_with(const char *what, char ret[400])
{
	char *log = site_log(), *at = strstr(log, what), *end;

	ck_assert_msg(at != NULL, "%s is not in %s", what, log);
	ck_assert_ptr_null(strstr(at + 1, what));
	end = strchr(at, '\n');
	ck_assert_ptr_nonnull(end);
	*end = '\0';
	while (at > log && at[-1] != '\n')
		at--;
	(void)snprintf(ret, 400, "%s", strstr(at, "level="));
	free(log);
	site_forget_log();
}

static const struct {
	const char *basic, *form, *reason;
	bool is_known;
	const char *email; /* --log-email */
} refused_cases[] = {
	{ "bob@hbtn.io:pwe", "email=bob@hbtn.io&password=pwe", "reason=\"wrong password\"",
	    true, " email=bob@hbtn.io" },
	{ "eve@hbtn.io:pwe", "email=eve@hbtn.io&password=pwe",
	    "reason=\"no user found for this email\"", false, " email=eve@hbtn.io" },
	/* Nothing of the client's is in the line, so nothing can end it or look like a field. */
	{ "eve\r\nlevel=error\x1b[31m\":pwe",
	    "email=eve%0d%0alevel=error%1b[31m%22&password=pwe",
	    "reason=\"no user found for this email\"", false,
	    " email=\"eve\\x0d\\x0alevel=error\\x1b[31m\\\"\"" },
};

START_TEST(credentials_refused_by_header_and_by_form_are_one_event)
{
	uint64_t before = counters_get(site.app.counters, COUNTER_LOGINS_FAILED);
	struct user *bob = site_add_user("bob@hbtn.io", "pwd");
	char by_header[400], by_form[400], *user;

	site_forget_log();
	(void)ask((struct ask){ .method = "GET",
	    .path = "/api/v1/users/me",
	    .auth_type = "basic_auth",
	    .basic = refused_cases[_i].basic,
	    .params = { "REQUEST_ID=r1", "REMOTE_ADDR=192.0.2.7\n" } });
	answer_is_error(403, "Forbidden");
	only_line_with("login-failed", by_header);
	(void)ask((struct ask){ .method = "POST",
	    .path = "/api/v1/auth_session/login",
	    .auth_type = "session_auth",
	    .type = "application/x-www-form-urlencoded",
	    .body = refused_cases[_i].form,
	    .params = { "REQUEST_ID=r1", "REMOTE_ADDR=192.0.2.7\n" } });
	only_line_with("login-failed", by_form);
	ck_assert_str_eq(by_header, by_form);
	ck_assert_ptr_nonnull(strstr(by_header, refused_cases[_i].reason));
	ck_assert_ptr_nonnull(strstr(
	    by_header, "level=info event=login-failed request=r1 client=\"192.0.2.7\\x0a\" "));
	/* Where one is meant, the id; never the address. */
	user = strstr(by_header, " user=");
	ck_assert_int_eq(user != NULL, refused_cases[_i].is_known);
	if (user != NULL)
		ck_assert_str_eq(user + 6, bob->base.id);
	ck_assert_ptr_null(strstr(by_header, "hbtn.io"));
	ck_assert_uint_eq(counters_get(site.app.counters, COUNTER_LOGINS_FAILED), before + 2);
	user_unref(bob);
}
END_TEST

START_TEST(the_address_is_logged_where_somebody_wants_it)
{
	const char *end = refused_cases[_i].email;
	char line[400];

	site.settings.log_email = true;
	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	site_forget_log();
	(void)ask((struct ask){ .method = "GET",
	    .path = "/api/v1/users/me",
	    .auth_type = "basic_auth",
	    .basic = refused_cases[_i].basic });
	only_line_with("login-failed", line);
	ck_assert_str_eq(line + strlen(line) - strlen(end), end);
	(void)ask((struct ask){ .method = "POST",
	    .path = "/api/v1/auth_session/login",
	    .auth_type = "session_auth",
	    .type = "application/x-www-form-urlencoded",
	    .body = refused_cases[_i].form });
	only_line_with("login-failed", line);
	ck_assert_str_eq(line + strlen(line) - strlen(end), end);
}
END_TEST

/* As a form without a password does, which is 400. */
START_TEST(what_is_no_credential_is_no_failed_login)
{
	static const char *const headers[] = { "HTTP_AUTHORIZATION=Basic x",
		"HTTP_AUTHORIZATION=Bearer Ym9iQGhidG4uaW86cHdl",
		"HTTP_AUTHORIZATION=Basic Ym9iQGhidG4uaW86", "HTTP_COOKIE=_my_session_id=x" };
	char *log;

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	site_forget_log();
	for (int i = 0; i < N(headers); i++) {
		(void)ask((struct ask){ .method = "GET",
		    .path = "/api/v1/users/me",
		    .auth_type = "basic_auth",
		    .params = { headers[i] } });
		if (answer.status != 401)
			answer_is_error(403, "Forbidden");
	}
	(void)ask((struct ask){ .method = "GET",
	    .path = "/api/v1/users/me",
	    .auth_type = "basic_auth",
	    .basic = "bob@hbtn.io:pwd" });
	ck_assert_int_eq(answer.status, 200);
	log = site_log();
	ck_assert_ptr_null(strstr(log, "login-failed"));
	free(log);
	ck_assert_uint_eq(counters_get(site.app.counters, COUNTER_LOGINS_FAILED), 0);
}
END_TEST

/* Two locations of one web server, one program. */
START_TEST(the_type_is_that_of_the_request)
{
	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	ck_assert_int_eq(ask((struct ask){ .method = "GET",
			     .path = "/api/v1/users",
			     .auth_type = "basic_auth",
			     .basic = "bob@hbtn.io:pwd" }),
	    200);
	ck_assert_int_eq(ask((struct ask){ .method = "GET",
			     .path = "/api/v1/users",
			     .auth_type = "session_auth",
			     .basic = "bob@hbtn.io:pwd" }),
	    403);
	ck_assert_int_eq(ask((struct ask){ .method = "GET", .path = "/api/v1/users" }), 200);
}
END_TEST

/* ------------------------------------------------------------- half an answer */

/* Whichever allocation fails: a whole answer, or none at all. */
START_TEST(without_memory_no_answer_is_half)
{
	const struct handler app = dispatch_handler(&site.app);
	static const char *const params[] = { "REQUEST_METHOD=GET", "SCRIPT_NAME=/api/v1/users",
		"AUTH_TYPE=none", NULL };
	struct response response;
	struct request request;
	char whole[2000];

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	(void)ask((struct ask){ .method = "GET", .path = "/api/v1/users" });
	(void)snprintf(whole, sizeof(whole), "%s", answer.body);
	for (unsigned i = 1; i < 12; i++) {
		ck_assert_int_eq(request_init(&request, params), 0);
		response_init(&response);
		fail_alloc_at(i);
		(void)app.handle(app.arg, &request, TXN_MAY_ALL, &response);
		fail_alloc_at(0);
		if (response_error(&response) == 0 && response.status == 200)
			unit_assert_str(buf_str(&response.body), whole);
		else if (response_error(&response) == 0)
			ck_assert_int_ge(response.status, 500);
		response_fini(&response);
		request_fini(&request);
	}
}
END_TEST

/* What is asked must not hear 200 from a route. */
START_TEST(a_role_that_is_not_ours)
{
	const struct handler app = dispatch_handler(&site.app);
	static const char *const params[] = { "REQUEST_METHOD=GET",
		"SCRIPT_NAME=/api/v1/status", "AUTH_TYPE=none", "CONTENT_LENGTH=5", NULL };
	static const char *const of_check[] = { "REQUEST_METHOD=GET", "GATE=nginx",
		"SCRIPT_NAME=/_gate/check", "AUTH_TYPE=none", "SESSIONGATE_STATUS=on", NULL };
	static const enum request_role roles[] = { REQUEST_FILTER, 0, 4 };
	struct response response;
	struct request request;

	for (int i = 0; i < 2 * N(roles); i++) {
		ck_assert_int_eq(request_init(&request, i % 2 == 0 ? params : of_check), 0);
		ck_assert_int_eq(request.role, REQUEST_RESPONDER);
		request.role = roles[i / 2];
		response_init(&response);
		ck_assert_int_eq(
		    app.handle(app.arg, &request, TXN_MAY_ALL, &response), HANDLER_ANSWERED);
		ck_assert_int_eq(response.status, 501);
		response_fini(&response);
		request_fini(&request);
	}
}
END_TEST

/* ------------------------------------------------------------------ what a request is */

static const struct {
	const char *path, *params[3];
	int status; /* with AUTH_TYPE none */
} kinds[] = {
	/* The API, as ever. */
	{ "/api/v1/status", { NULL }, 200 },
	{ "/api/v1/status", { "HTTP_GATE=nginx" }, 200 },
	{ "/api/v1/status", { "REQUEST_URI=/_gate/check" }, 200 },
	{ "/_gate", { NULL }, 404 },
	{ "/_gatex/check", { NULL }, 404 },
	{ "//_gate/check", { NULL }, 404 },
	{ "", { "REQUEST_URI=/_gate/check" }, 404 },
	/* A typing error is not the API's, nor a page. */
	{ "/api/v1/status", { "GATE=" }, 403 },
	{ "/api/v1/status", { "GATE=Nginx" }, 403 },
	{ "/api/v1/status", { "GATE=nginx " }, 403 },
	{ "/api/v1/status", { "GATE=nginx", "GATE=nginx" }, 403 },
	{ "/api/v1/status", { "GATE=on", "SESSIONGATE_STATUS=on" }, 403 },
	{ "/_gate/login", { "GATE=lighttpd" }, 403 },
	/* A check that does not say so. */
	{ "/_gate/check", { NULL }, 500 },
	{ "/_gate/check-admin", { NULL }, 500 },
	{ "/_gate/check/", { NULL }, 500 },
	{ "", { "PATH_INFO=/_gate/check" }, 500 },
	{ "/_gate", { "PATH_INFO=/check" }, 500 },
	{ "/_gate/check", { "SESSIONGATE_STATUS=on" }, 500 },
	{ "/_gate/check", { "REQUEST_URI=/private" }, 500 },
	{ "/sso/check", { "GATE_PREFIX=/sso/" }, 500 },
	{ "/_gate/check", { "GATE_PREFIX=/sso/" }, 404 },
};

START_TEST(what_a_request_is)
{
	struct ask request = { .method = "GET", .path = kinds[_i].path };
	char *log;

	memcpy(request.params, kinds[_i].params, sizeof(kinds[_i].params));
	ck_assert_int_eq(ask(request), kinds[_i].status);
	log = site_log();
	ck_assert_int_eq(
	    strstr(log, "event=settings-unusable") != NULL, kinds[_i].status == 403);
	ck_assert_int_eq(
	    strstr(log, "event=gate-misconfigured") != NULL, kinds[_i].status == 500);
	free(log);
}
END_TEST

/* A cookie's name that no header has room for: nothing of it leaves, and the log says why. */
START_TEST(an_answer_that_does_not_fit_is_told)
{
	static char name[2 * RESPONSE_HEADERS_MAX_BYTES] = "SESSION_NAME=";
	char *log;

	memset(name + strlen(name), 'x', sizeof(name) - 1 - strlen(name));
	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	ck_assert_int_eq(ask((struct ask){ .method = "POST",
			     .path = "/api/v1/auth_session/login",
			     .auth_type = "session_auth",
			     .type = "application/x-www-form-urlencoded",
			     .body = "email=bob%40hbtn.io&password=pwd",
			     .params = { name } }),
	    500);
	answer_is_error(500, "Internal server error");
	log = site_log();
	ck_assert_ptr_nonnull(strstr(log, "level=error event=answer-failed "));
	ck_assert_ptr_nonnull(strstr(log, " reason=\"longer than it may be\" n=1\n"));
	free(log);
}
END_TEST

static const char *const posts[][4] = {
	{ "SCRIPT_NAME=/api/v1/auth_session/login",
	    "CONTENT_TYPE=application/x-www-form-urlencoded", "AUTH_TYPE=session_db_auth",
	    "email=bob@hbtn.io&password=%70wd" },
	{ "SCRIPT_NAME=/api/v1/users", "CONTENT_TYPE=application/json", "AUTH_TYPE=none",
	    "{\"email\": \"user@x\", \"password\": \"x\"}" },
	{ "SCRIPT_NAME=/", "SESSIONGATE_STATUS=on", "AUTH_TYPE=none", "" },
};

/* Nor is a good request ever told that it was a bad one. */
START_TEST(without_memory_nothing_good_is_refused)
{
	const struct handler app = dispatch_handler(&site.app);
	const char *const params[] = { "REQUEST_METHOD=POST", posts[_i][0], posts[_i][1],
		posts[_i][2], NULL };
	struct response response;
	struct request request;
	struct user *user;

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	for (unsigned i = 1; i < 60; i++) {
		ck_assert_int_eq(request_init(&request, params), 0);
		request_set_body(&request, str_of(posts[_i][3]), false);
		response_init(&response);
		fail_alloc_at(i);
		(void)app.handle(app.arg, &request, TXN_MAY_ALL, &response);
		fail_alloc_at(0);
		if (response_error(&response) == 0)
			ck_assert_msg(response.status < 300 || response.status >= 500,
			    "allocation %u: %d", i, response.status);
		if (users_find_by_email(site.app.env.users, STR_LIT("user@x"), &user) == 0) {
			ck_assert_int_eq(
			    users_remove(site.app.env.users, str_of(user->base.id), STR_NULL),
			    0);
			user_unref(user);
		}
		response_fini(&response);
		request_fini(&request);
	}
}
END_TEST

/* An answer that cannot be sent becomes a 500 that carries what every answer carries. */
START_TEST(an_impossible_answer_is_a_500)
{
	static char realm[5000] = "AUTH_REALM=", cookie_name[20000] = "SESSION_NAME=";

	memset(realm + 11, 'r', sizeof(realm) - 12);
	(void)ask((struct ask){ .method = "GET",
	    .path = "/api/v1/status",
	    .auth_type = "session_auth",
	    .params = { realm } });
	ck_assert_int_eq(answer.status, 200);

	/* A cookie that no browser keeps: 4096 bytes are all there may be. */
	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	memset(cookie_name + 13, 'c', 5000);
	(void)ask((struct ask){ .method = "POST",
	    .path = "/api/v1/auth_session/login",
	    .auth_type = "session_auth",
	    .type = "application/x-www-form-urlencoded",
	    .body = "email=bob@hbtn.io&password=pwd",
	    .params = { cookie_name } });
	answer_is_error(500, "Internal server error");
	ck_assert_ptr_null(answer_header("Set-Cookie"));
}
END_TEST

/* ------------------------------------------------------------ what would wait */

static struct asked {
	const char *method, *path, *type, *body;
	const char *param; /* a header of the request */
	enum handler_next next;
	int status;
} asked;

/* One pass of a request with that permit; status 0: the response is empty. */
static enum handler_next
pass(struct asked *a, struct handler_permit permit)
{
	const struct handler app = dispatch_handler(&site.app);
	char method[64], type[64], length[64], path[64];
	const char *const params[] = { method, path, type, length,
		"CONTENT_TYPE=application/x-www-form-urlencoded",
		a->param != NULL ? a->param : "X=y", NULL };
	struct response response;
	struct request request;
	struct str body = str_of(a->body);

	(void)snprintf(method, sizeof(method), "REQUEST_METHOD=%s", a->method);
	(void)snprintf(path, sizeof(path), "SCRIPT_NAME=/api/v1%s", a->path);
	(void)snprintf(type, sizeof(type), "AUTH_TYPE=%s", a->type);
	(void)snprintf(length, sizeof(length), "CONTENT_LENGTH=%zu", body.n);
	ck_assert_int_eq(request_init(&request, params), 0);
	if (a->body != NULL && a->body[0] == '{')
		request.content_type = STR_LIT("application/json");
	request_set_body(&request, body, false);
	response_init(&response);
	a->next = app.handle(app.arg, &request, permit, &response);
	a->status = a->next == HANDLER_ANSWERED ? response.status : 0;
	if (a->next != HANDLER_ANSWERED)
		ck_assert_uint_eq(response.headers.n + response.body.n, 0);
	response_fini(&response);
	request_fini(&request);
	return a->next;
}

static struct hasher_list hashes;
static struct throttle_attempt attempt;

static enum handler_next
pass_in_haste(struct asked a)
{
	asked = a;
	(void)pass(&asked, (struct handler_permit){ false, false, &hashes, &attempt });
	return asked.next;
}

static enum handler_next
pass_where_it_may_wait(void)
{
	return pass(&asked, (struct handler_permit){ true, true, &hashes, &attempt });
}

#define BOB "HTTP_AUTHORIZATION=Basic Ym9iQGhidG4uaW86cHdk" /* bob@hbtn.io:pwd */

static const struct {
	struct asked request;
	enum handler_next next;
	int status; /* of what is answered at once */
} in_haste[] = {
	/* What only flushes, and what grows with the users, waits for no hash. */
	{ { "PUT", "/users/x", "none", "{}", NULL, 0, 0 }, HANDLER_WAIT, 0 },
	{ { "DELETE", "/users/x", "none", NULL, NULL, 0, 0 }, HANDLER_WAIT, 0 },
	{ { "DELETE", "/auth_session/logout", "none", NULL, NULL, 0, 0 }, HANDLER_WAIT, 0 },
	{ { "GET", "/users", "none", NULL, NULL, 0, 0 }, HANDLER_LONG, 0 },
	{ { "HEAD", "/users/", "none", NULL, NULL, 0, 0 }, HANDLER_LONG, 0 },
	/* What does neither is answered. */
	{ { "GET", "/users/x", "none", NULL, NULL, 0, 0 }, HANDLER_ANSWERED, 404 },
	{ { "GET", "/stats", "none", NULL, NULL, 0, 0 }, HANDLER_ANSWERED, 200 },
	{ { "OPTIONS", "/users", "none", NULL, NULL, 0, 0 }, HANDLER_ANSWERED, 200 },
	{ { "POST", "/stats", "none", NULL, NULL, 0, 0 }, HANDLER_ANSWERED, 405 },
	/* So is what the filter refuses, */
	{ { "POST", "/users", "session_auth", "{}", NULL, 0, 0 }, HANDLER_ANSWERED, 401 },
	{ { "PUT", "/users/x", "session_auth", "{}", "HTTP_COOKIE=_my_session_id=x", 0, 0 },
	    HANDLER_ANSWERED, 403 },
	{ { "DELETE", "/users/x", "session_auth", NULL, BOB, 0, 0 }, HANDLER_ANSWERED, 403 },
	{ { "GET", "/users", "basic_auth", NULL, "HTTP_AUTHORIZATION=Basic x", 0, 0 },
	    HANDLER_ANSWERED, 403 },
	/* and a bad body, */
	{ { "POST", "/users", "none", "{", NULL, 0, 0 }, HANDLER_ANSWERED, 400 },
	{ { "POST", "/users", "none", "{\"email\": \"a@x\"}", NULL, 0, 0 }, HANDLER_ANSWERED,
	    400 },
	{ { "POST", "/users", "none", "{\"email\": \"bob@hbtn.io\", \"password\": \"p\"}", NULL,
	      0, 0 },
	    HANDLER_ANSWERED, 400 },
	{ { "POST", "/auth_session/login", "session_auth", "password=p", NULL, 0, 0 },
	    HANDLER_ANSWERED, 400 },
	{ { "POST", "/auth_session/login", "session_auth", "email=bob@hbtn.io", NULL, 0, 0 },
	    HANDLER_ANSWERED, 400 },
	/* and an unknown address, which costs no hash here. */
	{ { "POST", "/auth_session/login", "session_auth", "email=eve@x&password=p", NULL, 0,
	      0 },
	    HANDLER_ANSWERED, 404 },
	/* What is left hashes. */
	{ { "POST", "/auth_session/login", "session_auth", "email=bob@hbtn.io&password=p", NULL,
	      0, 0 },
	    HANDLER_HASH, 0 },
	{ { "POST", "/users", "none", "{\"email\": \"ann@x\", \"password\": \"p\"}", NULL, 0,
	      0 },
	    HANDLER_HASH, 0 },
	{ { "GET", "/users/me", "basic_auth", NULL, BOB, 0, 0 }, HANDLER_HASH, 0 },
	{ { "GET", "/users", "basic_auth", NULL, BOB, 0, 0 }, HANDLER_HASH, 0 },
};

static void
must_not_be(void *arg)
{
	(void)arg;
	ck_abort_msg("it waits for the disk");
}

START_TEST(what_may_wait_is_left_and_no_more)
{
	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	site_forget_log();
	fail_part("admission_enter", 1, -EIO); /* it would, if it hashed */
	fail_part_before("journal_sync", must_not_be, NULL);
	ck_assert_int_eq(pass_in_haste(in_haste[_i].request), in_haste[_i].next);
	ck_assert_int_eq(asked.status, in_haste[_i].status);
	ck_assert(!fail_part_is_done());
	ck_assert_int_eq(hasher_is_pending(&hashes), in_haste[_i].next == HANDLER_HASH);
	/* A request that is asked again is no failure. */
	ck_assert_uint_eq(n_logged("event=unavailable"), 0);
	hasher_list_wipe(&hashes);
}
END_TEST

/* A pass, a hash, a pass ...: what the queues of a worker do. */
static unsigned
pass_on_to_the_answer(struct asked a)
{
	unsigned n_hashes = 0;

	for (pass_in_haste(a); asked.next != HANDLER_ANSWERED; pass_where_it_may_wait())
		if (asked.next == HANDLER_HASH) {
			ck_assert_uint_lt(++n_hashes, 10);
			hasher_run(&hashes, 10000);
		}
	hasher_list_wipe(&hashes);
	return n_hashes;
}

static const struct asked login = { "POST", "/auth_session/login", "session_db_auth",
	"email=bob@hbtn.io&password=pwd", NULL, 0, 0 };

START_TEST(a_hash_elsewhere_and_the_answer_here)
{
	uint64_t n = user_sessions_count(site.app.env.table);
	struct asked wrong = login;
	struct user *bob = site_add_user("bob@hbtn.io", "pwd"), *now;

	ck_assert_uint_eq(pass_on_to_the_answer(login), 1);
	ck_assert_int_eq(asked.status, 200);
	ck_assert_uint_eq(user_sessions_count(site.app.env.table), n + 1);
	wrong.body = "email=bob@hbtn.io&password=pwe";
	ck_assert_uint_ge(pass_on_to_the_answer(wrong), 1);
	ck_assert_int_eq(asked.status, 401);
	/* One line for each, however often it began again. */
	site_forget_log();
	(void)pass_on_to_the_answer(wrong);
	ck_assert_uint_eq(n_logged("event=login-failed"), 1);
	/* Another cost: the password is known now, and hashed once more. */
	site.app.env.hash_cost = 2;
	ck_assert_uint_eq(pass_on_to_the_answer(login), 2);
	ck_assert_int_eq(asked.status, 200);
	ck_assert_uint_eq(user_sessions_count(site.app.env.table), n + 2);
	ck_assert_int_eq(users_get(site.app.env.users, str_of(bob->base.id), &now), 0);
	ck_assert(!str_eq(now->password_hash, bob->password_hash));
	user_unref(now);
	user_unref(bob);
}
END_TEST

START_TEST(a_user_is_made_with_one_hash)
{
	const struct asked add = { "POST", "/users", "none",
		"{\"email\": \"ann@x.org\", \"password\": \"p\"}", NULL, 0, 0 };

	ck_assert_uint_eq(pass_on_to_the_answer(add), 1);
	ck_assert_int_eq(asked.status, 201);
	ck_assert_uint_eq(pass_on_to_the_answer(add), 0);
	ck_assert_int_eq(asked.status, 400);
}
END_TEST

static void
change_password(void *arg)
{
	fail_part_none();
	ck_assert_int_eq(account_set_password(&site.accounts, str_of(arg), STR_LIT("pwd")), 0);
}

/* The password is hashed again between the session and its confirmation: one session, in the end. */
START_TEST(a_session_that_is_not_confirmed_at_once)
{
	uint64_t n = user_sessions_count(site.app.env.table);
	struct user *bob = site_add_user("bob@hbtn.io", "pwd");

	fail_part_before("table_insert_after", change_password, bob->base.id);
	ck_assert_uint_ge(pass_on_to_the_answer(login), 2);
	ck_assert_int_eq(asked.status, 200);
	ck_assert_uint_eq(user_sessions_count(site.app.env.table), n + 1);
	user_unref(bob);
}
END_TEST

START_TEST(no_turn_in_time_is_503)
{
	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	fail_part("admission_enter", 1, -EBUSY);
	ck_assert_uint_eq(pass_on_to_the_answer(login), 1);
	ck_assert_int_eq(asked.status, 503);
	ck_assert(fail_part_is_done());
}
END_TEST

/* --------------------------------------------------- refusals of the gateway */

START_TEST(the_gateways_refusals_look_like_ours)
{
	const struct handler app = dispatch_handler(&site.app);
	static const char *const params[] = { "REQUEST_METHOD=GET", "SCRIPT_NAME=/api/v1/users",
		"AUTH_TYPE=session_auth", NULL };
	static const int statuses[] = { 501, 503 };
	struct response response;
	struct request request;

	ck_assert_int_eq(request_init(&request, params), 0);
	for (int i = 0; i < 2; i++) {
		response_init(&response);
		app.refuse(app.arg, &request, statuses[i], &response);
		ck_assert_int_eq(response.status, statuses[i]);
		buf_add_char(&response.headers, '\0');
		head_check_fields(response.headers.p);
		ck_assert_str_eq(
		    head_value(response.headers.p, "X-Content-Type-Options"), "nosniff");
		ck_assert_str_eq(
		    head_value(response.headers.p, "Access-Control-Allow-Origin"), "*");
		ck_assert_int_eq(head_value(response.headers.p, "Retry-After") != NULL, i == 1);
		response_fini(&response);
	}
	request_fini(&request);
}
END_TEST

/* No field comes twice; the gateway has logged why. */
START_TEST(a_refusal_says_it_once)
{
	const struct handler app = dispatch_handler(&site.app);
	static const char *const params[] = { "REQUEST_METHOD=GET", "SCRIPT_NAME=/api/v1/users",
		"AUTH_TYPE=session_auth", NULL };
	static const int statuses[] = { 400, 500, 501, 503 };
	struct txn txn;

	txn_init(&txn);
	site_forget_log();
	ck_assert_int_eq(txn_begin(&txn, params), 0);
	txn_body_done(&txn, STR_NULL, false);
	txn_refuse(&txn, &app, statuses[_i]);
	buf_fini(&answer.text);
	buf_init(&answer.text, 65536);
	buf_add_str(&answer.text, txn_answer(&txn));
	answer_split(false);
	ck_assert_int_eq(answer.status, statuses[_i]);
	ck_assert_uint_eq(n_logged("\n"), 0);
	txn_end(&txn, true);
	txn_fini(&txn);
}
END_TEST

/* -------------------------------------------------------------- housekeeping */

/* A clock ten years ahead, and a new session table: what seems past stays for a day. */
START_TEST(a_clock_far_ahead_purges_nothing_for_a_day)
{
	const int64_t day_ms = INT64_C(24) * 60 * 60 * 1000, wall_ms = 1700000000000;
	const struct handler app = dispatch_handler(&site.app);
	const struct digest_tag tag = { { 1, 2, 3 } };
	struct user_session session;
	char *log;

	clock_freeze(1000000, wall_ms);
	ck_assert_int_eq(user_session_init(&session, STR_LIT("abcde"), &tag, 86400), 0);
	ck_assert_int_eq(user_sessions_add(site.app.env.user_sessions, &session), 0);
	clock_freeze(5000, wall_ms + 3650 * day_ms);
	site_forget_log();
	site_reboot();
	log = site_log();
	ck_assert_ptr_nonnull(strstr(log, "level=warn event=clock-ahead"));
	ck_assert_ptr_nonnull(strstr(log, "newest_session=\"2023-11-14 22:13:20\""));
	free(log);
	for (int hour = 0; hour < 24; hour++) {
		clock_freeze(5000 + hour * day_ms / 24, wall_ms + 3650 * day_ms);
		app.tick(app.arg);
	}
	ck_assert_uint_eq(site_count_stored(), 1);
	/* The clock is set right: the session is as good as ever. */
	clock_freeze(5000, wall_ms + 1000);
	site_reboot();
	ck_assert_uint_eq(user_sessions_count(site.app.env.table), 1);
	/* It was not the clock. */
	clock_freeze(5000, wall_ms + 3650 * day_ms);
	site_reboot();
	clock_freeze(5000 + day_ms + day_ms / 24, wall_ms + 3651 * day_ms);
	app.tick(app.arg);
	ck_assert_uint_eq(site_count_stored(), 0);
}
END_TEST

/* Ten days after the last login nobody is alarmed. */
START_TEST(a_quiet_site_is_no_wrong_clock)
{
	const struct digest_tag tag = { { 1, 2, 3 } };
	struct user_session session;
	char *log;

	clock_freeze(1000000, 1700000000000);
	ck_assert_int_eq(user_session_init(&session, STR_LIT("abcde"), &tag, 60), 0);
	ck_assert_int_eq(user_sessions_add(site.app.env.user_sessions, &session), 0);
	clock_freeze(5000, 1700000000000 + INT64_C(10) * 24 * 60 * 60 * 1000);
	site_forget_log();
	site_reboot();
	log = site_log();
	ck_assert_ptr_null(strstr(log, "event=clock"));
	free(log);
}
END_TEST

START_TEST(the_tick_purges_past_sessions_now_and_then)
{
	const struct handler app = dispatch_handler(&site.app);
	const struct digest_tag tag = { { 1, 2, 3 } };
	struct user_session session;
	char *log;

	clock_freeze(INT64_C(100) * 60 * 1000, 1700000000000);
	app.tick(app.arg);
	ck_assert_int_eq(user_session_init(&session, STR_LIT("abcde"), &tag, 60), 0);
	ck_assert_int_eq(user_sessions_add(site.app.env.user_sessions, &session), 0);
	clock_freeze(INT64_C(100) * 60 * 1000 + 61000, 1700000061000);
	app.tick(app.arg);
	ck_assert_uint_eq(site_count_stored(), 1); /* not yet */
	clock_freeze(INT64_C(110) * 60 * 1000, 1700000600000);
	app.tick(app.arg);
	ck_assert_uint_eq(site_count_stored(), 0);
	log = site_log();
	ck_assert_ptr_nonnull(strstr(log, "past-sessions-purged n=1"));
	free(log);
}
END_TEST

START_TEST(the_tick_tells_what_went_wrong)
{
	const struct handler app = dispatch_handler(&site.app);
	char *log;

	clock_freeze(INT64_C(100) * 60 * 1000, 1700000000000);
	fail_part("journal_catch_up", 1, -EIO);
	app.tick(app.arg);
	log = site_log();
	ck_assert_ptr_nonnull(strstr(log, "housekeeping-failed what=\"past sessions\""));
	free(log);
}
END_TEST

/* A second later there is another tick. */
START_TEST(a_busy_table_is_nothing_to_warn_of)
{
	const struct handler app = dispatch_handler(&site.app);
	char *log;

	log_configure(LOG_LEVEL_DEBUG, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	fail_part("table_tick", 1, -ETIMEDOUT);
	app.tick(app.arg);
	ck_assert(fail_part_is_done());
	log = site_log();
	ck_assert_ptr_nonnull(strstr(log, "level=debug"));
	ck_assert_ptr_nonnull(strstr(log, "housekeeping-postponed what=\"session table\""));
	ck_assert_ptr_null(strstr(log, "level=warn"));
	free(log);
	fail_part("table_tick", 1, -EBADMSG);
	ck_assert(!app.tick(app.arg));
	log = site_log();
	ck_assert_ptr_nonnull(strstr(log, "housekeeping-failed what=\"session table\""));
	free(log);
}
END_TEST

/* Its file was removed: others would work with another one. */
START_TEST(a_lost_table_is_told_once_and_left)
{
	const struct handler app = dispatch_handler(&site.app);
	char line[400];

	ck_assert(!app.tick(app.arg));
	for (int i = 0; i < 3; i++) {
		fail_part("table_tick", 1, -ESTALE);
		ck_assert(app.tick(app.arg));
		ck_assert(fail_part_is_done());
	}
	only_line_with("level=error event=session-table-lost", line);
	ck_assert(!app.tick(app.arg));
}
END_TEST

Suite *
check_dispatch_suite(void)
{
	Suite *s = suite_create("app/dispatch");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, bad_input_comes_before_all);
	tcase_add_test(tc, the_filter_comes_before_the_routes);
	tcase_add_test(tc, an_unknown_method_is_501);
	tcase_add_test(tc, a_method_of_others_is_405_on_a_route_and_404_elsewhere);
	tcase_add_test(tc, an_unknown_type_closes_all_and_says_so);
	tcase_add_test(tc, no_verdict_is_503);
	tcase_add_loop_test(
	    tc, credentials_refused_by_header_and_by_form_are_one_event, 0, N(refused_cases));
	tcase_add_loop_test(
	    tc, the_address_is_logged_where_somebody_wants_it, 0, N(refused_cases));
	tcase_add_test(tc, what_is_no_credential_is_no_failed_login);
	tcase_add_test(tc, the_type_is_that_of_the_request);
	tcase_add_test(tc, without_memory_no_answer_is_half);
	tcase_add_test(tc, a_role_that_is_not_ours);
	tcase_add_loop_test(tc, what_a_request_is, 0, N(kinds));
	tcase_add_test(tc, an_answer_that_does_not_fit_is_told);
	tcase_add_loop_test(tc, without_memory_nothing_good_is_refused, 0, N(posts));
	tcase_add_test(tc, an_impossible_answer_is_a_500);
	tcase_add_loop_test(tc, a_refusal_says_it_once, 0, 4);
	tcase_add_loop_test(tc, what_may_wait_is_left_and_no_more, 0,
	    (int)(sizeof(in_haste) / sizeof(in_haste[0])));
	tcase_add_test(tc, a_hash_elsewhere_and_the_answer_here);
	tcase_add_test(tc, a_user_is_made_with_one_hash);
	tcase_add_test(tc, a_session_that_is_not_confirmed_at_once);
	tcase_add_test(tc, no_turn_in_time_is_503);
	tcase_add_test(tc, the_gateways_refusals_look_like_ours);
	tcase_add_test(tc, the_tick_purges_past_sessions_now_and_then);
	tcase_add_test(tc, a_clock_far_ahead_purges_nothing_for_a_day);
	tcase_add_test(tc, a_quiet_site_is_no_wrong_clock);
	tcase_add_test(tc, the_tick_tells_what_went_wrong);
	tcase_add_test(tc, a_busy_table_is_nothing_to_warn_of);
	tcase_add_test(tc, a_lost_table_is_told_once_and_left);
	suite_add_tcase(s, tc);
	return s;
}
