# unit tests of src/conf
check_PROGRAMS += tests/unit/conf/check_conf
TESTS += tests/unit/conf/check_conf
tests_unit_conf_check_conf_SOURCES = tests/unit/main.c tests/unit/unit.h tests/unit/conf/suites.c \
	tests/unit/fail_alloc.c tests/unit/fail_alloc.h \
	tests/unit/tmp.c tests/unit/tmp.h \
	tests/unit/conf/check_command_line.c \
	tests/unit/conf/check_configuration.c \
	tests/unit/conf/check_env_file.c \
	tests/unit/conf/check_gate_url.c \
	tests/unit/conf/check_explain.c \
	tests/unit/conf/check_settings.c \
	tests/unit/conf/check_request_settings.c
tests_unit_conf_check_conf_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_conf_check_conf_LDADD = $(UNIT_LDADD)
tests_unit_conf_check_conf_LDFLAGS = $(AM_LDFLAGS) $(FAIL_ALLOC_WRAP)
