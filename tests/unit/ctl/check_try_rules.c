/* check_try_rules.c - tests of src/ctl/try_rules.c */
#include "ctl/try_rules.h"

#include "unit/unit.h"

Suite *check_try_rules_suite(void);

START_TEST(servers_by_their_header)
{
	ck_assert_int_eq(try_server_of(STR_LIT("nginx/1.22.1")), TRY_NGINX);
	ck_assert_int_eq(try_server_of(STR_LIT("lighttpd/1.4.69")), TRY_LIGHTTPD);
	ck_assert_int_eq(try_server_of(STR_LIT("Apache/2.4.62 (Debian)")), TRY_APACHE);
	ck_assert_int_eq(try_server_of(STR_LIT("Caddy")), TRY_CADDY);
	ck_assert_int_eq(try_server_of(STR_LIT("not nginx")), TRY_ANY);
	ck_assert_int_eq(try_server_of(STR_NULL), TRY_ANY);
}
END_TEST

START_TEST(each_finding_has_its_line_at_each_server)
{
	for (int rule = 0; rule < TRY_RULE_N; rule++)
		for (int server = 0; server < TRY_SERVER_N; server++) {
			const char *text =
			    try_rule_text((enum try_rule)rule, (enum try_server)server);

			ck_assert_msg(text != NULL && *text != '\0', "%d %d", rule, server);
		}
}
END_TEST

Suite *
check_try_rules_suite(void)
{
	Suite *suite = suite_create("ctl/try_rules");
	TCase *tc = tcase_create("rules");

	tcase_add_test(tc, servers_by_their_header);
	tcase_add_test(tc, each_finding_has_its_line_at_each_server);
	suite_add_tcase(suite, tc);
	return suite;
}
