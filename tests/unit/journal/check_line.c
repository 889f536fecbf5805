/* check_line.c - tests of src/journal/line.c */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "journal/crc32c.h"
#include "journal/line.h"
#include "unit/unit.h"

Suite *check_line_suite(void);

/* Replace the check sum of a line (without line feed) by the right one. */
static void
seal(char *text)
{
	size_t n = strlen(text);
	char digits[9];

	(void)snprintf(digits, sizeof(digits), "%08x", jrn_crc32c(0, text, n - 10));
	memcpy(text + n - 10, digits, 8);
}

static const struct {
	const char *name;
	struct jrn_line line;
	const char *want;
} golden[] = {
	{ "put", { 1, 0, 0, { JOURNAL_PUT, { "k", 1 }, { "{\"a\":1}", 7 } } },
	    "{\"n\":1,\"op\":\"put\",\"key\":\"k\",\"value\":{\"a\":1},\"crc\":\"be3c752b\"}"
	    "\n" },
	{ "del_in_a_change_that_is_not_flushed",
	    { 10, 2, 1, { JOURNAL_DEL, { "a key", 5 }, { NULL, 0 } } },
	    "{\"n\":10,\"unflushed\":2,\"more\":1,\"op\":\"del\",\"key\":\"a key\",\"crc\":"
	    "\"25e88ca9\"}\n" },
};

START_TEST(writes_and_reads)
{
	struct jrn_line back;
	struct str text;
	struct buf buf;

	buf_init(&buf, 1000);
	jrn_line_add(&buf, &golden[_i].line);
	unit_assert_str(buf_str(&buf), golden[_i].want);
	text = str_mem(buf.p, buf.n - 1);
	ck_assert_int_eq(jrn_line_parse(text, &back), 0);
	ck_assert_uint_eq(back.n, golden[_i].line.n);
	ck_assert_uint_eq(back.unflushed, golden[_i].line.unflushed);
	ck_assert_uint_eq(back.more, golden[_i].line.more);
	ck_assert_int_eq(back.record.op, golden[_i].line.record.op);
	ck_assert(str_eq(back.record.key, golden[_i].line.record.key));
	ck_assert(str_eq(back.record.value, golden[_i].line.record.value));
	buf_fini(&buf);
}
END_TEST

/* All of these get the right check sum, so it is the form that is refused. */
static const char *const malformed[] = {
	"{\"n\":0,\"op\":\"del\",\"key\":\"k\",\"crc\":\"00000000\"}",
	"{\"n\":01,\"op\":\"del\",\"key\":\"k\",\"crc\":\"00000000\"}",
	"{\"n\":,\"op\":\"del\",\"key\":\"k\",\"crc\":\"00000000\"}",
	"{\"n\":-1,\"op\":\"del\",\"key\":\"k\",\"crc\":\"00000000\"}",
	"{\"n\":1234567890123456789,\"op\":\"del\",\"key\":\"k\",\"crc\":\"00000000\"}",
	"{\"n\":18446744073709551617,\"op\":\"del\",\"key\":\"k\",\"crc\":\"00000000\"}",
	"{\"n\":3,\"unflushed\":0,\"op\":\"del\",\"key\":\"k\",\"crc\":\"00000000\"}",
	"{\"n\":3,\"unflushed\":3,\"op\":\"del\",\"key\":\"k\",\"crc\":\"00000000\"}",
	"{\"n\":3,\"more\":0,\"op\":\"del\",\"key\":\"k\",\"crc\":\"00000000\"}",
	"{\"n\":3,\"more\":1,\"unflushed\":1,\"op\":\"del\",\"key\":\"k\",\"crc\":"
	"\"00000000\"}",
	"{\"n\":3,\"op\":\"cut\",\"key\":\"k\",\"crc\":\"00000000\"}",
	"{\"n\":3,\"op\":\"del\",\"key\":\"\",\"crc\":\"00000000\"}",
	"{\"n\":3,\"op\":\"del\",\"key\":\"k\\\\\",\"crc\":\"00000000\"}",
	"{\"n\":3,\"op\":\"del\",\"key\":\"k\x7f\",\"crc\":\"00000000\"}",
	"{\"n\":3,\"op\":\"del\",\"key\":\"k\x1f\",\"crc\":\"00000000\"}",
	"{\"n\":3,\"op\":\"del\",\"key\":\"k\",\"value\":{},\"crc\":\"00000000\"}",
	"{\"n\":3,\"op\":\"del\",\"key\":\"k,\"crc\":\"00000000\"}",
	"{\"n\":3,\"op\":\"del\",\"value\":{},\"crc\":\"00000000\"}",
	"{\"n\":3,\"op\":\"put\",\"key\":\"k\",\"crc\":\"00000000\"}",
	"{\"n\":3,\"op\":\"put\",\"key\":\"k\",\"value\":,\"crc\":\"00000000\"}",
	"{\"n\":3,\"op\":\"put\",\"key\":\"k\",\"value\":12,\"crc\":\"00000000\"}",
	"{\"n\":3,\"op\":\"put\",\"key\":\"k\",\"value\":{\"a\":1,\"crc\":\"00000000\"}",
	"{\"n\":3,\"op\":\"put\",\"key\":\"k\",\"value\":{\"a\":\t},\"crc\":\"00000000\"}",
	"{\"n\":3,\"op\":\"put\",\"key\":\"k\",\"value\":{\"abcdefghijk\":\t},\"crc\":"
	"\"00000000\"}",
	"{\"n\":3,\"op\":\"put\",\"key\":\"k\",\"value\":{\"a\":\"bcdefghi\t\"},\"crc\":"
	"\"00000000\"}",
	"{\"n\":3, \"op\":\"del\",\"key\":\"k\",\"crc\":\"00000000\"}",
	"{\"m\":3,\"op\":\"del\",\"key\":\"k\",\"crc\":\"00000000\"}",
	"{\"n\":3,\"key\":\"k\",\"op\":\"del\",\"crc\":\"00000000\"}",
	",\"crc\":\"00000000\"}",
};

