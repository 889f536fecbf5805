/* check_user_session.c - tests of src/model/user_session.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>

#include "core/clock.h"
#include "model/user_session.h"
#include "unit/fail_random.h"

Suite *check_user_session_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))
#define KEY      "000102030405060708090a0b0c0d0e0f"

static const struct digest_tag TAG = { { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
    15 } };

START_TEST(what_is_written_reads_back)
{
	static const char *const ids[] = { "cf3ddee1-ff24-49e4-a40b-2540333fe992", "abcde", "",
		"a\"b\\c", "\xc3\xa4\xf0\x9f\x98\x80", "\x01\n\t", "{}[],:" };
	static const uint32_t durations[] = { 0, 1, 60, 4294967295 };
	struct user_session a, b;
	struct buf line;

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		ck_assert_int_eq(
		    user_session_init(&a, str_of(ids[i]), &TAG, durations[i % 4]), 0);
		buf_init(&line, 1000);
		base_write(&a.base, &line);
		ck_assert(user_session_read(&b, buf_str(&line)));
		ck_assert_str_eq(a.base.id, b.base.id);
		ck_assert_str_eq(b.user_id, ids[i]);
		ck_assert_str_eq(b.session_id, KEY);
		ck_assert_uint_eq(b.duration_s, durations[i % 4]);
		ck_assert_int_eq(a.base.created_ms, b.base.created_ms);
		ck_assert_int_eq(a.base.updated_ms, b.base.updated_ms);
		unit_assert_str(b.base.key, KEY);
		unit_assert_str(b.base.alternate_key, b.base.id);
		buf_fini(&line);
	}
}
END_TEST

START_TEST(limits_and_flags_read_back)
{
	static const char *const ends[] = { ",\"duration\":60}",
		",\"duration\":60,\"idle\":30}", ",\"duration\":60,\"remembered\":true}",
		",\"duration\":60,\"idle\":30,\"remembered\":true}" };
	struct user_session a, b;
	struct buf line;

	for (unsigned i = 0; i < 4; i++) {
		ck_assert_int_eq(user_session_init(&a, STR_LIT("abcde"), &TAG, 60), 0);
		a.idle_s = i % 2 == 1 ? 30 : 0;
		a.is_remembered = i >= 2;
		buf_init(&line, 1000);
		base_write(&a.base, &line);
		ck_assert(str_ends_with(buf_str(&line), str_of(ends[i])));
		ck_assert(user_session_read(&b, buf_str(&line)));
		ck_assert_uint_eq(b.duration_s, 60);
		ck_assert_uint_eq(b.idle_s, a.idle_s);
		ck_assert(b.is_remembered == a.is_remembered);
		buf_fini(&line);
	}
}
END_TEST

/* In another order, so that it is not the quick reader. */
START_TEST(limits_and_flags_read_in_any_order)
{
	struct user_session a;

	ck_assert(user_session_read(
	    &a, STR_LIT("{\"remembered\":true,\"idle\":30,\"duration\":60,"
			"\"id\":\"cf3ddee1-ff24-49e4-a40b-2540333fe992\","
			"\"created_at\":\"2017-10-16 04:23:04\","
			"\"updated_at\":\"2017-10-16 04:23:04\","
			"\"user_id\":\"abcde\",\"session_id\":\"" KEY "\"}")));
	ck_assert_uint_eq(a.duration_s, 60);
	ck_assert_uint_eq(a.idle_s, 30);
	ck_assert(a.is_remembered);
}
END_TEST

START_TEST(a_user_id_that_is_too_long_is_refused)
{
	struct user_session a;

	ck_assert_int_eq(
	    user_session_init(&a, STR_LIT("cf3ddee1-ff24-49e4-a40b-2540333fe9923"), &TAG, 0),
	    -EINVAL);
	ck_assert_int_eq(user_session_init(&a, STR_NULL, &TAG, 0), -EINVAL);
	ck_assert_int_eq(user_session_init(&a, STR_LIT("a\0b"), &TAG, 0), -EINVAL);
	fail_random_at(1);
	ck_assert_int_eq(user_session_init(&a, STR_LIT("a"), &TAG, 0), -EIO);
}
END_TEST

START_TEST(key_and_tag_are_the_same_bytes)
{
	char key[USER_SESSION_KEY_BYTES];
	struct user_session a;
	struct digest_tag tag;

	user_session_key(&TAG, key);
	ck_assert_str_eq(key, KEY);
	ck_assert_int_eq(user_session_init(&a, STR_LIT("a"), &TAG, 0), 0);
	tag = user_session_tag(&a);
	ck_assert_mem_eq(&tag, &TAG, sizeof(tag));
}
END_TEST

