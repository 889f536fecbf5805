# Proofs across the seam of session table and journal.  Each has a short version here and a long
# one (argument "long").  The wrappers of the journal's proofs give boots and early compaction.
check_PROGRAMS += tests/proof/model/check_reboots
TESTS += tests/proof/model/check_reboots tests/proof/model/model.sh
EXTRA_DIST += tests/proof/spin.sh tests/proof/model/model.sh tests/proof/model/begin.pml
tests_proof_model_check_reboots_SOURCES = tests/proof/model/check_reboots.c \
	tests/proof/model/told.c tests/proof/model/told.h $(PROOF_TABLE_COMMON)
tests_proof_model_check_reboots_CPPFLAGS = $(PROOF_TABLE_CPPFLAGS)
tests_proof_model_check_reboots_LDFLAGS = $(AM_LDFLAGS) $(proof_journal_wraps)
tests_proof_model_check_reboots_LDADD = $(PROOF_JOURNAL_LDADD)

CHECK_LONG += check-long-model
check-long-model: $(check_PROGRAMS)
	tests/proof/model/check_reboots long
	srcdir=$(srcdir) $(srcdir)/tests/proof/model/model.sh long
