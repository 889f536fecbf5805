/* check_form.c - tests of src/http/form.c */
#include "http/form.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "unit/fail_alloc.h"
#include "unit/unit.h"

Suite *check_form_suite(void);

#define URLENCODED "application/x-www-form-urlencoded"

static const struct {
	const char *name, *body, *field, *want; /* want NULL: absent */
} urlencoded_cases[] = {
	{ "first_field", "email=bob@hbtn.io&password=fake", "email", "bob@hbtn.io" },
	{ "second_field", "email=bob@hbtn.io&password=fake", "password", "fake" },
	{ "absent_field", "email=bob@hbtn.io", "password", NULL },
	{ "empty_body", "", "email", NULL },
	{ "no_body", NULL, "email", NULL },
	{ "percent_escapes", "email=bob%40hbtn%2eio", "email", "bob@hbtn.io" },
	{ "lower_and_upper_case_escapes", "a=%c3%A9", "a", "\xc3\xa9" },
	{ "plus_is_a_blank", "a=b+c", "a", "b c" },
	{ "escaped_plus_is_a_plus", "a=b%2Bc", "a", "b+c" },
	{ "raw_blank_stays", "a= b c ", "a", " b c " },
	{ "nothing_is_trimmed", "a=\tb\r\n", "a", "\tb\r\n" },
	{ "names_are_not_trimmed", " a=b", "a", NULL },
	{ "names_are_decoded", "%65mail=x", "email", "x" },
	{ "plus_in_a_name_is_a_blank", "a+b=c", "a b", "c" },
	{ "bad_escape_stays", "a=%zz", "a", "%zz" },
	{ "half_bad_escape_stays", "a=%4", "a", "%4" },
	{ "half_hex_escape_stays", "a=%4g%", "a", "%4g%" },
	{ "escape_of_an_escape_is_decoded_once", "a=%2541", "a", "%41" },
	{ "escaped_ampersand_separates_nothing", "a=1%26b=2", "a", "1&b=2" },
	{ "escaped_equal_sign_is_part_of_the_name", "a%3Db=c", "a=b", "c" },
	{ "first_equal_sign_splits", "a=b=c", "a", "b=c" },
	{ "first_of_two_wins", "a=1&a=2", "a", "1" },
	{ "first_of_two_wins_even_if_empty", "a=&a=2", "a", "" },
	{ "names_are_case_sensitive", "Email=x&EMAIL=y", "email", NULL },
	{ "without_equal_sign_is_empty", "email&password=x", "email", "" },
	{ "empty_value", "email=&password=x", "email", "" },
	{ "empty_pairs_are_skipped", "&&email=x&&", "email", "x" },
	{ "empty_name", "=x", "", "x" },
	{ "empty_pairs_have_no_empty_name", "&&a=b", "", NULL },
	{ "semicolon_separates_nothing", "a=1;email=x", "email", NULL },
	{ "question_mark_is_a_character", "?email=x", "email", NULL },
	{ "quotes_stay", "a=\"b\"", "a", "\"b\"" },
	{ "invalid_utf_8_stays_as_it_is", "a=%ff%c3", "a", "\xff\xc3" },
};

START_TEST(urlencoded)
{
	struct form form;
	struct str value = STR_NULL;
	int r;

	ck_assert_int_eq(
	    form_init(&form, STR_LIT(URLENCODED), str_of(urlencoded_cases[_i].body)), 0);
	r = form_find(&form, str_of(urlencoded_cases[_i].field), &value);
	ck_assert_int_eq(r, urlencoded_cases[_i].want != NULL ? 0 : FORM_E_ABSENT);
	unit_assert_str(value, urlencoded_cases[_i].want);
	form_wipe(&form);
}
END_TEST

START_TEST(nul_ends_nothing)
{
	struct form form;
	struct str value;

	ck_assert_int_eq(form_init(&form, STR_LIT(URLENCODED), STR_LIT("a=x%00y&b=\0z")), 0);
	ck_assert_int_eq(form_find(&form, STR_LIT("a"), &value), 0);
	ck_assert(str_eq(value, STR_LIT("x\0y")));
	ck_assert_int_eq(form_find(&form, STR_LIT("b"), &value), 0);
	ck_assert(str_eq(value, STR_LIT("\0z")));
	form_wipe(&form);
	ck_assert_int_eq(form_init(&form, STR_LIT(URLENCODED), STR_LIT("email%00=x")), 0);
	ck_assert_int_eq(form_find(&form, STR_LIT("email"), &value), FORM_E_ABSENT);
	form_wipe(&form);
}
END_TEST