/* ------------------------------------------------------- the two readers agree */

/* Values of one line; NULL: the usual one. */
static const struct {
	const char *name, *id, *created, *updated, *user_id, *session_id, *duration;
	bool is_good;
} line_cases[] = {
	{ "usual", NULL, NULL, NULL, NULL, NULL, NULL, true },
	{ "user_abcde", NULL, NULL, NULL, "abcde", NULL, NULL, true },
	{ "user_empty", NULL, NULL, NULL, "", NULL, NULL, true },
	{ "user_36", NULL, NULL, NULL, "123456789012345678901234567890123456", NULL, NULL,
	    true },
	{ "user_37", NULL, NULL, NULL, "1234567890123456789012345678901234567", NULL, NULL,
	    false },
	{ "user_escaped", NULL, NULL, NULL, "a\\\"b\\\\c\\u00e4", NULL, NULL, true },
	{ "user_utf8", NULL, NULL, NULL, "\xc3\xa4", NULL, NULL, true },
	{ "user_with_nul", NULL, NULL, NULL, "a\\u0000b", NULL, NULL, false },
	{ "id_empty", "", NULL, NULL, NULL, NULL, NULL, false },
	{ "id_short", "cf3ddee1-ff24-49e4-a40b-2540333fe99", NULL, NULL, NULL, NULL, NULL,
	    false },
	{ "id_long", "cf3ddee1-ff24-49e4-a40b-2540333fe9921", NULL, NULL, NULL, NULL, NULL,
	    false },
	{ "id_upper", "CF3DDEE1-ff24-49e4-a40b-2540333fe992", NULL, NULL, NULL, NULL, NULL,
	    false },
	{ "id_no_uuid", "xf3ddee1-ff24-49e4-a40b-2540333fe992", NULL, NULL, NULL, NULL, NULL,
	    false },
	{ "created_with_t", NULL, "2017-10-16T04:23:04.123456", NULL, NULL, NULL, NULL, true },
	{ "created_bad", NULL, "2017-10-16", NULL, NULL, NULL, NULL, false },
	{ "updated_bad", NULL, NULL, "", NULL, NULL, NULL, false },
	{ "session_short", NULL, NULL, NULL, NULL, "000102030405060708090a0b0c0d0e0", NULL,
	    false },
	{ "session_long", NULL, NULL, NULL, NULL, KEY "0", NULL, false },
	{ "session_uuid", NULL, NULL, NULL, NULL, "cf3ddee1-ff24-49e4-a40b-2540333fe992", NULL,
	    false },
	{ "session_empty", NULL, NULL, NULL, NULL, "", NULL, false },
	{ "session_no_hex", NULL, NULL, NULL, NULL, "g00102030405060708090a0b0c0d0e0f", NULL,
	    false },
	{ "session_upper", NULL, NULL, NULL, NULL, "000102030405060708090A0B0C0D0E0F", NULL,
	    false },
	{ "duration_60", NULL, NULL, NULL, NULL, NULL, "60", true },
	{ "duration_most", NULL, NULL, NULL, NULL, NULL, "4294967295", true },
	{ "duration_over", NULL, NULL, NULL, NULL, NULL, "4294967296", true },
	{ "duration_far_over", NULL, NULL, NULL, NULL, NULL, "99999999999999999999999", true },
	{ "duration_negative", NULL, NULL, NULL, NULL, NULL, "-1", true },
	{ "duration_null", NULL, NULL, NULL, NULL, NULL, "null", true },
};

static void
make_line(char *line, size_t size, int i, const char *blank)
{
	(void)snprintf(line, size,
	    "{%s\"id\":\"%s\",\"created_at\":\"%s\",\"updated_at\":\"%s\",\"user_id\":\"%s\","
	    "\"session_id\":\"%s\",\"duration\":%s}",
	    blank,
	    line_cases[i].id != NULL ? line_cases[i].id
				     : "cf3ddee1-ff24-49e4-a40b-2540333fe992",
	    line_cases[i].created != NULL ? line_cases[i].created : "2017-10-16 04:23:04.000",
	    line_cases[i].updated != NULL ? line_cases[i].updated : "2017-10-16 04:23:04.000",
	    line_cases[i].user_id != NULL ? line_cases[i].user_id
					  : "cf3ddee1-ff24-49e4-a40b-2540333fe992",
	    line_cases[i].session_id != NULL ? line_cases[i].session_id : KEY,
	    line_cases[i].duration != NULL ? line_cases[i].duration : "0");
}

