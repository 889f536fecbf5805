/* check_harden.c - tests of src/core/harden.c */
#include "core/harden.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include "unit/unit.h"

Suite *check_harden_suite(void);

START_TEST(no_core_and_not_dumpable)
{
	struct rlimit core;

	ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
	harden();
	ck_assert_int_eq(prctl(PR_GET_DUMPABLE), 0);
	ck_assert_int_eq(getrlimit(RLIMIT_CORE, &core), 0);
	ck_assert_uint_eq(core.rlim_cur, 0);
	ck_assert_uint_eq(core.rlim_max, 0);
}
END_TEST

Suite *
check_harden_suite(void)
{
	Suite *s = suite_create("core/harden");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, no_core_and_not_dumpable);
	suite_add_tcase(s, tc);
	return s;
}
