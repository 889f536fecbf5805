# Proofs of who gets in, and of what others learn from it.
TESTS += tests/proof/auth/memory tests/proof/auth/alike
EXTRA_DIST += tests/proof/auth/timing tests/proof/auth/memory tests/proof/auth/alike tests/proof/auth/dumpable.c

# The program loads it, and so may be looked into: no sanitizer, no hardening.
check_DATA += tests/proof/auth/dumpable.so
tests/proof/auth/dumpable.so: tests/proof/auth/dumpable.c
	$(MKDIR_P) tests/proof/auth
	$(CC) -std=gnu11 -D_GNU_SOURCE -O1 -Wall -Wextra -fPIC -shared -o $@ $(srcdir)/tests/proof/auth/dumpable.c
CLEANFILES += tests/proof/auth/dumpable.so

# Many pairs, some minutes; and times, on a machine that does nothing else: no part of make check.
CHECK_LONG += check-long-auth
check-long-auth: sessiongate$(EXEEXT) sessiongatectl$(EXEEXT)
	$(top_srcdir)/tests/proof/auth/alike $(top_builddir) 100000
	$(top_srcdir)/tests/proof/auth/timing $(top_builddir)
