# unit tests of src/model
check_PROGRAMS += tests/unit/model/check_model
TESTS += tests/unit/model/check_model
tests_unit_model_check_model_SOURCES = tests/unit/main.c tests/unit/unit.h $(UNIT_SITE) \
	tests/unit/model/suites.c \
	tests/unit/model/check_account.c \
	tests/unit/model/check_base.c \
	tests/unit/model/check_collection.c \
	tests/unit/model/check_legacy_json_out.c \
	tests/unit/model/check_legacy_json.c \
	tests/unit/model/check_owner.c \
	tests/unit/model/check_session_list.c \
	tests/unit/model/check_user.c \
	tests/unit/model/check_user_session.c \
	tests/unit/model/check_surplus.c \
	tests/unit/model/check_user_sessions.c \
	tests/unit/model/check_user_sessions_begin.c \
	tests/unit/model/check_user_sessions_purge.c \
	tests/unit/model/check_user_sessions_restore.c \
	tests/unit/model/check_users.c
tests_unit_model_check_model_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_model_check_model_LDADD = $(UNIT_LDADD)
tests_unit_model_check_model_LDFLAGS = $(AM_LDFLAGS) $(UNIT_SITE_WRAP)
