/* check_domain.c - tests of src/core/domain.c */
#include "core/domain.h"

#include "unit/unit.h"

Suite *check_domain_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

#define LABEL63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

static const struct {
	const char *text;
	bool is_valid;
} domains[] = {
	{ "example.org", true },
	{ "a.b.Example-2.ORG", true },
	{ "1.example", true },
	{ "1.2.3.4a", true },
	{ LABEL63 ".org", true },
	{ LABEL63 "l.org", false },
	{ "org", false },
	{ "", false },
	{ ".example.org", false },
	{ "example.org.", false },
	{ "a..org", false },
	{ "-a.org", false },
	{ "a-.org", false },
	{ "a_b.org", false },
	{ "a.org:80", false },
	{ "192.0.2.1", false },
	{ "*.example.org", false },
	{ "b\xc3\xbc.org", false },
	{ "a b.org", false },
};

START_TEST(what_a_domain_is)
{
	ck_assert_msg(domain_is_valid(str_of(domains[_i].text)) == domains[_i].is_valid, "%s",
	    domains[_i].text);
}
END_TEST

static const struct {
	const char *domain, *host;
	bool is_there;
} hosts[] = {
	{ "example.org", "example.org", true },
	{ "example.org", "EXAMPLE.org:8443", true },
	{ "example.org", "www.example.org", true },
	{ "example.org", "a.b.example.ORG:80", true },
	{ "example.org", "badexample.org", false },
	{ "example.org", "example.org.evil", false },
	{ "example.org", "org", false },
	{ "example.org", "", false },
	{ "", "example.org", false },
	{ "", "", false },
	{ "example.org", "example.org.", false },
};

START_TEST(which_hosts_it_has)
{
	ck_assert_msg(
	    domain_has(str_of(hosts[_i].domain), str_of(hosts[_i].host)) == hosts[_i].is_there,
	    "%s", hosts[_i].host);
	ck_assert(!domain_has(STR_NULL, str_of(hosts[_i].host)));
	ck_assert(!domain_has(str_of(hosts[_i].domain), STR_NULL));
}
END_TEST

Suite *
check_domain_suite(void)
{
	Suite *s = suite_create("core/domain");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, what_a_domain_is, 0, N(domains));
	tcase_add_loop_test(tc, which_hosts_it_has, 0, N(hosts));
	suite_add_tcase(s, tc);
	return s;
}
