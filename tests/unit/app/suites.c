/* suites.c - the suites of src/app */
#include "unit/unit.h"

Suite *check_answer_suite(void);
Suite *check_app_suite(void);
Suite *check_check_suite(void);
Suite *check_cors_suite(void);
Suite *check_cross_site_suite(void);
Suite *check_counters_suite(void);
Suite *check_expired_suite(void);
Suite *check_pages_suite(void);
Suite *check_permission_suite(void);
Suite *check_preflight_suite(void);
Suite *check_dispatch_suite(void);
Suite *check_notice_suite(void);
Suite *check_dirs_suite(void);
Suite *check_housekeeping_suite(void);
Suite *check_router_suite(void);
Suite *check_counters_page_suite(void);
Suite *check_strict_suite(void);
Suite *check_views_admin_suite(void);
Suite *check_views_index_suite(void);
Suite *check_views_password_suite(void);
Suite *check_views_session_suite(void);
Suite *check_views_sessions_suite(void);
Suite *check_views_users_suite(void);

Suite *(*const unit_suites[])(void) = {
	check_answer_suite,
	check_app_suite,
	check_check_suite,
	check_cors_suite,
	check_cross_site_suite,
	check_counters_suite,
	check_expired_suite,
	check_pages_suite,
	check_permission_suite,
	check_preflight_suite,
	check_dispatch_suite,
	check_notice_suite,
	check_dirs_suite,
	check_housekeeping_suite,
	check_router_suite,
	check_counters_page_suite,
	check_strict_suite,
	check_views_admin_suite,
	check_views_index_suite,
	check_views_password_suite,
	check_views_session_suite,
	check_views_sessions_suite,
	check_views_users_suite,
	NULL,
};
