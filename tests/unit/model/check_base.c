/* check_base.c - tests of src/model/base.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <json-c/json.h>

#include "core/clock.h"
#include "model/base.h"
#include "unit/fail_random.h"

Suite *check_base_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

/* ------------------------------------------------------------------- times */

static const struct {
	const char *text;
	int64_t ms;
} time_cases[] = {
	{ "1970-01-01 00:00:00", 0 },
	{ "1970-01-01 00:00:00.001", 1 },
	{ "2017-10-16 04:23:04", 1508127784000 },
	{ "2017-10-16T04:23:04", 1508127784000 },
	{ "2017-10-16 04:23:04.5", 1508127784500 },
	{ "2017-10-16 04:23:04.05", 1508127784050 },
	{ "2017-10-16 04:23:04.123", 1508127784123 },
	{ "2017-10-16T04:23:04.123456", 1508127784123 },
	{ "2017-10-16 04:23:04.999999", 1508127784999 },
	{ "2000-02-29 12:00:00", 951825600000 },
	{ "2016-12-31 23:59:60", 1483228800000 }, /* a leap second is the next second */
	{ "9999-12-31 23:59:59", 253402300799000 },
	{ "2038-01-19 03:14:08", 2147483648000 },
};

START_TEST(time_is_read)
{
	int64_t ms = -1;

	ck_assert(base_parse_time(str_of(time_cases[_i].text), &ms));
	ck_assert_int_eq(ms, time_cases[_i].ms);
}
END_TEST

static const char *const bad_times[] = {
	"",
	"2017-10-16",
	"2017-10-16 04:23",
	"2017-10-16 04:23:0",
	"2017-10-16 04:23:04 ",
	"2017-10-16 04:23:04Z",
	"2017-10-16 04:23:04+00:00",
	"2017-10-16 04:23:04.",
	"2017-10-16 04:23:04.1234567",
	"2017-10-16 04:23:04.12x",
	"2017-10-16 04:23:04,5",
	"2017-10-16_04:23:04",
	"2017-10-16t04:23:04",
	"2017/10/16 04:23:04",
	"2017-10-16 04.23.04",
	" 017-10-16 04:23:04",
	"-017-10-16 04:23:04",
	"+017-10-16 04:23:04",
	"20a7-10-16 04:23:04",
	"2017-1a-16 04:23:04",
	"2017-10-a6 04:23:04",
	"2017-10-16 a4:23:04",
	"2017-10-16 04:a3:04",
	"2017-10-16 04:23:a4",
	"2017-10-16 04:23: 4",
	"1969-12-31 23:59:59",
	"2017-00-16 04:23:04",
	"2017-13-16 04:23:04",
	"2017-10-00 04:23:04",
	"2017-10-32 04:23:04",
	"2017-10-16 24:00:00",
	"2017-10-16 04:60:04",
	"2017-10-16 04:23:61",
	"xxxxxxxxxxxxxxxxxxx",
};

START_TEST(time_is_refused)
{
	int64_t ms = 42;

	ck_assert(!base_parse_time(str_of(bad_times[_i]), &ms));
	ck_assert_int_eq(ms, 42);
}
END_TEST

START_TEST(no_time_is_no_time)
{
	int64_t ms;

	ck_assert(!base_parse_time(STR_NULL, &ms));
	/* The view ends where it ends. */
	ck_assert(!base_parse_time(str_mem("2017-10-16 04:23:04", 18), &ms));
	ck_assert(base_parse_time(str_mem("2017-10-16 04:23:04junk", 19), &ms));
}
END_TEST

static const struct {
	int64_t ms;
	const char *want;
} format_cases[] = {
	{ 0, "1970-01-01 00:00:00.000" },
	{ 1, "1970-01-01 00:00:00.001" },
	{ 1508127784000, "2017-10-16 04:23:04.000" },
	{ 1508127784007, "2017-10-16 04:23:04.007" },
	{ 1508127784120, "2017-10-16 04:23:04.120" },
	{ 1508127784999, "2017-10-16 04:23:04.999" },
	{ -1, "1970-01-01 00:00:00.000" },
	{ 253402300799999, "9999-12-31 23:59:59.999" },
};

START_TEST(time_is_written_and_read_back)
{
	char text[BASE_TIME_BYTES];
	int64_t ms;

	base_format_time(format_cases[_i].ms, text);
	ck_assert_str_eq(text, format_cases[_i].want);
	ck_assert(base_parse_time(str_of(text), &ms));
	ck_assert_int_eq(ms, format_cases[_i].ms < 0 ? 0 : format_cases[_i].ms);
}
END_TEST

/* ------------------------------------------------------------------ objects */

static int n_freed;

static void
count_free(struct base *base)
{
	(void)base;
	n_freed++;
}

static void
write_nothing(const struct base *base, struct buf *out)
{
	(void)base;
	buf_add_z(out, ",\"more\":1");
}

static struct str
know_color(const struct base *base, struct str name)
{
	(void)base;
	return str_eq_z(name, "color") ? STR_LIT("red") : STR_NULL;
}

static const struct base_model model = { .name = "Thing",
	.write_members = write_nothing,
	.attribute = know_color,
	.free = count_free };

START_TEST(a_new_object_has_an_id_and_both_times)
{
	struct base a, b;
	uint8_t bytes[IDENT_BYTES];

	clock_freeze(5, 1508127784123);
	ck_assert_int_eq(base_init(&a, &model), 0);
	ck_assert_int_eq(base_init(&b, &model), 0);
	ck_assert(ident_parse(str_of(a.id), bytes));
	ck_assert_uint_eq(bytes[6] >> 4, 4);
	ck_assert_str_ne(a.id, b.id);
	ck_assert_int_eq(a.created_ms, 1508127784123);
	ck_assert_int_eq(a.updated_ms, 1508127784123);
	ck_assert_ptr_eq(a.model, &model);
	clock_thaw();
	fail_random_at(1);
	ck_assert_int_eq(base_init(&a, &model), -EIO);
}
END_TEST