/* A blank after the brace is enough for the fast reader to give up. */
START_TEST(fast_and_slow_reader_agree)
{
	char line[1000];
	struct user_session fast, slow;
	bool is_fast_good, is_slow_good;

	make_line(line, sizeof(line), _i, "");
	is_fast_good = user_session_read(&fast, str_of(line));
	make_line(line, sizeof(line), _i, " ");
	is_slow_good = user_session_read(&slow, str_of(line));
	ck_assert_msg(is_fast_good == line_cases[_i].is_good, "%s: fast", line_cases[_i].name);
	ck_assert_msg(is_slow_good == line_cases[_i].is_good, "%s: slow", line_cases[_i].name);
	if (!is_slow_good)
		return;
	ck_assert_str_eq(fast.base.id, slow.base.id);
	ck_assert_str_eq(fast.user_id, slow.user_id);
	ck_assert_str_eq(fast.session_id, slow.session_id);
	ck_assert_uint_eq(fast.duration_s, slow.duration_s);
	ck_assert_int_eq(fast.base.created_ms, slow.base.created_ms);
	ck_assert_int_eq(fast.base.updated_ms, slow.base.updated_ms);
}
END_TEST

/* The same for each byte that may be another one.  0: json-c takes that for the end. */
START_TEST(with_any_byte_changed_they_agree)
{
	char line[1000], blank[1000];
	struct user_session fast, slow;

	make_line(line, sizeof(line), 0, "");
	make_line(blank, sizeof(blank), 0, " ");
	for (size_t at = 1; line[at] != '\0'; at++) {
		char before = line[at];

		for (int byte = 1; byte < 256; byte++) {
			bool is_good;

			line[at] = blank[at + 1] = (char)byte;
			is_good = user_session_read(&slow, str_of(blank));
			ck_assert_msg(
			    user_session_read(&fast, str_of(line)) == is_good, "%s", line);
			if (!is_good)
				continue;
			ck_assert_str_eq(fast.base.id, slow.base.id);
			ck_assert_mem_eq(
			    fast.base.uuid, slow.base.uuid, sizeof(slow.base.uuid));
			ck_assert_str_eq(fast.user_id, slow.user_id);
			ck_assert_str_eq(fast.session_id, slow.session_id);
			ck_assert_uint_eq(fast.duration_s, slow.duration_s);
			ck_assert_int_eq(fast.base.created_ms, slow.base.created_ms);
			ck_assert_int_eq(fast.base.updated_ms, slow.base.updated_ms);
		}
		line[at] = blank[at + 1] = before;
	}
}
END_TEST

/* Any cut and any changed byte: no crash, and what is accepted is whole. */
START_TEST(a_damaged_line_is_refused_or_whole)
{
	char line[1000], damaged[1000];
	struct user_session session;
	size_t n;

	make_line(line, sizeof(line), 0, "");
	n = strlen(line);
	for (size_t i = 0; i < n; i++) {
		memcpy(damaged, line, i);
		ck_assert(!user_session_read(&session, str_mem(damaged, i)));
		for (int byte = 0; byte < 256; byte++) {
			memcpy(damaged, line, n);
			damaged[i] = (char)byte;
			if (user_session_read(&session, str_mem(damaged, n)))
				ck_assert_uint_eq(strlen(session.session_id), 32);
		}
	}
	ck_assert(!user_session_read(&session, STR_LIT("")));
	ck_assert(!user_session_read(&session, STR_LIT("[]")));
	ck_assert(!user_session_read(&session, STR_LIT("null")));
}
END_TEST

/* The original's file has no duration. */
START_TEST(without_a_duration_it_never_expires)
{
	struct user_session session;

	ck_assert(user_session_read(
	    &session, STR_LIT("{\"session_id\": \"" KEY "\", \"user_id\": \"abcde\", "
			      "\"id\": \"cf3ddee1-ff24-49e4-a40b-2540333fe992\", "
			      "\"created_at\": \"2017-10-16T04:23:04\", "
			      "\"updated_at\": \"2017-10-16T04:23:04\"}")));
	ck_assert_uint_eq(session.duration_s, 0);
	ck_assert(!user_session_is_past(&session, INT64_MAX));
}
END_TEST

