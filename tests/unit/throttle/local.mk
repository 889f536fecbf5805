# unit tests of src/throttle
check_PROGRAMS += tests/unit/throttle/check_throttle
TESTS += tests/unit/throttle/check_throttle
tests_unit_throttle_check_throttle_SOURCES = tests/unit/main.c tests/unit/unit.h \
	tests/unit/tmp.c tests/unit/tmp.h \
	tests/unit/throttle/suites.c \
	tests/unit/fail_random.c tests/unit/fail_random.h \
	tests/unit/throttle/check_device.c \
	tests/unit/throttle/check_failures.c \
	tests/unit/throttle/check_network.c \
	tests/unit/throttle/check_throttle.c
tests_unit_throttle_check_throttle_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_throttle_check_throttle_LDADD = $(UNIT_LDADD)
tests_unit_throttle_check_throttle_LDFLAGS = $(AM_LDFLAGS) $(FAIL_RANDOM_WRAP)
