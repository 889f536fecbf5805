/* check_gate_url.c - tests of src/conf/gate_url.c */
#include "unit/unit.h"

#include "conf/gate_url.h"

Suite *check_gate_url_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

#define A60 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *text;
	bool is_good;
} prefixes[] = {
	{ "/_gate/", true },
	{ "/a/", true },
	{ "/a/b.c~d-e/", true },
	{ "/.well/", true },
	{ "/.../", true },
	{ "/" A60 "aa/", true },
	{ "/" A60 "aaa/", false },
	{ "", false },
	{ "/", false },
	{ "//", false },
	{ "/_gate", false },
	{ "_gate/", false },
	{ "/_gate//", false },
	{ "//_gate/", false },
	{ "/a//b/", false },
	{ "/./", false },
	{ "/../", false },
	{ "/a/../", false },
	{ "/a/./b/", false },
	{ "/a b/", false },
	{ "/a%2fb/", false },
	{ "/a?b/", false },
	{ "/a;b/", false },
	{ "/b\xc3\xbc/", false },
	{ "/a\n/", false },
}, logins[] = {
	{ "", true },
	{ "https://login.example.org/_gate/login", true },
	{ "http://localhost:8080/login", true },
	{ "https://a/", true },
	{ "https://a/b/c~d_e-f.g%20h", true },
	{ "/_gate/login", false },
	{ "https://login.example.org", false },
	{ "https:///login", false },
	{ "https://login.example.org?x/", false },
	{ "https://login.example.org/login?x=y", false },
	{ "https://login.example.org/login#x", false },
	{ "HTTPS://login.example.org/login", false },
	{ "ftp://login.example.org/login", false },
	{ "javascript:alert(1)//x/", false },
	{ "https://ok@evil.example/login", false },
	{ "https://evil\\ok.example/login", false },
	{ "https://login.example.org:0/login", false },
	{ "https://login.example.org/\r\nSet-Cookie: x", false },
	{ "https://login.example.org/a b", false },
	{ "https://login.example.org/<", false },
	{ "https://login.example.org/\"", false },
	{ "https://login.example.org/\\", false },
};

START_TEST(prefix)
{
	ck_assert_msg(gate_url_is_prefix(str_of(prefixes[_i].text)) == prefixes[_i].is_good,
	    "%s", prefixes[_i].text);
}
END_TEST

START_TEST(login)
{
	ck_assert_msg(gate_url_is_login(str_of(logins[_i].text)) == logins[_i].is_good, "%s",
	    logins[_i].text);
}
END_TEST

START_TEST(lengths_and_nul)
{
	char url[GATE_URL_LOGIN_MAX_BYTES + 2] = "https://a/";

	memset(url + 10, 'b', GATE_URL_LOGIN_MAX_BYTES - 10);
	ck_assert(gate_url_is_login(str_of(url)));
	url[GATE_URL_LOGIN_MAX_BYTES] = 'b';
	ck_assert(!gate_url_is_login(str_of(url)));
	ck_assert(!gate_url_is_prefix(STR_LIT("/a\0b/")));
	ck_assert(!gate_url_is_login(STR_LIT("https://a/\0")));
	ck_assert(gate_url_is_login(STR_NULL));
	ck_assert(!gate_url_is_prefix(STR_NULL));
}
END_TEST

Suite *
check_gate_url_suite(void)
{
	Suite *s = suite_create("conf/gate_url");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, prefix, 0, N(prefixes));
	tcase_add_loop_test(tc, login, 0, N(logins));
	tcase_add_test(tc, lengths_and_nul);
	suite_add_tcase(s, tc);
	return s;
}