START_TEST(refuses_another_form)
{
	struct jrn_line line;
	char text[256];

	(void)snprintf(text, sizeof(text), "%s", malformed[_i]);
	seal(text);
	ck_assert_int_eq(jrn_line_parse(str_of(text), &line), LINE_E_BAD);
}
END_TEST

START_TEST(refuses_every_single_changed_byte)
{
	struct jrn_line line;
	struct buf buf;

	buf_init(&buf, 1000);
	jrn_line_add(&buf, &golden[0].line);
	for (size_t i = 0; i + 1 < buf.n; i++)
		for (int bit = 0; bit < 8; bit++) {
			buf.p[i] = (char)(buf.p[i] ^ 1 << bit);
			ck_assert_int_eq(
			    jrn_line_parse(str_mem(buf.p, buf.n - 1), &line), LINE_E_BAD);
			buf.p[i] = (char)(buf.p[i] ^ 1 << bit);
		}
	for (size_t n = 0; n + 1 < buf.n; n++)
		ck_assert_int_eq(jrn_line_parse(str_mem(buf.p, n), &line), LINE_E_BAD);
	ck_assert_int_eq(jrn_line_parse(str_mem(buf.p, buf.n - 1), &line), 0);
	buf_fini(&buf);
}
END_TEST

START_TEST(knows_which_records_can_be_told)
{
	char key[JOURNAL_KEY_MAX_BYTES + 1];
	char *value = malloc(JOURNAL_VALUE_MAX_BYTES + 1);
	struct journal_record record = { JOURNAL_PUT, str_mem(key, sizeof(key) - 1),
		str_mem(value, JOURNAL_VALUE_MAX_BYTES) };
	struct jrn_line line = { .n = 999999999999999999, .unflushed = 99999999999, .more = 1 };
	struct buf buf;

	memset(key, 'k', sizeof(key));
	memset(value, ' ', JOURNAL_VALUE_MAX_BYTES + 1);
	value[0] = '{';
	value[JOURNAL_VALUE_MAX_BYTES - 1] = '}';
	ck_assert(jrn_line_is_valid_record(&record));
	line.record = record;
	buf_init(&buf, LINE_MAX_BYTES + 1);
	jrn_line_add(&buf, &line);
	ck_assert_int_eq(buf_error(&buf), 0);
	ck_assert_int_eq(jrn_line_parse(str_mem(buf.p, buf.n - 1), &line), 0);
	buf_fini(&buf);
	/* A buffer that is too small is an error and no crash. */
	buf_init(&buf, 50);
	jrn_line_add(&buf, &line);
	ck_assert_int_eq(buf_error(&buf), -EMSGSIZE);
	buf_fini(&buf);

	record.key.n++;
	ck_assert(!jrn_line_is_valid_record(&record));
	record.key.n = 0;
	ck_assert(!jrn_line_is_valid_record(&record));
	record.key.n = 1;
	value[JOURNAL_VALUE_MAX_BYTES] = '}';
	record.value.n++;
	ck_assert(!jrn_line_is_valid_record(&record));
	record.value = STR_LIT("{");
	ck_assert(!jrn_line_is_valid_record(&record));
	record.value = STR_LIT("[}");
	ck_assert(!jrn_line_is_valid_record(&record));
	record.value = STR_LIT("{]");
	ck_assert(!jrn_line_is_valid_record(&record));
	record.value = STR_LIT("{\"a\":\"\n\"}");
	ck_assert(!jrn_line_is_valid_record(&record));
	record.value = STR_LIT("{\"a\":\"\xc3\xa4\"}");
	ck_assert(jrn_line_is_valid_record(&record));
	record.op = JOURNAL_DEL;
	ck_assert(!jrn_line_is_valid_record(&record));
	record.value = STR_NULL;
	ck_assert(jrn_line_is_valid_record(&record));
	record.op = JOURNAL_RESET;
	ck_assert(!jrn_line_is_valid_record(&record));
	free(value);
}
END_TEST

