/* check_record.c - tests of src/fcgi/record.c */
#include "fcgi/record.h"

#include <fastcgi.h>
#include <stdlib.h>

#include "unit/fcgi/records.h"
#include "unit/unit.h"

Suite *check_record_suite(void);

static struct buf bytes;

static void
setup(void)
{
	buf_init(&bytes, 16 * 1024 * 1024);
}

static void
teardown(void)
{
	buf_fini(&bytes);
}

/* At once: what one who reads them as they come says, too. */
static void
scan_whole(const struct fcgi_scan *want, enum fcgi_scan_result want_result, struct str s)
{
	struct fcgi_scan scan;
	struct cgi_vars vars;
	struct str body = STR_NULL;
	uint8_t *copy = malloc(s.n + 1);
	enum fcgi_scan_result result;

	memcpy(copy, s.p, s.n);
	cgi_vars_init(&vars);
	result = fcgi_scan_whole(&scan, copy, s.n, &vars, &body);
	if (want_result == FCGI_SCAN_COMPLETE) {
		ck_assert(result == FCGI_SCAN_COMPLETE || result == FCGI_SCAN_ABORTED);
		ck_assert_int_eq(scan.request_id, want->request_id);
		ck_assert_int_eq(scan.role, want->role);
		ck_assert_int_eq(scan.is_kept, want->is_kept);
		ck_assert_uint_eq(scan.n_pairs, want->n_pairs);
		ck_assert_uint_eq(scan.n_stdin, want->n_stdin);
		ck_assert_uint_eq(scan.n_params, want->n_params);
	} else if (want_result == FCGI_SCAN_MORE) {
		ck_assert_int_eq(result, FCGI_SCAN_MORE);
		ck_assert_int_eq(memcmp(copy, s.p, s.n), 0);
	} else {
		/* It need not look at what is not whole. */
		ck_assert(result == want_result || result == FCGI_SCAN_MORE);
	}
	cgi_vars_fini(&vars);
	free(copy);
}

static enum fcgi_scan_result
scan_all(struct fcgi_scan *scan, struct str s, size_t *ret_used)
{
	enum fcgi_scan_result result;

	fcgi_scan_init(scan);
	result = fcgi_scan_feed(scan, (const uint8_t *)s.p, s.n, ret_used);
	scan_whole(scan, result, s);
	return result;
}

static enum fcgi_scan_result
result_of(void)
{
	struct fcgi_scan scan;
	size_t used;

	return scan_all(&scan, buf_str(&bytes), &used);
}

START_TEST(a_whole_request_is_complete)
{
	struct fcgi_scan scan;
	size_t used, n;

	records_add_request(&bytes, true, STR_LIT("body"), 65535);
	n = bytes.n;
	buf_add_z(&bytes, "next");
	ck_assert_int_eq(scan_all(&scan, buf_str(&bytes), &used), FCGI_SCAN_COMPLETE);
	ck_assert_uint_eq(used, n);
	ck_assert(scan.is_kept);
	ck_assert(!scan.must_close);
	ck_assert_uint_eq(scan.n_stdin, 4);
	ck_assert_uint_eq(scan.n_pairs, RECORDS_N_PARAMS);
	ck_assert_int_eq(scan.role, FCGI_SCAN_ROLE_RESPONDER);
	ck_assert_int_eq(scan.request_id, 1);
}
END_TEST

/* In records of any size its variables and its body are put together. */
START_TEST(read_where_it_lies)
{
	static const size_t chunks[] = { 1, 2, 3, 7, 8, 100, 65535 };

	for (size_t k = 0; k < sizeof(chunks) / sizeof(chunks[0]); k++) {
		struct fcgi_scan scan;
		struct cgi_vars vars;
		struct str body = STR_NULL;

		buf_clear(&bytes);
		records_add_request(&bytes, true, STR_LIT("0123456789"), chunks[k]);
		cgi_vars_init(&vars);
		ck_assert_int_eq(
		    fcgi_scan_whole(&scan, (uint8_t *)bytes.p, bytes.n, &vars, &body),
		    FCGI_SCAN_COMPLETE);
		ck_assert(!scan.must_close);
		unit_assert_str(body, "0123456789");
		unit_assert_str(vars.values[CGI_REQUEST_METHOD], "POST");
		cgi_vars_fini(&vars);
	}
}
END_TEST

