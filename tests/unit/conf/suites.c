/* suites.c - the suites of src/conf */
#include "unit/unit.h"

Suite *check_settings_suite(void);
Suite *check_request_settings_suite(void);

Suite *(*const unit_suites[])(void) = {
	check_settings_suite,
	check_request_settings_suite,
	NULL,
};
