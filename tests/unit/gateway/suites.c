#include "unit/unit.h"

Suite *check_conn_table_suite(void);
Suite *check_fcgi_conn_suite(void);
Suite *check_fcgi_scan_suite(void);
Suite *check_gather_suite(void);
Suite *check_lane_suite(void);
Suite *check_listen_suite(void);
Suite *check_options_suite(void);
Suite *check_shortage_suite(void);
Suite *check_trip_suite(void);

Suite *(*const unit_suites[])(void) = {
	check_conn_table_suite,
	check_fcgi_conn_suite,
	check_fcgi_scan_suite,
	check_gather_suite,
	check_lane_suite,
	check_listen_suite,
	check_options_suite,
	check_shortage_suite,
	check_trip_suite,
	NULL,
};
