# unit tests of src/app
check_PROGRAMS += tests/unit/app/check_app
TESTS += tests/unit/app/check_app
tests_unit_app_check_app_SOURCES = tests/unit/main.c tests/unit/unit.h tests/unit/head.c tests/unit/head.h $(UNIT_SITE) \
	tests/unit/app/suites.c \
	tests/unit/app/ask.c tests/unit/app/ask.h \
	tests/unit/app/check_answer.c \
	tests/unit/app/check_app.c \
	tests/unit/app/check_check.c \
	tests/unit/app/check_cors.c \
	tests/unit/app/check_cross_site.c \
	tests/unit/app/check_counters.c \
	tests/unit/app/check_expired.c \
	tests/unit/app/check_pages.c \
	tests/unit/app/check_permission.c \
	tests/unit/app/check_preflight.c \
	tests/unit/app/check_dispatch.c \
	tests/unit/app/check_notice.c \
	tests/unit/app/check_dirs.c \
	tests/unit/app/check_housekeeping.c \
	tests/unit/app/check_router.c \
	tests/unit/app/check_counters_page.c \
	tests/unit/app/check_strict.c \
	tests/unit/app/check_views_admin.c \
	tests/unit/app/check_views_index.c \
	tests/unit/app/check_views_password.c \
	tests/unit/app/check_views_session.c \
	tests/unit/app/check_views_sessions.c \
	tests/unit/app/check_views_users.c
tests_unit_app_check_app_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_app_check_app_LDADD = $(UNIT_LDADD)
tests_unit_app_check_app_LDFLAGS = $(AM_LDFLAGS) $(UNIT_SITE_WRAP)
