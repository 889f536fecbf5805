# what session checks feel of a login flood
EXTRA_DIST += tests/bench/flood/bench.py
BENCH += bench-flood
bench-flood: sessiongate$(EXEEXT) sessiongatectl$(EXEEXT)
	$(top_srcdir)/tests/bench/flood/bench.py $(top_builddir) $(BENCH_SECONDS) $(BENCH_ROUNDS)
