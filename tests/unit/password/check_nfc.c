/* check_nfc.c - tests of src/password/nfc.c */
#include "password/nfc.h"

#include "core/utf8.h"
#include "unit/unit.h"

Suite *check_nfc_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

/* Of NormalizationTest.txt: source and NFC. */
static const struct {
	const char *text, *form;
} cases[] = {
	{ "", "" },
	{ "H0lbertonSchool98! ", "H0lbertonSchool98! " },
	{ "\xc3\xa9", "\xc3\xa9" },
	{ "e\xcc\x81", "\xc3\xa9" },                        /* e, acute */
	{ "\xe2\x84\xab", "\xc3\x85" },                     /* ANGSTROM SIGN */
	{ "\xe2\x84\xa6", "\xce\xa9" },                     /* OHM SIGN */
	{ "\xe1\xb8\x8a\xcc\xa3", "\xe1\xb8\x8c\xcc\x87" }, /* the marks change places */
	{ "D\xcc\x87\xcc\xa3", "\xe1\xb8\x8c\xcc\x87" },
	{ "D\xcc\x9b\xcc\x87", "\xe1\xb8\x8a\xcc\x9b" },
	{ "\xe1\x84\x80\xe1\x85\xa1", "\xea\xb0\x80" }, /* Hangul, two letters */
	{ "\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8", "\xea\xb0\x81" },
	{ "\xea\xb0\x80\xe1\x86\xa8", "\xea\xb0\x81" },
	{ "\xe0\xa5\x98", "\xe0\xa4\x95\xe0\xa4\xbc" }, /* is never composed */
	{ "\xcd\x84", "\xcc\x88\xcc\x81" },
	{ "\xef\xad\x8f", "\xef\xad\x8f" }, /* a ligature stays: no NFKC */
	{ "\xef\xbc\xa1", "\xef\xbc\xa1" }, /* and a full-width A */
	{ "\xc2\xbd", "\xc2\xbd" },
	{ "\xf0\x9d\x85\xa0", "\xf0\x9d\x85\x98\xf0\x9d\x85\xa5\xf0\x9d\x85\xae" },
	{ "\xf0\xaf\xa0\x80", "\xe4\xb8\xbd" },
	{ "\xf0\x9f\xa6\x8a", "\xf0\x9f\xa6\x8a" },
	{ "I\xcc\x87", "\xc4\xb0" },
};

START_TEST(the_normal_form)
{
	char room[NFC_MAX_BYTES];
	struct str form = STR_NULL;

	ck_assert(nfc_of(str_of(cases[_i].text), room, &form));
	unit_assert_str(form, cases[_i].form);
	ck_assert(nfc_of(str_of(cases[_i].form), room, &form));
	unit_assert_str(form, cases[_i].form);
}
END_TEST

START_TEST(a_nul_is_a_character)
{
	char room[NFC_MAX_BYTES];
	struct str form;

	ck_assert(nfc_of(STR_LIT("a\0e\xcc\x81"), room, &form));
	ck_assert(str_eq(form, STR_LIT("a\0\xc3\xa9")));
}
END_TEST

START_TEST(what_is_no_utf8_has_none)
{
	static const char *const texts[] = { "\xff", "a\xc3", "\xc0\x80", "\xed\xa0\x80",
		"\xf4\x90\x80\x80", "\xe4ss" };
	char room[NFC_MAX_BYTES];
	struct str form;

	for (int i = 0; i < N(texts); i++)
		ck_assert_msg(!nfc_of(str_of(texts[i]), room, &form), "%d", i);
}
END_TEST

/* Each alone: none grows by more than there is room for, and twice is once. */
START_TEST(every_character)
{
	char room[NFC_MAX_BYTES], again[NFC_MAX_BYTES];

	for (uint32_t code = 0; code <= 0x10ffff; code++) {
		unsigned char b[4];
		struct str form, twice;
		size_t n = 0;

		if (code >= 0xd800 && code <= 0xdfff)
			continue;
		if (code < 0x80) {
			b[n++] = (unsigned char)code;
		} else if (code < 0x800) {
			b[n++] = (unsigned char)(0xc0 | code >> 6);
		} else if (code < 0x10000) {
			b[n++] = (unsigned char)(0xe0 | code >> 12);
			b[n++] = (unsigned char)(0x80 | (code >> 6 & 0x3f));
		} else {
			b[n++] = (unsigned char)(0xf0 | code >> 18);
			b[n++] = (unsigned char)(0x80 | (code >> 12 & 0x3f));
			b[n++] = (unsigned char)(0x80 | (code >> 6 & 0x3f));
		}
		if (code >= 0x80)
			b[n++] = (unsigned char)(0x80 | (code & 0x3f));
		if (!nfc_of(str_mem(b, n), room, &form) || form.n > 3 * n ||
		    !utf8_is_valid(form) || !nfc_of(form, again, &twice) ||
		    !str_eq(form, twice))
			ck_abort_msg("U+%04X", code);
	}
}
END_TEST

/* What grows most: for 4 bytes 12, and for 2 bytes 3 code points. */
START_TEST(the_longest)
{
	static const struct {
		const char *unit;
		size_t n, grown;
	} most[] = { { "\xf0\x9d\x85\xa0", 4, 12 }, { "\xce\x90", 2, 2 }, { "x", 1, 1 } };
	char text[NFC_TEXT_MAX_BYTES + 4], room[NFC_MAX_BYTES];
	size_t n = most[_i].n;
	struct str form;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = most[_i].unit[i % n];
	ck_assert(nfc_of(str_mem(text, NFC_TEXT_MAX_BYTES), room, &form));
	ck_assert_uint_eq(form.n, NFC_TEXT_MAX_BYTES / n * most[_i].grown);
	ck_assert(!nfc_of(str_mem(text, NFC_TEXT_MAX_BYTES + n), room, &form));
}
END_TEST

Suite *
check_nfc_suite(void)
{
	Suite *s = suite_create("password/nfc");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, the_normal_form, 0, N(cases));
	tcase_add_test(tc, a_nul_is_a_character);
	tcase_add_test(tc, what_is_no_utf8_has_none);
	tcase_add_test(tc, every_character);
	tcase_add_loop_test(tc, the_longest, 0, 3);
	suite_add_tcase(s, tc);
	return s;
}
