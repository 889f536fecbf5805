/* check_network.c - tests of src/throttle/network.c */
#include "unit/unit.h"

#include "throttle/network.h"

Suite *check_network_suite(void);

static const struct {
	const char *one, *other;
	bool is_same;
} pairs[] = {
	{ "192.0.2.1", "192.0.2.1", true },
	{ "192.0.2.1", "192.0.2.2", false },
	{ "192.0.2.1", "::ffff:192.0.2.1", true },
	{ "192.0.2.1", "::ffff:c000:201", true },
	{ "192.0.2.1", "::192.0.2.1", false },
	{ "2001:db8::1", "2001:db8:0:0:ffff::1", true },
	{ "2001:db8::1", "2001:DB8::2", true },
	{ "2001:db8::1", "2001:db8:0:1::1", false },
	{ "2001:db8::1", "2001:db8::1%eth0", true },
	{ "::1", "127.0.0.1", false },
	{ "", "unix:", true },
	{ "", "192.0.2.1.", true },
	{ "", "192.0.2.256", true },
	{ "", "2001:db8:::1", true },
	{ "", "0000000000000000000000000000000000000000000000000000000", true },
	{ "", "0.0.0.0", false },
	{ "", "::", false },
	{ "0.0.0.0", "::", false },
};

START_TEST(who_is_of_one_network)
{
	struct network a = network_of(str_of(pairs[_i].one));
	struct network b = network_of(str_of(pairs[_i].other));

	ck_assert_int_eq(str_eq(network_str(&a), network_str(&b)), pairs[_i].is_same);
}
END_TEST

START_TEST(no_address_is_a_network_too)
{
	struct network none = network_of(STR_NULL);

	ck_assert_uint_eq(network_str(&none).n, 1);
}
END_TEST

Suite *
check_network_suite(void)
{
	Suite *s = suite_create("throttle/network");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(
	    tc, who_is_of_one_network, 0, (int)(sizeof(pairs) / sizeof(pairs[0])));
	tcase_add_test(tc, no_address_is_a_network_too);
	suite_add_tcase(s, tc);
	return s;
}
