# unit tests of src/password
check_PROGRAMS += tests/unit/password/check_password
TESTS += tests/unit/password/check_password
tests_unit_password_check_password_SOURCES = tests/unit/main.c tests/unit/unit.h \
	tests/unit/fail_alloc.c tests/unit/fail_alloc.h \
	tests/unit/fail_random.c tests/unit/fail_random.h \
	tests/unit/tmp.c tests/unit/tmp.h \
	tests/unit/password/suites.c \
	tests/unit/password/check_admission.c \
	tests/unit/password/check_blocklist.c \
	tests/unit/password/check_hasher.c \
	tests/unit/password/check_nfc.c \
	tests/unit/password/check_password.c \
	tests/unit/password/check_policy.c \
	tests/unit/password/check_credential_cache.c
tests_unit_password_check_password_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_password_check_password_LDADD = $(UNIT_LDADD)
tests_unit_password_check_password_LDFLAGS = $(AM_LDFLAGS) $(FAIL_ALLOC_WRAP) \
	$(FAIL_RANDOM_WRAP) -Wl,--wrap=crypt_rn
