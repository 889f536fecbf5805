# unit tests of src/gate
check_PROGRAMS += tests/unit/gate/check_gate
TESTS += tests/unit/gate/check_gate
EXTRA_DIST += tests/unit/gate/return_url.txt
tests_unit_gate_check_gate_SOURCES = tests/unit/main.c tests/unit/unit.h \
	tests/unit/fail_alloc.c tests/unit/fail_alloc.h \
	tests/unit/fail_random.c tests/unit/fail_random.h \
	tests/unit/tmp.c tests/unit/tmp.h \
	tests/unit/gate/suites.c \
	tests/unit/head.c tests/unit/head.h \
	tests/unit/gate/check_client.c \
	tests/unit/gate/check_question.c \
	tests/unit/gate/check_reply.c \
	tests/unit/gate/check_browser.c \
	tests/unit/gate/check_form_token.c \
	tests/unit/gate/check_page_files.c \
	tests/unit/gate/check_return_url.c \
	tests/unit/gate/check_template.c \
	tests/unit/gate/check_texts.c
tests_unit_gate_check_gate_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_gate_check_gate_LDADD = $(UNIT_LDADD)
tests_unit_gate_check_gate_LDFLAGS = $(AM_LDFLAGS) $(FAIL_ALLOC_WRAP) $(FAIL_RANDOM_WRAP)
