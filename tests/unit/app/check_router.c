/* check_router.c - tests of src/app/router.c */
#include "unit/unit.h"

#include <stdio.h>

#include "unit/app/ask.h"

Suite *check_router_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

static const char *const methods[] = { "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST",
	"PUT" };

static const struct {
	const char *path, *allow;
} routes[] = {
	{ "/api/v1/status", "GET, HEAD, OPTIONS" },
	{ "/api/v1/unauthorized", "GET, HEAD, OPTIONS" },
	{ "/api/v1/forbidden", "GET, HEAD, OPTIONS" },
	{ "/api/v1/stats", "GET, HEAD, OPTIONS" },
	{ "/api/v1/users", "GET, HEAD, OPTIONS, POST" },
	{ "/api/v1/users/me", "DELETE, GET, HEAD, OPTIONS, PUT" },
	{ "/api/v1/users/some-id", "DELETE, GET, HEAD, OPTIONS, PUT" },
	{ "/api/v1/users/me/password", "OPTIONS, PUT" },
	{ "/api/v1/auth_session/login", "OPTIONS, POST" },
	{ "/api/v1/auth_session/logout", "DELETE, OPTIONS" },
	{ "/api/v1/auth_session/sessions", "DELETE, GET, HEAD, OPTIONS" },
	{ "/api/v1/auth_session/sessions/some-handle", "DELETE, OPTIONS" },
};

static bool
is_allowed(const char *allow, const char *method)
{
	size_t n = strlen(method);

	for (const char *at = strstr(allow, method); at != NULL; at = strstr(at + 1, method))
		if ((at == allow || at[-1] == ' ') && (at[n] == ',' || at[n] == '\0'))
			return true;
	return false;
}

/* Allow lists exactly the methods that do not give 405, with and without a slash at the end. */
START_TEST(methods_of_each_route)
{
	for (int m = 0; m < N(methods); m++)
		for (int slash = 0; slash < 2; slash++) {
			char path[100];
			int status;

			(void)snprintf(
			    path, sizeof(path), "%s%s", routes[_i].path, slash ? "/" : "");
			status = ask((struct ask){ .method = methods[m], .path = path });
			ck_assert_msg(
			    (status != 405) == is_allowed(routes[_i].allow, methods[m]),
			    "%s %s: %d", methods[m], path, status);
			if (status == 405 || strcmp(methods[m], "OPTIONS") == 0)
				ck_assert_str_eq(answer_header("Allow"), routes[_i].allow);
			else
				ck_assert_ptr_null(answer_header("Allow"));
			if (status == 405 && strcmp(methods[m], "HEAD") != 0)
				ck_assert_uint_eq(strlen(answer.body), 178);
			if (strcmp(methods[m], "OPTIONS") == 0) {
				ck_assert_int_eq(status, 200);
				ck_assert_str_eq(answer.body, "");
			}
		}
}
END_TEST

START_TEST(head_is_get_without_the_body)
{
	static const char *const paths[] = { "/api/v1/status", "/api/v1/unauthorized",
		"/api/v1/forbidden", "/api/v1/stats", "/api/v1/users", "/api/v1/users/me",
		"/api/v1/auth_session/login", "/unknown" };
	char get[4000], want[4000];

	for (int i = 0; i < N(paths); i++) {
		(void)ask((struct ask){ .method = "GET", .path = paths[i] });
		(void)snprintf(get, sizeof(get), "%.*s", (int)(answer.body - answer.text.p),
		    answer.text.p);
		(void)ask((struct ask){ .method = "HEAD", .path = paths[i] });
		(void)snprintf(want, sizeof(want), "%s", answer.text.p);
		ck_assert_str_eq(get, want);
		ck_assert_str_eq(answer.body, "");
	}
}
END_TEST

