/* check_ident.c - tests of src/core/ident.c */
#include "core/ident.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <uuid.h>

#include "unit/core/fail_call.h"
#include "unit/unit.h"

Suite *check_ident_suite(void);

START_TEST(new_is_version_4_and_lower_case)
{
	uint8_t any_of[IDENT_BYTES] = { 0 }, all_of[IDENT_BYTES];

	memset(all_of, 0xff, sizeof(all_of));
	for (int i = 0; i < 1000; i++) {
		char text[IDENT_TEXT_BYTES], again[IDENT_TEXT_BYTES];
		uint8_t bytes[IDENT_BYTES];

		ck_assert_int_eq(ident_new(text), 0);
		ck_assert_uint_eq(strlen(text), 36);
		ck_assert_int_eq(text[14], '4');
		ck_assert_ptr_nonnull(strchr("89ab", text[19]));
		ck_assert(ident_parse(str_of(text), bytes));
		ident_format(bytes, again);
		ck_assert_str_eq(text, again);
		for (int j = 0; j < IDENT_BYTES; j++) {
			any_of[j] |= bytes[j];
			all_of[j] &= bytes[j];
		}
	}
	/* 122 free bits: each was once 0 and once 1.  The fixed six never moved. */
	for (int j = 0; j < IDENT_BYTES; j++) {
		ck_assert_uint_eq(any_of[j], j == 6 ? 0x4f : j == 8 ? 0xbf : 0xff);
		ck_assert_uint_eq(all_of[j], j == 6 ? 0x40 : j == 8 ? 0x80 : 0x00);
	}
}
END_TEST

START_TEST(a_token_is_256_bits_of_base64url)
{
	const char *const symbols =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint8_t any_of[32] = { 0 }, all_of[32];

	memset(all_of, 0xff, sizeof(all_of));
	for (int i = 0; i < 1000; i++) {
		char text[IDENT_SESSION_BYTES];
		uint8_t bytes[33] = { 0 };
		unsigned bits = 0, n_bits = 0, n = 0;

		ck_assert_int_eq(ident_new_token(text), 0);
		ck_assert_uint_eq(strlen(text), 43);
		for (int j = 0; j < 43; j++) {
			const char *symbol = strchr(symbols, text[j]);

			ck_assert_ptr_nonnull(symbol);
			bits = bits << 6 | (unsigned)(symbol - symbols);
			if ((n_bits += 6) >= 8)
				bytes[n++] = (uint8_t)(bits >> (n_bits -= 8));
		}
		ck_assert_uint_eq(n, 32);
		/* What is left of the last character is no part of it. */
		ck_assert_uint_eq(bits & 3, 0);
		for (int j = 0; j < 32; j++) {
			any_of[j] |= bytes[j];
			all_of[j] &= bytes[j];
		}
	}
	/* Each bit was once 0 and once 1. */
	for (int j = 0; j < 32; j++) {
		ck_assert_uint_eq(any_of[j], 0xff);
		ck_assert_uint_eq(all_of[j], 0);
	}
}
END_TEST

START_TEST(no_randomness_no_token)
{
	char text[IDENT_SESSION_BYTES] = "untouched";

	fail_call("getrandom", 1, EPERM);
	ck_assert_int_eq(ident_new_token(text), -EPERM);
	ck_assert_str_eq(text, "untouched");
}
END_TEST

#define N_PROCESSES 32
#define N_EACH      2000

static void
make_many(uint8_t (*ret)[IDENT_BYTES])
{
	char text[IDENT_TEXT_BYTES];

	for (int i = 0; i < N_EACH; i++)
		if (ident_new(text) != 0 || !ident_parse(str_of(text), ret[i]))
			_exit(1);
	_exit(0);
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, IDENT_BYTES);
}

