# how long signed-in users wait during a flood of logins
EXTRA_DIST += tests/bench/flood/bench.py
BENCH += bench-flood
bench-flood: sessiongate$(EXEEXT) sessiongatectl$(EXEEXT)
	$(top_srcdir)/tests/bench/flood/bench.py $(top_builddir) $(BENCH_SECONDS) $(BENCH_ROUNDS)
