/* check_origin.c - tests of src/http/origin.c */
#include "unit/unit.h"

#include "http/origin.h"

Suite *check_origin_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

static const struct {
	const char *origin, *host;
	bool is_https, want;
} hosts[] = {
	{ "http://a.example", "a.example", false, true },
	{ "https://a.example", "a.example", true, true },
	{ "http://a.example:8080", "a.example:8080", false, true },
	{ "https://a.example:8443", "a.example:8443", true, true },
	{ "http://[::1]:8080", "[::1]:8080", false, true },
	{ "http://[::1]", "[::1]", false, true },
	/* RFC 9110 section 4.2.3: hosts have no case, and a default port is none. */
	{ "https://a.example", "A.Example", true, true },
	{ "https://a.example", "a.example:443", true, true },
	{ "https://a.example:443", "a.example", true, true },
	{ "http://a.example", "a.example:80", false, true },
	/* Something in front may have ended TLS. */
	{ "https://a.example", "a.example", false, true },
	/* What comes in clear can be anybody's. */
	{ "http://a.example", "a.example", true, false },
	{ "http://a.example:443", "a.example", true, false },
	{ "http://a.example", "a.example:443", false, false },
	{ "https://a.example", "a.example:80", true, false },
	{ "http://a.example:8080", "a.example", false, false },
	{ "http://a.example", "a.example:8080", false, false },
	{ "http://a.example:8080", "a.example:8081", false, false },
	{ "http://b.example", "a.example", false, false },
	{ "http://xa.example", "a.example", false, false },
	{ "http://a.example.evil", "a.example", false, false },
	{ "http://a.example", "a.example.evil", false, false },
	{ "http://evil@a.example", "a.example", false, false },
	{ "http://a.example/", "a.example", false, false },
	{ "HTTP://a.example", "a.example", false, false },
	{ "ftp://a.example", "a.example", false, false },
	{ "a.example", "a.example", false, false },
	{ "null", "null", false, false },
	{ "null", "a.example", false, false },
	{ "http://", "", false, false },
	{ "http://:80", ":80", false, false },
	{ "http://", NULL, false, false },
	{ "http://a.example", NULL, false, false },
	{ "", "a.example", false, false },
	{ NULL, "a.example", false, false },
};

START_TEST(host)
{
	bool got = origin_is_host(
	    str_of(hosts[_i].origin), str_of(hosts[_i].host), hosts[_i].is_https);

	ck_assert_msg(got == hosts[_i].want, "%s of %s", hosts[_i].origin, hosts[_i].host);
}
END_TEST

static const struct {
	const char *origin;
	bool is_https, want;
} domains[] = {
	{ "https://a.example", true, true },
	{ "https://www.a.example", true, true },
	{ "https://x.y.A.Example:8443", true, true },
	{ "http://www.a.example", false, true },
	{ "http://www.a.example", true, false },
	{ "https://wwwa.example", true, false },
	{ "https://a.example.evil", true, false },
	{ "https://example", true, false },
	{ "https://", true, false },
	{ "null", true, false },
	{ "", true, false },
};

START_TEST(domain)
{
	struct str origin = str_of(domains[_i].origin);

	ck_assert_msg(origin_is_below(origin, STR_LIT("a.example"), domains[_i].is_https) ==
			  domains[_i].want,
	    "%s", domains[_i].origin);
	/* No domain has no hosts. */
	ck_assert(!origin_is_below(origin, STR_LIT(""), domains[_i].is_https));
	ck_assert(!origin_is_below(origin, STR_NULL, domains[_i].is_https));
}
END_TEST

static const struct {
	const char *list, *origin;
	bool want;
} lists[] = {
	{ "https://a.example", "https://a.example", true },
	{ "https://b.example https://a.example", "https://a.example", true },
	{ "https://b.example,https://a.example", "https://a.example", true },
	{ " , https://a.example, ", "https://a.example", true },
	{ "https://a.example", "https://a.exampl", false },
	{ "https://a.exampl", "https://a.example", false },
	{ "https://A.example", "https://a.example", false },
	{ "https://a.example", "", false },
	{ "", "", false },
	{ "", "https://a.example", false },
	{ NULL, "https://a.example", false },
	{ "*", "https://a.example", false },
};

START_TEST(list)
{
	bool got = origin_is_listed(str_of(lists[_i].list), str_of(lists[_i].origin));

	ck_assert_msg(got == lists[_i].want, "%s in %s", lists[_i].origin, lists[_i].list);
}
END_TEST

Suite *
check_origin_suite(void)
{
	Suite *s = suite_create("http/origin");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, host, 0, N(hosts));
	tcase_add_loop_test(tc, domain, 0, N(domains));
	tcase_add_loop_test(tc, list, 0, N(lists));
	suite_add_tcase(s, tc);
	return s;
}
