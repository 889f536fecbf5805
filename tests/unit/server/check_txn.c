/* check_txn.c - tests of src/server/txn.c */
#include "server/txn.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/log.h"
#include "unit/head.h"
#include "unit/server/length.h"
#include "unit/unit.h"

Suite *check_txn_suite(void);

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
static enum handler_next
handle(void *arg, const struct request *request, struct handler_permit permit,
    struct response *response)
{
	if (str_eq_z(request->path, "/broken"))
		response_add_header(response, STR_LIT("Bad"), STR_LIT("a\r\nb"));
	return length_handle(arg, request, permit, response);
}

static void
refuse(void *arg, const struct request *request, int status, struct response *response)
{
	(void)arg, (void)request;
	response->status = status;
	response_add_header(response, STR_LIT("X-Refused"), STR_LIT("yes"));
}

static const struct handler app = { .handle = handle };
static const struct handler refusing_app = { .handle = handle, .refuse = refuse };

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
	int saved_fd = dup(STDERR_FILENO), log_fd = memfd_create("log", MFD_CLOEXEC);
	char line[500] = "";

	ck_assert_int_ne(dup2(log_fd, STDERR_FILENO), -1);
	ck_assert_int_eq(memory_run(&app, params, STR_NULL, &out), 0);
	(void)dup2(saved_fd, STDERR_FILENO);
	(void)close(saved_fd);
	ck_assert_int_gt(pread(log_fd, line, sizeof(line) - 1, 0), 0);
	(void)close(log_fd);
	/* The reason is a text. */
	ck_assert_ptr_nonnull(strstr(line, " problem=\"the answer could not be built\" "
					   "reason=\"Invalid argument\" n=1\n"));
	expect_status("500");
	ck_assert(!answer_has("Bad"));
	ck_assert(answer_has("{\n  \"error\": \"Internal Server Error\"\n}\n"));
	buf_clear(&out);
	ck_assert_int_eq(memory_run(&refusing_app, params, STR_NULL, &out), 0);
	expect_status("500");
	ck_assert(answer_has("X-Refused: yes"));
}
END_TEST

START_TEST(a_refusal_of_the_gateway)
{
	const char *const params[] = { "REQUEST_METHOD=GET", "SCRIPT_NAME=/a", NULL };
	struct txn txn;

	txn_init(&txn);
	ck_assert_int_eq(txn_begin(&txn, params), 0);
	ck_assert_uint_eq(txn.request.request_id.n, 16); /* made here */
	txn_body_done(&txn, STR_NULL, false);
	txn_refuse(&txn, &app, 503);
	buf_add_str(&out, txn_answer(&txn));
	expect_status("503");
	ck_assert(answer_has("\r\nRetry-After: 2\r\n"));
	txn_end(&txn, true);
	txn_fini(&txn);
}
END_TEST

/* One refuses for another, which it does not touch: no body for its HEAD. */
START_TEST(a_refusal_for_another)
{
	const char *const params[] = { "REQUEST_METHOD=HEAD", "SCRIPT_NAME=/a", NULL };
	struct txn other, txn;

	txn_init(&txn);
	txn_init(&other);
	ck_assert_int_eq(txn_begin(&other, params), 0);
	txn_body_done(&other, STR_NULL, false);
	txn_refuse_other(&txn, &other.request, _i == 0 ? &app : &refusing_app, 503);
	buf_add_str(&out, txn_answer(&txn));
	expect_status("503");
	ck_assert_int_eq(answer_has("X-Refused: yes"), _i == 1);
	ck_assert(str_ends_with(txn_answer(&txn), STR_LIT("\r\n\r\n")));
	ck_assert_uint_eq(other.out.n, 0);
	txn_fini(&other);
	txn_fini(&txn);
}
END_TEST

START_TEST(the_web_server_s_id_is_kept)
{
	const char *const params[] = { "REQUEST_METHOD=GET", "REQUEST_ID=abc", NULL };
	struct txn txn;

	txn_init(&txn);
	ck_assert_int_eq(txn_begin(&txn, params), 0);
	unit_assert_str(txn.request.request_id, "abc");
	txn_fini(&txn); /* ends it, too */
}
END_TEST

