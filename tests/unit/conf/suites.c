#include "unit/unit.h"

Suite *check_settings_suite(void);
Suite *check_settings_request_suite(void);

Suite *(*const unit_suites[])(void) = {
	check_settings_suite,
	check_settings_request_suite,
	NULL,
};
