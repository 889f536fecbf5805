# unit tests of src/auth
check_PROGRAMS += tests/unit/auth/check_auth
TESTS += tests/unit/auth/check_auth
tests_unit_auth_check_auth_SOURCES = tests/unit/main.c tests/unit/unit.h $(UNIT_SITE) \
	tests/unit/auth/suites.c \
	tests/unit/auth/visit.c tests/unit/auth/visit.h \
	tests/unit/auth/check_auth.c \
	tests/unit/auth/check_auth_basic.c \
	tests/unit/auth/check_auth_session.c \
	tests/unit/auth/check_auth_session_db.c \
	tests/unit/auth/check_auth_session_exp.c \
	tests/unit/auth/check_credentials.c \
	tests/unit/auth/check_filter.c \
	tests/unit/auth/check_known_device.c \
	tests/unit/auth/check_registry.c
tests_unit_auth_check_auth_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_auth_check_auth_LDADD = $(UNIT_LDADD)
tests_unit_auth_check_auth_LDFLAGS = $(AM_LDFLAGS) $(UNIT_SITE_WRAP)