/* Where it stands before its value it would be another name. */
START_TEST(a_name_with_an_equals_sign)
{
	static const char *const names[] = { "A=", "=", "=A", "HTTP_COOKIE=a" };
	struct buf params;

	buf_init(&params, 4096);
	records_add_pair(&params, STR_LIT("HTTP_COOKIE"), STR_LIT("a=b"));
	records_add_pair(&params, str_of(names[_i]), STR_LIT("v"));
	records_add_begin(&bytes, FCGI_RESPONDER, 0);
	records_add_stream(&bytes, FCGI_PARAMS, buf_str(&params), 3);
	records_add_stream(&bytes, FCGI_STDIN, STR_LIT(""), 100);
	ck_assert_int_eq(result_of(), FCGI_SCAN_MALFORMED);
	buf_fini(&params);
}
END_TEST

START_TEST(not_kept)
{
	struct fcgi_scan scan;
	size_t used;

	records_add_request(&bytes, false, STR_LIT(""), 65535);
	ck_assert_int_eq(scan_all(&scan, buf_str(&bytes), &used), FCGI_SCAN_COMPLETE);
	ck_assert(!scan.is_kept);
}
END_TEST

/* However it is cut in two, and byte by byte, in records of any size. */
START_TEST(any_cut_gives_the_same)
{
	static const size_t chunks[] = { 1, 2, 3, 7, 8, 100, 65535 };

	for (size_t k = 0; k < sizeof(chunks) / sizeof(chunks[0]); k++) {
		buf_clear(&bytes);
		records_add_request(&bytes, true, STR_LIT("0123456789"), chunks[k]);
		for (size_t cut = 0; cut < bytes.n; cut++) {
			struct fcgi_scan scan;
			const uint8_t *p = (const uint8_t *)bytes.p;
			size_t used;

			ck_assert_int_eq(
			    scan_all(&scan, str_mem(p, cut), &used), FCGI_SCAN_MORE);
			ck_assert_uint_eq(used, cut);
			ck_assert_int_eq(fcgi_scan_feed(&scan, p + cut, bytes.n - cut, &used),
			    FCGI_SCAN_COMPLETE);
			ck_assert_uint_eq(used, bytes.n - cut);
			ck_assert_uint_eq(scan.n_stdin, 10);
			ck_assert_uint_eq(scan.n_pairs, RECORDS_N_PARAMS);
		}
	}
}
END_TEST

START_TEST(sinks_collect_the_streams)
{
	struct fcgi_scan scan;
	struct buf params, body;
	size_t used;

	buf_init(&params, 4096);
	buf_init(&body, 4096);
	records_add_request(&bytes, true, STR_LIT("0123456789"), 3);
	fcgi_scan_init(&scan);
	scan.params = &params;
	scan.body = &body;
	scan.body_max_bytes = 4;
	for (size_t i = 0; i < bytes.n; i++)
		(void)fcgi_scan_feed(&scan, (const uint8_t *)bytes.p + i, 1, &used);
	unit_assert_str(buf_str(&body), "0123");
	ck_assert_uint_eq(scan.n_stdin, 10);
	ck_assert_uint_eq(params.n, scan.n_params);
	ck_assert_int_eq(memcmp(params.p + 2, "REQUEST_METHODPOST", 18), 0);
	buf_fini(&params);
	buf_fini(&body);
}
END_TEST

