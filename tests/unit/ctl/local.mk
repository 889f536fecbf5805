# unit tests of src/ctl, which is in no library: of the parts that know no command
check_PROGRAMS += tests/unit/ctl/check_ctl
TESTS += tests/unit/ctl/check_ctl
tests_unit_ctl_check_ctl_SOURCES = tests/unit/main.c tests/unit/unit.h \
	tests/unit/tmp.c tests/unit/tmp.h \
	tests/unit/ctl/suites.c \
	src/ctl/try_forms.c src/ctl/try_forms.h \
	src/ctl/try_rules.c src/ctl/try_rules.h \
	tests/unit/ctl/check_try_forms.c \
	tests/unit/ctl/check_try_rules.c
tests_unit_ctl_check_ctl_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_ctl_check_ctl_LDADD = $(UNIT_LDADD)
tests_unit_ctl_check_ctl_LDFLAGS = $(AM_LDFLAGS)
