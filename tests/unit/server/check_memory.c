/* check_memory.c - tests of src/server/memory.c */
#include "server/handler.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/log.h"
#include "unit/head.h"
#include "unit/server/length.h"
#include "unit/unit.h"

Suite *check_memory_suite(void);

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

static const struct handler app = { .handle = length_handle };

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

START_TEST(from_memory)
{
	const char *const params[] = { "REQUEST_METHOD=POST", "SCRIPT_NAME=/a",
		"CONTENT_LENGTH=5", NULL };

	ck_assert_int_eq(memory_run(&app, params, STR_LIT("12345"), &out), 0);
	expect_status("200");
	ck_assert(answer_has("\r\n\r\nn=5"));
	buf_clear(&out);
	ck_assert_int_eq(memory_run(&app, params, STR_LIT("1234"), &out), 0);
	expect_status("400");
}
END_TEST

START_TEST(a_body_over_the_limit)
{
	const char *const params[] = { "REQUEST_METHOD=POST", "SCRIPT_NAME=/a", NULL };
	char *body = calloc(1, REQUEST_BODY_MAX_BYTES + 1);

	ck_assert_int_eq(
	    memory_run(&app, params, str_mem(body, REQUEST_BODY_MAX_BYTES), &out), 0);
	expect_status("200");
	buf_clear(&out);
	ck_assert_int_eq(
	    memory_run(&app, params, str_mem(body, REQUEST_BODY_MAX_BYTES + 1), &out), 0);
	expect_status("413");
	free(body);
}
END_TEST

START_TEST(head_has_no_body)
{
	const char *const params[] = { "REQUEST_METHOD=HEAD", "SCRIPT_NAME=/a", NULL };

	ck_assert_int_eq(memory_run(&app, params, STR_NULL, &out), 0);
	ck_assert(answer_has("Content-Length: 3\r\n"));
	ck_assert(str_ends_with(buf_str(&out), STR_LIT("\r\n\r\n")));
}
END_TEST

START_TEST(answers_are_appended)
{
	const char *const params[] = { "REQUEST_METHOD=GET", "SCRIPT_NAME=/a", NULL };

	buf_add_z(&out, "before");
	ck_assert_int_eq(memory_run(&app, params, STR_NULL, &out), 0);
	ck_assert(str_starts_with(buf_str(&out), STR_LIT("beforeStatus: 200 ")));
	/* The next request knows nothing of this one. */
	ck_assert_int_eq(memory_run(&app, params, STR_LIT("1234"), &out), 0);
	ck_assert(str_ends_with(buf_str(&out), STR_LIT("\r\n\r\nn=4")));
}
END_TEST

START_TEST(no_room_for_the_answer)
{
	const char *const params[] = { "REQUEST_METHOD=GET", "SCRIPT_NAME=/a", NULL };
	struct buf small;

	buf_init(&small, 10);
	ck_assert_int_lt(memory_run(&app, params, STR_NULL, &small), 0);
	buf_fini(&small);
	/* That was the buffer's own matter. */
	ck_assert_int_eq(memory_run(&app, params, STR_NULL, &out), 0);
	expect_status("200");
}
END_TEST

static void *
in_a_thread(void *arg)
{
	const char *const params[] = { "REQUEST_METHOD=GET", "SCRIPT_NAME=/a", NULL };
	struct buf answer;
	bool *ret_is_right = arg;

	buf_init(&answer, 4096);
	*ret_is_right = true;
	for (int i = 0; i < 200; i++) {
		buf_clear(&answer);
		*ret_is_right = *ret_is_right &&
				memory_run(&app, params, STR_NULL, &answer) == 0 &&
				str_ends_with(buf_str(&answer), STR_LIT("n=0"));
	}
	buf_fini(&answer);
	return NULL;
}

START_TEST(from_many_threads)
{
	pthread_t threads[4];
	bool is_right[4] = { false };

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(
		    pthread_create(&threads[i], NULL, in_a_thread, &is_right[i]), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		ck_assert(is_right[i]);
	}
}
END_TEST

Suite *
check_memory_suite(void)
{
	Suite *s = suite_create("server/memory");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, from_memory);
	tcase_add_test(tc, a_body_over_the_limit);
	tcase_add_test(tc, head_has_no_body);
	tcase_add_test(tc, answers_are_appended);
	tcase_add_test(tc, no_room_for_the_answer);
	tcase_add_test(tc, from_many_threads);
	suite_add_tcase(s, tc);
	return s;
}
