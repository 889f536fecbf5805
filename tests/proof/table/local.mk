# Proofs of the session table.  Each has a short version here and a long one (argument "long").
PROOF_TABLE_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
PROOF_TABLE_COMMON = tests/proof/table/proof.c tests/proof/table/proof.h
PROOF_TABLE_STEPPER = tests/proof/table/stepper.c tests/proof/table/stepper.h

PROOF_TABLE = tests/proof/table/check_step tests/proof/table/check_stop tests/proof/table/check_storm \
	tests/proof/table/check_schedule tests/proof/table/check_threads \
	tests/proof/table/check_random tests/proof/table/check_corrupt \
	tests/proof/table/check_details
check_PROGRAMS += $(PROOF_TABLE)
TESTS += $(PROOF_TABLE) tests/proof/table/model.sh tests/proof/table/tsan.sh
EXTRA_DIST += tests/proof/table/model.sh tests/proof/table/tsan.sh tests/proof/table/table.pml

tests_proof_table_check_step_SOURCES = tests/proof/table/check_step.c $(PROOF_TABLE_COMMON) \
	$(PROOF_TABLE_STEPPER)
tests_proof_table_check_step_CPPFLAGS = $(PROOF_TABLE_CPPFLAGS)
tests_proof_table_check_step_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=random_fill
tests_proof_table_check_step_LDADD = $(LIBS_ALL)

tests_proof_table_check_stop_SOURCES = tests/proof/table/check_stop.c $(PROOF_TABLE_COMMON) \
	$(PROOF_TABLE_STEPPER)
tests_proof_table_check_stop_CPPFLAGS = $(PROOF_TABLE_CPPFLAGS)
tests_proof_table_check_stop_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=random_fill
tests_proof_table_check_stop_LDADD = $(LIBS_ALL)

tests_proof_table_check_storm_SOURCES = tests/proof/table/check_storm.c tests/proof/table/watch.c \
	tests/proof/table/watch.h $(PROOF_TABLE_COMMON)
tests_proof_table_check_storm_CPPFLAGS = $(PROOF_TABLE_CPPFLAGS)
tests_proof_table_check_storm_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=pthread_mutex_trylock \
	-Wl,--wrap=pthread_mutex_clocklock -Wl,--wrap=robust_lock
tests_proof_table_check_storm_LDADD = $(LIBS_ALL)

tests_proof_table_check_schedule_SOURCES = tests/proof/table/check_schedule.c $(PROOF_TABLE_COMMON)
tests_proof_table_check_schedule_CPPFLAGS = $(PROOF_TABLE_CPPFLAGS) -DTABLE_HOOKS
tests_proof_table_check_schedule_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=random_fill \
	-Wl,--wrap=pthread_mutex_trylock -Wl,--wrap=pthread_mutex_clocklock \
	-Wl,--wrap=pthread_mutex_unlock -Wl,--wrap=pthread_mutex_consistent
tests_proof_table_check_schedule_LDADD = libtable-hooks.a $(LIBS_ALL)

tests_proof_table_check_threads_SOURCES = tests/proof/table/check_threads.c $(PROOF_TABLE_COMMON)
tests_proof_table_check_threads_CPPFLAGS = $(PROOF_TABLE_CPPFLAGS)
tests_proof_table_check_threads_LDADD = $(LIBS_ALL)

tests_proof_table_check_random_SOURCES = tests/proof/table/check_random.c $(PROOF_TABLE_COMMON)
tests_proof_table_check_random_CPPFLAGS = $(PROOF_TABLE_CPPFLAGS)
tests_proof_table_check_random_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=random_fill
tests_proof_table_check_random_LDADD = $(LIBS_ALL)

tests_proof_table_check_corrupt_SOURCES = tests/proof/table/check_corrupt.c $(PROOF_TABLE_COMMON)
tests_proof_table_check_corrupt_CPPFLAGS = $(PROOF_TABLE_CPPFLAGS)
tests_proof_table_check_corrupt_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=robust_lock
tests_proof_table_check_corrupt_LDADD = $(LIBS_ALL)

tests_proof_table_check_details_SOURCES = tests/proof/table/check_details.c $(PROOF_TABLE_COMMON) \
	$(PROOF_TABLE_STEPPER)
tests_proof_table_check_details_CPPFLAGS = $(PROOF_TABLE_CPPFLAGS)
tests_proof_table_check_details_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=random_fill
tests_proof_table_check_details_LDADD = $(LIBS_ALL)

CHECK_LONG += check-long-table
check-long-table: $(PROOF_TABLE)
	for proof in $(PROOF_TABLE); do ./$$proof long || exit 1; done
	srcdir=$(srcdir) $(srcdir)/tests/proof/table/model.sh long
	srcdir=$(srcdir) $(srcdir)/tests/proof/table/tsan.sh long

.PHONY: coverage-table
coverage-table:
	$(top_srcdir)/tests/coverage-of src/table
