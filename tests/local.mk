# Unit tests mirror src/: src/http/cookie.c is tested by tests/unit/http/check_cookie.c.
# One program per floor folder; its main() is tests/unit/main.c.
UNIT_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) -I$(top_srcdir)/tests
UNIT_LDADD = $(LIBS_ALL) $(CHECK_LIBS)
# For programs with tests/unit/fail_alloc.c.
FAIL_ALLOC_WRAP = -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc
# For programs with tests/unit/fail_random.c.
FAIL_RANDOM_WRAP = -Wl,--wrap=random_fill
# For programs with tests/unit/fail_part.c.
FAIL_PART_WRAP = -Wl,--wrap=journal_lock -Wl,--wrap=journal_catch_up -Wl,--wrap=journal_append \
	-Wl,--wrap=journal_sync -Wl,--wrap=journal_require_format \
	-Wl,--wrap=table_insert -Wl,--wrap=table_insert_after -Wl,--wrap=table_insert_over \
	-Wl,--wrap=table_foresee -Wl,--wrap=table_find \
	-Wl,--wrap=table_remove -Wl,--wrap=table_each -Wl,--wrap=table_tick \
	-Wl,--wrap=table_touch,--wrap=table_find_at \
	-Wl,--wrap=admission_enter

# A whole application in private directories, and everything that can be made to fail.
UNIT_SITE = tests/unit/site.c tests/unit/site.h tests/unit/tmp.c tests/unit/tmp.h \
	tests/unit/fail_alloc.c tests/unit/fail_alloc.h \
	tests/unit/fail_part.c tests/unit/fail_part.h \
	tests/unit/fail_random.c tests/unit/fail_random.h
UNIT_SITE_WRAP = $(FAIL_ALLOC_WRAP) $(FAIL_PART_WRAP) $(FAIL_RANDOM_WRAP)

include tests/unit/core/local.mk
include tests/unit/conf/local.mk
include tests/unit/http/local.mk
include tests/unit/password/local.mk
include tests/unit/throttle/local.mk
include tests/unit/table/local.mk
include tests/unit/journal/local.mk
include tests/unit/model/local.mk
include tests/unit/fcgi/local.mk
include tests/unit/server/local.mk
include tests/unit/auth/local.mk
include tests/unit/gate/local.mk
include tests/unit/app/local.mk
include tests/unit/ctl/local.mk
include tests/proof/journal/local.mk
include tests/bench/journal/local.mk

include tests/fuzz/local.mk
include tests/fuzz/journal.mk
include tests/proof/table/local.mk
include tests/bench/table/local.mk
include tests/proof/model/local.mk
include tests/proof/serve/local.mk
include tests/proof/auth/local.mk
include tests/proof/throttle/local.mk
include tests/bench/app/local.mk
include tests/bench/start/local.mk
include tests/bench/web/local.mk
include tests/bench/flood/local.mk
include tests/bench/gate/local.mk
include tests/bench/guess/local.mk
include tests/bench/reload/local.mk
include tests/bench/serve/local.mk
include tests/programs/local.mk
include tests/behaviour/local.mk

EXTRA_DIST += tests/debian13 tests/repeat tests/coverage tests/coverage-of tests/lint/lint tests/lint/includes \
	tests/lint/includes-test tests/lint/suites tests/lint/suites-test tests/lint/names tests/lint/names-test tests/lint/threats tests/lint/threats-test tests/lint/examples \
	tests/lint/documents tests/lint/headers tests/lint/settings tests/lint/events tests/lint/comments-test
