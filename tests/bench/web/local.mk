# a signed-in request, side by side with what others use
EXTRA_DIST += tests/bench/web/bench.py tests/bench/web/flask_app.py tests/bench/web/me.php
BENCH += bench-web
bench-web: sessiongate$(EXEEXT) sessiongatectl$(EXEEXT) tests/bench/serve/plain_responder$(EXEEXT)
	$(top_srcdir)/tests/bench/web/bench.py $(top_builddir) $(BENCH_SECONDS) $(BENCH_ROUNDS)