/* Lengths of name and value around the change of their form, and absurd ones. */
static const struct {
	const char *name;
	uint32_t n_name, n_value;
	bool is_long_form; /* even where one byte would do */
	enum fcgi_scan_result want;
} length_cases[] = {
	{ "0_0", 0, 0, false, FCGI_SCAN_COMPLETE },
	{ "127_127", 127, 127, false, FCGI_SCAN_COMPLETE },
	{ "128_128", 128, 128, false, FCGI_SCAN_COMPLETE },
	{ "127_128", 127, 128, false, FCGI_SCAN_COMPLETE },
	{ "128_127", 128, 127, false, FCGI_SCAN_COMPLETE },
	{ "65535", 4, 65535, false, FCGI_SCAN_COMPLETE },
	{ "65536", 4, 65536, false, FCGI_SCAN_COMPLETE },
	{ "long_form_of_1", 1, 1, true, FCGI_SCAN_COMPLETE },
	{ "all_there_may_be", 4, FCGI_SCAN_PARAMS_MAX_BYTES - 9, false, FCGI_SCAN_COMPLETE },
	{ "one_more", 4, FCGI_SCAN_PARAMS_MAX_BYTES - 8, false, FCGI_SCAN_MALFORMED },
	{ "int_max_twice", 0x7fffffff, 0x7fffffff, false, FCGI_SCAN_MALFORMED },
	{ "int_max_name", 0x7fffffff, 0, false, FCGI_SCAN_MALFORMED },
	{ "int_max_value", 0, 0x7fffffff, false, FCGI_SCAN_MALFORMED },
	{ "sum_wraps_31_bits", 0x40000000, 0x40000000, false, FCGI_SCAN_MALFORMED },
	{ "sum_of_int_max_less_two", 0x3fffffff, 0x3fffffff, false, FCGI_SCAN_MALFORMED },
};

START_TEST(lengths)
{
	uint32_t n_name = length_cases[_i].n_name, n_value = length_cases[_i].n_value;
	struct buf params;

	buf_init(&params, 4 * 1024 * 1024);
	for (int k = 0; k < 2; k++) {
		uint32_t n = k == 0 ? n_name : n_value;

		if (n > 127 || length_cases[_i].is_long_form) {
			buf_add_char(&params, (char)(n >> 24 | 0x80));
			buf_add_char(&params, (char)(n >> 16));
			buf_add_char(&params, (char)(n >> 8));
		}
		buf_add_char(&params, (char)n);
	}
	if (n_name + n_value < 2 * 1024 * 1024)
		for (uint32_t i = 0; i < n_name + n_value; i++)
			buf_add_char(&params, 'x');
	records_add_begin(&bytes, FCGI_RESPONDER, 1);
	records_add_stream(&bytes, FCGI_PARAMS, buf_str(&params), 65535);
	records_add_stream(&bytes, FCGI_STDIN, STR_LIT(""), 65535);
	buf_fini(&params);
	ck_assert_int_eq(buf_error(&bytes), 0);
	ck_assert_int_eq(result_of(), length_cases[_i].want);
}
END_TEST

/* The first record is sound unless said otherwise; then comes this. */
static const struct {
	const char *name;
	bool has_begin, has_params;
	int version, type, request_id;
	const char *content;
	enum fcgi_scan_result want;
} record_cases[] = {
	{ "params_first", false, false, 1, FCGI_PARAMS, 1, "", FCGI_SCAN_MALFORMED },
	{ "stdin_first", false, false, 1, FCGI_STDIN, 1, "", FCGI_SCAN_MALFORMED },
	{ "begin_of_7_bytes", false, false, 1, FCGI_BEGIN_REQUEST, 1, "1234567",
	    FCGI_SCAN_MALFORMED },
	{ "begin_of_9_bytes", false, false, 1, FCGI_BEGIN_REQUEST, 1, "123456789",
	    FCGI_SCAN_MALFORMED },
	{ "begin_of_nothing", false, false, 1, FCGI_BEGIN_REQUEST, 1, "", FCGI_SCAN_MALFORMED },
	{ "version_0", false, false, 0, FCGI_BEGIN_REQUEST, 1, "", FCGI_SCAN_MALFORMED },
	{ "version_2", true, false, 2, FCGI_PARAMS, 1, "", FCGI_SCAN_MALFORMED },
	{ "begin_twice", true, false, 1, FCGI_BEGIN_REQUEST, 1, "", FCGI_SCAN_MALFORMED },
	{ "another_id", true, false, 1, FCGI_PARAMS, 2, "", FCGI_SCAN_MALFORMED },
	{ "an_id_that_differs_in_the_high_byte", true, false, 1, FCGI_PARAMS, 257, "",
	    FCGI_SCAN_MALFORMED },
	{ "stdin_before_the_end_of_params", true, false, 1, FCGI_STDIN, 1, "",
	    FCGI_SCAN_MALFORMED },
	{ "params_after_their_end", true, true, 1, FCGI_PARAMS, 1, "", FCGI_SCAN_MALFORMED },
	{ "data", true, true, 1, FCGI_DATA, 1, "x", FCGI_SCAN_MALFORMED },
	{ "stdout", true, true, 1, FCGI_STDOUT, 1, "x", FCGI_SCAN_MALFORMED },
	{ "type_0", true, true, 1, 0, 1, "x", FCGI_SCAN_MALFORMED },
	{ "type_255", true, true, 1, 255, 1, "x", FCGI_SCAN_MALFORMED },
	{ "abort_at_once", true, false, 1, FCGI_ABORT_REQUEST, 1, "", FCGI_SCAN_ABORTED },
	{ "abort_before_the_body", true, true, 1, FCGI_ABORT_REQUEST, 1, "",
	    FCGI_SCAN_ABORTED },
	{ "management_first", false, false, 1, FCGI_GET_VALUES, 0, "", FCGI_SCAN_MANAGEMENT },
	{ "management_amid_params", true, false, 1, FCGI_GET_VALUES, 0, "x",
	    FCGI_SCAN_MANAGEMENT },
	{ "management_amid_the_body", true, true, 1, FCGI_GET_VALUES, 0, "x",
	    FCGI_SCAN_MANAGEMENT },
	{ "management_of_unknown_type", false, false, 1, 200, 0, "", FCGI_SCAN_MANAGEMENT },
	{ "begin_with_id_0", false, false, 1, FCGI_BEGIN_REQUEST, 0, "12345678",
	    FCGI_SCAN_MANAGEMENT },
};

