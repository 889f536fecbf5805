# Proofs of serving.  Each is a script that starts echo_app, the program with an application
# made for tests; PROOF_SCALE multiplies how much they do.
check_PROGRAMS += tests/proof/serve/echo_app
tests_proof_serve_echo_app_SOURCES = tests/proof/serve/echo_app.c src/sessiongate.c
tests_proof_serve_echo_app_LDADD = $(LIBS_ALL)

PROOF_SERVE = tests/proof/serve/hostile tests/proof/serve/smuggling \
	tests/proof/serve/checks tests/proof/serve/crowds tests/proof/serve/storms tests/proof/serve/starts
TESTS += $(PROOF_SERVE) tests/proof/serve/manual
EXTRA_DIST += $(PROOF_SERVE) tests/proof/serve/manual \
	tests/proof/serve/fcgi.py tests/proof/serve/harness.py

# 15,000 pairs behind nginx, 800 kills, 80 reloads under load, 40 seconds of 256 clients.
CHECK_LONG += check-long-serve
check-long-serve: tests/proof/serve/echo_app
	for proof in $(PROOF_SERVE); do \
		PROOF_SCALE=10 $(top_srcdir)/$$proof || exit 1; \
	done
