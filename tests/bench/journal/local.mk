# The journal beside the bare disk, SQLite and the rewriting of a whole file.  SQLite is used
# by this benchmark alone; without its header there is no benchmark.
if HAVE_SQLITE
EXTRA_PROGRAMS += tests/bench/journal/journal_bench
tests_bench_journal_journal_bench_SOURCES = tests/bench/journal/journal_bench.c \
	tests/bench/journal/side.c tests/bench/journal/side.h \
	tests/bench/journal/side_journal.c tests/bench/journal/side_journal.h \
	tests/bench/journal/side_sqlite.c
tests_bench_journal_journal_bench_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)
tests_bench_journal_journal_bench_LDADD = $(LIBS_ALL) $(SQLITE_LIBS)

BENCH += bench-journal
bench-journal: tests/bench/journal/journal_bench$(EXEEXT)
	tests/bench/journal/journal_bench
endif
