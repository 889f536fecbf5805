# what serving costs
EXTRA_PROGRAMS += tests/bench/serve/plain_responder
tests_bench_serve_plain_responder_SOURCES = tests/bench/serve/plain_responder.c
tests_bench_serve_plain_responder_LDADD = $(FCGI_LIBS)
EXTRA_DIST += tests/bench/serve/bench.py
CLEANFILES += tests/bench/serve/plain_responder

BENCH += bench-serve
bench-serve: tests/proof/serve/echo_app tests/bench/serve/plain_responder
	$(top_srcdir)/tests/bench/serve/bench.py $(top_builddir)
