/* check_cookie.c - tests of src/http/cookie.c */
#include "http/cookie.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "unit/unit.h"

Suite *check_cookie_suite(void);

struct find_case {
	const char *name, *header, *cookie, *want; /* want NULL: absent */
};

static const struct find_case core_cases[] = {
	{ "finds_the_only_cookie", "sid=abc", "sid", "abc" },
	{ "finds_a_later_cookie", "a=1; sid=abc; b=2", "sid", "abc" },
	{ "needs_no_blank_after_the_semicolon", "a=1;sid=abc;b=2", "sid", "abc" },
	{ "trims_blanks_and_tabs_around_a_pair", " \t a=1 ;\t sid=abc \t;", "sid", "abc" },
	{ "trims_blanks_around_the_equal_sign", "sid = abc", "sid", "abc" },
	{ "keeps_equal_signs_in_the_value", "sid=a=b==", "sid", "a=b==" },
	{ "first_of_two_wins", "sid=one; sid=two", "sid", "one" },
	{ "empty_value_is_present", "sid=; b=1", "sid", "" },
	{ "removes_a_pair_of_quotes", "sid=\"abc\"", "sid", "abc" },
	{ "removes_only_one_pair_of_quotes", "sid=\"\"abc\"\"", "sid", "\"abc\"" },
	{ "an_empty_quoted_value_is_empty", "sid=\"\"", "sid", "" },
	{ "a_lone_quote_stays", "sid=\"", "sid", "\"" },
	{ "a_quote_at_the_start_alone_stays", "sid=\"abc", "sid", "\"abc" },
	{ "a_quote_at_the_end_alone_stays", "sid=abc\"", "sid", "abc\"" },
	{ "blanks_inside_quotes_stay", "sid=\" abc \"", "sid", " abc " },
	{ "keeps_commas_in_the_value", "sid=a,b", "sid", "a,b" },
	{ "no_percent_decoding_of_values", "sid=%61%3b", "sid", "%61%3b" },
	{ "absent_without_a_header", NULL, "sid", NULL },
	{ "absent_in_an_empty_header", "", "sid", NULL },
	{ "does_not_match_a_longer_name", "sid2=abc", "sid", NULL },
	{ "does_not_match_a_shorter_name", "si=abc", "sid", NULL },
	{ "does_not_match_another_case", "SID=abc; Sid=abc", "sid", NULL },
	{ "a_pair_without_equal_sign_has_no_name", "sid", "sid", NULL },
	{ "a_pair_without_equal_sign_hides_nothing", "sid; sid=abc", "sid", "abc" },
	{ "empty_pairs_are_skipped", ";;; ;sid=abc;;", "sid", "abc" },
	{ "the_value_of_another_cookie_is_no_name", "a=sid=abc", "sid", NULL },
};

static const struct find_case hostile_cases[] = {
	{ "nameless_cookie_makes_no_name", "=sid=bad", "sid", NULL },
	{ "two_equal_signs_make_no_name", "==sid=bad", "sid", NULL },
	{ "nameless_prefixed_cookie_makes_no_name", "=__Host-sid=bad", "__Host-sid", NULL },
	{ "two_dots_are_no_prefix", "..Host-sid=bad", "__Host-sid", NULL },
	{ "a_space_is_no_underscore", "  Host-sid=bad", "__Host-sid", NULL },
	{ "a_bracket_is_no_underscore", "[[Host-sid=bad", "__Host-sid", NULL },
	{ "names_are_not_percent_decoded", "__%48ost-sid=bad; %73id=bad", "__Host-sid", NULL },
	{ "short_names_are_not_percent_decoded", "%73id=bad", "sid", NULL },
	{ "en_quad_is_part_of_the_name", "\xe2\x80\x80sid=bad", "sid", NULL },
	{ "no_break_space_is_part_of_the_name", "\xc2\xa0sid=bad", "sid", NULL },
	{ "latin_1_no_break_space_is_part_of_the_name", "\xa0sid=bad", "sid", NULL },
	{ "next_line_is_part_of_the_name", "\xc2\x85sid=bad", "sid", NULL },
	{ "line_feed_is_part_of_the_name", "\nsid=bad", "sid", NULL },
	{ "vertical_tab_is_part_of_the_name", "\vsid=bad", "sid", NULL },
	{ "form_feed_is_part_of_the_name", "\fsid=bad", "sid", NULL },
	{ "carriage_return_is_part_of_the_name", "\rsid=bad", "sid", NULL },
	{ "version_1_starts_no_other_mode", "$Version=1; sid=\"a;b\"", "sid", "\"a" },
	{ "version_is_a_name_like_any_other", "$Version=1; sid=abc; $Path=/", "sid", "abc" },
	{ "a_quoted_string_holds_no_semicolon", "a=\"x; sid=abc; b=y\"", "sid", "abc" },
	{ "backslashes_mean_nothing", "sid=\"a\\\"b\"", "sid", "a\\\"b" },
	{ "octal_escapes_mean_nothing", "sid=\"\\141\"", "sid", "\\141" },
	{ "a_comma_separates_nothing", "a=1, sid=bad", "sid", NULL },
	{ "an_ampersand_separates_nothing", "a=1&sid=bad", "sid", NULL },
	{ "quotes_around_the_name_stay", "\"sid\"=bad", "sid", NULL },
	{ "non_ascii_name_is_another_name", "s\303\255d=bad", "sid", NULL },
	{ "cyrillic_look_alike_is_another_name",
	    "s\xd1\x96"
	    "d=bad",
	    "sid", NULL },
};

