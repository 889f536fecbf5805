/* check_multipart.c - tests of the parts of src/http/form.c */
#include "http/form.h"

#include "core/buf.h"

#include "unit/unit.h"

Suite *check_multipart_suite(void);

#define D "Content-Disposition: form-data; name=a\r\n"

/* The bodies of the parts are joined with `|`; "!" stands for MULTIPART_E_MALFORMED. */
static const struct {
	const char *name, *type, *body, *want;
} cases[] = {
	{ "one_part", "m; boundary=b", "--b\r\n" D "\r\nx\r\n--b--\r\n", "x|" },
	{ "two_parts", "m; boundary=b", "--b\r\n" D "\r\nx\r\n--b\r\n" D "\r\ny\r\n--b--",
	    "x|y|" },
	{ "no_parts", "m; boundary=b", "--b--\r\n", "" },
	{ "quoted_boundary", "m; boundary=\"b c\"", "--b c\r\n" D "\r\nx\r\n--b c--", "x|" },
	{ "boundary_is_case_sensitive", "m; boundary=B", "--b\r\n" D "\r\nx\r\n--b--", "!" },
	{ "preamble_and_epilogue_are_ignored", "m; boundary=b",
	    "pre\r\n--b\r\n" D "\r\nx\r\n--b--\r\nepi\r\n--b\r\n" D "\r\ny\r\n--b--", "x|" },
	{ "line_feeds_alone", "m; boundary=b",
	    "--b\nContent-Disposition: form-data; name=a\n\nx\n--b--\n", "x|" },
	{ "blanks_after_the_boundary", "m; boundary=b", "--b \t\r\n" D "\r\nx\r\n--b-- \r\n",
	    "x|" },
	{ "line_ends_inside_stay", "m; boundary=b", "--b\r\n" D "\r\n\r\nx\r\n\r\n--b--",
	    "\r\nx\r\n|" },
	{ "carriage_returns_inside_stay", "m; boundary=b", "--b\r\n" D "\r\nx\r\r\n--b--",
	    "x\r|" },
	{ "longer_boundary_is_text", "m; boundary=b", "--b\r\n" D "\r\nx\r\n--bb\r\n--b--",
	    "x\r\n--bb|" },
	{ "boundary_inside_a_line_is_text", "m; boundary=b", "--b\r\n" D "\r\nx--b\r\n--b--",
	    "x--b|" },
	{ "boundary_with_text_after_it_is_text", "m; boundary=b",
	    "--b\r\n" D "\r\nx\r\n--b y\r\n--b--", "x\r\n--b y|" },
	{ "text_after_the_closing_boundary_is_ignored", "m; boundary=b",
	    "--b\r\n" D "\r\nx\r\n--b--y", "x|" },
	{ "empty_body", "m; boundary=b", "--b\r\n" D "\r\n\r\n--b--", "|" },
	{ "boundary_at_once_after_the_blank_line", "m; boundary=b", "--b\r\n" D "\r\n--b--",
	    "|" },
	{ "other_headers_are_ignored", "m; boundary=b",
	    "--b\r\nContent-Type: text/plain\r\n" D "X: y\r\nno colon\r\n\r\nx\r\n--b--",
	    "x|" },
	{ "header_names_have_any_case", "m; boundary=b",
	    "--b\r\ncontent-DISPOSITION : form-data; name=a\r\n\r\nx\r\n--b--", "x|" },
	{ "no_boundary_parameter", "m", "--b\r\n" D "\r\nx\r\n--b--", "!" },
	{ "empty_boundary_parameter", "m; boundary=", "--\r\n" D "\r\nx\r\n----", "!" },
	{ "no_closing_boundary", "m; boundary=b", "--b\r\n" D "\r\nx\r\n--b\r\n", "x|!" },
	{ "no_second_boundary", "m; boundary=b", "--b\r\n" D "\r\nx", "!" },
	{ "boundary_without_line_end_is_none", "m; boundary=b", "--b\r\n" D "\r\nx\r\n--b",
	    "!" },
	{ "empty_text", "m; boundary=b", "", "!" },
	{ "no_text", "m; boundary=b", NULL, "!" },
	{ "no_blank_line", "m; boundary=b", "--b\r\n" D "--b--", "!" },
	{ "no_headers", "m; boundary=b", "--b\r\n\r\nx\r\n--b--", "!" },
	{ "nothing_between_boundaries", "m; boundary=b", "--b\r\n--b--", "!" },
	{ "no_disposition", "m; boundary=b", "--b\r\nX: y\r\n\r\nx\r\n--b--", "!" },
	{ "disposition_without_colon", "m; boundary=b",
	    "--b\r\nContent-Disposition\r\n\r\nx\r\n--b--", "!" },
	{ "line_folded_with_a_blank", "m; boundary=b",
	    "--b\r\n" D " ;filename=f\r\n\r\nx\r\n--b--", "!" },
	{ "line_folded_with_a_tab", "m; boundary=b",
	    "--b\r\n" D "\t;filename=f\r\n\r\nx\r\n--b--", "!" },
};

START_TEST(parts)
{
	struct multipart multipart;
	struct multipart_part part;
	struct buf got;
	int r;

	buf_init(&got, 1000);
	r = multipart_init(&multipart, str_of(cases[_i].type), str_of(cases[_i].body));
	while (r == 0 && (r = multipart_next(&multipart, &part)) == 0) {
		ck_assert(!str_is_null(part.body));
		buf_add_str(&got, part.body);
		buf_add_char(&got, '|');
	}
	if (r == MULTIPART_E_MALFORMED)
		buf_add_char(&got, '!');
	else
		ck_assert_int_eq(r, MULTIPART_E_END);
	unit_assert_str(buf_str(&got), cases[_i].want);
	buf_fini(&got);
}
END_TEST

START_TEST(first_disposition_counts)
{
	struct multipart multipart;
	struct multipart_part part;

	ck_assert_int_eq(multipart_init(&multipart, STR_LIT("m; boundary=b"),
			     STR_LIT("--b\r\nContent-Disposition: one; filename=\"\"\r\n"
				     "Content-Disposition: two\r\n\r\n\r\n--b--")),
	    0);
	ck_assert_int_eq(multipart_next(&multipart, &part), 0);
	unit_assert_str(part.disposition, "one; filename=\"\"");
	ck_assert(part.has_filename);
}
END_TEST

START_TEST(boundary_length_is_bounded)
{
	for (size_t n = MULTIPART_BOUNDARY_MAX_BYTES; n <= MULTIPART_BOUNDARY_MAX_BYTES + 1;
	     n++) {
		struct multipart multipart;
		struct buf type, body;

		buf_init(&type, 1000);
		buf_init(&body, 1000);
		buf_add_z(&type, "m; boundary=");
		buf_add_z(&body, "--");
		for (size_t i = 0; i < n; i++) {
			buf_add_char(&type, 'x');
			buf_add_char(&body, 'x');
		}
		buf_add_z(&body, "--");
		ck_assert_int_eq(multipart_init(&multipart, buf_str(&type), buf_str(&body)),
		    n == MULTIPART_BOUNDARY_MAX_BYTES ? 0 : MULTIPART_E_MALFORMED);
		buf_fini(&type);
		buf_fini(&body);
	}
}
END_TEST

Suite *
check_multipart_suite(void)
{
	Suite *s = suite_create("http/multipart");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, parts, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tc, first_disposition_counts);
	suite_add_tcase(s, tc);
	tc = tcase_create("limits");
	tcase_add_test(tc, boundary_length_is_bounded);
	suite_add_tcase(s, tc);
	return s;
}
