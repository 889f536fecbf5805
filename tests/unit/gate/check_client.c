/* check_client.c - tests of src/gate/client.c */
#include "gate/client.h"

#include "unit/unit.h"

Suite *check_client_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

#define HTML     "HTTP_ACCEPT=text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
#define NAVIGATE "HTTP_SEC_FETCH_MODE=navigate"
#define DOCUMENT "HTTP_SEC_FETCH_DEST=document"

static const struct {
	const char *params[5];
	bool is_browser, is_script;
} cases[] = {
	/* Chromium to https, to http; w3m, lynx. */
	{ { NAVIGATE, DOCUMENT, HTML }, true, true },
	{ { HTML }, true, false },
	{ { "HTTP_ACCEPT=text/html, text/*;q=0.5, image/*" }, true, false },
	{ { "HTTP_ACCEPT=application/x, TEXT/HTML;q=0.9" }, true, false },
	{ { NAVIGATE }, true, true },
	{ { NAVIGATE, "HTTP_SEC_FETCH_DEST=" }, true, true },
	{ { NAVIGATE, DOCUMENT, "HTTP_ACCEPT=*/*" }, true, true },
	/* A frame, a script, an image, a WebSocket. */
	{ { NAVIGATE, "HTTP_SEC_FETCH_DEST=iframe", HTML }, false, true },
	{ { NAVIGATE, "HTTP_SEC_FETCH_DEST=Document", HTML }, false, true },
	{ { "HTTP_SEC_FETCH_MODE=cors", "HTTP_SEC_FETCH_DEST=empty", HTML }, false, true },
	{ { "HTTP_SEC_FETCH_MODE=no-cors", "HTTP_SEC_FETCH_DEST=image" }, false, true },
	{ { "HTTP_SEC_FETCH_MODE=websocket", HTML }, false, true },
	{ { "HTTP_SEC_FETCH_MODE=Navigate", HTML }, false, true },
	{ { "HTTP_X_REQUESTED_WITH=XMLHttpRequest", HTML }, false, true },
	{ { "HTTP_UPGRADE=websocket", HTML }, false, false },
	{ { "HTTP_SEC_WEBSOCKET_VERSION=13", HTML }, false, false },
	/* curl, and others that take all. */
	{ { NULL }, false, false },
	{ { "HTTP_ACCEPT=*/*" }, false, false },
	{ { "HTTP_ACCEPT=" }, false, false },
	{ { "HTTP_ACCEPT=text/*" }, false, false },
	{ { "HTTP_ACCEPT=text/htmlx, application/text/html" }, false, false },
	{ { "HTTP_ACCEPT=application/json;x=text/html" }, false, false },
	{ { DOCUMENT }, false, false },
	/* What is empty is not there. */
	{ { "HTTP_SEC_FETCH_MODE=", "HTTP_X_REQUESTED_WITH=", "HTTP_UPGRADE=", HTML }, true,
	    false },
	/* A client's header of another name. */
	{ { "HTTP_SEC_FETCH_MODES=cors", HTML }, true, false },
};

START_TEST(who_can_be_sent_to_a_page)
{
	struct cgi_vars vars;

	cgi_vars_init(&vars);
	cgi_vars_add_all(&vars, cases[_i].params);
	ck_assert_int_eq(client_is_browser(&vars), cases[_i].is_browser);
	ck_assert_int_eq(client_is_script(&vars), cases[_i].is_script);
	cgi_vars_fini(&vars);
}
END_TEST

Suite *
check_client_suite(void)
{
	Suite *s = suite_create("gate/client");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, who_can_be_sent_to_a_page, 0, N(cases));
	suite_add_tcase(s, tc);
	return s;
}