/* What standard error got. */
static char *
capture_log(const char *const *params, bool is_sent)
{
	static char text[4096];
	struct txn txn;
	int fds[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	log_configure(LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	txn_configure(true);
	ck_assert_int_eq(pipe(fds), 0);
	(void)dup2(fds[1], STDERR_FILENO);
	txn_init(&txn);
	ck_assert_int_eq(txn_begin(&txn, params), 0);
	txn_body_done(&txn, STR_LIT("secret"), false);
	(void)txn_handle(&txn, &app, TXN_MAY_ALL);
	txn_end(&txn, is_sent);
	txn_fini(&txn);
	log_info("afterwards", log_z("a", "b"));
	(void)dup2(saved, STDERR_FILENO);
	(void)close(fds[1]);
	n = read(fds[0], text, sizeof(text) - 1);
	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	(void)close(fds[0]);
	(void)close(saved);
	txn_configure(false);
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
	struct txn txn;

	txn_init(&txn);
	buf_add_z(&txn.body, "secret");
	ck_assert_int_eq(txn_begin(&txn, params), 0);
	txn_body_done(&txn, buf_str(&txn.body), false);
	(void)txn_handle(&txn, &app, TXN_MAY_ALL);
	txn_end(&txn, true);
	ck_assert_int_eq(memcmp(txn.body.p, "\0\0\0\0\0\0", 6), 0);
	txn_fini(&txn);
}
END_TEST

/* The id of a session, in the headers of a login's answer. */
static enum handler_next
hand_out(void *arg, const struct request *request, struct handler_permit permit,
    struct response *response)
{
	(void)arg, (void)request, (void)permit;
	response_add_header(response, STR_LIT("Set-Cookie"), STR_LIT("id=not-for-others"));
	response_set_body(response, STR_LIT("text/plain"), STR_LIT("welcome"));
	return HANDLER_ANSWERED;
}

static bool
buffer_has(const struct buf *buf, const char *text)
{
	return buf->p != NULL && memmem(buf->p, buf->cap, text, strlen(text)) != NULL;
}

START_TEST(a_cookie_does_not_stay_in_memory)
{
	static const struct handler login = { .handle = hand_out };
	const char *const params[] = { "REQUEST_METHOD=POST", NULL };
	struct txn txn;

	txn_init(&txn);
	ck_assert_int_eq(txn_begin(&txn, params), 0);
	txn_body_done(&txn, STR_LIT(""), false);
	(void)txn_handle(&txn, &login, TXN_MAY_ALL);
	ck_assert(buffer_has(&txn.out, "not-for-others"));
	ck_assert(buffer_has(&txn.response.headers, "not-for-others"));
	txn_end(&txn, true);
	ck_assert(!buffer_has(&txn.out, "not-for-others"));
	ck_assert(!buffer_has(&txn.response.headers, "not-for-others"));
	txn_fini(&txn);
}
END_TEST

/* A connection that breaks while its request is read. */
START_TEST(nor_does_the_body_of_no_request)
{
	struct txn txn;

	txn_init(&txn);
	buf_add_z(&txn.body, "secret");
	txn_end(&txn, false);
	ck_assert_uint_eq(txn.body.n, 0);
	ck_assert(!buffer_has(&txn.body, "secret"));
	txn_fini(&txn);
}
END_TEST

START_TEST(in_one_piece_with_what_stands_around_it)
{
	static const uint8_t head[TXN_ROOM_BYTES] = "<header>";
	const char *const params[] = { "REQUEST_METHOD=GET", "SCRIPT_NAME=/a", NULL };
	struct str answer, all;
	bool has_no_memory = _i == 1;
	struct txn txn;

	txn_init(&txn);
	ck_assert_int_eq(txn_begin(&txn, params), 0);
	txn_body_done(&txn, STR_NULL, false);
	(void)txn_handle(&txn, &app, TXN_MAY_ALL);
	answer = txn_answer(&txn);
	if (has_no_memory)
		txn.out.max = txn.out.cap = txn.out.n;
	all = txn_framed(&txn, head, STR_LIT("<tail>"));
	if (has_no_memory) {
		ck_assert(str_is_null(all));
	} else {
		ck_assert(str_starts_with(all, STR_LIT("<header>Status: ")));
		ck_assert(str_ends_with(all, STR_LIT("<tail>")));
		ck_assert_uint_eq(all.n, answer.n + 8 + 6);
	}
	/* The answer is what it was. */
	ck_assert_uint_eq(txn_answer(&txn).n, answer.n);
	ck_assert(str_starts_with(txn_answer(&txn), STR_LIT("Status: 200 ")));
	txn_fini(&txn);
}
END_TEST

Suite *
check_txn_suite(void)
{
	Suite *s = suite_create("server/txn");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, an_answer_that_cannot_be_built_is_a_500);
	tcase_add_test(tc, a_refusal_of_the_gateway);
	tcase_add_loop_test(tc, a_refusal_for_another, 0, 2);
	tcase_add_test(tc, the_web_server_s_id_is_kept);
	tcase_add_test(tc, one_line_per_request);
	tcase_add_test(tc, an_answer_that_did_not_leave);
	tcase_add_test(tc, a_body_does_not_stay_in_memory);
	tcase_add_test(tc, a_cookie_does_not_stay_in_memory);
	tcase_add_test(tc, nor_does_the_body_of_no_request);
	tcase_add_loop_test(tc, in_one_piece_with_what_stands_around_it, 0, 2);
	suite_add_tcase(s, tc);
	return s;
}
