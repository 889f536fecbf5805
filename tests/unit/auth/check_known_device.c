/* check_known_device.c - tests of src/auth/known_device.c */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "auth/known_device.h"
#include "unit/auth/visit.h"

Suite *check_known_device_suite(void);

START_TEST(its_name_is_that_of_the_session_and_more)
{
	char room[KNOWN_DEVICE_NAME_BYTES], param[400] = "SESSION_NAME=";
	const struct auth *auth =
	    visit("session_auth", "DEVICE_COOKIE=on", "SESSION_NAME=sid", NULL)->auth;

	unit_assert_str(known_device_name(auth->settings, room), "sid_d");
	auth = visit("session_auth", "DEVICE_COOKIE=off", "SESSION_NAME=sid", NULL)->auth;
	unit_assert_str(known_device_name(auth->settings, room), NULL);
	auth = visit("session_auth", NULL, NULL, NULL)->auth;
	unit_assert_str(known_device_name(auth->settings, room), NULL);
	memset(param + 13, 'a', KNOWN_DEVICE_NAME_BYTES - 3);
	auth = visit("session_auth", "DEVICE_COOKIE=on", param, NULL)->auth;
	ck_assert_uint_eq(
	    known_device_name(auth->settings, room).n, KNOWN_DEVICE_NAME_BYTES - 1);
	memset(param + 13, 'a', KNOWN_DEVICE_NAME_BYTES - 2);
	auth = visit("session_auth", "DEVICE_COOKIE=on", param, NULL)->auth;
	unit_assert_str(known_device_name(auth->settings, room), NULL);
}
END_TEST

START_TEST(it_is_found_where_it_is_on)
{
	char text[DEVICE_TEXT_BYTES], cookies[300];
	struct device device;

	ck_assert_int_eq(device_make(&site.app.env.key, STR_LIT("id"), text), 0);
	(void)snprintf(
	    cookies, sizeof(cookies), "HTTP_COOKIE=a=b; _my_session_id_d=%s; c=d", text);
	ck_assert(
	    known_device_find(visit("session_auth", "DEVICE_COOKIE=on", cookies, NULL)->auth,
		STR_LIT("id"), &device));
	ck_assert(
	    !known_device_find(visit("session_auth", "DEVICE_COOKIE=on", cookies, NULL)->auth,
		STR_LIT("other"), &device));
	ck_assert(!known_device_find(
	    visit("session_auth", cookies, NULL, NULL)->auth, STR_LIT("id"), &device));
	ck_assert(
	    !known_device_find(visit("session_auth", "DEVICE_COOKIE=on", NULL, NULL)->auth,
		STR_LIT("id"), &device));
	(void)snprintf(cookies, sizeof(cookies), "HTTP_COOKIE=_my_session_id=%s", text);
	ck_assert(
	    !known_device_find(visit("session_auth", "DEVICE_COOKIE=on", cookies, NULL)->auth,
		STR_LIT("id"), &device));
}
END_TEST

Suite *
check_known_device_suite(void)
{
	Suite *s = suite_create("auth/known_device");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, its_name_is_that_of_the_session_and_more);
	tcase_add_test(tc, it_is_found_where_it_is_on);
	suite_add_tcase(s, tc);
	return s;
}
