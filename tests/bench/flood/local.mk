# what those who are signed in feel of a flood of sign-ins
EXTRA_DIST += tests/bench/flood/bench.py
BENCH += bench-flood
bench-flood: sessiongate$(EXEEXT) sessiongatectl$(EXEEXT)
	$(top_srcdir)/tests/bench/flood/bench.py $(top_builddir) $(BENCH_SECONDS) $(BENCH_ROUNDS)
