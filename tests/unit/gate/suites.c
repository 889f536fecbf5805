/* suites.c - the suites of src/gate */
#include "unit/unit.h"

Suite *check_form_token_suite(void);
Suite *check_return_url_suite(void);

Suite *(*const unit_suites[])(void) = {
	check_form_token_suite,
	check_return_url_suite,
	NULL,
};
