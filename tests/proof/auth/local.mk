# Proofs of who gets in, and of what others learn from it.
TESTS += tests/proof/auth/memory tests/proof/auth/alike tests/proof/auth/check_ids \
	tests/proof/auth/endings tests/proof/auth/ranks-test tests/proof/auth/check_compare
check_PROGRAMS += tests/proof/auth/check_ids
tests_proof_auth_check_ids_SOURCES = tests/proof/auth/check_ids.c
tests_proof_auth_check_ids_LDADD = $(LIBS_ALL) -lm
check_PROGRAMS += tests/proof/auth/check_compare
tests_proof_auth_check_compare_SOURCES = tests/proof/auth/check_compare.c
tests_proof_auth_check_compare_LDADD = $(LIBS_ALL)
EXTRA_DIST += tests/proof/auth/timing tests/proof/auth/memory tests/proof/auth/alike \
	tests/proof/auth/endings tests/proof/auth/dumpable.c \
	tests/proof/auth/ranks.py tests/proof/auth/ranks-test

# The program loads it, and so may be looked into: no sanitizer, no hardening.
check_DATA += tests/proof/auth/dumpable.so
tests/proof/auth/dumpable.so: tests/proof/auth/dumpable.c
	$(MKDIR_P) tests/proof/auth
	$(CC) -std=gnu11 -D_GNU_SOURCE -O1 -Wall -Wextra -fPIC -shared -o $@ $(srcdir)/tests/proof/auth/dumpable.c
CLEANFILES += tests/proof/auth/dumpable.so

# Many pairs, some minutes; and times, on a machine that does nothing else: no part of make check.
# A minute of ends.
CHECK_LONG += check-long-auth
check-long-auth: sessiongate$(EXEEXT) sessiongatectl$(EXEEXT) tests/proof/auth/check_ids$(EXEEXT)
	tests/proof/auth/check_ids 10000000
	$(top_srcdir)/tests/proof/auth/alike $(top_builddir) 100000
	$(top_srcdir)/tests/proof/auth/timing $(top_builddir)
	$(top_srcdir)/tests/proof/auth/timing $(top_builddir) --pairs 100000
	PROOF_SCALE=15 $(top_srcdir)/tests/proof/auth/endings
