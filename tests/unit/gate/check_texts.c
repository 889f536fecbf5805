/* check_texts.c - tests of src/gate/texts.c */
#include "unit/unit.h"

#include <stdlib.h>

#include "core/err.h"
#include "gate/texts.h"

Suite *check_texts_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

static struct texts *texts;
static struct err err;

static int
add(const char *lang, const char *content)
{
	err.text[0] = '\0';
	return texts_add(texts, str_of(lang), str_of(content), "x.txt", &err);
}

static void
begin(void)
{
	ck_assert_int_eq(texts_new(&texts), 0);
	ck_assert_int_eq(
	    add("en", "# comment\n\n a = A text \nb=B = b\r\nempty =\nlast = end"), 0);
}

static void
end(void)
{
	texts_free(texts);
}

static void
is_text(const char *lang, const char *key, const char *want)
{
	unit_assert_str(texts_get(texts, texts_find_lang(texts, str_of(lang)),
			    texts_find_key(texts, str_of(key))),
	    want);
}

START_TEST(lines)
{
	is_text("en", "a", "A text");
	is_text("en", "b", "B = b");
	is_text("en", "empty", "");
	is_text("en", "last", "end");
	ck_assert_int_eq(texts_find_key(texts, STR_LIT("c")), -1);
	ck_assert_int_eq(texts_find_lang(texts, STR_LIT("de")), -1);
	ck_assert_int_eq(add("de", "a = Ein Text, äöü ☃\n"), 0);
	is_text("de", "a", "Ein Text, äöü ☃");
	/* What it does not have is English. */
	is_text("de", "b", "B = b");
	/* A second file replaces what it has. */
	ck_assert_int_eq(add("de", "b = B\n"), 0);
	is_text("DE", "a", "Ein Text, äöü ☃");
	is_text("de", "b", "B");
	/* English may have more, for an operator's own template. */
	ck_assert_int_eq(add("en", "own = Own\na = Another\n"), 0);
	is_text("de", "own", "Own");
	is_text("en", "a", "Another");
	unit_assert_str(texts_lang(texts, 1), "de");
}
END_TEST

START_TEST(refused)
{
	static const struct {
		const char *content, *want;
	} cases[] = {
		{ "a = x\n\nno text here\n", "x.txt line 3: it has no \"=\"" },
		{ "= x", "x.txt line 1: a key is small letters" },
		{ "A = x", "a key is small letters" },
		{ "a b = x", "a key is small letters" },
		{ "a = x\nc = x", "x.txt line 2: the English texts have no \"c\"" },
		{ "a = \x01", "the text has a control character" },
		{ "a = x\ty", "the text has a control character" },
		{ "a = \xff", "x.txt is not UTF-8" },
		{ "a = {{token}}", NULL },
		{ "a = {{user}} and {{wait_seconds}}", NULL },
		{ "a = }} { }", NULL },
		{ "a = {{nothing}}", "a text cannot have {{nothing}}" },
		{ "a = {{user}} {{", "a text cannot have {{}}" },
		{ "a = {{rd}}", "a text cannot have {{rd}}" },
		{ "a = {{t.b}}", "a text cannot have {{t.b}}" },
		{ "a = {{#user}}", "a text cannot have {{#user}}" },
		{ "a = {{handle}}", "a text cannot have {{handle}}" },
		{ "a = {{page.login}}", "a text cannot have {{page.login}}" },
		{ "a = {{{user}}}", "a text cannot have {{{user}}" },
	};

	for (int i = 0; i < N(cases); i++) {
		int r = add("de", cases[i].content);

		ck_assert_msg(
		    (r == 0) == (cases[i].want == NULL), "%s: %s", cases[i].content, err.text);
		if (cases[i].want != NULL)
			ck_assert_msg(strstr(err.text, cases[i].want) != NULL, "%s: %s",
			    cases[i].content, err.text);
	}
	ck_assert_int_lt(
	    texts_add(texts, STR_LIT("de"), str_mem("a = x\0", 6), "x.txt", &err), 0);
}
END_TEST

