/* suites.c - the suites of src/core */
#include "unit/unit.h"

Suite *check_base64_suite(void);
Suite *check_buf_suite(void);
Suite *check_checklist_suite(void);
Suite *check_clock_suite(void);
Suite *check_digest_suite(void);
Suite *check_domain_suite(void);
Suite *check_err_suite(void);
Suite *check_file_suite(void);
Suite *check_groups_suite(void);
Suite *check_harden_suite(void);
Suite *check_host_suite(void);
Suite *check_host_list_suite(void);
Suite *check_hex_suite(void);
Suite *check_ident_suite(void);
Suite *check_json_write_suite(void);
Suite *check_log_suite(void);
Suite *check_log_lasting_suite(void);
Suite *check_log_throttle_suite(void);
Suite *check_cgi_vars_suite(void);
Suite *check_percent_suite(void);
Suite *check_process_suite(void);
Suite *check_random_suite(void);
Suite *check_require_suite(void);
Suite *check_robust_suite(void);
Suite *check_shared_block_suite(void);
Suite *check_str_suite(void);
Suite *check_utf8_suite(void);
Suite *check_wiping_free_suite(void);

Suite *(*const unit_suites[])(void) = {
	check_base64_suite,
	check_buf_suite,
	check_checklist_suite,
	check_clock_suite,
	check_digest_suite,
	check_domain_suite,
	check_err_suite,
	check_file_suite,
	check_groups_suite,
	check_harden_suite,
	check_host_suite,
	check_host_list_suite,
	check_hex_suite,
	check_ident_suite,
	check_json_write_suite,
	check_log_suite,
	check_log_lasting_suite,
	check_log_throttle_suite,
	check_cgi_vars_suite,
	check_percent_suite,
	check_process_suite,
	check_random_suite,
	check_require_suite,
	check_robust_suite,
	check_shared_block_suite,
	check_str_suite,
	check_utf8_suite,
	check_wiping_free_suite,
	NULL,
};
