/* check_crc32c.c - tests of src/journal/crc32c.c */
#include "journal/crc32c.h"
#include "unit/unit.h"

Suite *check_crc32c_suite(void);

enum { N_BYTES = 32 };

/* RFC 3720 appendix B.4, and the check value that catalogues of CRCs give. */
static const struct {
	const char *name;
	int first, step; /* of N_BYTES bytes */
	uint32_t want;
} vectors[] = {
	{ "zeros", 0x00, 0, 0x8a9136aa },
	{ "ones", 0xff, 0, 0x62a8ab43 },
	{ "rising", 0, 1, 0x46dd794e },
	{ "falling", 31, -1, 0x113fdb5c },
};

START_TEST(the_published_vectors)
{
	uint8_t bytes[N_BYTES];

	for (int i = 0; i < N_BYTES; i++)
		bytes[i] = (uint8_t)(vectors[_i].first + i * vectors[_i].step);
	ck_assert_msg(
	    jrn_crc32c(0, bytes, N_BYTES) == vectors[_i].want, "%s", vectors[_i].name);
	ck_assert_msg(jrn_crc32c_with(false, 0, bytes, N_BYTES) == vectors[_i].want,
	    "%s, without the instruction", vectors[_i].name);
	/* In two steps, wherever it is cut. */
	for (size_t n = 0; n <= N_BYTES; n++) {
		ck_assert_uint_eq(jrn_crc32c(jrn_crc32c(0, bytes, n), bytes + n, N_BYTES - n),
		    vectors[_i].want);
		ck_assert_uint_eq(jrn_crc32c_with(false, jrn_crc32c_with(false, 0, bytes, n),
				      bytes + n, N_BYTES - n),
		    vectors[_i].want);
	}
}
END_TEST

START_TEST(the_check_value)
{
	ck_assert_uint_eq(jrn_crc32c(0, "123456789", 9), 0xe3069283);
	ck_assert_uint_eq(jrn_crc32c_with(false, 0, "123456789", 9), 0xe3069283);
}
END_TEST

START_TEST(no_bytes_change_nothing)
{
	ck_assert_uint_eq(jrn_crc32c(0, "", 0), 0);
	ck_assert_uint_eq(jrn_crc32c(0xe3069283, "", 0), 0xe3069283);
	ck_assert_uint_eq(jrn_crc32c_with(false, 0xe3069283, "", 0), 0xe3069283);
}
END_TEST

/* Words of eight bytes and what is left over, from any address. */
START_TEST(both_ways_agree_at_every_length_and_address)
{
	uint8_t bytes[64];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 167 + 13);
	for (size_t at = 0; at < 9; at++)
		for (size_t n = 0; at + n <= sizeof(bytes); n++)
			ck_assert_uint_eq(jrn_crc32c(0x1234, bytes + at, n),
			    jrn_crc32c_with(false, 0x1234, bytes + at, n));
}
END_TEST

START_TEST(every_changed_bit_shows)
{
	uint8_t bytes[N_BYTES] = { 0 };

	for (size_t i = 0; i < (size_t)N_BYTES * 8; i++) {
		bytes[i / 8] = (uint8_t)(1u << i % 8);
		ck_assert_uint_ne(jrn_crc32c(0, bytes, N_BYTES), 0x8a9136aa);
		bytes[i / 8] = 0;
	}
}
END_TEST

Suite *
check_crc32c_suite(void)
{
	Suite *s = suite_create("journal/crc32c");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, the_published_vectors, 0, sizeof(vectors) / sizeof(vectors[0]));
	tcase_add_test(tc, the_check_value);
	tcase_add_test(tc, no_bytes_change_nothing);
	tcase_add_test(tc, both_ways_agree_at_every_length_and_address);
	tcase_add_test(tc, every_changed_bit_shows);
	suite_add_tcase(s, tc);
	return s;
}
