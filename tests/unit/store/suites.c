#include "unit/unit.h"

Suite *check_append_suite(void);
Suite *check_aside_suite(void);
Suite *check_attach_suite(void);
Suite *check_compact_suite(void);
Suite *check_control_suite(void);
Suite *check_crc32c_suite(void);
Suite *check_examine_suite(void);
Suite *check_inner_suite(void);
Suite *check_jfile_suite(void);
Suite *check_line_suite(void);
Suite *check_lines_suite(void);
Suite *check_live_suite(void);
Suite *check_lock_suite(void);
Suite *check_mend_faults_suite(void);
Suite *check_mend_suite(void);
Suite *check_open_faults_suite(void);
Suite *check_place_suite(void);
Suite *check_policy_suite(void);
Suite *check_reader_suite(void);
Suite *check_salvage_suite(void);
Suite *check_scan_suite(void);
Suite *check_snapshot_suite(void);
Suite *check_store_suite(void);
Suite *check_sync_suite(void);
Suite *check_sync_waiting_suite(void);
Suite *check_threads_suite(void);

Suite *(*const unit_suites[])(void) = {
	check_crc32c_suite,
	check_line_suite,
	check_lines_suite,
	check_scan_suite,
	check_live_suite,
	check_policy_suite,
	check_aside_suite,
	check_inner_suite,
	check_control_suite,
	check_lock_suite,
	check_jfile_suite,
	check_snapshot_suite,
	check_place_suite,
	check_attach_suite,
	check_salvage_suite,
	check_examine_suite,
	check_store_suite,
	check_mend_suite,
	check_append_suite,
	check_sync_suite,
	check_sync_waiting_suite,
	check_compact_suite,
	check_reader_suite,
	check_mend_faults_suite,
	check_open_faults_suite,
	check_threads_suite,
	NULL,
};
