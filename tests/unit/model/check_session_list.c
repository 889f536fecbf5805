/* check_session_list.c - tests of src/model/session_list.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdlib.h>

#include "model/session_list.h"
#include "unit/fail_part.h"
#include "unit/site.h"

Suite *check_session_list_suite(void);

#define KEY   (&site.app.env.key)
#define TABLE (site.app.env.table)

static const struct table_owner ann = { { 1, 2, 3 } }, eve = { { 1, 2, 4 } };

static void
add(int i, const struct table_owner *owner, int64_t created_ms, enum table_kind kind)
{
	struct table_entry entry = {
		.tag = site_tag(i), .owner = *owner, .created_ms = created_ms, .kind = kind
	};

	ck_assert_int_eq(table_insert(TABLE, &entry), 0);
}

static void
is_entry(const struct table_entry *entry, int i)
{
	struct digest_tag tag = site_tag(i);

	ck_assert_ptr_nonnull(entry);
	ck_assert_mem_eq(&entry->tag, &tag, sizeof(tag));
}

START_TEST(one_users_newest_first)
{
	struct session_list list;

	ck_assert_int_eq(session_list_read(&list, KEY, TABLE, &ann), 0);
	ck_assert_uint_eq(list.n, 0);
	session_list_fini(&list);
	add(1, &ann, 2000, TABLE_KIND_MEMORY);
	add(2, &eve, 9000, TABLE_KIND_MEMORY);
	add(3, &ann, 3000, TABLE_KIND_STORED);
	add(4, &ann, 1000, TABLE_KIND_MEMORY);
	ck_assert_int_eq(session_list_read(&list, KEY, TABLE, &ann), 0);
	ck_assert_uint_eq(list.n, 3);
	is_entry(&list.entries[0], 3);
	is_entry(&list.entries[1], 1);
	is_entry(&list.entries[2], 4);
	session_list_fini(&list);
	/* Without an owner those of all, and not the mark of the program itself. */
	ck_assert_int_eq(session_list_read(&list, KEY, TABLE, NULL), 0);
	ck_assert_uint_eq(list.n, 4);
	is_entry(&list.entries[0], 2);
	session_list_fini(&list);
}
END_TEST

START_TEST(many_of_them)
{
	struct session_list list;

	for (int i = 1; i <= 1000; i++)
		add(i, i % 2 == 0 ? &ann : &eve, i, TABLE_KIND_MEMORY);
	ck_assert_int_eq(session_list_read(&list, KEY, TABLE, &ann), 0);
	ck_assert_uint_eq(list.n, 500);
	for (int i = 0; i < 500; i++)
		is_entry(&list.entries[i], 1000 - 2 * i);
	session_list_fini(&list);
}
END_TEST

START_TEST(a_handle_names_one_session_and_opens_none)
{
	char first[SESSION_HANDLE_BYTES], again[SESSION_HANDLE_BYTES],
	    other[SESSION_HANDLE_BYTES];
	struct digest_tag tags[2] = { site_tag(1), site_tag(2) };
	struct digest_key key = *KEY;
	char hex[2 * sizeof(tags[0]) + 1];

	session_handle(KEY, &tags[0], first);
	session_handle(KEY, &tags[0], again);
	session_handle(KEY, &tags[1], other);
	ck_assert_uint_eq(strlen(first), SESSION_HANDLE_BYTES - 1);
	ck_assert_str_eq(first, again);
	ck_assert_str_ne(first, other);
	ck_assert(session_handle_is_sound(str_of(first)));
	/* It shows nothing of the tag, and nobody makes it without the key. */
	user_session_key(&tags[0], hex);
	ck_assert_ptr_null(strstr(hex, first));
	key.bytes[0] ^= 1;
	session_handle(&key, &tags[0], again);
	ck_assert_str_ne(first, again);
}
END_TEST

START_TEST(what_could_be_a_handle)
{
	static const char *const no[] = { "", "0123456789abcdef012", "0123456789abcdef01234",
		"0123456789ABCDEF0123", "0123456789abcdef012g", "0123456789abcdef012 ",
		"-123456789abcdef0123", "bob@hbtn.io" };

	ck_assert(session_handle_is_sound(STR_LIT("0123456789abcdef0123")));
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		ck_assert_msg(!session_handle_is_sound(str_of(no[i])), "%s", no[i]);
	ck_assert(!session_handle_is_sound(STR_LIT("0123456789abcdef01\0003")));
	ck_assert(!session_handle_is_sound(STR_NULL));
}
END_TEST

START_TEST(found_by_the_handle)
{
	char handle[SESSION_HANDLE_BYTES];
	struct digest_tag tag = site_tag(2);
	struct session_list list;

	session_handle(KEY, &tag, handle);
	add(1, &ann, 1000, TABLE_KIND_MEMORY);
	add(2, &ann, 2000, TABLE_KIND_MEMORY);
	add(3, &ann, 3000, TABLE_KIND_MEMORY);
	ck_assert_int_eq(session_list_read(&list, KEY, TABLE, &ann), 0);
	is_entry(session_list_find(&list, KEY, str_of(handle)), 2);
	ck_assert_ptr_null(session_list_find(&list, KEY, str_take(str_of(handle), 19)));
	ck_assert_ptr_null(session_list_find(&list, KEY, STR_LIT("0123456789abcdef0123")));
	session_list_fini(&list);
	/* Not among those of somebody else. */
	ck_assert_int_eq(session_list_read(&list, KEY, TABLE, &eve), 0);
	ck_assert_ptr_null(session_list_find(&list, KEY, str_of(handle)));
	session_list_fini(&list);
}
END_TEST

