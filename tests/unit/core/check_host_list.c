/* check_host_list.c - tests of src/core/host_list.c */
#include "unit/unit.h"

#include "core/host_list.h"

Suite *check_host_list_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

START_TEST(hosts_of_a_list)
{
	static const struct {
		const char *list, *host;
		bool is_there;
	} cases[] = {
		{ "", "a.example", false },
		{ "a.example", "a.example", true },
		{ "a.example", "A.EXAMPLE", true },
		{ "A.example", "a.example", true },
		{ "a.example", "", false },
		{ "a.example", "b.a.example", false },
		{ "a.example", "a.example:80", false },
		{ "a.example:80", "a.example:80", true },
		{ "a.example:80", "a.example", false },
		{ "  b.example\ta.example ", "a.example", true },
		{ "b.example a.example", "b.example a.example", false },
		{ "*.a.example", "a.example", false },
		{ "*.a.example", ".a.example", false },
		{ "*.a.example", "b.a.example", true },
		{ "*.a.example", "c.b.A.example", true },
		{ "*.a.example", "b.a.example:80", false },
		{ "*.a.example:80", "b.a.example:80", true },
		{ "*.a.example", "*.a.example", true }, /* no host is called so */
		{ "*", "a.example", false },
	};

	for (int i = 0; i < N(cases); i++)
		ck_assert_msg(host_list_has(str_of(cases[i].list), str_of(cases[i].host)) ==
				  cases[i].is_there,
		    "\"%s\" \"%s\"", cases[i].list, cases[i].host);
}
END_TEST

static const struct {
	const char *list;
	bool is_valid;
} lists[] = {
	{ "", true },
	{ " \t ", true },
	{ "a.example", true },
	{ "localhost", true },
	{ "LOCALHOST:8080", true },
	{ "192.0.2.1", true },
	{ "*.a.example:8443 \t b.example", true },
	{ "*.a.example:65535", true },
	{ "xn--bcher-kva.example", true },
	{ "*", false },
	{ "*.", false },
	{ "*a.example", false },
	{ "*.*.example", false },
	{ "a.*.example", false },
	{ ".a.example", false },
	{ "a.example.", false },
	{ "a..example", false },
	{ "a.example b_c.example", false },
	{ "a.example,b.example", false },
	{ "https://a.example", false },
	{ "a.example/", false },
	{ "a.example:", false },
	{ "a.example:0", false },
	{ "a.example:080", false },
	{ "a.example:65536", false },
	{ "a.example:655360", false },
	{ "a.example:8x", false },
	{ "a.example:80:80", false },
	{ "[::1]", false },
	{ "a@b.example", false },
	{ "a.example\nb.example", false },
	{ "b\xc3\xbc.example", false },
	{ "a.example b.example:", false },
	{ "@.example", false },
	{ "[.example", false },
	{ "`.example", false },
	{ "{.example", false },
};

START_TEST(what_a_list_may_be)
{
	ck_assert_msg(host_list_is_valid(str_of(lists[_i].list)) == lists[_i].is_valid, "%s",
	    lists[_i].list);
}
END_TEST

START_TEST(lengths_of_a_host)
{
	char host[300] = "";

	memset(host, 'a', 63);
	ck_assert(host_list_is_host(str_of(host)));
	host[63] = 'a';
	ck_assert(!host_list_is_host(str_of(host)));
	for (int i = 0; i < 253; i++)
		host[i] = i % 2 == 0 ? 'a' : '.';
	ck_assert(host_list_is_host(str_of(host)));
	host[253] = 'a';
	ck_assert(!host_list_is_host(str_of(host)));
	ck_assert(!host_list_is_host(STR_NULL));
	ck_assert(!host_list_is_host(STR_LIT("*.a.example")));
}
END_TEST

Suite *
check_host_list_suite(void)
{
	Suite *s = suite_create("core/host_list");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, hosts_of_a_list);
	tcase_add_loop_test(tc, what_a_list_may_be, 0, N(lists));
	tcase_add_test(tc, lengths_of_a_host);
	suite_add_tcase(s, tc);
	return s;
}
