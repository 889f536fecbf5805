# the application's own part of a request
EXTRA_PROGRAMS += tests/bench/app/bench_app
tests_bench_app_bench_app_SOURCES = tests/bench/app/bench_app.c
tests_bench_app_bench_app_LDADD = $(LIBS_ALL)
CLEANFILES += tests/bench/app/bench_app
BENCH += bench-app
bench-app: tests/bench/app/bench_app$(EXEEXT)
	tests/bench/app/bench_app$(EXEEXT)
