/* suites.c - the suites of src/throttle */
#include "unit/unit.h"

Suite *check_device_suite(void);
Suite *check_failures_suite(void);
Suite *check_network_suite(void);
Suite *check_throttle_suite(void);

Suite *(*const unit_suites[])(void) = {
	check_device_suite,
	check_failures_suite,
	check_network_suite,
	check_throttle_suite,
	NULL,
};