static const struct {
	const char *type;
	int want;
} type_cases[] = {
	{ URLENCODED, 0 },
	{ "Application/X-WWW-Form-URLencoded", 0 },
	{ URLENCODED "; charset=UTF-8", 0 },
	{ " " URLENCODED " ;", 0 },
	{ "multipart/form-data; boundary=b", FORM_E_MALFORMED }, /* the body is none */
	{ "multipart/form-data", FORM_E_MALFORMED },
	{ "multipart/mixed; boundary=b", FORM_E_TYPE },
	{ "application/json", FORM_E_TYPE },
	{ "text/plain", FORM_E_TYPE },
	{ "application/x-www-form-urlencoded2", FORM_E_TYPE },
	{ "application/x-www-form-urlencoded, text/plain", FORM_E_TYPE },
	{ "", FORM_E_TYPE },
	{ NULL, FORM_E_TYPE },
};

START_TEST(type)
{
	struct form form;
	struct str value;

	ck_assert_msg(form_init(&form, str_of(type_cases[_i].type), STR_LIT("email=x")) ==
			  type_cases[_i].want,
	    "%s", type_cases[_i].type);
	ck_assert_int_eq(form_find(&form, STR_LIT("email"), &value),
	    type_cases[_i].want == 0 ? 0 : FORM_E_ABSENT);
	form_wipe(&form);
}
END_TEST

#define MULTIPART "multipart/form-data; boundary=b"
#define FIELD(n)  "--b\r\nContent-Disposition: form-data; name=\"" n "\"\r\n\r\n"
#define LAST      "\r\n--b--\r\n"

static const struct {
	const char *name, *body, *field, *want; /* want NULL: absent */
	int want_init;
} multipart_cases[] = {
	{ "first_part",
	    FIELD("email") "x@y"
			   "\r\n" FIELD("password") "fake" LAST,
	    "email", "x@y", 0 },
	{ "second_part",
	    FIELD("email") "x@y"
			   "\r\n" FIELD("password") "fake" LAST,
	    "password", "fake", 0 },
	{ "nothing_is_decoded", FIELD("a") "%41+ b" LAST, "a", "%41+ b", 0 },
	{ "first_of_two_wins", FIELD("a") "1\r\n" FIELD("a") "2" LAST, "a", "1", 0 },
	{ "empty_value", FIELD("a") "" LAST, "a", "", 0 },
	{ "names_are_case_sensitive", FIELD("Email") "1" LAST, "email", NULL, 0 },
	{ "escaped_quote_in_the_name", FIELD("a\\\"b") "1" LAST, "a\"b", "1", 0 },
	{ "unquoted_name", "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1" LAST, "a",
	    "1", 0 },
	{ "part_with_filename_is_no_field",
	    "--b\r\nContent-Disposition: form-data; name=\"email\"; "
	    "filename=\"f\"\r\n\r\n1\r\n" FIELD("email") "2" LAST,
	    "email", "2", 0 },
	{ "part_with_empty_filename_is_no_field",
	    "--b\r\nContent-Disposition: form-data; filename=\"\"; "
	    "name=\"email\"\r\n\r\n1" LAST,
	    "email", NULL, 0 },
	{ "part_with_extended_filename_is_no_field",
	    "--b\r\nContent-Disposition: form-data; "
	    "name=\"email\"; filename*=UTF-8''f\r\n\r\n1" LAST,
	    "email", NULL, 0 },
	{ "part_without_name_is_no_field",
	    "--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n" FIELD("a") "2" LAST, "a", "2",
	    0 },
	{ "nothing_counts_without_the_closing_boundary", FIELD("a") "1\r\n--b\r\n", "a", NULL,
	    FORM_E_MALFORMED },
	{ "nothing_counts_if_a_later_part_is_bad", FIELD("a") "1\r\n--b\r\nX: y\r\n\r\n2" LAST,
	    "a", NULL, FORM_E_MALFORMED },
	{ "utf_8_by_name",
	    "--b\r\nContent-Disposition: form-data; name=a\r\nContent-Type: "
	    "text/plain; charset=UTF-8\r\n\r\n\303\274" LAST,
	    "a", "\303\274", 0 },
	{ "ascii_in_any_charset",
	    "--b\r\nContent-Disposition: form-data; name=a\r\n"
	    "Content-Type: text/plain; charset=latin1\r\n\r\n1" LAST,
	    "a", "1", 0 },
	{ "not_ascii_without_a_charset",
	    "--b\r\nContent-Disposition: form-data; name=a\r\nContent-Type: text/plain"
	    "\r\n\r\n\374" LAST,
	    "a", "\374", 0 },
	{ "a_charset_that_is_not_read_spoils_all",
	    FIELD("a") "1\r\n--b\r\nContent-Type: text/plain; Charset=\"iso-8859-1\"\r\n"
		       "Content-Disposition: form-data; name=b\r\n\r\n\374" LAST,
	    "a", NULL, FORM_E_MALFORMED },
	{ "a_charset_with_a_long_name",
	    "--b\r\nContent-Disposition: form-data; name=a\r\nContent-Type: text/plain; "
	    "charset=utf-8xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n\r\n\374" LAST,
	    "a", NULL, FORM_E_MALFORMED },
	{ "the_charset_of_a_file_is_its_own",
	    "--b\r\nContent-Disposition: form-data; name=f; filename=f\r\nContent-Type: "
	    "text/plain; charset=latin1\r\n\r\n\374\r\n" FIELD("a") "1" LAST,
	    "a", "1", 0 },
	{ "an_extended_name_is_none",
	    "--b\r\nContent-Disposition: form-data; "
	    "name*=UTF-8''a\r\n\r\n1" LAST,
	    "a", NULL, 0 },
	{ "no_boundary_at_all", "a=1", "a", NULL, FORM_E_MALFORMED },
};

