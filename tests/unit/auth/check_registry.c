/* check_select.c - tests of src/auth/registry.c */
#include "unit/unit.h"

#include "auth/registry.h"

Suite *check_registry_suite(void);

static const struct {
	enum settings_auth_type type;
	const struct auth_ops *want;
} cases[] = {
	{ SETTINGS_AUTH_UNKNOWN, &auth_ops },
	{ SETTINGS_AUTH_NONE, &auth_ops },
	{ SETTINGS_AUTH_AUTH, &auth_ops },
	{ SETTINGS_AUTH_BASIC, &auth_basic_ops },
	{ SETTINGS_AUTH_SESSION, &auth_session_ops },
	{ SETTINGS_AUTH_SESSION_EXP, &auth_session_exp_ops },
	{ SETTINGS_AUTH_SESSION_DB, &auth_session_db_ops },
};

START_TEST(each_type_has_its_operations)
{
	struct request_settings settings = { .auth_type = cases[_i].type,
		.session_duration_s = 7 };
	union registry_find room;
	const struct auth *auth;
	struct auth_env env;

	memset(&room, 0xa5, sizeof(room));
	auth = registry_find(&room, &env, &settings);
	ck_assert_ptr_eq(auth->ops, cases[_i].want);
	ck_assert_ptr_eq(auth->env, &env);
	ck_assert_ptr_eq(auth->settings, &settings);
	if (cases[_i].type >= SETTINGS_AUTH_SESSION)
		ck_assert_int_eq(room.session.kind, cases[_i].type == SETTINGS_AUTH_SESSION_DB
							? TABLE_KIND_STORED
							: TABLE_KIND_MEMORY);
	if (cases[_i].type >= SETTINGS_AUTH_SESSION_EXP)
		ck_assert_int_eq(room.session_exp.session_duration_s, 7);
}
END_TEST

Suite *
check_registry_suite(void)
{
	Suite *s = suite_create("auth/registry");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, each_type_has_its_operations, 0, 7);
	suite_add_tcase(s, tc);
	return s;
}