static const char *const unknown[] = { "/", "", "/api", "/api/", "/api/v1", "/api/v1/",
	"/api/v1//", "/api/v1/unknown", "/api/v2/status", "/api/v1status", "/api/v1/statu",
	"/api/v1/statuss", "/api/v1/status/x", "/api/v1/status//", "/api/v1//status",
	"/API/V1/STATUS", "/api/v1/Status", "/api/v1/users//", "/api/v1/users/a/b",
	"/api/v1/users//me", "/api/v1/users/me//", "/api/v1/auth_session",
	"/api/v1/auth_session/", "/api/v1/auth_session/loginx",
	"/api/v1/auth_session/sessionsx", "/api/v1/auth_session/sessions//",
	"/api/v1/auth_session/sessions/a/b", "/xapi/v1/status", "status", "api/v1/status" };

START_TEST(any_other_path_is_not_found)
{
	for (int m = 0; m < N(methods); m++) {
		ck_assert_msg(
		    ask((struct ask){ .method = methods[m], .path = unknown[_i] }) == 404,
		    "%s %s: %d", methods[m], unknown[_i], answer.status);
		if (strcmp(methods[m], "HEAD") != 0)
			answer_is_error(404, "Not found");
	}
}
END_TEST

static const char *const types[] = { "auth", "basic_auth", "session_auth", "session_exp_auth",
	"session_db_auth" };

/* Nobody is asked on these; on all others, if they are there or not, everybody is. */
START_TEST(public_paths_and_all_others)
{
	static const struct {
		const char *method, *path;
		int want;
	} public[] = { { "GET", "/api/v1/status", 200 }, { "GET", "/api/v1/status/", 200 },
		{ "PUT", "/api/v1/status", 405 }, { "OPTIONS", "/api/v1/status", 200 },
		{ "GET", "/api/v1/forbidden", 403 }, { "PUT", "/api/v1/forbidden/", 405 },
		{ "GET", "/api/v1/unauthorized", 401 }, { "PUT", "/api/v1/unauthorized/", 405 },
		{ "POST", "/api/v1/auth_session/login", 400 },
		{ "GET", "/api/v1/auth_session/login/", 405 } };
	static const char *const closed[] = { "/api/v1/stats", "/api/v1/stats/",
		"/api/v1/users", "/api/v1/users/me", "/api/v1/users/status",
		"/api/v1/auth_session/logout", "/api/v1/auth_session/logout/",
		"/api/v1/auth_session/sessions", "/api/v1/auth_session/sessions/x",
		"/api/v1/%73tatus", "//api/v1/status", "/api/v1/users/../status",
		"/api/v1/status/.", "/api/v1/auth_session/login/.." };

	for (int i = 0; i < N(public); i++)
		ck_assert_msg(ask((struct ask){ .method = public[i].method,
				  .path = public[i].path,
				  .auth_type = types[_i],
				  .cookie = "unknown" }) == public[i].want,
		    "%s %s: %d", public[i].method, public[i].path, answer.status);
	for (int i = 0; i < N(closed) + N(unknown); i++) {
		const char *path = i < N(closed) ? closed[i] : unknown[i - N(closed)];

		ck_assert_msg(
		    ask((struct ask){
			.method = "GET", .path = path, .auth_type = types[_i] }) == 401,
		    "%s: %d", path, answer.status);
		ck_assert_int_eq(ask((struct ask){ .method = "GET",
				     .path = path,
				     .auth_type = types[_i],
				     .cookie = "unknown" }),
		    403);
	}
}
END_TEST

Suite *
check_router_suite(void)
{
	Suite *s = suite_create("app/router");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_loop_test(tc, methods_of_each_route, 0, N(routes));
	tcase_add_test(tc, head_is_get_without_the_body);
	tcase_add_loop_test(tc, any_other_path_is_not_found, 0, N(unknown));
	tcase_add_loop_test(tc, public_paths_and_all_others, 0, N(types));
	suite_add_tcase(s, tc);
	return s;
}
