# unit tests of src/conf
check_PROGRAMS += tests/unit/conf/check_conf
TESTS += tests/unit/conf/check_conf
tests_unit_conf_check_conf_SOURCES = tests/unit/main.c tests/unit/unit.h tests/unit/conf/suites.c \
	tests/unit/conf/check_settings.c \
	tests/unit/conf/check_request_settings.c
tests_unit_conf_check_conf_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_conf_check_conf_LDADD = $(UNIT_LDADD)
