/* check_blocklist.c - tests of src/password/blocklist.c */
#include "password/blocklist.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "password/nfc.h"
#include "unit/fail_alloc.h"
#include "unit/fail_random.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_blocklist_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

static struct blocklist *list;

static void
open_fixture(void)
{
	struct err err = { "" };

	tmp_make();
	ck_assert_msg(blocklist_parse(STR_LIT("#!comment: not a password\n"
					      "password\r\n"
					      "\n"
					      "QWERTY\n"
					      "# is one\n"
					      "cafe\xcc\x81\n"
					      "caf\xe9\n"
					      " blank \n"
					      "abc"),
			  "list", &list, &err) == 0,
	    "%s", err.text);
}

static void
close_fixture(void)
{
	blocklist_close(list);
	tmp_remove();
}

static const struct {
	struct str form;
	bool has;
} cases[] = {
	{ STR_INIT("password"), true },
	{ STR_INIT("PassWord"), true },
	{ STR_INIT("qwerty"), true },
	{ STR_INIT("QwErTy"), true },
	{ STR_INIT("abc"), true }, /* the last line has no end */
	{ STR_INIT("# is one"), true },
	{ STR_INIT("caf\xc3\xa9"), true }, /* in its normal form */
	{ STR_INIT("caf\xe9"), true },
	{ STR_INIT(" blank "), true },
	{ STR_INIT("passwordPASSWORD"), true },
	{ STR_INIT("abcabcabcabcab"), true },
	{ STR_INIT("abcabc"), true },
	{ STR_INIT("aaaaaaaaaaaaaaa"), true },
	{ STR_INIT("AaAaAa"), true },
	{ STR_INIT("\xf0\x9f\xa6\x8a\xf0\x9f\xa6\x8a\xf0\x9f\xa6\x8a"), true },
	{ STR_INIT("        "), true },
	{ STR_INIT("abca"), false }, /* not once more whole */
	{ STR_INIT("abcd"), false },
	{ STR_INIT("a"), false },
	{ STR_INIT("ababab"), false },
	{ STR_INIT(""), false },
	{ STR_INIT("password "), false },
	{ STR_INIT("password1"), false },
	{ STR_INIT("blank"), false },
	{ STR_INIT("passwordpasswore"), false },
	{ STR_INIT("#!comment: not a password"), false },
	{ STR_INIT("CAF\xc3\x89"), false }, /* beyond A-Z case counts */
	{ STR_INIT("\r"), false },
};

START_TEST(what_is_listed)
{
	ck_assert_int_eq(blocklist_has(list, cases[_i].form), cases[_i].has);
}
END_TEST

START_TEST(each_line_counts_once)
{
	ck_assert_uint_eq(blocklist_count(list), 7);
}
END_TEST

START_TEST(the_longest)
{
	static char text[NFC_TEXT_MAX_BYTES * 2 + 2], longest[NFC_MAX_BYTES + 10];
	struct blocklist *other;

	for (size_t i = 0; i < sizeof(longest); i++)
		longest[i] = (char)('a' + i * i % 23);
	/* One of the greatest length, and one that no password can be. */
	memcpy(text, longest, NFC_TEXT_MAX_BYTES);
	text[NFC_TEXT_MAX_BYTES] = '\n';
	memcpy(&text[NFC_TEXT_MAX_BYTES + 1], longest, NFC_TEXT_MAX_BYTES + 1);
	ck_assert_int_eq(blocklist_parse(str_mem(text, sizeof(text)), "x", &other, NULL), 0);
	ck_assert_uint_eq(blocklist_count(other), 1);
	ck_assert(blocklist_has(other, str_mem(longest, NFC_TEXT_MAX_BYTES)));
	ck_assert(!blocklist_has(other, str_mem(longest, NFC_TEXT_MAX_BYTES + 1)));
	ck_assert(!blocklist_has(other, str_mem(longest, sizeof(longest))));
	blocklist_close(other);
}
END_TEST

/* Of all that were read none is lost, and no other is found. */
START_TEST(many)
{
	static char text[20000 * 8];
	struct blocklist *other;
	char word[16];
	size_t n = 0;

	for (int i = 0; i < 20000; i++)
		n += (size_t)snprintf(
		    &text[n], sizeof(text) - n, "w%05d\n", (i * 7919) % 100000);
	ck_assert_int_eq(blocklist_parse(str_mem(text, n), "x", &other, NULL), 0);
	ck_assert_uint_eq(blocklist_count(other), 20000);
	for (int i = 0, k = 0; i < 100000; i++, k = (k + 7919) % 100000) {
		(void)snprintf(word, sizeof(word), "w%05d", k);
		if (blocklist_has(other, str_of(word)) != (i < 20000))
			ck_abort_msg("%s", word);
	}
	blocklist_close(other);
}
END_TEST