START_TEST(past_means_strictly_before_now)
{
	struct user_session session = { .duration_s = 10, .base = { .created_ms = 1000 } };

	ck_assert(!user_session_is_past(&session, 0));
	ck_assert(!user_session_is_past(&session, 10999));
	ck_assert(!user_session_is_past(&session, 11000));
	ck_assert(user_session_is_past(&session, 11001));
	session.duration_s = 4294967295;
	ck_assert(!user_session_is_past(&session, INT64_C(4294967295) * 1000 + 1000));
	ck_assert(user_session_is_past(&session, INT64_C(4294967295) * 1000 + 1001));
	session.duration_s = 0;
	ck_assert(!user_session_is_past(&session, INT64_MAX));
}
END_TEST

START_TEST(the_digest_knows_key_kind_realm_and_id)
{
	struct digest_key key = { { 1 } }, other = { { 2 } };
	const struct str id = STR_LIT("cf3ddee1-ff24-49e4-a40b-2540333fe992");
	struct digest_tag tags[7];

	tags[0] = user_session_digest(&key, TABLE_KIND_MEMORY, STR_NULL, id);
	tags[1] = user_session_digest(&key, TABLE_KIND_STORED, STR_NULL, id);
	tags[2] = user_session_digest(&key, TABLE_KIND_MEMORY, STR_LIT("shop"), id);
	tags[3] = user_session_digest(&other, TABLE_KIND_MEMORY, STR_NULL, id);
	tags[4] = user_session_digest(&key, TABLE_KIND_MEMORY, STR_NULL, str_skip(id, 1));
	/* Neither half can lend the other a byte. */
	tags[5] = user_session_digest(&key, TABLE_KIND_MEMORY, STR_LIT("a"), STR_LIT("bc"));
	tags[6] = user_session_digest(&key, TABLE_KIND_MEMORY, STR_LIT("ab"), STR_LIT("c"));
	for (int i = 0; i < 7; i++)
		for (int j = 0; j < i; j++)
			ck_assert_mem_ne(&tags[i], &tags[j], sizeof(tags[i]));
	/* No realm and an empty one are the same site. */
	tags[1] = user_session_digest(&key, TABLE_KIND_MEMORY, STR_LIT(""), id);
	ck_assert_mem_eq(&tags[0], &tags[1], sizeof(tags[0]));
}
END_TEST

START_TEST(attributes_by_name)
{
	struct user_session a;

	ck_assert_int_eq(user_session_init(&a, STR_LIT("abcde"), &TAG, 0), 0);
	unit_assert_str(base_attribute(&a.base, STR_LIT("user_id")), "abcde");
	unit_assert_str(base_attribute(&a.base, STR_LIT("session_id")), KEY);
	unit_assert_str(base_attribute(&a.base, STR_LIT("id")), a.base.id);
	unit_assert_str(base_attribute(&a.base, STR_LIT("duration")), NULL);
}
END_TEST

START_TEST(the_model_parses_onto_the_heap)
{
	char line[1000];
	struct base *base;

	make_line(line, sizeof(line), 0, "");
	base = user_session_model.parse(str_of(line));
	ck_assert_ptr_nonnull(base);
	unit_assert_str(base->key, KEY);
	base_unref(base);
	ck_assert_ptr_null(user_session_model.parse(STR_LIT("{}")));
}
END_TEST

Suite *
check_user_session_suite(void)
{
	Suite *s = suite_create("model/user_session");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, what_is_written_reads_back);
	tcase_add_test(tc, limits_and_flags_read_back);
	tcase_add_test(tc, limits_and_flags_read_in_any_order);
	tcase_add_test(tc, a_user_id_that_is_too_long_is_refused);
	tcase_add_test(tc, key_and_tag_are_the_same_bytes);
	tcase_add_test(tc, without_a_duration_it_never_expires);
	tcase_add_test(tc, past_means_strictly_before_now);
	tcase_add_test(tc, the_digest_knows_key_kind_realm_and_id);
	tcase_add_test(tc, attributes_by_name);
	tcase_add_test(tc, the_model_parses_onto_the_heap);
	suite_add_tcase(s, tc);

	tc = tcase_create("hostile");
	tcase_add_loop_test(tc, fast_and_slow_reader_agree, 0, N(line_cases));
	tcase_add_test(tc, a_damaged_line_is_refused_or_whole);
	tcase_add_test(tc, with_any_byte_changed_they_agree);
	suite_add_tcase(s, tc);
	return s;
}
