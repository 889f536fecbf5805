/* check_open.c - tests of table_open(): settings, and nothing left behind */
#include "unit/table/fixture.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

Suite *check_open_suite(void);

static int
try_closed(void)
{
	int r = fixture_try_open();

	if (r == 0)
		fixture_close();
	return r;
}

static unsigned
n_open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	ck_assert_ptr_nonnull(d);
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return n;
}

static unsigned
n_mappings(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	unsigned n = 0;
	char line[512];

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f) != NULL)
		n += strstr(line, " rw-s ") != NULL;
	(void)fclose(f);
	return n;
}

/* -------------------------------------------------------------------------- settings */

START_TEST(settings_belong_to_the_process_not_to_the_file)
{
	struct table_entry e = fixture_entry(50, 50);

	fixture_fill(0, 50);
	fixture_close();
	fx.config.max_entries = 50;
	fixture_open();
	ck_assert_int_eq(table_insert(fx.table, &e), -ENOSPC);
	fixture_close();
	fx.config.max_entries = 60;
	fx.config.max_per_owner = 1;
	fixture_open();
	ck_assert_int_eq(table_insert(fx.table, &e), 0);
	e = fixture_entry(51, 50);
	ck_assert_int_eq(table_insert(fx.table, &e), 0);
	ck_assert(!fixture_has(50));
	fixture_check(51);
}
END_TEST

static const struct {
	const char *name;
	uint64_t max_entries;
	int want;
} maximum_cases[] = {
	{ "none", 0, -EINVAL },
	{ "one", 1, 0 },
	{ "two_thousand_million", UINT64_C(1) << 31, 0 },
	{ "more_than_there_are_regions_for", UINT64_C(1) << 40, -EINVAL },
	{ "all_of_them", UINT64_MAX, -EINVAL },
};

START_TEST(a_maximum_must_be_possible)
{
	fixture_close();
	fx.config.max_entries = maximum_cases[_i].max_entries;
	ck_assert_int_eq(try_closed(), maximum_cases[_i].want);
	if (maximum_cases[_i].want != 0)
		ck_assert_ptr_nonnull(strstr(fx.err.text, "choose one from 1 to"));
}
END_TEST

START_TEST(the_greatest_maximum_is_the_one_it_names)
{
	unsigned long long most;

	fixture_close();
	fx.config.max_entries = UINT64_MAX;
	ck_assert_int_eq(try_closed(), -EINVAL);
	ck_assert_int_eq(sscanf(strstr(fx.err.text, "from 1 to"), "from 1 to %llu", &most), 1);
	fx.config.max_entries = most + 1;
	ck_assert_int_eq(try_closed(), -EINVAL);
	fx.config.max_entries = most;
	ck_assert_int_eq(try_closed(), 0);
}
END_TEST

START_TEST(it_says_whether_it_made_the_file)
{
	bool is_new = true;

	fixture_close();
	ck_assert_int_eq(table_open(&fx.config, &fx.table, &is_new, &fx.err), 0);
	ck_assert(!is_new);
	fixture_close();
	ck_assert_int_eq(unlink(fx.file), 0);
	ck_assert_int_eq(table_open(&fx.config, &fx.table, &is_new, &fx.err), 0);
	ck_assert(is_new);
	fixture_close();
	/* To those who ask. */
	ck_assert_int_eq(table_open(&fx.config, &fx.table, NULL, &fx.err), 0);
}
END_TEST

/* ------------------------------------------------------------------------ left behind */

START_TEST(closing_leaves_nothing_behind)
{
	unsigned n_files = n_open_files(), n_maps;

	n_maps = n_mappings();
	for (unsigned i = 0; i < 3; i++) {
		struct table *first = fx.table;

		fixture_open();
		ck_assert_uint_gt(n_open_files(), n_files);
		ck_assert_uint_gt(n_mappings(), n_maps);
		ck_assert(!fixture_has(1));
		fixture_close();
		ck_assert_uint_eq(n_open_files(), n_files);
		ck_assert_uint_eq(n_mappings(), n_maps);
		fx.table = first;
	}
	table_close(NULL);
}
END_TEST

static const struct {
	const char *name, *function;
	unsigned nth;
	int error;
	const char *text;
} fault_cases[] = {
	{ "no_heap", "calloc", 1, ENOMEM, "no memory" },
	{ "the_file_cannot_be_opened", "openat", 1, EMFILE, "table" },
	{ "or_not_mapped", "mmap", 1, ENOMEM, "cannot map" },
	{ "no_memory_for_the_mark", "mmap", 2, ENOMEM, "wiped on fork" },
	/* A kernel before 4.14. */
	{ "no_mark_that_is_wiped", "madvise", 2, EINVAL, "wiped on fork" },
};

START_TEST(a_failure_leaves_nothing_behind_and_says_why)
{
	struct table *untouched = (struct table *)&fx;
	unsigned n_files, n_maps;
	bool is_new = true;

	fixture_close();
	n_files = n_open_files();
	n_maps = n_mappings();
	fx.err.text[0] = '\0';
	fault_arm(fault_cases[_i].function, fault_cases[_i].nth, 1, fault_cases[_i].error);
	ck_assert_int_eq(
	    table_open(&fx.config, &untouched, &is_new, &fx.err), -fault_cases[_i].error);
	fault_disarm();
	ck_assert_msg(strstr(fx.err.text, fault_cases[_i].text) != NULL, "%s", fx.err.text);
	/* Results are set on success only. */
	ck_assert_ptr_eq(untouched, (struct table *)&fx);
	ck_assert(is_new);
	ck_assert_uint_eq(n_open_files(), n_files);
	ck_assert_uint_eq(n_mappings(), n_maps);
	fixture_open();
	fixture_check(0);
}
END_TEST

Suite *
check_open_suite(void)
{
	Suite *s = suite_create("table/open");
	TCase *tc = fixture_one_thread("core");

	tcase_add_test(tc, settings_belong_to_the_process_not_to_the_file);
	tcase_add_loop_test(tc, a_maximum_must_be_possible, 0,
	    sizeof(maximum_cases) / sizeof(maximum_cases[0]));
	tcase_add_test(tc, the_greatest_maximum_is_the_one_it_names);
	tcase_add_test(tc, it_says_whether_it_made_the_file);
	tcase_add_test(tc, closing_leaves_nothing_behind);
	tcase_add_loop_test(tc, a_failure_leaves_nothing_behind_and_says_why, 0,
	    sizeof(fault_cases) / sizeof(fault_cases[0]));
	suite_add_tcase(s, tc);
	return s;
}
