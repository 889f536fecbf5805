# Fuzz harnesses of src/core, src/http, src/password, src/fcgi and src/gate.  `make fuzz`: libFuzzer, FUZZ_SECONDS each.
# `make check`: the committed corpus and mutants of it through the same harnesses.
FUZZ_HTTP = codec cookie fcgi form json password request response return_url template texts
FUZZ += fuzz-http

fuzz-http:
	ENGINE=$(ENGINE) $(top_srcdir)/tests/fuzz/run $(FUZZ_SECONDS) $(FUZZ_HTTP)

# The same with many more mutants: about two million inputs.
CHECK_LONG += check-long-parsers
check-long-parsers: $(FUZZ_HTTP:%=tests/fuzz/replay_%)
	for name in $(FUZZ_HTTP); do \
		echo "== $$name"; \
		FUZZ_MUTANTS=50000 srcdir=$(srcdir) tests/fuzz/replay_$$name || exit 1; \
	done

EXTRA_DIST += tests/fuzz/run tests/fuzz/README.md tests/fuzz/corpus

check_PROGRAMS += tests/fuzz/replay_codec
TESTS += tests/fuzz/replay_codec
tests_fuzz_replay_codec_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz.h tests/fuzz/fuzz_codec.c
tests_fuzz_replay_codec_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_replay_codec_LDADD = $(LIBS_ALL)

check_PROGRAMS += tests/fuzz/replay_cookie
TESTS += tests/fuzz/replay_cookie
tests_fuzz_replay_cookie_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz.h tests/fuzz/fuzz_cookie.c
tests_fuzz_replay_cookie_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_replay_cookie_LDADD = $(LIBS_ALL)

check_PROGRAMS += tests/fuzz/replay_fcgi
TESTS += tests/fuzz/replay_fcgi
tests_fuzz_replay_fcgi_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz.h tests/fuzz/fuzz_fcgi.c
tests_fuzz_replay_fcgi_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_replay_fcgi_LDADD = $(LIBS_ALL)

check_PROGRAMS += tests/fuzz/replay_form
TESTS += tests/fuzz/replay_form
tests_fuzz_replay_form_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz.h tests/fuzz/fuzz_form.c
tests_fuzz_replay_form_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_replay_form_LDADD = $(LIBS_ALL)

check_PROGRAMS += tests/fuzz/replay_json
TESTS += tests/fuzz/replay_json
tests_fuzz_replay_json_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz.h tests/fuzz/fuzz_json.c
tests_fuzz_replay_json_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_replay_json_LDADD = $(LIBS_ALL)

check_PROGRAMS += tests/fuzz/replay_password
TESTS += tests/fuzz/replay_password
tests_fuzz_replay_password_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz.h tests/fuzz/fuzz_password.c
tests_fuzz_replay_password_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_replay_password_LDADD = $(LIBS_ALL)

check_PROGRAMS += tests/fuzz/replay_request
TESTS += tests/fuzz/replay_request
tests_fuzz_replay_request_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz.h tests/fuzz/fuzz_request.c
tests_fuzz_replay_request_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_replay_request_LDADD = $(LIBS_ALL)

check_PROGRAMS += tests/fuzz/replay_response
TESTS += tests/fuzz/replay_response
tests_fuzz_replay_response_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz.h tests/fuzz/fuzz_response.c
tests_fuzz_replay_response_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_replay_response_LDADD = $(LIBS_ALL)

check_PROGRAMS += tests/fuzz/replay_return_url
TESTS += tests/fuzz/replay_return_url
tests_fuzz_replay_return_url_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz.h tests/fuzz/fuzz_return_url.c
tests_fuzz_replay_return_url_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_replay_return_url_LDADD = $(LIBS_ALL)

check_PROGRAMS += tests/fuzz/replay_template
TESTS += tests/fuzz/replay_template
tests_fuzz_replay_template_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz.h tests/fuzz/fuzz_template.c
tests_fuzz_replay_template_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_replay_template_LDADD = $(LIBS_ALL)

check_PROGRAMS += tests/fuzz/replay_texts
TESTS += tests/fuzz/replay_texts
tests_fuzz_replay_texts_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz.h tests/fuzz/fuzz_texts.c
tests_fuzz_replay_texts_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_replay_texts_LDADD = $(LIBS_ALL)

# Of src/conf, src/auth, src/model, src/table and src/throttle.
FUZZ_STATE = basic check details device import record settings table
FUZZ += fuzz-state
fuzz-state:
	ENGINE=$(ENGINE) $(top_srcdir)/tests/fuzz/run $(FUZZ_SECONDS) $(FUZZ_STATE)
CHECK_LONG += check-long-state
check-long-state: $(FUZZ_STATE:%=tests/fuzz/replay_%)
	for name in $(FUZZ_STATE); do \
		echo "== $$name"; \
		FUZZ_MUTANTS=5000 srcdir=$(srcdir) tests/fuzz/replay_$$name || exit 1; \
	done

check_PROGRAMS += tests/fuzz/replay_basic
TESTS += tests/fuzz/replay_basic
tests_fuzz_replay_basic_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz.h tests/fuzz/fuzz_basic.c
tests_fuzz_replay_basic_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_replay_basic_LDADD = $(LIBS_ALL)

check_PROGRAMS += tests/fuzz/replay_details
TESTS += tests/fuzz/replay_details
tests_fuzz_replay_details_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz.h tests/fuzz/fuzz_details.c
tests_fuzz_replay_details_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_replay_details_LDADD = $(LIBS_ALL)

check_PROGRAMS += tests/fuzz/replay_device
TESTS += tests/fuzz/replay_device
tests_fuzz_replay_device_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz.h tests/fuzz/fuzz_device.c
tests_fuzz_replay_device_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_replay_device_LDADD = $(LIBS_ALL)

check_PROGRAMS += tests/fuzz/replay_check
TESTS += tests/fuzz/replay_check
tests_fuzz_replay_check_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz.h tests/fuzz/fuzz_check.c
tests_fuzz_replay_check_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_replay_check_LDADD = $(LIBS_ALL)

check_PROGRAMS += tests/fuzz/replay_import
TESTS += tests/fuzz/replay_import
tests_fuzz_replay_import_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz.h tests/fuzz/scratch.h tests/fuzz/fuzz_import.c
tests_fuzz_replay_import_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_replay_import_LDADD = $(LIBS_ALL)

check_PROGRAMS += tests/fuzz/replay_record
TESTS += tests/fuzz/replay_record
tests_fuzz_replay_record_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz.h tests/fuzz/fuzz_record.c
tests_fuzz_replay_record_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_replay_record_LDADD = $(LIBS_ALL)

check_PROGRAMS += tests/fuzz/replay_settings
TESTS += tests/fuzz/replay_settings
tests_fuzz_replay_settings_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz.h tests/fuzz/fuzz_settings.c
tests_fuzz_replay_settings_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_replay_settings_LDADD = $(LIBS_ALL)

check_PROGRAMS += tests/fuzz/replay_table
TESTS += tests/fuzz/replay_table
tests_fuzz_replay_table_SOURCES = tests/fuzz/replay_main.c tests/fuzz/fuzz.h tests/fuzz/scratch.h tests/fuzz/fuzz_table.c
tests_fuzz_replay_table_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_replay_table_LDADD = $(LIBS_ALL)