START_TEST(a_table_that_gives_no_answer_is_a_failure)
{
	struct session_list list;

	fail_part("table_each", 1, -EBADMSG);
	ck_assert_int_eq(session_list_read(&list, KEY, TABLE, &ann), -EBADMSG);
	ck_assert(fail_part_is_done());
	ck_assert_ptr_null(list.entries);
}
END_TEST

/* ---------------------------------------------------------- ending what was found */

START_TEST(one_of_either_kind_ends)
{
	struct table_entry memory = { .tag = site_tag(1), .kind = TABLE_KIND_MEMORY };
	struct table_entry stored = { .tag = site_tag(2), .kind = TABLE_KIND_STORED };
	struct user_sessions *sessions = site.app.env.user_sessions;

	add(1, &ann, 1000, TABLE_KIND_MEMORY);
	add(2, &ann, 2000, TABLE_KIND_STORED);
	site_store(2, "abcde", 0);
	ck_assert_int_eq(user_sessions_end_entry(sessions, TABLE, &memory), 0);
	ck_assert(!site_has_session(1));
	ck_assert_int_eq(user_sessions_end_entry(sessions, TABLE, &memory), TABLE_E_ABSENT);
	fail_part("journal_sync", 1, -EIO);
	ck_assert_int_eq(user_sessions_end_entry(sessions, TABLE, &stored), -EIO);
	ck_assert(site_has_session(2));
	ck_assert_int_eq(user_sessions_end_entry(sessions, TABLE, &stored), 0);
	ck_assert(!site_has_session(2));
	ck_assert(!site_is_stored(2));
}
END_TEST

START_TEST(all_but_one_end)
{
	static const char id[] = "abcde";
	struct digest_tag keep;
	struct table_owner owner;
	uint64_t n;

	ck_assert(user_session_pack_owner(str_of(id), &owner));
	for (int i = 1; i <= 6; i++) {
		enum table_kind kind = i % 2 == 0 ? TABLE_KIND_STORED : TABLE_KIND_MEMORY;

		add(i, &owner, i, kind);
		if (kind == TABLE_KIND_STORED)
			site_store(i, id, 0);
	}
	add(7, &eve, 7, TABLE_KIND_MEMORY);
	keep = site_tag(4);
	ck_assert_int_eq(account_end_other_sessions(&site.accounts, str_of(id), &keep, &n), 0);
	ck_assert_uint_eq(n, 5);
	for (int i = 1; i <= 7; i++)
		ck_assert_int_eq(site_has_session(i), i == 4 || i == 7);
	ck_assert(site_is_stored(4));
	ck_assert_uint_eq(site_count_stored(), 1);
	/* One that is not there keeps nobody else's, and nobody. */
	keep = site_tag(7);
	ck_assert_int_eq(account_end_other_sessions(&site.accounts, str_of(id), &keep, &n), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert(site_has_session(7));
	ck_assert_uint_eq(site_count_stored(), 0);
}
END_TEST

START_TEST(everybodys_end)
{
	struct user_sessions *sessions = site.app.env.user_sessions;
	uint64_t n;

	add(1, &ann, 1000, TABLE_KIND_MEMORY);
	add(2, &eve, 2000, TABLE_KIND_STORED);
	site_store(2, "abcde", 0);
	site_store(3, "abcd", 0); /* in the journal alone */
	fail_part("journal_sync", 1, -EIO);
	ck_assert_int_eq(user_sessions_end_everybody(sessions, KEY, TABLE, &n, NULL), -EIO);
	ck_assert(site_has_session(2));
	ck_assert_int_eq(user_sessions_end_everybody(sessions, KEY, TABLE, &n, NULL), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert(!site_has_session(1));
	ck_assert(!site_has_session(2));
	ck_assert_uint_eq(site_count_stored(), 0);
	/* The program's own mark is no session. */
	ck_assert(user_sessions_is_restored(KEY, TABLE));
	site_reboot();
	ck_assert_uint_eq(user_sessions_count(TABLE), 0);
}
END_TEST

Suite *
check_session_list_suite(void)
{
	Suite *s = suite_create("model/session_list");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, one_users_newest_first);
	tcase_add_test(tc, many_of_them);
	tcase_add_test(tc, a_handle_names_one_session_and_opens_none);
	tcase_add_test(tc, what_could_be_a_handle);
	tcase_add_test(tc, found_by_the_handle);
	tcase_add_test(tc, a_table_that_gives_no_answer_is_a_failure);
	tcase_add_test(tc, one_of_either_kind_ends);
	tcase_add_test(tc, all_but_one_end);
	tcase_add_test(tc, everybodys_end);
	suite_add_tcase(s, tc);
	return s;
}
