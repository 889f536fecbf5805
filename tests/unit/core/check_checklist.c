/* check_checklist.c - tests of src/core/checklist.c */
#include "core/checklist.h"

#include <stdio.h>
#include <stdlib.h>

#include "unit/unit.h"

Suite *check_checklist_suite(void);

START_TEST(a_line_for_each)
{
	char *text = NULL;
	size_t n = 0;
	struct checklist list = { .to = open_memstream(&text, &n) };

	ck_assert_ptr_nonnull(list.to);
	checklist_add(&list, true, "socket", "%s", "/s");
	checklist_add(&list, false, "key", "%d bytes", 31);
	checklist_add(&list, true, "journal", "%%");
	checklist_remark(&list, "duration", "%s", "8x");
	(void)fclose(list.to);
	ck_assert_str_eq(text, "ok      socket: /s\nnot ok  key: 31 bytes\nok      journal: %\n"
			       "not ok  duration: 8x\n");
	ck_assert_uint_eq(list.n, 4);
	ck_assert_uint_eq(list.n_bad, 1);
	ck_assert_uint_eq(list.n_remarks, 1);
	free(text);
}
END_TEST

Suite *
check_checklist_suite(void)
{
	Suite *s = suite_create("core/checklist");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, a_line_for_each);
	suite_add_tcase(s, tc);
	return s;
}
