/* suites.c - the suites of src/fcgi */
#include "unit/unit.h"

Suite *check_partial_request_suite(void);
Suite *check_record_suite(void);
Suite *check_stream_suite(void);

Suite *(*const unit_suites[])(void) = {
	check_partial_request_suite,
	check_record_suite,
	check_stream_suite,
	NULL,
};
