/* suites.c - the suites of src/journal */
#include "unit/unit.h"

Suite *check_append_suite(void);
Suite *check_quarantine_suite(void);
Suite *check_open_suite(void);
Suite *check_compact_suite(void);
Suite *check_control_suite(void);
Suite *check_crc32c_suite(void);
Suite *check_examine_suite(void);
Suite *check_internal_suite(void);
Suite *check_generation_suite(void);
Suite *check_line_suite(void);
Suite *check_lines_suite(void);
Suite *check_live_index_suite(void);
Suite *check_lock_suite(void);
Suite *check_recover_faults_suite(void);
Suite *check_recover_suite(void);
Suite *check_open_faults_suite(void);
Suite *check_fs_check_suite(void);
Suite *check_usage_suite(void);
Suite *check_replay_suite(void);
Suite *check_salvage_suite(void);
Suite *check_scan_suite(void);
Suite *check_rewrite_suite(void);
Suite *check_journal_suite(void);
Suite *check_group_commit_suite(void);
Suite *check_group_commit_waiting_suite(void);
Suite *check_threads_suite(void);

Suite *(*const unit_suites[])(void) = {
	check_crc32c_suite,
	check_line_suite,
	check_lines_suite,
	check_scan_suite,
	check_live_index_suite,
	check_usage_suite,
	check_quarantine_suite,
	check_internal_suite,
	check_control_suite,
	check_lock_suite,
	check_generation_suite,
	check_rewrite_suite,
	check_fs_check_suite,
	check_open_suite,
	check_salvage_suite,
	check_examine_suite,
	check_journal_suite,
	check_recover_suite,
	check_append_suite,
	check_group_commit_suite,
	check_group_commit_waiting_suite,
	check_compact_suite,
	check_replay_suite,
	check_recover_faults_suite,
	check_open_faults_suite,
	check_threads_suite,
	NULL,
};
