/* check_device.c - tests of src/throttle/device.c */
#include "unit/unit.h"

#include <errno.h>
#include <sodium.h>

#include "core/clock.h"
#include "throttle/device.h"
#include "unit/fail_random.h"

Suite *check_device_suite(void);

#define START_MS INT64_C(1700000000000)
#define DAY_MS   (INT64_C(24) * 60 * 60 * 1000)

static const struct digest_key key = { { 7 } }, other_key = { { 8 } };
static char text[DEVICE_TEXT_BYTES];

static void
set_up(void)
{
	ck_assert_int_ne(sodium_init(), -1);
	clock_freeze(0, START_MS);
	ck_assert_int_eq(device_make(&key, STR_LIT("bob"), text), 0);
}

static bool
is_good(struct str value)
{
	struct device device;

	return device_read(&key, STR_LIT("bob"), value, &device);
}

START_TEST(it_is_of_one_user_and_one_key)
{
	struct device one, again, other;
	char second[DEVICE_TEXT_BYTES];

	ck_assert(device_read(&key, STR_LIT("bob"), str_of(text), &one));
	ck_assert(device_read(&key, STR_LIT("bob"), str_of(text), &again));
	ck_assert_mem_eq(&one, &again, sizeof(one));
	ck_assert(!device_read(&key, STR_LIT("ann"), str_of(text), &other));
	ck_assert(!device_read(&key, STR_LIT(""), str_of(text), &other));
	ck_assert(!device_read(&other_key, STR_LIT("bob"), str_of(text), &other));
	/* No two are alike. */
	ck_assert_int_eq(device_make(&key, STR_LIT("bob"), second), 0);
	ck_assert(device_read(&key, STR_LIT("bob"), str_of(second), &other));
	ck_assert_mem_ne(&one, &other, sizeof(one));
}
END_TEST

START_TEST(another_letter_is_none)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= \n";

	for (size_t i = 0; i < strlen(text); i++)
		for (const char *c = letters; *c != '\0'; c++) {
			char changed[DEVICE_TEXT_BYTES];

			memcpy(changed, text, sizeof(changed));
			changed[i] = *c;
			ck_assert_int_eq(is_good(str_of(changed)), *c == text[i]);
		}
	ck_assert(!is_good(STR_NULL));
	ck_assert(!is_good(STR_LIT("")));
	ck_assert(!is_good(str_mem(text, 42)));
	ck_assert(!is_good(str_mem(text, 44)));
}
END_TEST

START_TEST(it_lasts_a_year)
{
	clock_freeze(0, START_MS + 365 * DAY_MS);
	ck_assert(is_good(str_of(text)));
	clock_freeze(0, START_MS + 365 * DAY_MS + 1000);
	ck_assert(!is_good(str_of(text)));
	clock_freeze(0, START_MS - DAY_MS);
	ck_assert(is_good(str_of(text)));
	clock_freeze(0, START_MS - DAY_MS - 1000);
	ck_assert(!is_good(str_of(text)));
}
END_TEST

START_TEST(without_randomness_there_is_none)
{
	fail_random_at(1);
	ck_assert_int_eq(device_make(&key, STR_LIT("bob"), text), -EIO);
}
END_TEST

Suite *
check_device_suite(void)
{
	Suite *s = suite_create("throttle/device");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, set_up, clock_thaw);
	tcase_add_test(tc, it_is_of_one_user_and_one_key);
	tcase_add_test(tc, another_letter_is_none);
	tcase_add_test(tc, it_lasts_a_year);
	tcase_add_test(tc, without_randomness_there_is_none);
	suite_add_tcase(s, tc);
	return s;
}