START_TEST(header_there_and_back)
{
	struct jrn_line_header header = {
		.n = 77, .n_records = 5, .key_check = { 0, 1, 0xab, 0xff }
	};
	struct jrn_line_header back;
	struct buf buf;

	buf_init(&buf, 1000);
	jrn_line_add_header(&buf, &header, 1796040859);
	ck_assert(str_starts_with(buf_str(&buf),
	    STR_LIT(
		"{\"n\":77,\"op\":\"snap\",\"format\":\"sessiongate journal 1\",\"records\":5,"
		"\"time\":\"2026-11-30 12:14:19\",\"key_check\":"
		"\"0001abff000000000000000000000000\",\"crc\":\"")));
	ck_assert_int_eq(jrn_line_parse_header(str_mem(buf.p, buf.n - 1), &back), 0);
	ck_assert_uint_eq(back.n, 77);
	ck_assert_uint_eq(back.n_records, 5);
	ck_assert_int_eq(memcmp(back.key_check, header.key_check, sizeof(back.key_check)), 0);
	for (size_t i = 0; i + 1 < buf.n; i++) {
		buf.p[i] ^= 1;
		ck_assert_int_ne(jrn_line_parse_header(str_mem(buf.p, buf.n - 1), &back), 0);
		buf.p[i] ^= 1;
	}
	buf_fini(&buf);
}
END_TEST

START_TEST(each_format_reads_back)
{
	struct jrn_line_header header = { .format_number = (unsigned)_i }, back;
	char want[64];
	struct buf buf;

	(void)snprintf(
	    want, sizeof(want), "\"sessiongate journal %d\"", _i == 0 ? LINE_FORMAT_FIRST : _i);
	buf_init(&buf, 1000);
	jrn_line_add_header(&buf, &header, 1796040859);
	ck_assert_int_eq(jrn_line_parse_header(str_mem(buf.p, buf.n - 1), &back), 0);
	ck_assert_uint_eq(back.format_number, _i == 0 ? LINE_FORMAT_FIRST : (unsigned)_i);
	buf.p[buf.n - 1] = '\0';
	ck_assert_ptr_nonnull(strstr(buf.p, want));
	buf_fini(&buf);
}
END_TEST

