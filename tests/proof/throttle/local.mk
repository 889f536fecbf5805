# Proofs of what slows guesses.  Each has a short version here and a long one (argument "long").
PROOF_THROTTLE = tests/proof/throttle/check_step
check_PROGRAMS += $(PROOF_THROTTLE)
TESTS += $(PROOF_THROTTLE) tests/proof/throttle/guess
EXTRA_DIST += tests/proof/throttle/guess

tests_proof_throttle_check_step_SOURCES = tests/proof/throttle/check_step.c $(PROOF_TABLE_COMMON) \
	$(PROOF_TABLE_STEPPER)
tests_proof_throttle_check_step_CPPFLAGS = $(PROOF_TABLE_CPPFLAGS)
tests_proof_throttle_check_step_LDADD = $(LIBS_ALL)

CHECK_LONG += check-long-throttle
check-long-throttle: $(PROOF_THROTTLE)
	for proof in $(PROOF_THROTTLE); do ./$$proof long || exit 1; done
