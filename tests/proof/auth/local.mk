# Proofs of who gets in, and of what others learn from it.
EXTRA_DIST += tests/proof/auth/timing

# Times, some two minutes, on a machine that does nothing else: no part of make check.
CHECK_LONG += check-long-auth
check-long-auth: sessiongate$(EXEEXT) sessiongatectl$(EXEEXT)
	$(top_srcdir)/tests/proof/auth/timing $(top_builddir)