/* And each free bit is 1 in half of them, give or take 7 sigma. */
START_TEST(of_many_processes_no_two_are_alike)
{
	const int n = N_PROCESSES * N_EACH, sigma = 127; /* of n tosses: half the root of n */
	uint8_t(*all)[IDENT_BYTES] = mmap(NULL, (size_t)n * IDENT_BYTES, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(all, MAP_FAILED);
	for (int i = 0; i < N_PROCESSES; i++)
		if (fork() == 0)
			make_many(all + (ptrdiff_t)i * N_EACH);
	for (int i = 0, status; i < N_PROCESSES; i++) {
		ck_assert_int_ne(wait(&status), -1);
		ck_assert_int_eq(status, 0);
	}
	for (int bit = 0; bit < IDENT_BYTES * 8; bit++) {
		int n_ones = 0;

		if (bit / 4 == 12 || bit / 2 == 32)
			continue; /* version and variant */
		for (int i = 0; i < n; i++)
			n_ones += all[i][bit / 8] >> (7 - bit % 8) & 1;
		ck_assert_int_le(abs(n_ones - n / 2), 7 * sigma);
	}
	qsort(all, (size_t)n, IDENT_BYTES, compare);
	for (int i = 1; i < n; i++)
		ck_assert_int_ne(compare(all[i - 1], all[i]), 0);
	(void)munmap(all, (size_t)n * IDENT_BYTES);
}
END_TEST

START_TEST(no_randomness_no_ident)
{
	char text[IDENT_TEXT_BYTES] = "untouched";

	fail_call("getrandom", 1, EPERM);
	ck_assert_int_eq(ident_new(text), -EPERM);
	ck_assert_str_eq(text, "untouched");
}
END_TEST

#define GOOD "cf3ddee1-ff24-49e4-a40b-2540333fe992"

static const struct {
	const char *name, *text;
	bool want;
} parse_cases[] = {
	{ "good", GOOD, true },
	{ "all_zero", "00000000-0000-0000-0000-000000000000", true },
	{ "upper_case", "CF3DDEE1-FF24-49E4-A40B-2540333FE992", false },
	{ "one_upper_case", "cf3ddee1-ff24-49e4-a40b-2540333fe99A", false },
	{ "too_short", "cf3dde1-ff24-49e4-a40b-2540333fe992", false },
	{ "too_long", GOOD "0", false },
	{ "blank_before", " " GOOD, false },
	{ "blank_inside", "cf3ddee1-ff24-49e4-a40b-2540333fe99 ", false },
	{ "braces", "{" GOOD "}", false },
	{ "no_hyphens", "cf3ddee1ff2449e4a40b2540333fe992", false },
	{ "hyphen_elsewhere", "cf3ddee-1ff24-49e4-a40b-2540333fe992", false },
	{ "no_hex_digit", "gf3ddee1-ff24-49e4-a40b-2540333fe992", false },
	{ "hyphen_for_a_digit", "-f3ddee1-ff24-49e4-a40b-2540333fe992", false },
	{ "empty", "", false },
	{ "absent", NULL, false },
};

START_TEST(parse)
{
	uint8_t bytes[IDENT_BYTES];

	ck_assert_msg(ident_parse(str_of(parse_cases[_i].text), bytes) == parse_cases[_i].want,
	    "%s", parse_cases[_i].name);
}
END_TEST

START_TEST(parse_reads_the_bytes)
{
	uint8_t bytes[IDENT_BYTES];

	ck_assert(ident_parse(STR_LIT("00112233-4455-6677-8899-aabbccddeeff"), bytes));
	for (int i = 0; i < IDENT_BYTES; i++)
		ck_assert_int_eq(bytes[i], i * 0x11);
}
END_TEST

START_TEST(nul_is_no_hex_digit)
{
	uint8_t bytes[IDENT_BYTES];

	ck_assert(!ident_parse(STR_LIT("cf3ddee1-ff24-49e4-a40b-2540333fe99\0"), bytes));
}
END_TEST

/* libuuid as the judge, of every text that is one byte away from a good one. */
START_TEST(parse_is_that_of_libuuid_in_lower_case)
{
	char text[IDENT_TEXT_BYTES] = GOOD;

	for (size_t at = 0; at < sizeof(text) - 1; at++) {
		for (int c = 1; c < 256; c++) {
			uint8_t bytes[IDENT_BYTES] = { 0 };
			uuid_t judge = { 0 };
			bool want;

			text[at] = (char)c;
			want = uuid_parse(text, judge) == 0 && !(c >= 'A' && c <= 'F');
			ck_assert_msg(
			    ident_parse(str_mem(text, 36), bytes) == want, "%s", text);
			if (want)
				ck_assert_mem_eq(bytes, judge, sizeof(bytes));
		}
		text[at] = GOOD[at];
	}
}
END_TEST

Suite *
check_ident_suite(void)
{
	Suite *s = suite_create("core/ident");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, new_is_version_4_and_lower_case);
	tcase_add_test(tc, of_many_processes_no_two_are_alike);
	tcase_add_loop_test(tc, parse, 0, sizeof(parse_cases) / sizeof(parse_cases[0]));
	tcase_add_test(tc, parse_reads_the_bytes);
	suite_add_tcase(s, tc);
	tc = tcase_create("limits");
	tcase_add_test(tc, a_token_is_256_bits_of_base64url);
	tcase_add_test(tc, no_randomness_no_token);
	tcase_add_test(tc, no_randomness_no_ident);
	tcase_add_test(tc, nul_is_no_hex_digit);
	tcase_add_test(tc, parse_is_that_of_libuuid_in_lower_case);
	suite_add_tcase(s, tc);
	return s;
}
