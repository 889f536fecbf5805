/* suites.c - the suites of src/table */
#include "unit/unit.h"

Suite *check_bucket_suite(void);
Suite *check_change_suite(void);
Suite *check_crash_suite(void);
Suite *check_damage_suite(void);
Suite *check_details_suite(void);
Suite *check_entry_suite(void);
Suite *check_expired_suite(void);
Suite *check_idle_suite(void);
Suite *check_lookup_suite(void);
Suite *check_geometry_suite(void);
Suite *check_growth_suite(void);
Suite *check_mapping_suite(void);
Suite *check_owner_suite(void);
Suite *check_lock_suite(void);
Suite *check_epoch_suite(void);
Suite *check_placement_suite(void);
Suite *check_scan_suite(void);
Suite *check_segment_suite(void);
Suite *check_stamp_suite(void);
Suite *check_table_suite(void);
Suite *check_check_suite(void);
Suite *check_open_suite(void);

Suite *(*const unit_suites[])(void) = {
	check_entry_suite,
	check_expired_suite,
	check_geometry_suite,
	check_bucket_suite,
	check_lookup_suite,
	check_mapping_suite,
	check_stamp_suite,
	check_change_suite,
	check_placement_suite,
	check_segment_suite,
	check_open_suite,
	check_table_suite,
	check_idle_suite,
	check_growth_suite,
	check_scan_suite,
	check_owner_suite,
	check_lock_suite,
	check_epoch_suite,
	check_crash_suite,
	check_damage_suite,
	check_details_suite,
	check_check_suite,
	NULL,
};
