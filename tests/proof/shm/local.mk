# Proofs of the session table.  Each has a short version here and a long one (argument "long").
PROOF_SHM_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
PROOF_SHM_COMMON = tests/proof/shm/proof.c tests/proof/shm/proof.h
PROOF_SHM_STEPPER = tests/proof/shm/stepper.c tests/proof/shm/stepper.h

PROOF_SHM = tests/proof/shm/check_step tests/proof/shm/check_stop tests/proof/shm/check_storm \
	tests/proof/shm/check_schedule tests/proof/shm/check_threads \
	tests/proof/shm/check_random tests/proof/shm/check_corrupt
check_PROGRAMS += $(PROOF_SHM)
TESTS += $(PROOF_SHM) tests/proof/shm/model.sh tests/proof/shm/tsan.sh
EXTRA_DIST += tests/proof/shm/model.sh tests/proof/shm/tsan.sh src/shm/table.pml

tests_proof_shm_check_step_SOURCES = tests/proof/shm/check_step.c $(PROOF_SHM_COMMON) \
	$(PROOF_SHM_STEPPER)
tests_proof_shm_check_step_CPPFLAGS = $(PROOF_SHM_CPPFLAGS)
tests_proof_shm_check_step_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=random_fill
tests_proof_shm_check_step_LDADD = $(LIBS_ALL)

tests_proof_shm_check_stop_SOURCES = tests/proof/shm/check_stop.c $(PROOF_SHM_COMMON) \
	$(PROOF_SHM_STEPPER)
tests_proof_shm_check_stop_CPPFLAGS = $(PROOF_SHM_CPPFLAGS)
tests_proof_shm_check_stop_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=random_fill
tests_proof_shm_check_stop_LDADD = $(LIBS_ALL)

tests_proof_shm_check_storm_SOURCES = tests/proof/shm/check_storm.c tests/proof/shm/watch.c \
	tests/proof/shm/watch.h $(PROOF_SHM_COMMON)
tests_proof_shm_check_storm_CPPFLAGS = $(PROOF_SHM_CPPFLAGS)
tests_proof_shm_check_storm_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=pthread_mutex_trylock \
	-Wl,--wrap=pthread_mutex_clocklock -Wl,--wrap=robust_lock
tests_proof_shm_check_storm_LDADD = $(LIBS_ALL)

tests_proof_shm_check_schedule_SOURCES = tests/proof/shm/check_schedule.c $(PROOF_SHM_COMMON)
tests_proof_shm_check_schedule_CPPFLAGS = $(PROOF_SHM_CPPFLAGS) -DTABLE_HOOKS
tests_proof_shm_check_schedule_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=random_fill \
	-Wl,--wrap=pthread_mutex_trylock -Wl,--wrap=pthread_mutex_clocklock \
	-Wl,--wrap=pthread_mutex_unlock -Wl,--wrap=pthread_mutex_consistent
tests_proof_shm_check_schedule_LDADD = libshm-hooks.a $(LIBS_ALL)

tests_proof_shm_check_threads_SOURCES = tests/proof/shm/check_threads.c $(PROOF_SHM_COMMON)
tests_proof_shm_check_threads_CPPFLAGS = $(PROOF_SHM_CPPFLAGS)
tests_proof_shm_check_threads_LDADD = $(LIBS_ALL)

tests_proof_shm_check_random_SOURCES = tests/proof/shm/check_random.c $(PROOF_SHM_COMMON)
tests_proof_shm_check_random_CPPFLAGS = $(PROOF_SHM_CPPFLAGS)
tests_proof_shm_check_random_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=random_fill
tests_proof_shm_check_random_LDADD = $(LIBS_ALL)

tests_proof_shm_check_corrupt_SOURCES = tests/proof/shm/check_corrupt.c $(PROOF_SHM_COMMON)
tests_proof_shm_check_corrupt_CPPFLAGS = $(PROOF_SHM_CPPFLAGS)
tests_proof_shm_check_corrupt_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=robust_lock
tests_proof_shm_check_corrupt_LDADD = $(LIBS_ALL)

CHECK_LONG += check-long-shm
check-long-shm: $(PROOF_SHM)
	for proof in $(PROOF_SHM); do ./$$proof long || exit 1; done
	srcdir=$(srcdir) $(srcdir)/tests/proof/shm/model.sh long
	srcdir=$(srcdir) $(srcdir)/tests/proof/shm/tsan.sh long

.PHONY: coverage-shm
coverage-shm:
	$(top_srcdir)/tests/coverage-of src/shm
