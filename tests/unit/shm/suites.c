#include "unit/unit.h"

Suite *check_bucket_suite(void);
Suite *check_change_suite(void);
Suite *check_crash_suite(void);
Suite *check_damage_suite(void);
Suite *check_entry_suite(void);
Suite *check_find_suite(void);
Suite *check_geometry_suite(void);
Suite *check_growth_suite(void);
Suite *check_handle_suite(void);
Suite *check_limit_suite(void);
Suite *check_lock_suite(void);
Suite *check_reader_suite(void);
Suite *check_room_suite(void);
Suite *check_scan_suite(void);
Suite *check_segment_suite(void);
Suite *check_stamp_suite(void);
Suite *check_table_suite(void);
Suite *check_table_check_suite(void);
Suite *check_table_open_suite(void);

Suite *(*const unit_suites[])(void) = {
	check_entry_suite,
	check_geometry_suite,
	check_bucket_suite,
	check_find_suite,
	check_handle_suite,
	check_stamp_suite,
	check_change_suite,
	check_room_suite,
	check_segment_suite,
	check_table_open_suite,
	check_table_suite,
	check_growth_suite,
	check_scan_suite,
	check_limit_suite,
	check_lock_suite,
	check_reader_suite,
	check_crash_suite,
	check_damage_suite,
	check_table_check_suite,
	NULL,
};