START_TEST(multipart)
{
	struct form form;
	struct str value = STR_NULL;

	ck_assert_int_eq(form_init(&form, STR_LIT(MULTIPART), str_of(multipart_cases[_i].body)),
	    multipart_cases[_i].want_init);
	(void)form_find(&form, str_of(multipart_cases[_i].field), &value);
	unit_assert_str(value, multipart_cases[_i].want);
	form_wipe(&form);
}
END_TEST

/* FORM_FIELDS_MAX fields are taken, one more is refused, in both kinds. */
START_TEST(number_of_fields_is_bounded)
{
	for (int more = 0; more < 2; more++) {
		struct form form;
		struct buf url, multi;
		struct str value;
		int want = more == 0 ? 0 : FORM_E_TOO_MANY;

		buf_init(&url, 1000000);
		buf_init(&multi, 1000000);
		for (int i = 0; i < FORM_FIELDS_MAX + more; i++) {
			buf_addf(&url, "f%d=%d&&", i, i);
			buf_addf(&multi,
			    "--b\r\nContent-Disposition: form-data; name=f%d\r\n\r\n%d\r\n", i,
			    i);
		}
		buf_add_z(&multi, "--b--");
		ck_assert_int_eq(form_init(&form, STR_LIT(URLENCODED), buf_str(&url)), want);
		ck_assert_int_eq(
		    form_find(&form, STR_LIT("f0"), &value), more == 0 ? 0 : FORM_E_ABSENT);
		form_wipe(&form);
		ck_assert_int_eq(form_init(&form, STR_LIT(MULTIPART), buf_str(&multi)), want);
		ck_assert_int_eq(
		    form_find(&form, STR_LIT("f999"), &value), more == 0 ? 0 : FORM_E_ABSENT);
		form_wipe(&form);
		buf_fini(&url);
		buf_fini(&multi);
	}
}
END_TEST

/* The views of early fields survive all the later ones. */
START_TEST(values_stay_where_they_are)
{
	struct form form;
	struct str value;
	struct buf body;

	buf_init(&body, 100000);
	buf_add_z(&body, "first=%31");
	for (int i = 0; i < 900; i++)
		buf_addf(&body, "&f%d=%%41%%41%%41", i);
	ck_assert_int_eq(form_init(&form, STR_LIT(URLENCODED), buf_str(&body)), 0);
	ck_assert_int_eq(form_find(&form, STR_LIT("first"), &value), 0);
	unit_assert_str(value, "1");
	ck_assert_int_eq(form_find(&form, STR_LIT("f899"), &value), 0);
	unit_assert_str(value, "AAA");
	form_wipe(&form);
	form_wipe(&form);
	ck_assert_int_eq(form_find(&form, STR_LIT("first"), &value), FORM_E_ABSENT);
	buf_fini(&body);
}
END_TEST