START_TEST(records)
{
	size_t at;

	if (record_cases[_i].has_begin)
		records_add_begin(&bytes, FCGI_RESPONDER, 1);
	if (record_cases[_i].has_params)
		records_add_stream(&bytes, FCGI_PARAMS, STR_LIT("\1\1ab"), 100);
	at = bytes.n;
	records_add(&bytes, record_cases[_i].type, record_cases[_i].request_id,
	    str_of(record_cases[_i].content), 0);
	bytes.p[at] = (char)record_cases[_i].version;
	ck_assert_int_eq(result_of(), record_cases[_i].want);
}
END_TEST

/* A PARAMS stream that ends inside a pair. */
static const struct str half_pairs[] = {
	{ "\4", 1 },
	{ "\x80\0\0", 3 },
	{ "\x80\0\0\1", 4 },
	{ "\1\x80\0\0", 4 },
	{ "\4\4NAMEVAL", 9 },
	{ "\1\1ab\1", 5 },
};

START_TEST(half_a_pair)
{
	records_add_begin(&bytes, FCGI_RESPONDER, 1);
	records_add_stream(&bytes, FCGI_PARAMS, half_pairs[_i], 100);
	ck_assert_int_eq(result_of(), FCGI_SCAN_MALFORMED);
}
END_TEST

START_TEST(too_many_pairs)
{
	struct buf params;

	for (int n = FCGI_SCAN_PAIRS_MAX; n <= FCGI_SCAN_PAIRS_MAX + 1; n++) {
		buf_init(&params, 65536);
		for (int i = 0; i < n; i++)
			buf_add(&params, "\1\0a", 3);
		buf_clear(&bytes);
		records_add_begin(&bytes, FCGI_RESPONDER, 1);
		records_add_stream(&bytes, FCGI_PARAMS, buf_str(&params), 65535);
		records_add_stream(&bytes, FCGI_STDIN, STR_LIT(""), 65535);
		ck_assert_int_eq(result_of(),
		    n == FCGI_SCAN_PAIRS_MAX ? FCGI_SCAN_COMPLETE : FCGI_SCAN_MALFORMED);
		buf_fini(&params);
	}
}
END_TEST

START_TEST(roles)
{
	struct fcgi_scan scan;
	size_t used;

	records_add_begin(&bytes, FCGI_AUTHORIZER, 1);
	records_add_stream(&bytes, FCGI_PARAMS, STR_LIT("\1\1ab"), 100);
	ck_assert_int_eq(scan_all(&scan, buf_str(&bytes), &used), FCGI_SCAN_COMPLETE);
	ck_assert(scan.must_close);
	buf_clear(&bytes);
	records_add_begin(&bytes, FCGI_FILTER, 1);
	records_add_stream(&bytes, FCGI_PARAMS, STR_LIT("\1\1ab"), 100);
	ck_assert_int_eq(scan_all(&scan, buf_str(&bytes), &used), FCGI_SCAN_MORE);
	for (int role = 0; role < 300; role++) {
		if (role >= FCGI_RESPONDER && role <= FCGI_FILTER)
			continue;
		buf_clear(&bytes);
		records_add_begin(&bytes, role, 1);
		ck_assert_int_eq(result_of(), FCGI_SCAN_ROLE);
	}
}
END_TEST