static const struct {
	struct str text;
	const char *why;
} no_lists[] = {
	{ STR_INIT(""), "list holds no password: give one a line" },
	{ STR_INIT("\n\r\n#!only\n"), "list holds no password: give one a line" },
	{ STR_INIT("a\nb\0c\n"), "list is no text: it holds a NUL" },
};

START_TEST(what_is_no_list)
{
	struct blocklist *other = NULL;
	struct err err = { "" };

	ck_assert_int_eq(blocklist_parse(no_lists[_i].text, "list", &other, &err), -EINVAL);
	ck_assert_str_eq(err.text, no_lists[_i].why);
	ck_assert_ptr_null(other);
}
END_TEST

START_TEST(without_memory_or_randomness)
{
	struct blocklist *other = NULL;
	struct err err = { "" };

	for (unsigned n = 1; n <= 2; n++) {
		fail_alloc_at(n);
		ck_assert_int_eq(blocklist_parse(STR_LIT("a"), "list", &other, &err), -ENOMEM);
		ck_assert_str_eq(err.text, "list: Cannot allocate memory");
	}
	fail_alloc_at(0);
	fail_random_at(1);
	ck_assert_int_eq(blocklist_parse(STR_LIT("a"), "list", &other, &err), -EIO);
	ck_assert_ptr_null(other);
}
END_TEST

/* -------------------------------------------------------------------- the file */

static const char *
path_of(const char *name)
{
	static char path[400];

	(void)snprintf(path, sizeof(path), "%s/%s", tmp_path, name);
	return path;
}

START_TEST(from_a_file)
{
	struct blocklist *other;
	int fd = openat(tmp_fd, "list", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	ck_assert_int_eq(write(fd, "secret\n", 7), 7);
	(void)close(fd);
	ck_assert_int_eq(blocklist_open(path_of("list"), &other, NULL), 0);
	ck_assert(blocklist_has(other, STR_LIT("Secret")));
	blocklist_close(other);
}
END_TEST

START_TEST(a_file_that_cannot_be_read)
{
	struct blocklist *other = NULL;
	struct err err = { "" };
	char want[500];

	ck_assert_int_eq(blocklist_open(path_of("absent"), &other, &err), -ENOENT);
	(void)snprintf(want, sizeof(want), "password-blocklist: cannot read %s: %s",
	    path_of("absent"), "No such file or directory");
	ck_assert_str_eq(err.text, want);
	ck_assert_int_eq(blocklist_open(tmp_path, &other, &err), -EISDIR);
	/* One that never ends would keep a start waiting. */
	ck_assert_int_eq(mkfifoat(tmp_fd, "pipe", 0600), 0);
	ck_assert_int_eq(blocklist_open(path_of("pipe"), &other, &err), -EINVAL);
	ck_assert_int_eq(blocklist_open("/dev/zero", &other, &err), -EINVAL);
	ck_assert_ptr_null(other);
}
END_TEST

START_TEST(the_largest_file_has_an_end)
{
	struct blocklist *other = NULL;
	struct err err = { "" };
	int fd = openat(tmp_fd, "large", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	ck_assert_int_eq(ftruncate(fd, (off_t)BLOCKLIST_FILE_MAX_BYTES + 1), 0);
	(void)close(fd);
	ck_assert_int_eq(blocklist_open(path_of("large"), &other, &err), -EMSGSIZE);
	ck_assert_ptr_nonnull(strstr(err.text, "it is longer than 256 MiB"));
}
END_TEST

Suite *
check_blocklist_suite(void)
{
	Suite *s = suite_create("password/blocklist");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, open_fixture, close_fixture);
	tcase_add_loop_test(tc, what_is_listed, 0, N(cases));
	tcase_add_test(tc, each_line_counts_once);
	tcase_add_test(tc, the_longest);
	tcase_add_test(tc, many);
	tcase_add_loop_test(tc, what_is_no_list, 0, N(no_lists));
	tcase_add_test(tc, without_memory_or_randomness);
	tcase_add_test(tc, from_a_file);
	tcase_add_test(tc, a_file_that_cannot_be_read);
	tcase_add_test(tc, the_largest_file_has_an_end);
	suite_add_tcase(s, tc);
	return s;
}
