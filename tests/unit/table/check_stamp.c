/* check_stamp.c - tests of src/table/stamp.c: who made a table, and may we use it */
#include "unit/table/fixture.h"

#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "table/stamp.h"

Suite *check_stamp_suite(void);

static struct tbl_header ours;

static void
make(struct tbl_header *ret)
{
	ck_assert_int_eq(tbl_stamp_make(&fx.config, ret, &fx.err), 0);
}

static void
sign(struct tbl_header *h)
{
	(void)crypto_generichash(h->checksum, sizeof(h->checksum), (const uint8_t *)h,
	    offsetof(struct tbl_header, checksum), NULL, 0);
}

static int
compare(const struct tbl_header *found)
{
	fx.err.text[0] = '\0';
	return tbl_stamp_compare(found, &ours, &fx.config, &fx.err);
}

START_TEST(what_was_made_here_is_ours)
{
	struct tbl_header h;

	make(&ours);
	h = ours;
	ck_assert_int_eq(tbl_stamp_finish(&h, &fx.err), 0);
	ck_assert_int_eq(compare(&h), 0);
	ck_assert_str_eq(fx.err.text, "");
	ck_assert_mem_eq(h.magic, FORMAT_MAGIC, sizeof(h.magic));
	ck_assert_uint_eq(h.endian, FORMAT_ENDIAN);
	ck_assert_uint_eq(h.format, FORMAT_VERSION);
	ck_assert_mem_eq(h.key_check, fx.config.key_check, sizeof(h.key_check));
	ck_assert_int_eq(h.born_wall_ms, clock_wall_ms());
}
END_TEST

START_TEST(two_processes_agree)
{
	struct tbl_header again;

	make(&ours);
	make(&again);
	ck_assert_mem_eq(&again, &ours, sizeof(ours));
}
END_TEST

START_TEST(salt_and_birth_may_differ)
{
	struct tbl_header a, b;

	make(&ours);
	a = b = ours;
	clock_freeze(FIXTURE_NOW_MS, 1);
	ck_assert_int_eq(tbl_stamp_finish(&a, &fx.err), 0);
	clock_freeze(FIXTURE_NOW_MS, 2);
	ck_assert_int_eq(tbl_stamp_finish(&b, &fx.err), 0);
	ck_assert_uint_ne(a.salt, b.salt);
	ck_assert_int_eq(b.born_wall_ms, 2);
	ck_assert_int_eq(compare(&a), 0);
	ck_assert_int_eq(compare(&b), 0);
}
END_TEST

/* In the order in which they are looked at: before the checksum, whatever other builds did. */
static const struct {
	const char *name;
	size_t offset;
	bool is_signed; /* the checksum fits */
	int want;
	const char *text, *way_out;
} cases[] = {
	{ "magic", offsetof(struct tbl_header, magic), true, -EINVAL, "is not a session table",
	    "move it away" },
	{ "byte_order", offsetof(struct tbl_header, endian), true, -ESTALE,
	    "the other byte order", "remove it" },
	{ "format", offsetof(struct tbl_header, format), true, -ESTALE,
	    "was made by a build with table format 4, this one has 5", "remove it" },
	{ "layout", offsetof(struct tbl_header, layout), true, -ESTALE, "another table layout",
	    "remove it" },
	{ "libc", offsetof(struct tbl_header, libc), true, -ESTALE, "C library", "remove it" },
	{ "checksum", offsetof(struct tbl_header, checksum), false, -EBADMSG,
	    "damaged (header checksum)", "remove it" },
	{ "boot", offsetof(struct tbl_header, boot_id), true, -ESTALE, "another boot",
	    "remove it" },
	{ "pid_namespace", offsetof(struct tbl_header, pid_ns), true, -ESTALE,
	    "another pid namespace (container)", "a run directory of its own" },
	{ "time_namespace", offsetof(struct tbl_header, time_ns), true, -ESTALE,
	    "another time namespace", "a run directory of its own" },
	{ "key", offsetof(struct tbl_header, key_check), true, -ESTALE, "another key file",
	    "restore that key" },
};

#define N_CASES (int)(sizeof(cases) / sizeof(cases[0]))