START_TEST(padding_behind_the_end_must_close)
{
	struct fcgi_scan scan;
	size_t used;

	records_add_begin(&bytes, FCGI_RESPONDER, 1);
	records_add(&bytes, FCGI_PARAMS, 1, STR_LIT(""), 200);
	records_add(&bytes, FCGI_STDIN, 1, STR_LIT(""), 1);
	ck_assert_int_eq(scan_all(&scan, buf_str(&bytes), &used), FCGI_SCAN_COMPLETE);
	ck_assert(scan.must_close);
}
END_TEST

/* What scan says of it, with something behind it. */
static enum fcgi_scan_result
behind(struct fcgi_scan *scan, int type, int request_id, struct str content, size_t n_cut)
{
	enum fcgi_scan_result result;
	struct buf more;

	buf_init(&more, 1000);
	records_add(&more, type, request_id, content, 0);
	result = fcgi_scan_behind(scan, (uint8_t *)more.p, more.n - n_cut);
	buf_fini(&more);
	return result;
}

START_TEST(abort_behind_a_whole_request)
{
	struct fcgi_scan scan;
	size_t used;

	records_add_request(&bytes, true, STR_LIT(""), 100);
	ck_assert_int_eq(scan_all(&scan, buf_str(&bytes), &used), FCGI_SCAN_COMPLETE);
	ck_assert(!scan.must_close);
	ck_assert(!scan.may_go_on);
	ck_assert_int_eq(
	    behind(&scan, FCGI_ABORT_REQUEST, 1, STR_LIT(""), 0), FCGI_SCAN_ABORTED);
	ck_assert_int_eq(
	    behind(&scan, FCGI_ABORT_REQUEST, 1, STR_LIT(""), 1), FCGI_SCAN_COMPLETE);
	ck_assert_int_eq(
	    behind(&scan, FCGI_ABORT_REQUEST, 2, STR_LIT(""), 0), FCGI_SCAN_COMPLETE);
	ck_assert(scan.must_close);
}
END_TEST

static const struct {
	int role;
	struct str params;
	bool is_check;
} check_cases[] = {
	{ FCGI_RESPONDER, STR_INIT("\4\5GATEnginx"), true },
	{ FCGI_RESPONDER, STR_INIT("\1\1ab\4\0GATE\1\1cd"), true },
	{ FCGI_RESPONDER, STR_INIT("\4\1GATEx\4\1GATEy"), true },
	{ FCGI_RESPONDER, STR_INIT("\4\2GATAxx\4\1GATEx"), true },
	{ FCGI_RESPONDER, STR_INIT("\x80\0\0\4\x80\0\0\1GATEx"), true },
	{ FCGI_FILTER, STR_INIT("\4\5GATEnginx"), true },
	{ FCGI_AUTHORIZER, STR_INIT("\1\1ab"), true },
	{ FCGI_AUTHORIZER, STR_INIT(""), true },
	/* No name of ours. */
	{ FCGI_RESPONDER, STR_INIT(""), false },
	{ FCGI_RESPONDER, STR_INIT("\4\5gatenginx"), false },
	{ FCGI_RESPONDER, STR_INIT("\5\1GATESx\3\1GATx"), false },
	{ FCGI_RESPONDER, STR_INIT("\6\1GATE\0xy"), false },
	{ FCGI_RESPONDER, STR_INIT("\1\4aGATE\0\4GATE"), false },
	{ FCGI_RESPONDER, STR_INIT("\4\0GATA\0\1E"), false },
	{ FCGI_RESPONDER, STR_INIT("\1\7a\4\1GATEx"), false },
	{ FCGI_FILTER, STR_INIT("\1\1ab"), false },
};

