/* check_try_forms.c - tests of src/ctl/try_forms.c */
#include "ctl/try_forms.h"

#include "unit/unit.h"

Suite *check_try_forms_suite(void);

static struct try_address
address_of(const char *url)
{
	struct try_address address;

	ck_assert_msg(try_address_read(str_of(url), &address), "%s", url);
	return address;
}

START_TEST(parts_of_an_address)
{
	struct try_address address = address_of("https://www.example.org:8443/a/b?c=/d");

	unit_assert_str(address.scheme, "https");
	unit_assert_str(address.authority, "www.example.org:8443");
	unit_assert_str(address.path, "/a/b");
	unit_assert_str(address.query, "?c=/d");
	address = address_of("http://[::1]?c");
	unit_assert_str(address.scheme, "http");
	unit_assert_str(address.authority, "[::1]");
	unit_assert_str(address.path, "/");
	unit_assert_str(address.query, "?c");
}
END_TEST

START_TEST(no_addresses)
{
	static const char *const urls[] = { "", "http", "http:", "http:/", "http://",
		"https:///a", "https//a", "httpss://a/", "ftp://a/", "HTTP://a/", "a/b", "/a",
		"http://u@a/", "http://a\\b/", "http://a/#b", "http://a/ b", "http://a/\n",
		"http://a/\x7f", "http://a/\xc3\xbc" };

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct try_address address;

		ck_assert_msg(!try_address_read(str_of(urls[i]), &address), "%s", urls[i]);
	}
}
END_TEST

static const struct {
	const char *url, *prefix, *form, *want;
} rows[] = {
	{ "http://h/ab/c", "/_gate/", "$p", "/ab/c" },
	{ "http://h/ab/c?d", "/_gate/", "//$p", "///ab/c?d" },
	{ "http://h/ab/c", "/_gate/", "/x/..%2f$t", "/x/..%2fab/c" },
	{ "http://h/ab/c", "/_gate/", "/$e$r", "/%61b/c" },
	{ "http://h/ab/c", "/_gate/", "/$s%2f$q", "/ab%2fc" },
	{ "http://h/ab/c", "/_gate/", "/..$b", "/..\\ab\\c" },
	{ "http://h/ab/c", "/_gate/", "/$S$r", "/AB/c" },
	{ "http://h/ab", "/_gate/", "/$s;x$r", "/ab;x" },
	{ "http://h/ab/c", "/_gate/", "$g$d$p", "/_gate/../ab/c" },
	{ "http://h/ab/c", "/in/_gate/", "$g$d$p", "/in/_gate/../../ab/c" },
	{ "http://h/ab/c", "/", "$g$d$p", "//ab/c" },
	{ "http://h/ab/c", "/_gate/", "$G$d$p", "/_GATE/../ab/c" },
	{ "http://h/ab/c", "/_gate/", "$p?$glogin", "/ab/c?/_gate/login" },
	{ "http://h/ab/c?d", "/_gate/", "$p#$glogin", "/ab/c?d#/_gate/login" },
	{ "http://h:8/ab/c", "/_gate/", "http://$h$p", "http://h:8/ab/c" },
	{ "http://h/", "/_gate/", "/x/..$p", "/x/../" },
};

START_TEST(forms_are_filled_in)
{
	struct try_address address = address_of(rows[_i].url);
	struct buf out;

	buf_init(&out, 4096);
	ck_assert(try_form_fits(rows[_i].form, &address));
	try_form_write(&out, rows[_i].form, &address, str_of(rows[_i].prefix));
	unit_assert_str(buf_str(&out), rows[_i].want);
	buf_fini(&out);
}
END_TEST

START_TEST(forms_that_would_be_no_others)
{
	struct try_address root = address_of("http://h/"), query = address_of("http://h/a/?b"),
			   single = address_of("http://h/a");

	ck_assert(!try_form_fits("/$e$r", &root));
	ck_assert(!try_form_fits("/$S$r", &root));
	ck_assert(!try_form_fits("$t", &root));
	ck_assert(!try_form_fits("/$s%2f$q", &single));
	ck_assert(!try_form_fits("$p?$glogin", &query));
	ck_assert(try_form_fits("$p?$glogin", &single));
}
END_TEST

/* All differ from the address as it is, and from one another. */
START_TEST(no_form_is_tried_twice)
{
	struct try_address address = address_of("http://h/ab/c");
	struct buf out[64];
	size_t n = 0;

	for (; try_forms[n] != NULL; n++) {
		ck_assert_uint_lt(n, 64);
		buf_init(&out[n], 4096);
		try_form_write(&out[n], try_forms[n], &address, STR_LIT("/_gate/"));
		for (size_t i = 0; i < n; i++)
			ck_assert_msg(!str_eq(buf_str(&out[i]), buf_str(&out[n])), "%s, %s",
			    try_forms[i], try_forms[n]);
	}
	ck_assert_uint_ge(n, 33);
	unit_assert_str(buf_str(&out[0]), "/ab/c");
	while (n > 0)
		buf_fini(&out[--n]);
}
END_TEST

START_TEST(beside_it_and_not_there)
{
	struct try_address address = address_of("http://h/ab/c");
	struct buf out;

	buf_init(&out, 4096);
	try_absent_path(&out, &address);
	unit_assert_str(buf_str(&out), "/sessiongate-try-is-not-there/c");
	buf_fini(&out);
}
END_TEST

Suite *
check_try_forms_suite(void)
{
	Suite *suite = suite_create("ctl/try_forms");
	TCase *tc = tcase_create("forms");

	tcase_add_test(tc, parts_of_an_address);
	tcase_add_test(tc, no_addresses);
	tcase_add_loop_test(tc, forms_are_filled_in, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tc, forms_that_would_be_no_others);
	tcase_add_test(tc, no_form_is_tried_twice);
	tcase_add_test(tc, beside_it_and_not_there);
	suite_add_tcase(suite, tc);
	return suite;
}
