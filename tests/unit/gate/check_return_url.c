/* check_return_url.c - tests of src/gate/return_url.c */
#include "unit/unit.h"

#include <stdlib.h>

#include "core/percent.h"
#include "gate/return_url.h"

Suite *check_return_url_suite(void);

#define N(cases)       (int)(sizeof(cases) / sizeof((cases)[0]))
#define LINE_MAX_BYTES 5000
#define HOSTS          "wiki.example.org *.apps.example.org shop.example.org:8443"

static struct return_url_rules
rules_of(bool is_https)
{
	return (struct return_url_rules){ STR_LIT("/_gate/"), STR_LIT(HOSTS), is_https };
}

static bool
rewrite(const char *url, const struct return_url_rules *rules, struct buf *out)
{
	buf_init(out, 4 * RETURN_URL_MAX_BYTES);
	return return_url_rewrite(str_of(url), rules, out);
}

/* --------------------------------------------------------------- the file of addresses */

/* \xNN is that byte. */
static struct str
unescape(struct str text, char *room)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		if (text.n - i >= 4 && text.p[i] == '\\' && text.p[i + 1] == 'x') {
			const char escape[] = { '%', text.p[i + 2], text.p[i + 3] };

			ck_assert_int_ge(percent_escape(str_mem(escape, 3)), 0);
			room[n++] = (char)percent_escape(str_mem(escape, 3));
			i += 3;
		} else {
			room[n++] = text.p[i];
		}
	return str_mem(room, n);
}

static void
look_at(struct str line, bool is_https)
{
	const struct return_url_rules rules = rules_of(is_https);
	struct str site, text, want, url;
	char room[LINE_MAX_BYTES];
	struct buf out, again;
	bool is_taken;

	ck_assert(str_split(line, '\t', &site, &text) && str_split(text, '\t', &text, &want));
	if (!str_eq_z(site, "any") && !str_eq_z(site, is_https ? "https" : "http"))
		return;
	url = unescape(text, room);
	buf_init(&out, 4 * RETURN_URL_MAX_BYTES);
	buf_add_z(&out, "before ");
	is_taken = return_url_rewrite(url, &rules, &out);
	if (str_eq_z(want, "-")) {
		ck_assert_msg(!is_taken, "taken: %.*s", STR_FMT(line));
		unit_assert_str(buf_str(&out), "before ");
	} else {
		struct str got = str_skip(buf_str(&out), 7);

		ck_assert_msg(is_taken, "refused: %.*s", STR_FMT(line));
		ck_assert_msg(str_eq(got, str_eq_z(want, "=") ? url : want), "%.*s gave %.*s",
		    STR_FMT(line), STR_FMT(got));
		buf_init(&again, 4 * RETURN_URL_MAX_BYTES);
		ck_assert(return_url_rewrite(got, &rules, &again));
		ck_assert(str_eq(buf_str(&again), got));
		buf_fini(&again);
	}
	buf_fini(&out);
}

START_TEST(the_addresses_of_the_file)
{
	const char *srcdir = getenv("srcdir");
	char path[1000], *line = NULL;
	size_t room = 0, n_lines = 0;
	ssize_t n;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/tests/unit/gate/return_url.txt",
	    srcdir != NULL ? srcdir : ".");
	file = fopen(path, "r");
	ck_assert_msg(file != NULL, "cannot read %s", path);
	while ((n = getline(&line, &room, file)) > 0) {
		ck_assert_int_lt(n, LINE_MAX_BYTES);
		if (line[0] == '#' || line[0] == '\n')
			continue;
		n_lines++;
		for (int is_https = 0; is_https < 2; is_https++)
			look_at(str_mem(line, (size_t)n - 1), is_https);
	}
	free(line);
	(void)fclose(file);
	ck_assert_uint_gt(n_lines, 800);
}
END_TEST

/* ------------------------------------------------------------------------ the rules */

