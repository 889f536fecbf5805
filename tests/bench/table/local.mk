# The session table beside a bare probe, a mutex and LMDB, which is used by this benchmark
# alone; without its header there is no benchmark.  BENCH_TABLE_MAX=10000000 needs 6 GiB.
if HAVE_LMDB
EXTRA_PROGRAMS += tests/bench/table/bench_table
tests_bench_table_bench_table_SOURCES = tests/bench/table/bench_table.c \
	tests/bench/table/side.c tests/bench/table/side.h tests/bench/table/side_lmdb.c \
	$(PROOF_TABLE_COMMON)
tests_bench_table_bench_table_CPPFLAGS = $(PROOF_TABLE_CPPFLAGS)
tests_bench_table_bench_table_LDADD = $(LIBS_ALL) -llmdb
CLEANFILES += tests/bench/table/bench_table

BENCH_TABLE_MAX = 1000000
BENCH += bench-table
bench-table: tests/bench/table/bench_table$(EXEEXT)
	tests/bench/table/bench_table$(EXEEXT) $(BENCH_TABLE_MAX)
endif