static void
check_find(const struct find_case *c)
{
	struct str value = STR_LIT("untouched");
	int r = cookie_find(str_of(c->header), STR_NULL, str_of(c->cookie), &value);

	if (c->want == NULL) {
		ck_assert_msg(
		    r == COOKIE_E_ABSENT, "%s: found \"%.*s\"", c->name, STR_FMT(value));
		unit_assert_str(value, "untouched");
		return;
	}
	ck_assert_msg(r == 0, "%s: absent", c->name);
	unit_assert_str(value, c->want);
}

START_TEST(find_core)
{
	check_find(&core_cases[_i]);
}
END_TEST

START_TEST(find_hostile)
{
	check_find(&hostile_cases[_i]);
}
END_TEST

/* NUL is a byte like any other. */
START_TEST(nul_ends_nothing)
{
	struct str value;

	ck_assert_int_eq(cookie_find(STR_LIT("sid\0=bad"), STR_NULL, STR_LIT("sid"), &value),
	    COOKIE_E_ABSENT);
	ck_assert_int_eq(
	    cookie_find(STR_LIT("a=\0; sid=abc"), STR_NULL, STR_LIT("sid"), &value), 0);
	unit_assert_str(value, "abc");
	ck_assert_int_eq(cookie_find(STR_LIT("sid=a\0b"), STR_NULL, STR_LIT("sid"), &value), 0);
	ck_assert_uint_eq(value.n, 3);
}
END_TEST

/* The value is looked at once: no byte of a header can make it quadratic.  Times are printed.
 */
