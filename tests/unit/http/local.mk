# unit tests of src/http
check_PROGRAMS += tests/unit/http/check_http
TESTS += tests/unit/http/check_http
tests_unit_http_check_http_SOURCES = tests/unit/main.c tests/unit/unit.h \
	tests/unit/fail_alloc.c tests/unit/fail_alloc.h \
	tests/unit/http/suites.c \
	tests/unit/http/check_challenge.c \
	tests/unit/http/check_cookie.c \
	tests/unit/http/check_fields.c \
	tests/unit/http/check_form.c \
	tests/unit/http/check_json.c \
	tests/unit/http/check_media.c \
	tests/unit/http/check_multipart.c \
	tests/unit/http/check_origin.c \
	tests/unit/http/check_path.c \
	tests/unit/http/check_request.c \
	tests/unit/http/check_response.c
tests_unit_http_check_http_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_http_check_http_LDADD = $(UNIT_LDADD)
tests_unit_http_check_http_LDFLAGS = $(AM_LDFLAGS) $(FAIL_ALLOC_WRAP) \
	-Wl,--wrap=json_tokener_new_ex -Wl,--wrap=json_tokener_get_parse_end
