# Fuzz harness of journal replay.
FUZZ += fuzz-journal

fuzz-journal:
	ENGINE=$(ENGINE) $(top_srcdir)/tests/fuzz/run $(FUZZ_SECONDS) journal

check_PROGRAMS += tests/fuzz/replay_journal
TESTS += tests/fuzz/replay_journal
tests_fuzz_replay_journal_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz.h tests/fuzz/fuzz_journal.c
tests_fuzz_replay_journal_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_replay_journal_LDADD = $(LIBS_ALL)