START_TEST(cost_is_linear)
{
	static const char fillers[] = { ';', '=', '"', ' ', 'a' };
	char *big = malloc(128 * 1024);

	ck_assert_ptr_nonnull(big);
	for (size_t f = 0; f < sizeof(fillers); f++) {
		memset(big, fillers[f], 128 * 1024);
		for (size_t n = 32 * 1024; n <= 128 * 1024; n *= 2) {
			struct timespec from, to;
			struct str value;
			int r = 0;

			(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
			for (int i = 0; i < 10; i++)
				r = cookie_find(
				    str_mem(big, n), STR_NULL, STR_LIT("sid"), &value);
			(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
			ck_assert_int_eq(r, COOKIE_E_ABSENT);
			printf("cookie_find, %3zu KiB of '%c': %.1f us\n", n / 1024, fillers[f],
			    ((double)(to.tv_sec - from.tv_sec) * 1e6 +
				(double)(to.tv_nsec - from.tv_nsec) / 1e3) /
				10);
		}
	}
	free(big);
}
END_TEST

static const struct {
	const char *name;
	bool want;
} token_cases[] = {
	{ "_my_session_id", true },
	{ "__Host-sid", true },
	{ "!#$%&'*+-.^_`|~", true },
	{ "azAZ09", true },
	{ "", false },
	{ "a b", false },
	{ "a;b", false },
	{ "a=b", false },
	{ "a\"b", false },
	{ "a(b", false },
	{ "a,b", false },
	{ "a/b", false },
	{ "a:b", false },
	{ "a@b", false },
	{ "a[b", false },
	{ "a{b", false },
	{ "a\tb", false },
	{ "a\x7f", false },
	{ "s\303\255d", false },
};

START_TEST(token)
{
	ck_assert_msg(cookie_is_token(str_of(token_cases[_i].name)) == token_cases[_i].want,
	    "\"%s\"", token_cases[_i].name);
}
END_TEST

START_TEST(nul_is_in_no_token)
{
	ck_assert(!cookie_is_token(STR_LIT("a\0b")));
	ck_assert(!cookie_is_token(STR_NULL));
}
END_TEST

#define ID "ddca63bd-1ed6-4f24-b0a5-4b7a0a2f7d23"

static const struct {
	const char *name;
	struct cookie cookie;
	const char *want; /* NULL: -EINVAL */
} format_cases[] = {
	{ "session_cookie",
	    { .name = STR_LIT("_my_session_id"),
		.value = STR_LIT(ID),
		.path = STR_LIT("/"),
		.http_only = true,
		.max_age_s = -1 },
	    "_my_session_id=" ID "; Path=/; HttpOnly; SameSite=Lax" },
	{ "secure_session_cookie",
	    { .name = STR_LIT("sid"),
		.value = STR_LIT(ID),
		.path = STR_LIT("/"),
		.http_only = true,
		.secure = true,
		.max_age_s = -1 },
	    "sid=" ID "; Path=/; HttpOnly; SameSite=Lax; Secure" },
	{ "expired_cookie",
	    { .name = STR_LIT("sid"),
		.value = STR_LIT(""),
		.path = STR_LIT("/"),
		.http_only = true,
		.max_age_s = 0 },
	    "sid=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; "
	    "Expires=Thu, 01 Jan 1970 00:00:00 GMT" },
	{ "lasting_strict_cookie",
	    { .name = STR_LIT("sid"),
		.value = STR_LIT("a=b"),
		.path = STR_LIT("/api"),
		.same_site = COOKIE_SAME_SITE_STRICT,
		.max_age_s = 3600 },
	    "sid=a=b; Path=/api; SameSite=Strict; Max-Age=3600" },
	{ "cross_site_cookie",
	    { .name = STR_LIT("sid"),
		.value = STR_LIT("a"),
		.path = STR_LIT("/"),
		.secure = true,
		.same_site = COOKIE_SAME_SITE_NONE,
		.max_age_s = -1 },
	    "sid=a; Path=/; SameSite=None; Secure" },
	{ "prefixed_cookie",
	    { .prefix = STR_LIT("__Host-"),
		.name = STR_LIT("sid"),
		.value = STR_LIT("a"),
		.path = STR_LIT("/"),
		.secure = true,
		.max_age_s = -1 },
	    "__Host-sid=a; Path=/; SameSite=Lax; Secure" },
	{ "cookie_of_a_domain",
	    { .name = STR_LIT("sid"),
		.value = STR_LIT("a"),
		.path = STR_LIT("/"),
		.http_only = true,
		.max_age_s = 60,
		.domain = STR_LIT("example.org") },
	    "sid=a; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Domain=example.org" },
	{ "prefix_with_equal_sign",
	    { .prefix = STR_LIT("a="),
		.name = STR_LIT("s"),
		.value = STR_LIT("a"),
		.path = STR_LIT("/") },
	    NULL },
	{ "domain_with_semicolon",
	    { .name = STR_LIT("s"),
		.value = STR_LIT("a"),
		.path = STR_LIT("/"),
		.domain = STR_LIT("a.b; Secure") },
	    NULL },
	{ "name_is_no_token",
	    { .name = STR_LIT("s id"), .value = STR_LIT("a"), .path = STR_LIT("/") }, NULL },
	{ "empty_name", { .name = STR_LIT(""), .value = STR_LIT("a"), .path = STR_LIT("/") },
	    NULL },
	{ "value_with_semicolon",
	    { .name = STR_LIT("s"), .value = STR_LIT("a; Domain=x"), .path = STR_LIT("/") },
	    NULL },
	{ "value_with_semicolon_alone",
	    { .name = STR_LIT("s"), .value = STR_LIT("a;b"), .path = STR_LIT("/") }, NULL },
	{ "value_with_line_feed",
	    { .name = STR_LIT("s"), .value = STR_LIT("a\nb"), .path = STR_LIT("/") }, NULL },
	{ "value_with_quote",
	    { .name = STR_LIT("s"), .value = STR_LIT("\"a\""), .path = STR_LIT("/") }, NULL },
	{ "value_with_comma",
	    { .name = STR_LIT("s"), .value = STR_LIT("a,b"), .path = STR_LIT("/") }, NULL },
	{ "value_with_backslash",
	    { .name = STR_LIT("s"), .value = STR_LIT("a\\b"), .path = STR_LIT("/") }, NULL },
	{ "value_with_blank",
	    { .name = STR_LIT("s"), .value = STR_LIT("a b"), .path = STR_LIT("/") }, NULL },
	{ "value_with_nul",
	    { .name = STR_LIT("s"), .value = STR_LIT("a\0b"), .path = STR_LIT("/") }, NULL },
	{ "value_beyond_ascii",
	    { .name = STR_LIT("s"), .value = STR_LIT("\xc3\xa9"), .path = STR_LIT("/") },
	    NULL },
	{ "value_with_del",
	    { .name = STR_LIT("s"), .value = STR_LIT("\x7f"), .path = STR_LIT("/") }, NULL },
	{ "path_with_semicolon",
	    { .name = STR_LIT("s"), .value = STR_LIT("a"), .path = STR_LIT("/; Domain=x") },
	    NULL },
	{ "path_with_carriage_return",
	    { .name = STR_LIT("s"), .value = STR_LIT("a"), .path = STR_LIT("/\r") }, NULL },
};

START_TEST(format)
{
	struct buf out;

	buf_init(&out, 4096);
	cookie_format(&out, &format_cases[_i].cookie);
	if (format_cases[_i].want == NULL) {
		ck_assert_msg(buf_error(&out) == -EINVAL, "%s", format_cases[_i].name);
		ck_assert_uint_eq(out.n, 0);
	} else {
		ck_assert_int_eq(buf_error(&out), 0);
		unit_assert_str(buf_str(&out), format_cases[_i].want);
	}
	buf_fini(&out);
}
END_TEST

static const struct {
	const char *header, *want; /* of __Host-sid; NULL: absent */
} prefix_cases[] = {
	{ "__Host-sid=a", "a" },
	{ "sid=b; __Host-sid=a", "a" },
	{ "__Secure-sid=b; __Host-__Host-sid=c; __Host-sid = a", "a" },
	{ "sid=a", NULL },
	{ "Host-sid=a; __Host-=a; __Host-si=a; __host-sid=a", NULL },
	{ "__Host-sid2=a", NULL },
};

START_TEST(a_prefix_is_part_of_the_name)
{
	struct str header = str_of(prefix_cases[_i].header), value = STR_NULL;
	bool is_there = cookie_find(header, STR_LIT("__Host-"), STR_LIT("sid"), &value) == 0;

	ck_assert(is_there == (prefix_cases[_i].want != NULL));
	unit_assert_str(value, prefix_cases[_i].want);
	ck_assert(!cookie_is_ambiguous(header, STR_LIT("__Host-"), STR_LIT("sid")));
	ck_assert(cookie_is_ambiguous(
	    STR_LIT("__Host-sid=a; sid=b; __Host-sid=c"), STR_LIT("__Host-"), STR_LIT("sid")));
}
END_TEST

static const struct {
	const char *header;
	bool want;
} ambiguous_cases[] = {
	{ "sid=a; sid=b", true },
	{ "sid=a; sid=a; sid=b", true },
	{ "sid=; sid=b", true },
	{ "sid=a; b=c; sid=", true },
	{ "sid=a", false },
	{ "sid=a; sid=a", false },
	{ "sid=a; sid=\"a\"", false },
	{ "sid=a; sid", false },
	{ "sid; sid=a", false },
	{ "sid=a; sidb=b; Sid=c; xsid=d", false },
	{ "a=b; c=d", false },
	{ NULL, false },
};

START_TEST(ambiguous)
{
	ck_assert_int_eq(
	    cookie_is_ambiguous(str_of(ambiguous_cases[_i].header), STR_NULL, STR_LIT("sid")),
	    ambiguous_cases[_i].want);
}
END_TEST

#define N(cases) (int)(sizeof(cases) / sizeof(cases[0]))

Suite *
check_cookie_suite(void)
{
	Suite *s = suite_create("http/cookie");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, find_core, 0, N(core_cases));
	tcase_add_loop_test(tc, ambiguous, 0, N(ambiguous_cases));
	tcase_add_loop_test(tc, a_prefix_is_part_of_the_name, 0, N(prefix_cases));
	tcase_add_loop_test(tc, token, 0, N(token_cases));
	tcase_add_loop_test(tc, format, 0, N(format_cases));
	suite_add_tcase(s, tc);
	tc = tcase_create("limits");
	tcase_add_test(tc, cost_is_linear);
	suite_add_tcase(s, tc);
	tc = tcase_create("hostile");
	tcase_add_loop_test(tc, find_hostile, 0, N(hostile_cases));
	tcase_add_test(tc, nul_ends_nothing);
	tcase_add_test(tc, nul_is_in_no_token);
	suite_add_tcase(s, tc);
	return s;
}
