/* suites.c - the suites of src/conf */
#include "unit/unit.h"

Suite *check_command_line_suite(void);
Suite *check_configuration_suite(void);
Suite *check_env_file_suite(void);
Suite *check_explain_suite(void);
Suite *check_gate_url_suite(void);
Suite *check_settings_suite(void);
Suite *check_request_settings_suite(void);

Suite *(*const unit_suites[])(void) = {
	check_command_line_suite,
	check_configuration_suite,
	check_env_file_suite,
	check_explain_suite,
	check_gate_url_suite,
	check_settings_suite,
	check_request_settings_suite,
	NULL,
};
