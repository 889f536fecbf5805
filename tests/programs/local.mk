# The five small programs; the transcripts of tests/behaviour run them.
check_PROGRAMS += tests/programs/main_0 tests/programs/main_1 tests/programs/main_2 \
	tests/programs/main_3 tests/programs/main_4

PROGRAMS_COMMON = tests/programs/program.c tests/programs/program.h
tests_programs_main_0_SOURCES = tests/programs/main_0.c $(PROGRAMS_COMMON)
tests_programs_main_1_SOURCES = tests/programs/main_1.c tests/programs/sessions.c \
	tests/programs/sessions.h $(PROGRAMS_COMMON)
tests_programs_main_2_SOURCES = tests/programs/main_2.c tests/programs/sessions.c \
	tests/programs/sessions.h $(PROGRAMS_COMMON)
tests_programs_main_3_SOURCES = tests/programs/main_3.c $(PROGRAMS_COMMON)
tests_programs_main_4_SOURCES = tests/programs/main_4.c $(PROGRAMS_COMMON)
tests_programs_main_0_LDADD = $(LIBS_ALL)
tests_programs_main_1_LDADD = $(LIBS_ALL)
tests_programs_main_2_LDADD = $(LIBS_ALL)
tests_programs_main_3_LDADD = $(LIBS_ALL)
tests_programs_main_4_LDADD = $(LIBS_ALL)
