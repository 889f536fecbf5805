# a start with stored login sessions, until "ready"
EXTRA_PROGRAMS += tests/bench/start/bench_start
tests_bench_start_bench_start_SOURCES = tests/bench/start/bench_start.c
tests_bench_start_bench_start_LDADD = $(LIBS_ALL)
CLEANFILES += tests/bench/start/bench_start
BENCH += bench-start
bench-start: tests/bench/start/bench_start$(EXEEXT) sessiongate$(EXEEXT)
	tests/bench/start/bench_start$(EXEEXT) ./sessiongate$(EXEEXT)
