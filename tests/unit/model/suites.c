/* suites.c - the suites of src/model */
#include "unit/unit.h"

Suite *check_account_suite(void);
Suite *check_base_suite(void);
Suite *check_collection_suite(void);
Suite *check_legacy_json_out_suite(void);
Suite *check_legacy_json_suite(void);
Suite *check_owner_suite(void);
Suite *check_session_list_suite(void);
Suite *check_user_suite(void);
Suite *check_user_session_suite(void);
Suite *check_surplus_suite(void);
Suite *check_user_sessions_suite(void);
Suite *check_user_sessions_begin_suite(void);
Suite *check_user_sessions_purge_suite(void);
Suite *check_user_sessions_restore_suite(void);
Suite *check_users_suite(void);

Suite *(*const unit_suites[])(void) = {
	check_account_suite,
	check_base_suite,
	check_collection_suite,
	check_legacy_json_out_suite,
	check_legacy_json_suite,
	check_owner_suite,
	check_session_list_suite,
	check_user_suite,
	check_user_session_suite,
	check_surplus_suite,
	check_user_sessions_suite,
	check_user_sessions_begin_suite,
	check_user_sessions_purge_suite,
	check_user_sessions_restore_suite,
	check_users_suite,
	NULL,
};
