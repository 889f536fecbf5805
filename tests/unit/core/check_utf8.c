/* check_utf8.c - tests of src/core/utf8.c */
#include "core/utf8.h"

#include "unit/unit.h"

Suite *check_utf8_suite(void);

/* RFC 3629 section 3, written the long way: the encoding of a code point. */
static size_t
encode(uint32_t code, unsigned char to[4])
{
	if (code < 0x80) {
		to[0] = (unsigned char)code;
		return 1;
	}
	if (code < 0x800) {
		to[0] = (unsigned char)(0xc0 | code >> 6);
		to[1] = (unsigned char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		to[0] = (unsigned char)(0xe0 | code >> 12);
		to[1] = (unsigned char)(0x80 | (code >> 6 & 0x3f));
		to[2] = (unsigned char)(0x80 | (code & 0x3f));
		return 3;
	}
	to[0] = (unsigned char)(0xf0 | code >> 18);
	to[1] = (unsigned char)(0x80 | (code >> 12 & 0x3f));
	to[2] = (unsigned char)(0x80 | (code >> 6 & 0x3f));
	to[3] = (unsigned char)(0x80 | (code & 0x3f));
	return 4;
}

/* All that four bytes can carry: taken if and only if it is a character; no prefix is. */
START_TEST(every_code_point)
{
	for (uint32_t code = 0; code < 0x200000; code++) {
		unsigned char bytes[4];
		size_t n = encode(code, bytes);
		bool want = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
		uint32_t got = 0;

		if (utf8_next(str_mem(bytes, n), &got) != (want ? n : 0) ||
		    (want && got != code))
			ck_abort_msg("U+%04X", code);
		for (size_t i = 1; i < n; i++)
			if (utf8_next(str_mem(bytes, i), &got) != 0)
				ck_abort_msg("%zu bytes of U+%04X", i, code);
	}
}
END_TEST

/* All pairs and triples of bytes, against the definition: valid if some code point makes it. */
START_TEST(every_three_bytes)
{
	static bool is_second[0x10000];
	static unsigned char is_third[1 << 24];

	for (uint32_t code = 0x80; code < 0x10000; code++) {
		unsigned char b[4];

		if (code >= 0xd800 && code <= 0xdfff)
			continue;
		if (encode(code, b) == 2)
			is_second[b[0] << 8 | b[1]] = true;
		else
			is_third[b[0] << 16 | b[1] << 8 | b[2]] = true;
	}
	for (uint32_t i = 0; i < 1 << 24; i++) {
		unsigned char b[3] = { (unsigned char)(i >> 16), (unsigned char)(i >> 8),
			(unsigned char)i };
		size_t want = b[0] < 0x80 ? 1 : is_second[i >> 8] ? 2 : is_third[i] ? 3 : 0;
		uint32_t code;

		if (utf8_next(str_mem(b, 3), &code) != want)
			ck_abort_msg("%06x", i);
	}
}
END_TEST

static const struct {
	const char *in;
	bool want;
} cases[] = {
	{ "", true },
	{ "abc", true },
	{ "caf\303\251 \342\202\254 \360\237\230\200", true },
	{ "\300\200", false },
	{ "\301\277", false },
	{ "\340\237\277", false },
	{ "\360\217\277\277", false },
	{ "\355\240\200", false },
	{ "\364\220\200\200", false },
	{ "\365\200\200\200", false },
	{ "\200", false },
	{ "a\303", false },
	{ "\303(", false },
	{ "\342\202(", false },
	{ "\360\237\230(", false },
	{ "\360\237(\200", false },
	{ "\377\376", false },
	{ "\357\273\277", true },
};

START_TEST(valid)
{
	ck_assert(utf8_is_valid(str_of(cases[_i].in)) == cases[_i].want);
}
END_TEST

START_TEST(nothing)
{
	uint32_t code;

	ck_assert_uint_eq(utf8_next(STR_NULL, &code), 0);
	ck_assert(utf8_is_valid(STR_NULL));
	ck_assert(utf8_is_valid(STR_LIT("a\0b")));
}
END_TEST

static const struct {
	uint32_t code;
	bool is_unsafe, is_blank;
} kinds[] = {
	{ 0x00, true, false },
	{ 0x08, true, false },
	{ '\t', true, true },
	{ '\r', true, true },
	{ 0x1b, true, false },
	{ 0x1f, true, false },
	{ ' ', false, true },
	{ '!', false, false },
	{ '~', false, false },
	{ 0x7f, true, false },
	{ 0x85, true, true },
	{ 0x9b, true, false },
	{ 0x9f, true, false },
	{ 0xa0, false, true },
	{ 0xa1, false, false },
	{ 0xad, true, false }, /* soft hyphen */
	{ 0xfc, false, false },
	{ 0x3b1, false, false },
	{ 0x1680, false, true },
	{ 0x2003, false, true },
	{ 0x200b, true, false }, /* no width */
	{ 0x200d, true, false }, /* joiner */
	{ 0x2010, false, false },
	{ 0x2028, true, true }, /* line separator */
	{ 0x202a, true, false },
	{ 0x202e, true, false }, /* right to left */
	{ 0x202f, false, true },
	{ 0x2065, false, false },
	{ 0x2066, true, false },
	{ 0x2069, true, false },
	{ 0x20ac, false, false },
	{ 0x3000, false, true },
	{ 0xfeff, true, false },
	{ 0xfffd, false, false },
	{ 0x1f600, false, false },
	{ 0xe0041, true, false }, /* tag */
	{ 0xe0100, false, false },
	{ 0x10ffff, false, false },
};

START_TEST(kinds_of_characters)
{
	ck_assert_int_eq(utf8_is_unsafe(kinds[_i].code), kinds[_i].is_unsafe);
	ck_assert_int_eq(utf8_is_blank(kinds[_i].code), kinds[_i].is_blank);
}
END_TEST

/* Neither list has lost a row: as many as Python 3.11's unicodedata counts. */
START_TEST(how_many_of_each_kind)
{
	unsigned n_unsafe = 0, n_blank = 0;

	for (uint32_t code = 0; code <= 0x10ffff; code++) {
		n_unsafe += utf8_is_unsafe(code);
		n_blank += utf8_is_blank(code);
	}
	ck_assert_uint_eq(n_unsafe, 230);
	ck_assert_uint_eq(n_blank, 25);
}
END_TEST

Suite *
check_utf8_suite(void)
{
	Suite *s = suite_create("core/utf8");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, valid, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tc, nothing);
	tcase_add_loop_test(tc, kinds_of_characters, 0, sizeof(kinds) / sizeof(kinds[0]));
	tcase_add_test(tc, how_many_of_each_kind);
	tcase_add_test(tc, every_code_point);
	tcase_add_test(tc, every_three_bytes);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(s, tc);
	return s;
}
