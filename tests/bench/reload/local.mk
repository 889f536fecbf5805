# how long session checks wait during a reload
EXTRA_DIST += tests/bench/reload/bench.py
BENCH += bench-reload
bench-reload: sessiongate$(EXEEXT) sessiongatectl$(EXEEXT)
	$(top_srcdir)/tests/bench/reload/bench.py $(top_builddir)
