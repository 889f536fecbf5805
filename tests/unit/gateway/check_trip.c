/* check_trip.c - tests of src/gateway/trip.c */
#include "gateway/trip.h"

#include <stdio.h>
#include <unistd.h>

#include "core/log.h"
#include "unit/head.h"
#include "unit/unit.h"

Suite *check_trip_suite(void);

static struct buf out;

static void
setup(void)
{
	buf_init(&out, 1024 * 1024);
	log_configure(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
}

static void
teardown(void)
{
	buf_fini(&out);
}

/* Answers with the number of bytes of the body, and what is refused with that. */
static enum gateway_next
handle(void *arg, const struct request *request, struct gateway_permit permit,
    struct response *response)
{
	char text[64];

	(void)arg, (void)permit;
	response->status = request->refusal != 0 ? request->refusal : 200;
	if (str_eq_z(request->path, "/broken"))
		response_add_header(response, STR_LIT("Bad"), STR_LIT("a\r\nb"));
	(void)snprintf(text, sizeof(text), "n=%zu", request->body.n);
	response_set_body(response, STR_LIT("text/plain"), str_of(text));
	return GATEWAY_ANSWERED;
}

static void
refuse(void *arg, const struct request *request, int status, struct response *response)
{
	(void)arg, (void)request;
	response->status = status;
	response_add_header(response, STR_LIT("X-Refused"), STR_LIT("yes"));
}

static const struct gateway_app app = { .handle = handle };
static const struct gateway_app refusing_app = { .handle = handle, .refuse = refuse };

static void
expect_status(const char *status)
{
	char want[64];

	(void)snprintf(want, sizeof(want), "Status: %s ", status);
	ck_assert_msg(
	    str_starts_with(buf_str(&out), str_of(want)), "%.*s", STR_FMT(buf_str(&out)));
	buf_add_char(&out, '\0');
	out.n--;
	(void)head_body(out.p);
}

static bool
answer_has(const char *text)
{
	buf_add_char(&out, '\0');
	out.n--;
	return strstr(out.p, text) != NULL;
}

START_TEST(an_answer_that_cannot_be_built_is_a_500)
{
	const char *const params[] = { "REQUEST_METHOD=GET", "SCRIPT_NAME=/broken", NULL };

	log_configure(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT, LOG_TARGET_SYSLOG);
	ck_assert_int_eq(gateway_memory(&app, params, STR_NULL, &out), 0);
	expect_status("500");
	ck_assert(!answer_has("Bad"));
	ck_assert(answer_has("{\n  \"error\": \"Internal Server Error\"\n}\n"));
	buf_clear(&out);
	ck_assert_int_eq(gateway_memory(&refusing_app, params, STR_NULL, &out), 0);
	expect_status("500");
	ck_assert(answer_has("X-Refused: yes"));
}
END_TEST

START_TEST(a_refusal_of_the_gateway)
{
	const char *const params[] = { "REQUEST_METHOD=GET", "SCRIPT_NAME=/a", NULL };
	struct trip trip;

	trip_init(&trip);
	ck_assert_int_eq(trip_begin(&trip, params), 0);
	ck_assert_uint_eq(trip.request.request_id.n, 16); /* made here */
	trip_body_done(&trip, STR_NULL, false);
	trip_refuse(&trip, &app, 503);
	buf_add_str(&out, buf_str(&trip.out));
	expect_status("503");
	ck_assert(answer_has("\r\nRetry-After: 2\r\n"));
	trip_end(&trip, true);
	trip_fini(&trip);
}
END_TEST

START_TEST(the_web_server_s_id_is_kept)
{
	const char *const params[] = { "REQUEST_METHOD=GET", "REQUEST_ID=abc", NULL };
	struct trip trip;

	trip_init(&trip);
	ck_assert_int_eq(trip_begin(&trip, params), 0);
	unit_assert_str(trip.request.request_id, "abc");
	trip_fini(&trip); /* ends it, too */
}
END_TEST

/* What standard error got. */
static char *
capture_log(const char *const *params, bool is_sent)
{
	static char text[4096];
	struct trip trip;
	int fds[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	log_configure(LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	trip_configure(true);
	ck_assert_int_eq(pipe(fds), 0);
	(void)dup2(fds[1], STDERR_FILENO);
	trip_init(&trip);
	ck_assert_int_eq(trip_begin(&trip, params), 0);
	trip_body_done(&trip, STR_LIT("secret"), false);
	(void)trip_handle(&trip, &app, TRIP_MAY_ALL);
	trip_end(&trip, is_sent);
	trip_fini(&trip);
	log_info("afterwards", log_z("a", "b"));
	(void)dup2(saved, STDERR_FILENO);
	(void)close(fds[1]);
	n = read(fds[0], text, sizeof(text) - 1);
	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	(void)close(fds[0]);
	(void)close(saved);
	trip_configure(false);
	return text;
}

START_TEST(one_line_per_request)
{
	const char *const params[] = { "REQUEST_METHOD=POST", "SCRIPT_NAME=/a b\n\x1b[31m",
		"REMOTE_ADDR=192.0.2.7", "REQUEST_ID=r1", "CONTENT_LENGTH=6",
		"HTTP_COOKIE=_my_session_id=secret", "QUERY_STRING=password=secret", NULL };
	char *text = capture_log(params, true), *end = strchr(text, '\n');

	ck_assert_ptr_nonnull(strstr(text, " event=request "));
	ck_assert_ptr_nonnull(strstr(text, " request=r1 client=192.0.2.7 "));
	ck_assert_ptr_nonnull(strstr(text, " method=POST path=\"/a b\\x0a\\x1b[31m\" "));
	ck_assert_ptr_nonnull(strstr(text, " status=200 "));
	ck_assert_ptr_null(strstr(text, "secret"));
	/* The second line, after the end, is nobody's. */
	ck_assert_ptr_nonnull(strstr(end, "event=afterwards"));
	ck_assert_ptr_null(strstr(end, "r1"));
	ck_assert_ptr_null(strchr(strchr(end + 1, '\n') + 1, '\n'));
}
END_TEST

START_TEST(an_answer_that_did_not_leave)
{
	const char *const params[] = { "REQUEST_METHOD=POST", "SCRIPT_NAME=/a", NULL };

	ck_assert_ptr_nonnull(strstr(capture_log(params, false), " status=0 "));
}
END_TEST

START_TEST(a_body_does_not_stay_in_memory)
{
	const char *const params[] = { "REQUEST_METHOD=POST", "CONTENT_LENGTH=6", NULL };
	struct trip trip;

	trip_init(&trip);
	buf_add_z(&trip.body, "secret");
	ck_assert_int_eq(trip_begin(&trip, params), 0);
	trip_body_done(&trip, buf_str(&trip.body), false);
	(void)trip_handle(&trip, &app, TRIP_MAY_ALL);
	trip_end(&trip, true);
	ck_assert_int_eq(memcmp(trip.body.p, "\0\0\0\0\0\0", 6), 0);
	trip_fini(&trip);
}
END_TEST

/* The id of a session, in the headers of a login's answer. */
static enum gateway_next
hand_out(void *arg, const struct request *request, struct gateway_permit permit,
    struct response *response)
{
	(void)arg, (void)request, (void)permit;
	response_add_header(response, STR_LIT("Set-Cookie"), STR_LIT("id=not-for-others"));
	response_set_body(response, STR_LIT("text/plain"), STR_LIT("welcome"));
	return GATEWAY_ANSWERED;
}

static bool
buffer_has(const struct buf *buf, const char *text)
{
	return buf->p != NULL && memmem(buf->p, buf->cap, text, strlen(text)) != NULL;
}

START_TEST(a_cookie_does_not_stay_in_memory)
{
	static const struct gateway_app login = { .handle = hand_out };
	const char *const params[] = { "REQUEST_METHOD=POST", NULL };
	struct trip trip;

	trip_init(&trip);
	ck_assert_int_eq(trip_begin(&trip, params), 0);
	trip_body_done(&trip, STR_LIT(""), false);
	(void)trip_handle(&trip, &login, TRIP_MAY_ALL);
	ck_assert(buffer_has(&trip.out, "not-for-others"));
	ck_assert(buffer_has(&trip.response.headers, "not-for-others"));
	trip_end(&trip, true);
	ck_assert(!buffer_has(&trip.out, "not-for-others"));
	ck_assert(!buffer_has(&trip.response.headers, "not-for-others"));
	trip_fini(&trip);
}
END_TEST

/* A connection that breaks while its request is read. */
START_TEST(nor_does_the_body_of_no_request)
{
	struct trip trip;

	trip_init(&trip);
	buf_add_z(&trip.body, "secret");
	trip_end(&trip, false);
	ck_assert_uint_eq(trip.body.n, 0);
	ck_assert(!buffer_has(&trip.body, "secret"));
	trip_fini(&trip);
}
END_TEST

Suite *
check_trip_suite(void)
{
	Suite *s = suite_create("gateway/trip");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, an_answer_that_cannot_be_built_is_a_500);
	tcase_add_test(tc, a_refusal_of_the_gateway);
	tcase_add_test(tc, the_web_server_s_id_is_kept);
	tcase_add_test(tc, one_line_per_request);
	tcase_add_test(tc, an_answer_that_did_not_leave);
	tcase_add_test(tc, a_body_does_not_stay_in_memory);
	tcase_add_test(tc, a_cookie_does_not_stay_in_memory);
	tcase_add_test(tc, nor_does_the_body_of_no_request);
	suite_add_tcase(s, tc);
	return s;
}