START_TEST(the_last_reference_frees)
{
	struct base base;

	n_freed = 0;
	ck_assert_int_eq(base_init(&base, &model), 0);
	ck_assert_ptr_eq(base_ref(&base), &base);
	base_unref(&base);
	ck_assert_int_eq(n_freed, 0);
	base_unref(&base);
	ck_assert_int_eq(n_freed, 1);
	base_unref(NULL);
}
END_TEST

START_TEST(the_line_in_the_journal)
{
	struct base base;
	struct buf out;

	ck_assert_int_eq(base_init(&base, &model), 0);
	(void)strcpy(base.id, "cf3ddee1-ff24-49e4-a40b-2540333fe992");
	base.created_ms = 1508127784000;
	base.updated_ms = 1508127785123;
	buf_init(&out, 1000);
	base_write(&base, &out);
	unit_assert_str(buf_str(&out),
	    "{\"id\":\"cf3ddee1-ff24-49e4-a40b-2540333fe992\","
	    "\"created_at\":\"2017-10-16 04:23:04.000\","
	    "\"updated_at\":\"2017-10-16 04:23:05.123\",\"more\":1}");
	buf_fini(&out);
	unit_assert_str(
	    base_attribute(&base, STR_LIT("id")), "cf3ddee1-ff24-49e4-a40b-2540333fe992");
	unit_assert_str(base_attribute(&base, STR_LIT("color")), "red");
	unit_assert_str(base_attribute(&base, STR_LIT("size")), NULL);
}
END_TEST

#define ID      "\"id\":\"cf3ddee1-ff24-49e4-a40b-2540333fe992\""
#define CREATED "\"created_at\":\"2017-10-16T04:23:04\""
#define UPDATED "\"updated_at\":\"2017-10-16 04:23:05.5\""

static const struct {
	const char *json;
	bool is_good;
} json_cases[] = {
	{ "{" ID "," CREATED "," UPDATED "}", true },
	{ "{" UPDATED ",\"x\":[1]," CREATED "," ID "}", true },
	{ "{}", false },
	{ "{" CREATED "," UPDATED "}", false },
	{ "{" ID "," UPDATED "}", false },
	{ "{" ID "," CREATED "}", false },
	{ "{\"id\":1," CREATED "," UPDATED "}", false },
	{ "{\"id\":null," CREATED "," UPDATED "}", false },
	{ "{\"id\":\"\"," CREATED "," UPDATED "}", false },
	{ "{\"id\":\"cf3ddee1-ff24-49e4-a40b-2540333fe99\"," CREATED "," UPDATED "}", false },
	{ "{\"id\":\"CF3DDEE1-ff24-49e4-a40b-2540333fe992\"," CREATED "," UPDATED "}", false },
	{ "{" ID ",\"created_at\":1508127784," UPDATED "}", false },
	{ "{" ID ",\"created_at\":\"yesterday\"," UPDATED "}", false },
	{ "{" ID "," CREATED ",\"updated_at\":\"\"}", false },
};

START_TEST(from_json)
{
	struct json_object *json = json_tokener_parse(json_cases[_i].json);
	struct base base;

	ck_assert_ptr_nonnull(json);
	ck_assert_int_eq(base_init_from_json(&base, &model, json), json_cases[_i].is_good);
	if (json_cases[_i].is_good) {
		ck_assert_str_eq(base.id, "cf3ddee1-ff24-49e4-a40b-2540333fe992");
		ck_assert_int_eq(base.created_ms, 1508127784000);
		ck_assert_int_eq(base.updated_ms, 1508127785500);
	}
	(void)json_object_put(json);
}
END_TEST

/* Also days that no month has: as timegm() takes them. */
START_TEST(each_day_is_the_one_of_the_calendar)
{
	for (int day = 0; day < (2410 - 1970) * 12 * 31; day++) {
		struct tm tm = { .tm_year = 70 + day / (12 * 31),
			.tm_mon = day / 31 % 12,
			.tm_mday = 1 + day % 31,
			.tm_hour = 23,
			.tm_min = 59,
			.tm_sec = 60 };
		char text[64];
		int64_t ms;

		(void)snprintf(text, sizeof(text), "%d-%02d-%02d 23:59:60", tm.tm_year + 1900,
		    tm.tm_mon + 1, tm.tm_mday);
		ck_assert(base_parse_time(str_of(text), &ms));
		ck_assert_int_eq(ms, (int64_t)timegm(&tm) * 1000);
	}
}
END_TEST

Suite *
check_base_suite(void)
{
	Suite *s = suite_create("model/base");
	TCase *tc = tcase_create("time");

	tcase_add_test(tc, each_day_is_the_one_of_the_calendar);
	tcase_add_loop_test(tc, time_is_read, 0, N(time_cases));
	tcase_add_loop_test(tc, time_is_refused, 0, N(bad_times));
	tcase_add_test(tc, no_time_is_no_time);
	tcase_add_loop_test(tc, time_is_written_and_read_back, 0, N(format_cases));
	suite_add_tcase(s, tc);

	tc = tcase_create("object");
	tcase_add_test(tc, a_new_object_has_an_id_and_both_times);
	tcase_add_test(tc, the_last_reference_frees);
	tcase_add_test(tc, the_line_in_the_journal);
	tcase_add_loop_test(tc, from_json, 0, N(json_cases));
	suite_add_tcase(s, tc);
	return s;
}
