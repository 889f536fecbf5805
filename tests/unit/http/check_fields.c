/* check_fields.c - tests of src/http/fields.c */
#include "http/fields.h"

#include <errno.h>

#include "unit/fail_alloc.h"
#include "unit/unit.h"

Suite *check_fields_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))
#define FORM     "application/x-www-form-urlencoded"
#define JSON     "application/json"

static struct fields fields;
static struct request request;

static int
init(const char *type, const char *body)
{
	request = (struct request){ .content_type = str_of(type), .body = str_of(body) };
	return fields_init(&fields, &request);
}

static const struct {
	const char *type, *body;
	int r;         /* of fields_find() "a" */
	const char *a; /* where it is 0 */
} cases[] = {
	{ FORM, "a=x&b=y", 0, "x" },
	{ FORM, "b=y&a=%C3%A9+1", 0, "\xc3\xa9 1" },
	{ FORM, "a=&b=y", FIELDS_E_ABSENT, NULL },
	{ FORM, "b=y", FIELDS_E_ABSENT, NULL },
	{ FORM, "", FIELDS_E_ABSENT, NULL },
	{ FORM, "{\"a\": \"x\"}", FIELDS_E_ABSENT, NULL },
	{ "multipart/form-data; boundary=X",
	    "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx y\r\n--X--\r\n", 0,
	    "x y" },
	{ JSON, "{\"a\": \"x\", \"b\": 1}", 0, "x" },
	{ "application/vnd.x+json", "{\"a\": \"\\u00e9\"}", 0, "\xc3\xa9" },
	{ JSON, "{\"a\": \"x\", \"a\": \"y\"}", 0, "y" },
	{ JSON, "{}", FIELDS_E_ABSENT, NULL },
	{ JSON, "{\"a\": \"\"}", FIELDS_E_ABSENT, NULL },
	{ JSON, "{\"A\": \"x\"}", FIELDS_E_ABSENT, NULL },
	{ JSON, "{\"a\": null}", FIELDS_E_NO_TEXT, NULL },
	{ JSON, "{\"a\": 1}", FIELDS_E_NO_TEXT, NULL },
	{ JSON, "{\"a\": [\"x\"]}", FIELDS_E_NO_TEXT, NULL },
};

START_TEST(texts_of_either_kind)
{
	struct str text = STR_LIT("before");

	ck_assert_int_eq(init(cases[_i].type, cases[_i].body), 0);
	ck_assert_int_eq(fields_find(&fields, "a", &text), cases[_i].r);
	if (cases[_i].r == 0)
		unit_assert_str(text, cases[_i].a);
	fields_wipe(&fields);
	fields_wipe(&fields);
}
END_TEST

START_TEST(a_nul_does_not_end_a_text)
{
	struct str text;

	ck_assert_int_eq(init(JSON, "{\"a\": \"x\\u0000y\"}"), 0);
	ck_assert_int_eq(fields_find(&fields, "a", &text), 0);
	ck_assert(str_eq(text, STR_LIT("x\0y")));
	fields_wipe(&fields);
}
END_TEST

static const struct {
	const char *type, *body;
} neither[] = {
	{ JSON, "" },
	{ JSON, "null" },
	{ JSON, "[\"a\"]" },
	{ JSON, "\"a\"" },
	{ JSON, "{\"a\": \"x\"" },
	{ JSON, "a=x" },
	{ NULL, "a=x" },
	{ "text/plain", "a=x" },
	{ "text/plain", "{\"a\": \"x\"}" },
	{ "multipart/form-data; boundary=X", "--X\r\nnothing" },
};

START_TEST(what_is_neither)
{
	struct str text;

	ck_assert_int_eq(init(neither[_i].type, neither[_i].body), FIELDS_E_FORMAT);
	ck_assert_int_eq(fields_find(&fields, "a", &text), FIELDS_E_ABSENT);
	fields_wipe(&fields);
}
END_TEST

START_TEST(too_many)
{
	static char body[4 * FORM_FIELDS_MAX + 8];

	for (size_t i = 0; i <= FORM_FIELDS_MAX; i++)
		memcpy(&body[4 * i], "a=x&", 4);
	ck_assert_int_eq(init(FORM, body), FIELDS_E_TOO_MANY);
	fields_wipe(&fields);
}
END_TEST

START_TEST(without_memory)
{
	fail_alloc_at(1);
	ck_assert_int_eq(init(FORM, "a=%20"), -ENOMEM);
	fields_wipe(&fields);
}
END_TEST

Suite *
check_fields_suite(void)
{
	Suite *s = suite_create("http/fields");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, texts_of_either_kind, 0, N(cases));
	tcase_add_test(tc, a_nul_does_not_end_a_text);
	tcase_add_loop_test(tc, what_is_neither, 0, N(neither));
	tcase_add_test(tc, too_many);
	tcase_add_test(tc, without_memory);
	suite_add_tcase(s, tc);
	return s;
}
