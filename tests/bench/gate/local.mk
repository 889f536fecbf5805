# what the gate costs a web server
EXTRA_DIST += tests/bench/gate/bench.py
BENCH += bench-gate
bench-gate: sessiongate$(EXEEXT) sessiongatectl$(EXEEXT) tests/behaviour/clock.so
	$(top_srcdir)/tests/bench/gate/bench.py $(top_builddir) $(BENCH_SECONDS) $(BENCH_ROUNDS)