/* Its variables are all of it, however they come. */
START_TEST(a_check_is_whole_when_its_variables_are)
{
	bool is_check = check_cases[_i].is_check;
	struct str params = check_cases[_i].params, body;
	struct fcgi_scan scan;
	struct cgi_vars vars;
	size_t used;

	for (size_t chunk = 1; chunk < 20; chunk++) {
		buf_clear(&bytes);
		records_add_begin(&bytes, check_cases[_i].role, 1);
		records_add_stream(&bytes, FCGI_PARAMS, params, chunk);
		ck_assert_int_eq(scan_all(&scan, buf_str(&bytes), &used),
		    is_check ? FCGI_SCAN_COMPLETE : FCGI_SCAN_MORE);
		ck_assert_int_eq(fcgi_scan_is_check(&scan), is_check);
		ck_assert_int_eq(scan.must_close, is_check || scan.role != FCGI_RESPONDER);
		ck_assert_int_eq(scan.may_go_on, is_check);
		ck_assert_uint_eq(used, bytes.n);
		/* The same where it lies; whoever reads on finds no variable. */
		cgi_vars_init(&vars);
		body = STR_LIT("x");
		ck_assert_int_eq(
		    fcgi_scan_whole(&scan, (uint8_t *)bytes.p, bytes.n, &vars, &body),
		    is_check ? FCGI_SCAN_COMPLETE : FCGI_SCAN_MORE);
		ck_assert_int_eq(fcgi_scan_is_check(&scan), is_check);
		ck_assert_int_eq(scan.may_go_on, is_check);
		ck_assert_int_eq(!str_is_null(vars.values[CGI_GATE]), scan.has_gate);
		ck_assert_uint_eq(is_check ? body.n : 0, 0);
		cgi_vars_fini(&vars);
	}
}
END_TEST

/* It may be sent a body for nothing, of which some has come with it, or all. */
START_TEST(what_comes_behind_a_check)
{
	struct str body = STR_LIT("x");
	struct fcgi_scan scan;
	struct cgi_vars vars;

	for (int k = 0; k < 4; k++) {
		buf_clear(&bytes);
		records_add_begin(&bytes, FCGI_RESPONDER, 1);
		records_add_stream(&bytes, FCGI_PARAMS, STR_LIT("\4\5GATEnginx"), 100);
		if (k > 0)
			records_add(&bytes, FCGI_STDIN, 1, STR_LIT("body"), 3);
		if (k == 2)
			records_add(&bytes, FCGI_STDIN, 1, STR_LIT(""), 0);
		if (k == 3)
			records_add(&bytes, FCGI_ABORT_REQUEST, 1, STR_LIT(""), 0);
		cgi_vars_init(&vars);
		ck_assert_int_eq(
		    fcgi_scan_whole(&scan, (uint8_t *)bytes.p, bytes.n, &vars, &body),
		    k == 3 ? FCGI_SCAN_ABORTED : FCGI_SCAN_COMPLETE);
		ck_assert(scan.must_close);
		ck_assert_int_eq(scan.may_go_on, k != 2);
		ck_assert_uint_eq(scan.n_stdin, 0);
		ck_assert(k == 3 || body.n == 0);
		cgi_vars_fini(&vars);
	}
}
END_TEST

Suite *
check_record_suite(void)
{
	Suite *s = suite_create("fcgi/record");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_whole_request_is_complete);
	tcase_add_test(tc, not_kept);
	tcase_add_test(tc, read_where_it_lies);
	tcase_add_loop_test(tc, a_name_with_an_equals_sign, 0, 4);
	tcase_add_test(tc, any_cut_gives_the_same);
	tcase_add_test(tc, sinks_collect_the_streams);
	tcase_add_test(tc, roles);
	tcase_add_test(tc, padding_behind_the_end_must_close);
	tcase_add_test(tc, abort_behind_a_whole_request);
	tcase_add_loop_test(tc, a_check_is_whole_when_its_variables_are, 0,
	    sizeof(check_cases) / sizeof(check_cases[0]));
	tcase_add_test(tc, what_comes_behind_a_check);
	suite_add_tcase(s, tc);
	tc = tcase_create("hostile");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, lengths, 0, sizeof(length_cases) / sizeof(length_cases[0]));
	tcase_add_loop_test(tc, records, 0, sizeof(record_cases) / sizeof(record_cases[0]));
	tcase_add_loop_test(tc, half_a_pair, 0, sizeof(half_pairs) / sizeof(half_pairs[0]));
	tcase_add_test(tc, too_many_pairs);
	suite_add_tcase(s, tc);
	return s;
}