START_TEST(a_difference_is_named_and_the_way_out_too)
{
	struct tbl_header h;

	make(&ours);
	h = ours;
	ck_assert_int_eq(tbl_stamp_finish(&h, &fx.err), 0);
	((uint8_t *)&h)[cases[_i].offset] ^= 1;
	if (cases[_i].is_signed)
		sign(&h);
	ck_assert_int_eq(compare(&h), cases[_i].want);
	ck_assert_msg(strstr(fx.err.text, cases[_i].text) != NULL, "%s", fx.err.text);
	ck_assert_msg(strstr(fx.err.text, cases[_i].way_out) != NULL, "%s", fx.err.text);
	/* And of which file. */
	ck_assert_msg(strstr(fx.err.text, fx.file) != NULL, "%s", fx.err.text);
}
END_TEST

START_TEST(the_first_of_several_differences_is_named)
{
	struct tbl_header h;

	make(&ours);
	h = ours;
	ck_assert_int_eq(tbl_stamp_finish(&h, &fx.err), 0);
	/* All from here on; a wrong checksum as long as it is among them. */
	for (int i = _i; i < N_CASES; i++)
		if (cases[i].is_signed)
			((uint8_t *)&h)[cases[i].offset] ^= 1;
	sign(&h);
	if (strcmp(cases[_i].name, "checksum") == 0)
		h.checksum[0] ^= 1;
	ck_assert_int_eq(compare(&h), cases[_i].want);
	ck_assert_msg(strstr(fx.err.text, cases[_i].text) != NULL, "%s", fx.err.text);
}
END_TEST

START_TEST(every_flipped_bit_is_noticed)
{
	struct tbl_header h, good;

	make(&ours);
	good = ours;
	ck_assert_int_eq(tbl_stamp_finish(&good, &fx.err), 0);
	for (unsigned i = 0; i < sizeof(h) * 8; i++) {
		h = good;
		((uint8_t *)&h)[i / 8] ^= (uint8_t)(1u << i % 8);
		ck_assert_msg(compare(&h) < 0, "bit %u", i);
		ck_assert_str_ne(fx.err.text, "");
	}
}
END_TEST

START_TEST(a_name_of_a_c_library_without_an_end_is_cut)
{
	struct tbl_header h;

	make(&ours);
	h = ours;
	memset(h.libc, 'x', sizeof(h.libc));
	sign(&h);
	ck_assert_int_eq(compare(&h), -ESTALE);
	ck_assert_ptr_nonnull(strstr(fx.err.text, "C library xxxxxxxxxxxxxxx, this process"));
}
END_TEST

START_TEST(without_proc_it_says_so)
{
	static const struct {
		const char *function;
		unsigned nth;
	} faults[] = { { "open", 1 }, { "stat", 1 }, { "stat", 2 } };
	struct tbl_header h;

	fault_arm(faults[_i].function, faults[_i].nth, 1, EACCES);
	ck_assert_int_eq(tbl_stamp_make(&fx.config, &h, &fx.err), -EACCES);
	ck_assert_ptr_nonnull(strstr(fx.err.text, "/proc"));
}
END_TEST

START_TEST(without_randomness_there_is_no_new_table)
{
	struct tbl_header h;

	make(&h);
	fault_arm("getrandom", 1, 1, EPERM);
	ck_assert_int_eq(tbl_stamp_finish(&h, &fx.err), -EPERM);
	ck_assert_ptr_nonnull(strstr(fx.err.text, "no randomness"));
}
END_TEST

Suite *
check_stamp_suite(void)
{
	Suite *s = suite_create("table/stamp");
	TCase *tc = fixture_one_thread("core");

	tcase_add_test(tc, what_was_made_here_is_ours);
	tcase_add_test(tc, two_processes_agree);
	tcase_add_test(tc, salt_and_birth_may_differ);
	suite_add_tcase(s, tc);

	tc = fixture_one_thread("hostile");
	tcase_add_loop_test(tc, a_difference_is_named_and_the_way_out_too, 0, N_CASES);
	tcase_add_loop_test(tc, the_first_of_several_differences_is_named, 0, N_CASES);
	tcase_add_test(tc, every_flipped_bit_is_noticed);
	tcase_add_test(tc, a_name_of_a_c_library_without_an_end_is_cut);
	suite_add_tcase(s, tc);

	tc = fixture_one_thread("faults");
	tcase_add_loop_test(tc, without_proc_it_says_so, 0, 3);
	tcase_add_test(tc, without_randomness_there_is_no_new_table);
	suite_add_tcase(s, tc);
	return s;
}
