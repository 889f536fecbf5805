/* check_control.c - tests of src/journal/control.c: what all processes know together */
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/control.h"
#include "unit/journal/fault.h"
#include "unit/unit.h"

Suite *check_control_suite(void);

static const uint8_t this_boot[HOST_BOOT_ID_BYTES] = "this boot";
static const uint8_t other_boot[HOST_BOOT_ID_BYTES] = "other boot";
static const struct jrn_scan scan = {
	.header.crc = 0xabcd, .good_len = 500, .last_n = 9, .flushed_n = 8
};

enum { INODE = 77 };

static struct jrn_control control;

static void
set_up(void)
{
	memset(&control, 0, sizeof(control));
	jrn_control_init(&control, this_boot, INODE, &scan, false);
}

static const struct jrn_control_view next = { .inode = 78,
	.header_crc = 0x1234,
	.good_len = 300,
	.prev_len = 500,
	.prev_n = 9,
	.start_len = 280,
	.start_n = 12 };

/* ---------------------------------------------------------------------- the mapping */

START_TEST(who_maps_the_same_file_sees_the_same)
{
	int fd = memfd_create("lock", MFD_CLOEXEC);
	struct jrn_control *first, *second;
	struct stat st;

	ck_assert_int_eq(jrn_control_open(fd, "path", &first, NULL), 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_eq((uint64_t)st.st_size, sizeof(struct jrn_control));
	/* All of it has blocks: a full disk is no SIGBUS later. */
	ck_assert_uint_ge((uint64_t)st.st_blocks * 512, sizeof(struct jrn_control));
	ck_assert_int_eq(jrn_control_open(fd, "path", &second, NULL), 0);
	ck_assert_ptr_ne(first, second);
	first->appended = 5;
	ck_assert_uint_eq(second->appended, 5);
	jrn_control_close(first);
	ck_assert_uint_eq(second->appended, 5);
	jrn_control_close(second);
	jrn_control_close(NULL);
	/* A process was killed while it made the file. */
	ck_assert_int_eq(ftruncate(fd, 100), 0);
	ck_assert_int_eq(jrn_control_open(fd, "path", &first, NULL), 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_eq((uint64_t)st.st_size, sizeof(struct jrn_control));
	first->appended = 5;
	jrn_control_close(first);
	/* A longer file, of a program to come, is not cut. */
	ck_assert_int_eq(ftruncate(fd, 10000), 0);
	ck_assert_int_eq(jrn_control_open(fd, "path", &first, NULL), 0);
	ck_assert_uint_eq(first->appended, 5);
	jrn_control_close(first);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(st.st_size, 10000);
	(void)close(fd);
}
END_TEST

START_TEST(a_mapping_that_fails_says_why)
{
	static const struct {
		const char *call;
		int error;
		const char *want;
	} cases[] = {
		{ "fstat", EIO, "cannot look at path: Input/output error" },
		{ "posix_fallocate", ENOSPC, " bytes for path: No space left on device" },
		{ "mmap", ENOMEM, "cannot map path: Cannot allocate memory" },
	};
	int fd = memfd_create("lock", MFD_CLOEXEC);
	struct jrn_control *mapped = NULL;
	struct err err = { "" };

	fault_set(cases[_i].call, 1, 1, cases[_i].error);
	ck_assert_int_eq(
	    fault_end(jrn_control_open(fd, "path", &mapped, &err)), -cases[_i].error);
	ck_assert_uint_eq(fault_hits(), 1);
	ck_assert_ptr_nonnull(strstr(err.text, cases[_i].want));
	ck_assert_ptr_null(mapped);
	fault_clear();
	ck_assert_int_eq(jrn_control_open(-1, "path", &mapped, &err), -EBADF);
	/* Being interrupted is no failure. */
	fault_set("posix_fallocate", 1, 2, EINTR);
	ck_assert_int_eq(fault_end(jrn_control_open(fd, "path", &mapped, &err)), 0);
	fault_clear();
	jrn_control_close(mapped);
	(void)close(fd);
}
END_TEST

/* --------------------------------------------------------------------- what it is worth */

START_TEST(a_block_of_zeros_knows_nothing)
{
	memset(&control, 0, sizeof(control));
	ck_assert(!jrn_control_is_ready(&control, this_boot));
	ck_assert(!jrn_control_is_ready(&control, control.boot_id));
	ck_assert(!jrn_control_is_distrusted(&control));
	ck_assert_uint_eq(jrn_control_old_synced(&control, 0, 0), 0);
}
END_TEST

START_TEST(what_was_scanned_is_what_everybody_knows)
{
	struct jrn_control_view view;

	ck_assert(jrn_control_is_ready(&control, this_boot));
	ck_assert_uint_eq(control.appended, 9);
	ck_assert_uint_eq(control.synced, 8);
	ck_assert_uint_eq(control.change, 1); /* not what a new handle has */
	ck_assert(!control.has_failed);
	view = jrn_control_look(&control);
	ck_assert_uint_eq(view.generation, 1);
	ck_assert_uint_eq(view.inode, INODE);
	ck_assert_uint_eq(view.header_crc, 0xabcd);
	ck_assert_uint_eq(view.good_len, 500);
	ck_assert_uint_eq(view.prev_len, CONTROL_UNKNOWN);
	for (int i = 0; i < 2; i++) {
		pthread_mutex_t *mutex = i == 0 ? &control.append_mutex : &control.sync_mutex;

		ck_assert_int_eq(pthread_mutex_trylock(mutex), 0);
		ck_assert_int_eq(pthread_mutex_unlock(mutex), 0);
	}
	/* Whatever was there before is gone. */
	control.lost_to = control.n_ops = control.flush_begun = control.retry_at_ms = 99;
	jrn_control_init(&control, this_boot, INODE, &scan, true);
	ck_assert(control.has_failed);
	ck_assert_uint_eq(
	    control.lost_to + control.n_ops + control.flush_begun + control.retry_at_ms, 0);
}
END_TEST

/* Of another boot only this is left: what was flushed once, of this very file. */
START_TEST(another_boot)
{
	ck_assert(!jrn_control_is_ready(&control, other_boot));
	ck_assert_uint_eq(jrn_control_old_synced(&control, INODE, 0xabcd), 8);
	ck_assert_uint_eq(jrn_control_old_synced(&control, INODE + 1, 0xabcd), 0);
	ck_assert_uint_eq(jrn_control_old_synced(&control, INODE, 0xabce), 0);
	jrn_control_prepare(&control, &next);
	ck_assert_uint_eq(jrn_control_old_synced(&control, 78, 0x1234), 0);
	jrn_control_switch(&control, true);
	ck_assert_uint_eq(jrn_control_old_synced(&control, 78, 0x1234), 12);
	ck_assert_uint_eq(jrn_control_old_synced(&control, INODE, 0xabcd), 0);
}
END_TEST

START_TEST(what_is_no_block_of_ours_is_not_believed)
{
	switch (_i) {
	case 0:
		control.magic[0]++;
		break;
	case 1:
		control.layout++;
		break;
	case 2:
		jrn_control_forget(&control);
		break;
	default:
		jrn_control_distrust(&control);
		break;
	}
	ck_assert(!jrn_control_is_ready(&control, this_boot));
	ck_assert_uint_eq(jrn_control_old_synced(&control, INODE, 0xabcd), 0);
	ck_assert_int_eq(jrn_control_is_distrusted(&control), _i == 3);
	/* Initialising ends that. */
	jrn_control_init(&control, this_boot, INODE, &scan, false);
	ck_assert(jrn_control_is_ready(&control, this_boot));
	ck_assert(!jrn_control_is_distrusted(&control));
}
END_TEST

/* ------------------------------------------------------------------------ generations */

START_TEST(the_journal_goes_on)
{
	uint64_t change = control.change;

	jrn_control_extend(&control, 600, 11);
	ck_assert_uint_eq(jrn_control_look(&control).good_len, 600);
	ck_assert_uint_eq(jrn_control_look(&control).generation, 1);
	ck_assert_uint_eq(control.appended, 11);
	ck_assert_uint_eq(control.change, change + 1);
	/* Nobody has flushed it. */
	ck_assert_uint_eq(control.synced, 8);
}
END_TEST

START_TEST(what_is_flushed_never_goes_back)
{
	jrn_control_raise_synced(&control, 9);
	ck_assert_uint_eq(control.synced, 9);
	jrn_control_raise_synced(&control, 3);
	ck_assert_uint_eq(control.synced, 9);
}
END_TEST

START_TEST(the_next_generation_is_described_before_it_counts)
{
	struct jrn_control_view view = jrn_control_look(&control);
	uint64_t change = control.change;

	ck_assert_ptr_ne(jrn_control_slot(&control, 1), jrn_control_slot(&control, 2));
	ck_assert_ptr_eq(jrn_control_slot(&control, 1), jrn_control_slot(&control, 3));
	jrn_control_slot(&control, 2)->synced_n = 99; /* of two generations ago */
	jrn_control_prepare(&control, &next);
	ck_assert_uint_eq(jrn_control_slot(&control, 2)->generation, 2);
	ck_assert_uint_eq(jrn_control_slot(&control, 2)->synced_n, 0);
	ck_assert_uint_eq(jrn_control_look(&control).inode, view.inode);
	ck_assert_uint_eq(jrn_control_look(&control).good_len, view.good_len);
	ck_assert_uint_eq(control.change, change);
	ck_assert_uint_eq(control.appended, 9);
	/* Taken back, nobody may finish it. */
	jrn_control_unprepare(&control);
	ck_assert_uint_ne(jrn_control_slot(&control, 2)->generation, 2);
	ck_assert_uint_eq(jrn_control_slot(&control, 1)->generation, 1);
}
END_TEST

START_TEST(the_switch)
{
	const bool is_flushed = _i == 1;
	uint64_t change = control.change;
	struct jrn_control_view view;

	jrn_control_prepare(&control, &next);
	jrn_control_switch(&control, is_flushed);
	view = jrn_control_look(&control);
	ck_assert_uint_eq(view.generation, 2);
	ck_assert_uint_eq(view.inode, 78);
	ck_assert_uint_eq(view.header_crc, 0x1234);
	ck_assert_uint_eq(view.good_len, 300);
	ck_assert_uint_eq(view.prev_len, 500);
	ck_assert_uint_eq(view.prev_n, 9);
	ck_assert_uint_eq(view.start_len, 280);
	ck_assert_uint_eq(view.start_n, 12);
	ck_assert_uint_eq(control.appended, 12);
	ck_assert_uint_eq(control.change, change + 1);
	/* A name that may not survive a crash acknowledges nothing. */
	ck_assert_uint_eq(control.synced, is_flushed ? 12 : 8);
	jrn_control_extend(&control, 400, 13);
	ck_assert_uint_eq(jrn_control_look(&control).good_len, 400);
	ck_assert_uint_eq(jrn_control_slot(&control, 1)->good_len, 500);
}
END_TEST

/* ------------------------------------- a writer that dies between any two stores of these */

/* In the order in which they are written; the last three are what readers and writers see. */
static const size_t extend_order[] = { offsetof(struct jrn_control, pending_len),
	offsetof(struct jrn_control, pending_n), offsetof(struct jrn_control, pending_change),
	offsetof(struct jrn_control, pending_generation),
	offsetof(struct jrn_control, slots[1].good_len), offsetof(struct jrn_control, appended),
	offsetof(struct jrn_control, change) };
static const size_t switch_order[] = { offsetof(struct jrn_control, slots[0].synced_n),
	offsetof(struct jrn_control, pending_len), offsetof(struct jrn_control, pending_n),
	offsetof(struct jrn_control, pending_change),
	offsetof(struct jrn_control, pending_generation),
	offsetof(struct jrn_control, generation), offsetof(struct jrn_control, appended),
	offsetof(struct jrn_control, synced), offsetof(struct jrn_control, change) };

static void
assert_finished_or_not_begun(
    const size_t *order, size_t n_written, size_t publishes, const struct jrn_control *after)
{
	struct jrn_control before = control;
	const struct jrn_control *want;

	for (size_t i = 0; i < n_written; i++)
		memcpy((char *)&control + order[i], (const char *)after + order[i],
		    sizeof(uint64_t));
	/* The first store of set_pending(): nothing is pending while it is being written. */
	if (n_written <= publishes - 1)
		control.pending_generation = 0;
	want = n_written > publishes ? after : &before;
	for (int i = 0; i < 2; i++) {
		jrn_control_repair(&control);
		ck_assert_uint_eq(control.generation, want->generation);
		ck_assert_uint_eq(control.appended, want->appended);
		ck_assert_uint_eq(control.synced, want->synced);
		ck_assert_uint_eq(control.change, want->change);
		ck_assert_uint_eq(
		    jrn_control_look(&control).good_len, jrn_control_look(want).good_len);
	}
	control = before;
}

START_TEST(a_death_while_the_journal_goes_on)
{
	const size_t n = sizeof(extend_order) / sizeof(extend_order[0]);
	struct jrn_control before = control, after;

	jrn_control_extend(&control, 600, 11);
	after = control;
	control = before;
	for (size_t i = 0; i <= n; i++)
		assert_finished_or_not_begun(extend_order, i, 4, &after);
}
END_TEST

START_TEST(a_death_in_the_switch)
{
	const size_t n = sizeof(switch_order) / sizeof(switch_order[0]);
	struct jrn_control before, after;

	jrn_control_extend(&control, 600, 11);
	jrn_control_prepare(&control, &next);
	before = control;
	jrn_control_switch(&control, true);
	after = control;
	control = before;
	for (size_t i = 0; i <= n; i++)
		assert_finished_or_not_begun(switch_order, i, 5, &after);
}
END_TEST

START_TEST(nothing_is_pending_as_a_rule)
{
	struct jrn_control before;

	jrn_control_repair(&control);
	ck_assert_uint_eq(control.appended, 9);
	jrn_control_extend(&control, 600, 11);
	jrn_control_raise_synced(&control, 11);
	before = control;
	jrn_control_repair(&control);
	ck_assert_uint_eq(control.change, before.change);
	ck_assert_uint_eq(control.appended, before.appended);
	/* What was pending for another generation is over. */
	control.pending_generation = 7;
	control.pending_n = 99;
	jrn_control_repair(&control);
	ck_assert_uint_eq(control.appended, 11);
}
END_TEST

Suite *
check_control_suite(void)
{
	Suite *s = suite_create("journal/control");
	TCase *mapping = tcase_create("mapping"), *tc = tcase_create("core"),
	      *deaths = tcase_create("deaths");

	tcase_add_test(mapping, who_maps_the_same_file_sees_the_same);
	tcase_add_loop_test(mapping, a_mapping_that_fails_says_why, 0, 3);
	suite_add_tcase(s, mapping);
	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_test(tc, a_block_of_zeros_knows_nothing);
	tcase_add_test(tc, what_was_scanned_is_what_everybody_knows);
	tcase_add_test(tc, another_boot);
	tcase_add_loop_test(tc, what_is_no_block_of_ours_is_not_believed, 0, 4);
	tcase_add_test(tc, the_journal_goes_on);
	tcase_add_test(tc, what_is_flushed_never_goes_back);
	tcase_add_test(tc, the_next_generation_is_described_before_it_counts);
	tcase_add_loop_test(tc, the_switch, 0, 2);
	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(deaths, set_up, NULL);
	tcase_add_test(deaths, a_death_while_the_journal_goes_on);
	tcase_add_test(deaths, a_death_in_the_switch);
	tcase_add_test(deaths, nothing_is_pending_as_a_rule);
	suite_add_tcase(s, deaths);
	return s;
}
