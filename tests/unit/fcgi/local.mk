# unit tests of src/fcgi
check_PROGRAMS += tests/unit/fcgi/check_fcgi
TESTS += tests/unit/fcgi/check_fcgi
tests_unit_fcgi_check_fcgi_SOURCES = tests/unit/main.c tests/unit/unit.h \
	tests/unit/fail_alloc.c tests/unit/fail_alloc.h \
	tests/unit/fcgi/records.c tests/unit/fcgi/records.h \
	tests/unit/fcgi/suites.c \
	tests/unit/fcgi/check_partial_request.c \
	tests/unit/fcgi/check_record.c \
	tests/unit/fcgi/check_stream.c
tests_unit_fcgi_check_fcgi_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_fcgi_check_fcgi_LDADD = $(UNIT_LDADD)
tests_unit_fcgi_check_fcgi_LDFLAGS = $(AM_LDFLAGS) $(FAIL_ALLOC_WRAP)
