/* check_buf.c - tests of src/core/buf.c */
#include "core/buf.h"

#include <errno.h>
#include <wchar.h>

#include "unit/fail_alloc.h"
#include "unit/unit.h"

Suite *check_buf_suite(void);

START_TEST(adds_in_order)
{
	struct buf buf;

	buf_init(&buf, 100);
	unit_assert_str(buf_str(&buf), "");
	buf_add(&buf, "ab", 2);
	buf_add_str(&buf, STR_LIT("cd"));
	buf_add_str(&buf, STR_NULL);
	buf_add_z(&buf, "ef");
	buf_add_char(&buf, 'g');
	buf_addf(&buf, "%d-%s", 12, "x");
	ck_assert_int_eq(buf_error(&buf), 0);
	unit_assert_str(buf_str(&buf), "abcdefg12-x");
	buf_fini(&buf);
	unit_assert_str(buf_str(&buf), "");
	buf_fini(&buf);
	/* Still the same maximum. */
	buf_add_z(&buf, "again");
	unit_assert_str(buf_str(&buf), "again");
	ck_assert_uint_eq(buf.max, 100);
	buf_fini(&buf);
}
END_TEST

START_TEST(grows_to_its_maximum_and_not_beyond)
{
	const size_t max = 100000;
	struct buf buf;

	buf_init(&buf, max);
	for (size_t i = 0; i < max; i++)
		buf_add_char(&buf, (char)('a' + i % 26));
	ck_assert_int_eq(buf_error(&buf), 0);
	ck_assert_uint_eq(buf.n, max);
	ck_assert_uint_le(buf.cap, max);
	for (size_t i = 0; i < max; i++)
		ck_assert_int_eq(buf.p[i], (char)('a' + i % 26));
	buf_add_char(&buf, 'x');
	ck_assert_int_eq(buf_error(&buf), -EMSGSIZE);
	ck_assert_uint_eq(buf.n, max);
	buf_fini(&buf);
}
END_TEST

START_TEST(nothing_may_be_nothing)
{
	struct buf buf;

	buf_init(&buf, 0);
	ck_assert_ptr_nonnull(buf_reserve(&buf, 0));
	buf_add_z(&buf, "");
	ck_assert_int_eq(buf_error(&buf), 0);
	buf_add_char(&buf, 'x');
	ck_assert_int_eq(buf_error(&buf), -EMSGSIZE);
	ck_assert_uint_eq(buf.n, 0);
	buf_fini(&buf);
}
END_TEST

START_TEST(error_is_sticky_until_cleared)
{
	struct buf buf;

	buf_init(&buf, 4);
	buf_add_z(&buf, "abc");
	buf_add_z(&buf, "de");
	ck_assert_int_eq(buf_error(&buf), -EMSGSIZE);
	buf_add_z(&buf, "d");
	ck_assert_ptr_null(buf_reserve(&buf, 0));
	unit_assert_str(buf_str(&buf), "abc");
	buf_clear(&buf);
	ck_assert_int_eq(buf_error(&buf), 0);
	buf_add_z(&buf, "efgh");
	unit_assert_str(buf_str(&buf), "efgh");
	buf_fini(&buf);
}
END_TEST

START_TEST(a_huge_length_does_not_overflow)
{
	struct buf buf;

	buf_init(&buf, SIZE_MAX);
	buf_add_z(&buf, "abc");
	ck_assert_ptr_null(buf_reserve(&buf, SIZE_MAX - 2));
	ck_assert_int_eq(buf_error(&buf), -EMSGSIZE);
	buf_clear(&buf);
	ck_assert_ptr_null(buf_reserve(&buf, SIZE_MAX / 2 + 1));
	ck_assert_int_eq(buf_error(&buf), -ENOMEM);
	buf_fini(&buf);
}
END_TEST

START_TEST(reserve_and_advance)
{
	struct buf buf;
	char *to;

	buf_init(&buf, 1000);
	ck_assert_ptr_nonnull(buf_reserve(&buf, 0));
	to = buf_reserve(&buf, 500);
	memset(to, 'x', 500);
	buf_advance(&buf, 500);
	ck_assert_uint_eq(buf.n, 500);
	/* Reserved once, views stay. */
	to = buf_reserve(&buf, 300);
	for (int i = 0; i < 300; i++)
		buf_add_char(&buf, 'y');
	ck_assert_ptr_eq(to, buf.p + 500);
	buf_fini(&buf);
}
END_TEST

