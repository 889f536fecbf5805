/* check_base64.c - tests of src/core/base64.c */
#include "core/base64.h"

#include <errno.h>

#include "unit/unit.h"

Suite *check_base64_suite(void);

static const struct {
	const char *in, *want; /* want NULL: malformed */
} cases[] = {
	/* RFC 4648 section 10 */
	{ "", "" },
	{ "Zg==", "f" },
	{ "Zm8=", "fo" },
	{ "Zm9v", "foo" },
	{ "Zm9vYg==", "foob" },
	{ "Zm9vYmE=", "fooba" },
	{ "Zm9vYmFy", "foobar" },
	/* RFC 7617 section 2 */
	{ "QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin:open sesame" },
	{ "dGVzdDoxMjPCow==", "test:123\302\243" },
	{ "SG9sYmVydG9u", "Holberton" },
	{ "Ym9iQGhidG4uaW86SDBsYmVydG9uU2Nob29sOTgh", "bob@hbtn.io:H0lbertonSchool98!" },
	{ "Ym9iMTAwQGhidG4uaW86SDBsYmVydG9uOlNjaG9vbDo5OCE=",
	    "bob100@hbtn.io:H0lberton:School:98!" },
	{ "+/+/", "\373\377\277" },
	/* not Base64 */
	{ "Holberton School", NULL },
	{ "Holberton", NULL },
	/* padding */
	{ "Zg", NULL },
	{ "Zg=", NULL },
	{ "Zg===", NULL },
	{ "Zm8", NULL },
	{ "Zm9v=", NULL },
	{ "Zm9v====", NULL },
	{ "=", NULL },
	{ "====", NULL },
	{ "Z", NULL },
	{ "Z===", NULL },
	{ "Zg==Zg==", NULL },
	{ "Zg=a", NULL },
	{ "=Zg=", NULL },
	/* pad bits that are not zero */
	{ "Zh==", NULL },
	{ "Zm9=", NULL },
	/* foreign characters */
	{ "Zm9 v", NULL },
	{ " Zm9v", NULL },
	{ "Zm9v ", NULL },
	{ "Zm9v\n", NULL },
	{ "Zm\r\n9v", NULL },
	{ "-_-_", NULL },
	{ "Zm9v!", NULL },
	{ "Zm9\303", NULL },
};

START_TEST(decode)
{
	struct buf out;
	int r;

	buf_init(&out, 100);
	buf_add_char(&out, '>');
	r = base64_decode(str_of(cases[_i].in), &out);
	ck_assert_msg(r == (cases[_i].want != NULL ? 0 : BASE64_E_MALFORMED), "\"%s\": %d",
	    cases[_i].in, r);
	ck_assert_int_eq(buf_error(&out), 0);
	ck_assert_int_eq(out.p[0], '>');
	unit_assert_str(
	    str_skip(buf_str(&out), 1), cases[_i].want != NULL ? cases[_i].want : "");
	buf_fini(&out);
}
END_TEST

/* 64 bytes stand for something, at each place; libsodium 1.0.18 adds all above 0x7f. */
START_TEST(every_byte_at_every_place)
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (int i = 0; i < 4 * 256; i++) {
		char text[4] = { 'Z', 'm', '9', 'v' };
		char c = (char)(i / 4);
		bool want = c != '\0' && strchr(alphabet, c) != NULL;
		struct buf out;

		text[i % 4] = c;
		if (i % 4 == 3 && c == '=')
			continue; /* Zm9= has pad bits, elsewhere tested */
		buf_init(&out, 3);
		ck_assert_msg(
		    base64_decode(str_mem(text, 4), &out) == (want ? 0 : BASE64_E_MALFORMED),
		    "byte %02x at %d", (unsigned)(i / 4), i % 4);
		buf_fini(&out);
	}
}
END_TEST

START_TEST(nul_bytes)
{
	struct buf out;

	buf_init(&out, 100);
	ck_assert_int_eq(base64_decode(STR_LIT("AAAA"), &out), 0);
	ck_assert(str_eq(buf_str(&out), STR_LIT("\0\0\0")));
	ck_assert_int_eq(base64_decode(STR_LIT("Zm9\0"), &out), BASE64_E_MALFORMED);
	ck_assert_int_eq(base64_decode(STR_LIT("Zm9v\0"), &out), BASE64_E_MALFORMED);
	ck_assert_int_eq(base64_decode(STR_NULL, &out), 0);
	buf_fini(&out);
}
END_TEST

START_TEST(over_the_maximum)
{
	struct buf out;

	buf_init(&out, 5);
	ck_assert_int_eq(base64_decode(STR_LIT("Zm9vYmFy"), &out), -EMSGSIZE);
	ck_assert_uint_eq(out.n, 0);
	buf_fini(&out);
}
END_TEST

Suite *
check_base64_suite(void)
{
	Suite *s = suite_create("core/base64");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, decode, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tc, every_byte_at_every_place);
	tcase_add_test(tc, nul_bytes);
	tcase_add_test(tc, over_the_maximum);
	suite_add_tcase(s, tc);
	return s;
}
