/* suites.c - the suites of src/gate */
#include "unit/unit.h"

Suite *check_reply_suite(void);
Suite *check_question_suite(void);
Suite *check_client_suite(void);
Suite *check_browser_suite(void);
Suite *check_form_token_suite(void);
Suite *check_page_files_suite(void);
Suite *check_return_url_suite(void);
Suite *check_template_suite(void);
Suite *check_texts_suite(void);

Suite *(*const unit_suites[])(void) = {
	check_reply_suite,
	check_question_suite,
	check_client_suite,
	check_browser_suite,
	check_form_token_suite,
	check_page_files_suite,
	check_return_url_suite,
	check_template_suite,
	check_texts_suite,
	NULL,
};