START_TEST(too_much)
{
	char *content = malloc(TEXTS_MAX_BYTES + 1);
	char line[20];

	memset(content, '\n', TEXTS_MAX_BYTES + 1);
	ck_assert_int_eq(
	    texts_add(texts, STR_LIT("de"), str_mem(content, TEXTS_MAX_BYTES), "x.txt", &err),
	    0);
	ck_assert_int_lt(texts_add(texts, STR_LIT("de"), str_mem(content, TEXTS_MAX_BYTES + 1),
			     "x.txt", &err),
	    0);
	ck_assert_ptr_nonnull(strstr(err.text, "x.txt is longer than 64 KiB"));
	free(content);
	for (int i = 0; i < 252; i++) {
		(void)snprintf(line, sizeof(line), "k%d = x", i);
		ck_assert_int_eq(add("en", line), 0);
	}
	ck_assert_int_lt(add("en", "one_more = x"), 0);
	for (int i = 0; i < 62; i++) {
		(void)snprintf(line, sizeof(line), "l%d", i);
		ck_assert_int_eq(add(line, ""), 0);
	}
	ck_assert_int_lt(add("fr", ""), 0);
	ck_assert_int_eq(add("l1", ""), 0);
}
END_TEST

START_TEST(names_of_languages)
{
	static const char *const good[] = { "de", "DE", "pt-br", "zh-hant-tw", "x", "de-1996" };
	static const char *const bad[] = { "", "-", "de-", "-de", "de--at", "de_at", "d.e",
		"de at", "\x11", "ä", "abcdefghijklmnopqrstuvwxyzabcdefghij" };

	for (int i = 0; i < N(good); i++)
		ck_assert_msg(texts_is_lang(str_of(good[i])), "%s", good[i]);
	for (int i = 0; i < N(bad); i++)
		ck_assert_msg(!texts_is_lang(str_of(bad[i])), "%s", bad[i]);
	ck_assert(!texts_is_lang(STR_NULL));
}
END_TEST

START_TEST(what_the_browser_likes)
{
	static const struct {
		const char *header, *want;
	} cases[] = {
		{ NULL, "en" },
		{ "", "en" },
		{ "de", "de" },
		{ "DE", "de" },
		{ "de-AT", "de" },
		{ "de-Latn-AT", "de" },
		{ "pt-BR,pt;q=0.9,en;q=0.8", "pt-br" },
		{ "pt", "en" },
		{ "it, de;q=0.5", "de" },
		{ "en;q=0.5, de;q=0.6", "de" },
		{ "en;q=0.612, de;q=0.613", "de" },
		{ "de;q=0.5, en;q=0.6", "en" },
		{ "de, en", "de" },
		{ "en, de", "en" },
		{ "de;q=0", "en" },
		{ "de;q=0.000", "en" },
		{ "de; q=0.9 , en;q=0.8", "de" },
		{ "de;q=1.000, en", "de" },
		{ "de;q=x, en;q=0.1", "en" },
		{ "*", "en" },
		{ "*, de;q=0.1", "de" },
		{ ",,;,de", "de" },
		{ "-de", "en" },
		{ "deutsch", "en" },
		{ "../de", "en" },
	};

	ck_assert_int_eq(add("de", ""), 0);
	ck_assert_int_eq(add("pt-br", ""), 0);
	for (int i = 0; i < N(cases); i++)
		ck_assert_msg(
		    str_eq_z(texts_lang(texts, texts_choose(texts, str_of(cases[i].header))),
			cases[i].want),
		    "%s", cases[i].header != NULL ? cases[i].header : "none");
}
END_TEST

Suite *
check_texts_suite(void)
{
	Suite *s = suite_create("gate/texts");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, lines);
	tcase_add_test(tc, refused);
	tcase_add_test(tc, too_much);
	tcase_add_test(tc, names_of_languages);
	tcase_add_test(tc, what_the_browser_likes);
	suite_add_tcase(s, tc);
	return s;
}
