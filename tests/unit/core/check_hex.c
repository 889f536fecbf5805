/* check_hex.c - tests of src/core/hex.h */
#include "core/hex.h"

#include "unit/unit.h"

Suite *check_hex_suite(void);

START_TEST(each_byte_that_may_be_a_digit)
{
	static const char digits[] = "0123456789abcdef";

	for (int c = 0; c < 256; c++) {
		const char *at = c != 0 ? strchr(digits, c) : NULL;

		if (at != NULL)
			ck_assert_uint_eq(hex_value((char)c), (unsigned)(at - digits));
		else
			ck_assert_uint_gt(hex_value((char)c), 15);
	}
}
END_TEST

/* One that is none, at any place, spoils all. */
START_TEST(two_digits_are_a_byte)
{
	char text[] = "00017f80fedcba98";
	const uint8_t want[] = { 0x00, 0x01, 0x7f, 0x80, 0xfe, 0xdc, 0xba, 0x98 };
	uint8_t bytes[8];

	ck_assert(hex_decode(text, bytes, sizeof(bytes)));
	ck_assert_mem_eq(bytes, want, sizeof(want));
	for (size_t i = 0; i < 16; i++) {
		char before = text[i];

		text[i] = 'A';
		ck_assert(!hex_decode(text, bytes, sizeof(bytes)));
		text[i] = before;
	}
	ck_assert(hex_decode("", bytes, 0));
}
END_TEST

Suite *
check_hex_suite(void)
{
	Suite *s = suite_create("core/hex");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, each_byte_that_may_be_a_digit);
	tcase_add_test(tc, two_digits_are_a_byte);
	suite_add_tcase(s, tc);
	return s;
}
