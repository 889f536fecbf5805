/* suites.c - the suites of src/auth */
#include "unit/unit.h"

Suite *check_auth_suite(void);
Suite *check_auth_basic_suite(void);
Suite *check_auth_session_suite(void);
Suite *check_auth_session_db_suite(void);
Suite *check_auth_session_exp_suite(void);
Suite *check_credentials_suite(void);
Suite *check_filter_suite(void);
Suite *check_known_device_suite(void);
Suite *check_registry_suite(void);

Suite *(*const unit_suites[])(void) = {
	check_auth_suite,
	check_auth_basic_suite,
	check_auth_session_suite,
	check_auth_session_db_suite,
	check_auth_session_exp_suite,
	check_credentials_suite,
	check_filter_suite,
	check_known_device_suite,
	check_registry_suite,
	NULL,
};
