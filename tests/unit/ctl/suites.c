/* suites.c - the suites of src/ctl */
#include "unit/unit.h"

Suite *check_try_forms_suite(void);
Suite *check_try_rules_suite(void);

Suite *(*const unit_suites[])(void) = {
	check_try_forms_suite,
	check_try_rules_suite,
	NULL,
};
