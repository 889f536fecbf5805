/* check_wiping_free.c - tests of src/core/wiping_free.c */
#include "core/wiping_free.h"

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>

#include "unit/fail_alloc.h"
#include "unit/unit.h"

Suite *check_wiping_free_suite(void);

#if WIPING_FREE_IS_ON

/* Its lists of what is free: the allocator writes them into the first bytes, and the last one of
 * a large piece. */
#define LINK_BYTES 32

/* Of memory that was freed and not given out again: what the compiler must not know. */
static size_t
count_in(uintptr_t at, size_t n, char c)
{
	size_t found = 0;

	for (size_t i = LINK_BYTES; i + sizeof(size_t) < n; i++)
		found += ((volatile const char *)at)[i] == c;
	return found;
}

static void *
filled(size_t n)
{
	void *p = malloc(n);

	ck_assert_ptr_nonnull(p);
	memset(p, 's', n);
	return p;
}

static const size_t sizes[] = { 100, 1000, 20000, 200000, WIPING_FREE_LARGE_BYTES,
	WIPING_FREE_LARGE_BYTES + 12345, 4000000 };

/* In the heap, not in a mapping of its own; and not the end of it, which may shrink. */
static void
stay_in_heap(void)
{
	fail_alloc_at(0);
	ck_assert_int_eq(mallopt(M_MMAP_THRESHOLD, 32 * 1024 * 1024), 1);
	ck_assert_int_eq(mallopt(M_TRIM_THRESHOLD, 1 << 30), 1);
}

START_TEST(what_is_freed_is_zero)
{
	size_t n = sizes[_i];
	char *p = filled(n), *end = filled(100);
	uintptr_t at = (uintptr_t)p;

	ck_assert_uint_gt(count_in(at, n, 's'), n / 2);
	errno = 77;
	free(p);
	ck_assert_int_eq(errno, 77);
	ck_assert_uint_eq(count_in(at, n, 's'), 0);
	ck_assert_uint_eq(
	    count_in((uintptr_t)end, 100, 's'), 100 - LINK_BYTES - sizeof(size_t));
	free(end);
}
END_TEST

START_TEST(what_grows_leaves_no_copy)
{
	size_t n = sizes[_i];
	char *p = filled(n), *end = filled(100), *grown;
	uintptr_t at = (uintptr_t)p;

	grown = realloc(p, 3 * n);
	ck_assert_ptr_nonnull(grown);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(grown[i], 's');
	if ((uintptr_t)grown != at)
		ck_assert_uint_eq(count_in(at, n, 's'), 0);
	free(grown);
	free(end);
}
END_TEST

START_TEST(what_shrinks_leaves_no_rest)
{
	size_t n = sizes[_i];
	char *p = filled(n), *end = filled(100), *small;
	uintptr_t at = (uintptr_t)p;

	small = realloc(p, n / 10);
	ck_assert_ptr_nonnull(small);
	for (size_t i = 0; i < n / 10; i++)
		ck_assert_int_eq(small[i], 's');
	ck_assert_uint_ne((uintptr_t)small, at);
	ck_assert_uint_eq(count_in(at, n, 's'), 0);
	/* What fits stays where it is. */
	at = (uintptr_t)small;
	small = realloc(small, n / 11);
	ck_assert_uint_eq((uintptr_t)small, at);
	free(small);
	free(end);
}
END_TEST

START_TEST(the_rest_is_as_of_the_c_library)
{
	char *p;

	free(NULL);
	p = realloc(NULL, 10);
	ck_assert_ptr_nonnull(p);
	memset(p, 's', 10);
	fail_alloc_at(1);
	ck_assert_ptr_null(realloc(p, 1000));
	ck_assert_int_eq(p[9], 's');
	ck_assert_ptr_null(realloc(p, 0));
}
END_TEST

Suite *
check_wiping_free_suite(void)
{
	Suite *s = suite_create("core/wiping_free");
	TCase *tc = tcase_create("core");
	int n = (int)(sizeof(sizes) / sizeof(sizes[0]));

	tcase_add_checked_fixture(tc, stay_in_heap, NULL);
	tcase_add_loop_test(tc, what_is_freed_is_zero, 0, n);
	tcase_add_loop_test(tc, what_grows_leaves_no_copy, 0, n);
	tcase_add_loop_test(tc, what_shrinks_leaves_no_rest, 1, n);
	tcase_add_test(tc, the_rest_is_as_of_the_c_library);
	suite_add_tcase(s, tc);
	return s;
}

#else

Suite *
check_wiping_free_suite(void)
{
	return suite_create("core/wiping_free");
}

#endif
