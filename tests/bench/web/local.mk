# a signed-in request, side by side with what others use
EXTRA_PROGRAMS += tests/bench/web/constant_loop
tests_bench_web_constant_loop_SOURCES = tests/bench/web/constant_loop.c
CLEANFILES += tests/bench/web/constant_loop
EXTRA_DIST += tests/bench/web/bench.py tests/bench/web/flask_app.py tests/bench/web/me.php
BENCH += bench-web
bench-web: sessiongate$(EXEEXT) sessiongatectl$(EXEEXT) \
	tests/bench/serve/plain_responder$(EXEEXT) tests/bench/web/constant_loop$(EXEEXT)
	$(top_srcdir)/tests/bench/web/bench.py $(top_builddir) $(BENCH_SECONDS) $(BENCH_ROUNDS)