static const struct {
	const char *text;
	int want;
} headers[] = {
	{ "{\"n\":0,\"op\":\"snap\",\"format\":\"sessiongate journal "
	  "1\",\"records\":01,\"time\":"
	  "\"x\",\"key_check\":\"00000000000000000000000000000000\",\"crc\":\"00000000\"}",
	    LINE_E_BAD },
	{ "{\"n\":0,\"op\":\"snap\",\"format\":\"sessiongate journal "
	  "1\",\"records\":0,\"time\":"
	  "\"x\",\"key_check\":\"00000000000000000000000000000000\",\"crc\":\"00000000\"}",
	    0 },
	{ "{\"n\":0,\"op\":\"snap\",\"format\":\"sessiongate journal 3\",\"whatever\":1}",
	    LINE_E_FORMAT },
	{ "{\"n\":0,\"op\":\"snap\",\"format\":\"a\xff\x7f\n,\"crc\":\"00000000\"}",
	    LINE_E_FORMAT },
	{ "{\"n\":0,\"op\":\"snap\",\"format\":\"no end", LINE_E_BAD },
	{ "{\"n\":0,\"op\":\"snap\",\"format\":\"sessiongate journal "
	  "1\",\"records\":0,\"time\":"
	  "\"x\",\"key_check\":\"0000000000000000000000000000000\",\"crc\":\"00000000\"}",
	    LINE_E_BAD },
	{ "{\"n\":0,\"op\":\"snap\",\"format\":\"sessiongate journal "
	  "1\",\"records\":0,\"time\":"
	  "\"x\",\"key_check\":\"g0000000000000000000000000000000\",\"crc\":\"00000000\"}",
	    LINE_E_BAD },
	{ "{\"n\":0,\"op\":\"snap\",\"format\":\"sessiongate journal "
	  "1\",\"records\":0,\"time\":"
	  "\"x\",\"key_check\":\"0A000000000000000000000000000000\",\"crc\":\"00000000\"}",
	    LINE_E_BAD },
	{ "{\"n\":0,\"op\":\"snap\",\"format\":\"sessiongate journal "
	  "1\",\"records\":0,\"time\":"
	  "\"x\",\"key_check\":\"00000000000000000000000000000000\",\"a\":1,\"crc\":"
	  "\"00000000\"}",
	    LINE_E_BAD },
	{ "{\"n\":0,\"op\":\"snap\",\"format\":\"sessiongate journal "
	  "1\",\"records\":x,\"time\":"
	  "\"x\",\"key_check\":\"00000000000000000000000000000000\",\"crc\":\"00000000\"}",
	    LINE_E_BAD },
	{ "{\"n\":1,\"op\":\"put\",\"key\":\"k\",\"value\":{},\"crc\":\"00000000\"}",
	    LINE_E_BAD },
};

START_TEST(headers_of_all_kinds)
{
	struct jrn_line_header header = { 0 };
	char text[256];

	(void)snprintf(text, sizeof(text), "%s", headers[_i].text);
	if (headers[_i].want != LINE_E_FORMAT)
		seal(text);
	ck_assert_int_eq(jrn_line_parse_header(str_of(text), &header), headers[_i].want);
	for (size_t i = 0; header.format[i] != '\0'; i++)
		ck_assert(header.format[i] >= 0x20 && header.format[i] < 0x7f);
	if (_i == 2)
		ck_assert_str_eq(header.format, "sessiongate journal 3");
}
END_TEST

START_TEST(a_long_name_of_a_format_is_cut)
{
	struct jrn_line_header header = { 0 };
	char text[256] = "{\"n\":0,\"op\":\"snap\",\"format\":\"";

	memset(text + strlen(text), 'f', 100);
	strcat(text, "\"}");
	ck_assert_int_eq(jrn_line_parse_header(str_of(text), &header), LINE_E_FORMAT);
	ck_assert_uint_eq(strlen(header.format), sizeof(header.format) - 1);
}
END_TEST

Suite *
check_line_suite(void)
{
	Suite *s = suite_create("journal/line");
	TCase *tc = tcase_create("core"), *hostile = tcase_create("hostile");

	tcase_add_loop_test(tc, writes_and_reads, 0, sizeof(golden) / sizeof(golden[0]));
	tcase_add_test(tc, knows_which_records_can_be_told);
	tcase_add_test(tc, header_there_and_back);
	tcase_add_loop_test(tc, each_format_reads_back, 0, LINE_FORMAT_LAST + 1);
	suite_add_tcase(s, tc);
	tcase_add_loop_test(
	    hostile, refuses_another_form, 0, sizeof(malformed) / sizeof(malformed[0]));
	tcase_add_test(hostile, refuses_every_single_changed_byte);
	tcase_add_loop_test(
	    hostile, headers_of_all_kinds, 0, sizeof(headers) / sizeof(headers[0]));
	tcase_add_test(hostile, a_long_name_of_a_format_is_cut);
	suite_add_tcase(s, hostile);
	return s;
}
