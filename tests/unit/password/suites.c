/* suites.c - the suites of src/password */
#include "unit/unit.h"

Suite *check_admission_suite(void);
Suite *check_blocklist_suite(void);
Suite *check_hasher_suite(void);
Suite *check_nfc_suite(void);
Suite *check_password_suite(void);
Suite *check_policy_suite(void);
Suite *check_credential_cache_suite(void);

Suite *(*const unit_suites[])(void) = {
	check_admission_suite,
	check_blocklist_suite,
	check_hasher_suite,
	check_nfc_suite,
	check_password_suite,
	check_policy_suite,
	check_credential_cache_suite,
	NULL,
};