START_TEST(formatted_text_that_does_not_fit)
{
	struct buf buf;

	buf_init(&buf, 5);
	buf_addf(&buf, "%s", "abcdefgh");
	ck_assert_int_eq(buf_error(&buf), -EMSGSIZE);
	ck_assert_uint_eq(buf.n, 0);
	buf_fini(&buf);
}
END_TEST

/* 0x7fffffff is no character: printf fails. */
START_TEST(format_that_fails)
{
	static const wchar_t text[] = { 0x7fffffff, 0 };
	struct buf buf;

	buf_init(&buf, 100);
	buf_addf(&buf, "%ls", text);
	ck_assert_int_eq(buf_error(&buf), -EINVAL);
	ck_assert_uint_eq(buf.n, 0);
	buf_fini(&buf);
}
END_TEST

START_TEST(without_memory)
{
	struct buf buf;

	buf_init(&buf, 1000);
	fail_alloc_at(1);
	buf_add_z(&buf, "a");
	fail_alloc_at(0);
	ck_assert_int_eq(buf_error(&buf), -ENOMEM);
	buf_clear(&buf);
	buf_add_z(&buf, "a");
	fail_alloc_at(1);
	buf_reserve(&buf, 900);
	fail_alloc_at(0);
	ck_assert_int_eq(buf_error(&buf), -ENOMEM);
	unit_assert_str(buf_str(&buf), "a");
	buf_fini(&buf);
}
END_TEST

/* ------------------------------------------------- what is freed is looked at */

static void *watched; /* what it holds when it is freed goes to */
static char last_words[64];

void __real_free(void *p);
void __wrap_free(void *p);

void
__wrap_free(void *p)
{
	if (p != NULL && p == watched) {
		memcpy(last_words, p, sizeof(last_words));
		watched = NULL;
	}
	__real_free(p);
}

static void
watch(struct buf *buf)
{
	buf_init(buf, 1000);
	for (size_t i = 0; i < sizeof(last_words); i++)
		buf_add_char(buf, 's');
	watched = buf->p;
}

static void
expect_zeros(void)
{
	static const char zeros[sizeof(last_words)];

	ck_assert_ptr_null(watched); /* it was freed */
	ck_assert_mem_eq(last_words, zeros, sizeof(zeros));
}

START_TEST(a_wiped_buffer_is_zero_before_it_is_freed)
{
	struct buf buf;

	watch(&buf);
	buf_wipe(&buf);
	expect_zeros();
	/* Of the whole memory, not only of what is in use. */
	watch(&buf);
	buf_clear(&buf);
	buf_wipe(&buf);
	expect_zeros();
}
END_TEST

START_TEST(a_grown_buffer_leaves_no_copy)
{
	struct buf buf;

	watch(&buf);
	(void)buf_reserve(&buf, 900);
	expect_zeros();
	ck_assert_int_eq(buf.p[sizeof(last_words) - 1], 's');
	buf_fini(&buf);
}
END_TEST

START_TEST(wipe_accepts_nothing)
{
	struct buf buf = { 0 };

	buf_wipe(&buf);
	buf_init(&buf, 10);
	buf_add_z(&buf, "secret");
	buf_wipe(&buf);
	ck_assert_ptr_null(buf.p);
	buf_wipe(&buf);
}
END_TEST

Suite *
check_buf_suite(void)
{
	Suite *s = suite_create("core/buf");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, adds_in_order);
	tcase_add_test(tc, nothing_may_be_nothing);
	tcase_add_test(tc, error_is_sticky_until_cleared);
	tcase_add_test(tc, reserve_and_advance);
	tcase_add_test(tc, wipe_accepts_nothing);
	tcase_add_test(tc, a_wiped_buffer_is_zero_before_it_is_freed);
	tcase_add_test(tc, a_grown_buffer_leaves_no_copy);
	suite_add_tcase(s, tc);
	tc = tcase_create("limits");
	tcase_add_test(tc, grows_to_its_maximum_and_not_beyond);
	tcase_add_test(tc, a_huge_length_does_not_overflow);
	tcase_add_test(tc, formatted_text_that_does_not_fit);
	tcase_add_test(tc, format_that_fails);
	tcase_add_test(tc, without_memory);
	suite_add_tcase(s, tc);
	return s;
}
