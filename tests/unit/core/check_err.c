/* check_err.c - tests of src/core/err.c */
#include "core/err.h"

#include <errno.h>
#include <string.h>

#include "unit/unit.h"

Suite *check_err_suite(void);

START_TEST(message_and_code)
{
	struct err err = { "" };

	ck_assert_int_eq(err_set(&err, -EPERM, "%s: mode %o", "x", 0644), -EPERM);
	ck_assert_str_eq(err.text, "x: mode 644");
	ck_assert_int_eq(err_set(NULL, -EIO, "%s", "nobody listens"), -EIO);
}
END_TEST

START_TEST(long_message_is_cut)
{
	struct err err;
	char text[2 * ERR_TEXT_MAX_BYTES];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	err_set(&err, 0, "%s", text);
	ck_assert_uint_eq(strlen(err.text), ERR_TEXT_MAX_BYTES - 1);
}
END_TEST

/* What strerror() says of these is about something else. */
START_TEST(the_programs_own_meanings_have_words)
{
	static const struct {
		int failure;
		const char *words;
	} cases[] = {
		{ -ETIMEDOUT, "a lock was not free in time" },
		{ -EFBIG, "(ulimit -f, LimitFSIZE)" },
		{ -ENOMEM, "no memory" },
		{ -EMSGSIZE, "longer than it may be" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_ptr_nonnull(strstr(err_words(cases[i].failure), cases[i].words));
		ck_assert_ptr_null(
		    strstr(err_words(cases[i].failure), strerror(-cases[i].failure)));
	}
}
END_TEST

START_TEST(other_failures_are_the_systems)
{
	ck_assert_str_eq(err_words(-ENOSPC), strerror(ENOSPC));
	ck_assert_str_eq(err_words(-EIO), strerror(EIO));
}
END_TEST

Suite *
check_err_suite(void)
{
	Suite *s = suite_create("core/err");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, message_and_code);
	tcase_add_test(tc, long_message_is_cut);
	tcase_add_test(tc, the_programs_own_meanings_have_words);
	tcase_add_test(tc, other_failures_are_the_systems);
	suite_add_tcase(s, tc);
	return s;
}
