/* unit.h - what every unit test includes */
#ifndef UNIT_UNIT_H
#define UNIT_UNIT_H

#include <stdio.h>

#include <check.h>

#include "core/str.h"

/* For what must come and need not come soon: no test is about the speed of a busy machine. */
#define UNIT_PATIENCE_MS 120000

/*
 * For each assertion that holds check writes a message, to tell after a crash how far a test came,
 * and reads them all: where a loop has one, that takes longer than the test.  This leaves out those
 * of the lines that were the last.
 */
void unit_mark(const char *file, int line);
#define _mark_point unit_mark

/* Defined by each folder's suites.c; ends in NULL. */
extern Suite *(*const unit_suites[])(void);

/* This test, or the rest of it, cannot be done here: runtests shows and counts such lines. */
#define unit_skip(needs) \
	(void)printf("skip    unit: %s:%d needs %s\n", __FILE__, __LINE__, (needs))

/* A view against a C string; want NULL means absent. */
#define unit_assert_str(got, want)                                                             \
	do {                                                                                   \
		struct str unit_got = (got);                                                   \
		const char *unit_want = (want);                                                \
		if (unit_want == NULL)                                                         \
			ck_assert_msg(str_is_null(unit_got), "expected nothing, got \"%.*s\"", \
			    STR_FMT(unit_got));                                                \
		else                                                                           \
			ck_assert_msg(!str_is_null(unit_got) && str_eq_z(unit_got, unit_want), \
			    "expected \"%s\", got \"%.*s\"", unit_want, STR_FMT(unit_got));    \
	} while (0)

#endif