START_TEST(without_a_list_only_this_host)
{
	const struct return_url_rules rules = { STR_LIT("/_gate/"), STR_NULL, false };
	struct buf out;

	ck_assert(!rewrite("https://wiki.example.org/", &rules, &out));
	buf_fini(&out);
	ck_assert(rewrite("/x", &rules, &out));
	unit_assert_str(buf_str(&out), "/x");
	buf_fini(&out);
}
END_TEST

/* Whatever the list says: no browser takes them for what they are. */
START_TEST(ports_are_numbers)
{
	const struct return_url_rules rules = { STR_LIT("/_gate/"),
		STR_LIT("a.example:443 a.example:0443 a.example:65536 a.example:x a.example:0 "
			"a.example: *.a.example"),
		true };
	static const char *const none[] = { "https://a.example:0443/",
		"https://a.example:65536/", "https://a.example:x/", "https://a.example:0/",
		"https://a.example:/", "https://x:1.a.example/", "https://x:.a.example/" };
	struct buf out;

	for (int i = 0; i < N(none); i++) {
		ck_assert_msg(!rewrite(none[i], &rules, &out), "%s", none[i]);
		buf_fini(&out);
	}
	ck_assert(rewrite("https://a.example:443/", &rules, &out));
	buf_fini(&out);
}
END_TEST

START_TEST(the_prefix_is_the_operators)
{
	const struct return_url_rules rules = { STR_LIT("/auth/sign.in/"), STR_NULL, false };
	static const struct {
		const char *url;
		bool is_taken;
	} cases[] = {
		{ "/_gate/logout", true },
		{ "/auth/sign.in/", true },
		{ "/auth/sign.in/x", false },
		{ "/auth/sign%2ein/x", false },
		{ "/auth/x", true },
		{ "/AUTH/sign.in/x", true },
	};
	struct buf out;

	for (int i = 0; i < N(cases); i++) {
		ck_assert_msg(rewrite(cases[i].url, &rules, &out) == cases[i].is_taken, "%s",
		    cases[i].url);
		buf_fini(&out);
	}
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
	const struct return_url_rules rules = rules_of(false);
	struct buf out;

	buf_init(&out, 5);
	ck_assert(!return_url_rewrite(STR_LIT("/123456"), &rules, &out));
	buf_fini(&out);
}
END_TEST

/* -------------------------------------------------------------------------- quoting */

START_TEST(quoted)
{
	static const struct {
		const char *origin, *uri, *want;
	} cases[] = {
		{ "", "/private/a.txt?q=1&b=%2F", "/private/a.txt%3Fq%3D1%26b%3D%252F" },
		{ "", "/", "/" },
		{ "", "", "/" },
		{ "", "x", "/x" },
		{ "", "//evil.example/x", "/evil.example/x" },
		{ "", "/\\/\\x//y\\", "/x//y%5C" },
		{ "", "/a b\r\n\x7f\xff", "/a%20b%0D%0A%7F%FF" },
		{ "", "/aZ09-._~/", "/aZ09-._~/" },
		{ "https://www.example.org:8443", "/x#y",
		    "https%3A//www.example.org%3A8443/x%23y" },
	};
	struct buf out;

	for (int i = 0; i < N(cases); i++) {
		buf_init(&out, 1000);
		return_url_quote(str_of(cases[i].origin), str_of(cases[i].uri), &out);
		unit_assert_str(buf_str(&out), cases[i].want);
		buf_fini(&out);
	}
	buf_init(&out, 100);
	return_url_quote(STR_NULL, STR_NULL, &out);
	unit_assert_str(buf_str(&out), "/");
	buf_clear(&out);
	return_url_quote(STR_NULL, str_mem("/\0", 2), &out);
	unit_assert_str(buf_str(&out), "/%00");
	buf_fini(&out);
}
END_TEST

Suite *
check_return_url_suite(void)
{
	Suite *s = suite_create("gate/return_url");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, the_addresses_of_the_file);
	tcase_add_test(tc, without_a_list_only_this_host);
	tcase_add_test(tc, ports_are_numbers);
	tcase_add_test(tc, the_prefix_is_the_operators);
	tcase_add_test(tc, what_does_not_fit_is_refused);
	tcase_add_test(tc, quoted);
	suite_add_tcase(s, tc);
	return s;
}
