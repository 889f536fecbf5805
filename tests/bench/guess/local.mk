# how many passwords are looked at, whoever guesses, and what a known user feels of it; under 5 minutes
EXTRA_DIST += tests/bench/guess/bench.py
BENCH += bench-guess
bench-guess: sessiongate$(EXEEXT) sessiongatectl$(EXEEXT)
	$(top_srcdir)/tests/bench/guess/bench.py $(top_builddir) $(BENCH_SECONDS)
