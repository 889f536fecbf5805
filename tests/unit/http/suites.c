/* suites.c - the suites of src/http */
#include "unit/unit.h"

Suite *check_challenge_suite(void);
Suite *check_cookie_suite(void);
Suite *check_fields_suite(void);
Suite *check_form_suite(void);
Suite *check_json_suite(void);
Suite *check_media_suite(void);
Suite *check_multipart_suite(void);
Suite *check_origin_suite(void);
Suite *check_path_suite(void);
Suite *check_request_suite(void);
Suite *check_response_suite(void);

Suite *(*const unit_suites[])(void) = {
	check_challenge_suite,
	check_cookie_suite,
	check_fields_suite,
	check_form_suite,
	check_json_suite,
	check_media_suite,
	check_multipart_suite,
	check_origin_suite,
	check_path_suite,
	check_request_suite,
	check_response_suite,
	NULL,
};
