/* check_challenge.c - tests of src/http/challenge.c */
#include "http/challenge.h"

#include "unit/unit.h"

Suite *check_challenge_suite(void);

static struct buf out;

static void
setup(void)
{
	buf_init(&out, 1000);
}

static void
teardown(void)
{
	buf_fini(&out);
}

START_TEST(both_schemes)
{
	challenge_basic(&out, STR_LIT("shop"));
	unit_assert_str(buf_str(&out), "Basic realm=\"shop\", charset=\"UTF-8\"");
	buf_clear(&out);
	challenge_cookie(&out, STR_NULL);
	challenge_add(&out, "cookie-name", STR_LIT("sid"));
	unit_assert_str(buf_str(&out), "Cookie realm=\"sessiongate\", cookie-name=\"sid\"");
}
END_TEST

START_TEST(a_realm_stays_in_its_quotes)
{
	challenge_cookie(&out, STR_LIT("a\"b\\c\r\nSet-Cookie: x\x7f\t\0d"));
	unit_assert_str(buf_str(&out), "Cookie realm=\"a\\\"b\\\\cSet-Cookie: xd\"");
}
END_TEST

Suite *
check_challenge_suite(void)
{
	Suite *s = suite_create("http/challenge");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, both_schemes);
	tcase_add_test(tc, a_realm_stays_in_its_quotes);
	suite_add_tcase(s, tc);
	return s;
}