static const struct {
	const char *name, *type, *start, *repeated, *end;
} cost_cases[] = {
	{ "pairs", URLENCODED, "", "&", "" },
	{ "equal signs", URLENCODED, "a", "=", "" },
	{ "escapes", URLENCODED, "a=", "%41", "" },
	{ "bad escapes", URLENCODED, "a=", "%", "" },
	{ "lines", MULTIPART, FIELD("a"), "\n", LAST },
	{ "almost delimiters", MULTIPART, FIELD("a"), "\r\n--", LAST },
	{ "headers", MULTIPART, "--b\r\nContent-Disposition: x\r\n", "a:b\n", "\r\nx" LAST },
	{ "parameters", MULTIPART, "--b\r\nContent-Disposition: x", ";", "\r\n\r\nx" LAST },
	{ "quotes", MULTIPART, "--b\r\nContent-Disposition: x", "\"", "\r\n\r\nx" LAST },
	{ "quoted parameters", MULTIPART, "--b\r\nContent-Disposition: x", ";\"\"",
	    "\r\n\r\nx" LAST },
};

/* Twice the bytes, about twice the time: printed, to be looked at. */
START_TEST(cost_is_linear)
{
	for (size_t n = 16 * 1024; n <= 64 * 1024; n *= 2) {
		struct timespec from, to;
		struct form form;
		struct buf body;

		buf_init(&body, n + 1000);
		buf_add_z(&body, cost_cases[_i].start);
		while (body.n < n)
			buf_add_z(&body, cost_cases[_i].repeated);
		buf_add_z(&body, cost_cases[_i].end);
		(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
		(void)form_init(&form, str_of(cost_cases[_i].type), buf_str(&body));
		(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
		printf("form_init, %2zu KiB of %s: %.1f us\n", n / 1024, cost_cases[_i].name,
		    (double)(to.tv_sec - from.tv_sec) * 1e6 +
			(double)(to.tv_nsec - from.tv_nsec) / 1e3);
		form_wipe(&form);
		buf_fini(&body);
	}
}
END_TEST

START_TEST(without_memory)
{
	struct form form;
	struct str value;

	/* 1: for the decoded text, 2: for the first fields. */
	for (unsigned i = 1; i <= 2; i++) {
		fail_alloc_at(i);
		ck_assert_int_eq(
		    form_init(&form, STR_LIT(URLENCODED), STR_LIT("a=b&c=d")), -ENOMEM);
		ck_assert_int_eq(form_find(&form, STR_LIT("a"), &value), FORM_E_ABSENT);
		form_wipe(&form);
	}
	/* 2: for the boundary, 3: for the first fields. */
	for (unsigned i = 2; i <= 3; i++) {
		fail_alloc_at(i);
		ck_assert_int_eq(
		    form_init(&form, STR_LIT(MULTIPART), STR_LIT(FIELD("a") "1" LAST)),
		    -ENOMEM);
		ck_assert_int_eq(form_find(&form, STR_LIT("a"), &value), FORM_E_ABSENT);
		form_wipe(&form);
	}
	fail_alloc_at(0);
}
END_TEST

#define N(cases) (int)(sizeof(cases) / sizeof(cases[0]))

Suite *
check_form_suite(void)
{
	Suite *s = suite_create("http/form");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, urlencoded, 0, N(urlencoded_cases));
	tcase_add_loop_test(tc, multipart, 0, N(multipart_cases));
	tcase_add_loop_test(tc, type, 0, N(type_cases));
	suite_add_tcase(s, tc);
	tc = tcase_create("limits");
	tcase_add_test(tc, number_of_fields_is_bounded);
	tcase_add_test(tc, values_stay_where_they_are);
	tcase_add_loop_test(tc, cost_is_linear, 0, N(cost_cases));
	tcase_add_test(tc, without_memory);
	suite_add_tcase(s, tc);
	tc = tcase_create("hostile");
	tcase_add_test(tc, nul_ends_nothing);
	suite_add_tcase(s, tc);
	return s;
}
