/* check_browser.c - tests of src/gate/browser.c */
#include "unit/unit.h"

#include "gate/browser.h"

Suite *check_browser_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

START_TEST(names)
{
	static const struct {
		const char *agent, *want;
	} cases[] = {
		{ NULL, "" },
		{ "", "" },
		{ "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
		    "Firefox, Linux" },
		{ "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like "
		  "Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
		    "Edge, Windows" },
		{ "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
		  "Chrome/140.0.0.0 Mobile Safari/537.36",
		    "Chrome, Android" },
		{ "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
		  "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
		    "Safari, iPhone" },
		{ "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
		  "(KHTML, "
		  "like Gecko) Version/18.5 Safari/605.1.15",
		    "Safari, Mac" },
		{ "Firefox/1", "Firefox" },
		{ "curl/7.88.1", "curl/7.88.1" },
		{ "Lynx/2.9.0dev.12 libwww-FM/2.14", "Lynx/2.9.0dev.12" },
		{ "w3m/0.5.3+git20230121", "w3m/0.5.3+git20230121" },
	};
	char room[BROWSER_NAME_BYTES];

	for (int i = 0; i < N(cases); i++)
		unit_assert_str(browser_name(str_of(cases[i].agent), room), cases[i].want);
}
END_TEST

Suite *
check_browser_suite(void)
{
	Suite *s = suite_create("gate/browser");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, names);
	suite_add_tcase(s, tc);
	return s;
}
