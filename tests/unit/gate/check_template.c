/* check_template.c - tests of src/gate/template.c and html.c */
#include "unit/unit.h"

#include <stdlib.h>

#include <sodium.h>

#include "core/buf.h"
#include "gate/template.h"

Suite *check_template_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

/* All fields that the pages need, so that each case is about something else. */
#define FIELDS                                                                     \
	"<input name=\"email\"><input name=\"password\"><input name=\"remember\">" \
	"<input name=\"rd\"><input name=\"token\"><input name=\"session\">"        \
	"<input name=\"others\"><input name=\"current\"><input name=\"new\">"      \
	"<input name=\"again\">"

static struct texts *texts;
static struct template *template;
static struct err err;

static void
open_texts(void)
{
	ck_assert_int_ne(sodium_init(), -1);
	ck_assert_int_eq(texts_new(&texts), 0);
	ck_assert_int_eq(
	    texts_add(texts, STR_LIT("en"),
		STR_LIT("hello = Hello {{user}} & <you>\nplain = \"Plain\"\n"), "en", &err),
	    0);
	ck_assert_int_eq(
	    texts_add(texts, STR_LIT("de"), STR_LIT("plain = Schlicht\n"), "de", &err), 0);
}

static void
close_texts(void)
{
	template_free(template);
	template = NULL;
	texts_free(texts);
}

static int
parse(struct str content)
{
	template_free(template);
	template = NULL;
	err.text[0] = '\0';
	return template_parse(content, "t.html", texts, &template, &err);
}

static struct template_page page;

static void
session(void *arg, size_t i, struct template_values *ret)
{
	static const char *const handles[] = { "h0", "h1", "h2" };

	ck_assert_ptr_eq(arg, &page);
	ret->of[PAGE_HANDLE] = str_of(handles[i]);
	ret->of[PAGE_IS_THIS] = i == 1 ? STR_LIT("1") : STR_NULL;
}

/* What the content becomes, without the fields behind it. */
static void
renders_as(const char *content, const char *want)
{
	struct buf whole, out;

	buf_init(&whole, 100000);
	buf_init(&out, 100000);
	buf_add_z(&whole, content);
	buf_add_z(&whole, FIELDS);
	ck_assert_msg(parse(buf_str(&whole)) == 0, "%s: %s", content, err.text);
	page.session = session;
	page.arg = &page;
	template_render(template, &page, &out);
	ck_assert_int_eq(buf_error(&out), 0);
	ck_assert(str_ends_with(buf_str(&out), STR_LIT(FIELDS)));
	out.n -= strlen(FIELDS);
	unit_assert_str(buf_str(&out), want);
	buf_fini(&out);
	buf_fini(&whole);
}

/* -------------------------------------------------------------------------- the language */

START_TEST(values_texts_and_conditions)
{
	static const struct {
		const char *content, *want;
	} cases[] = {
		{ "", "" },
		{ "plain < is not", NULL },
		{ "a{{user}}b", "aa&amp;b&lt;i&gt;&quot;c&quot;&#39;b" },
		{ "{{user}}{{user}}",
		    "a&amp;b&lt;i&gt;&quot;c&quot;&#39;a&amp;b&lt;i&gt;&quot;c&quot;&#39;" },
		{ "{{email}}", "" },
		{ "<p title=\"{{user}}\">",
		    "<p title=\"a&amp;b&lt;i&gt;&quot;c&quot;&#39;\">" },
		{ "<title>{{user}}</title>",
		    "<title>a&amp;b&lt;i&gt;&quot;c&quot;&#39;</title>" },
		{ "{{t.hello}}", "Hello a&amp;b&lt;i&gt;&quot;c&quot;&#39; &amp; &lt;you&gt;" },
		{ "{{t.plain}}", "&quot;Plain&quot;" },
		{ "{{#user}}yes{{/user}}{{^user}}no{{/user}}", "yes" },
		{ "{{#email}}yes{{/email}}{{^email}}no{{/email}}", "no" },
		{ "{{#page.login}}in{{/page.login}}{{#page.logout}}out{{/page.logout}}", "in" },
		{ "{{#user}}1{{#email}}2{{/email}}3{{^email}}4{{/email}}5{{/user}}6", "13456" },
		{ "{{#email}}1{{#user}}2{{/user}}3{{/email}}4", "4" },
		{ "{{#sessions}}[{{handle}}{{#is_this}}!{{/is_this}}{{#user}}u{{/user}}]"
		  "{{/sessions}}{{^sessions}}none{{/sessions}}",
		    "[h0u][h1!u][h2u]" },
		{ "a{{! nothing\n<script> }}b", "ab" },
		{ "<input {{#user}}checked {{/user}}{{#email}}disabled {{/email}}>",
		    "<input checked >" },
		{ "<input {{#user}}value=\"{{user}}\"{{/user}}>",
		    "<input value=\"a&amp;b&lt;i&gt;&quot;c&quot;&#39;\">" },
		{ "<p class=\"a{{#user}} b{{/user}}\">", "<p class=\"a b\">" },
		{ "<a href=\"{{rd}}\">", "<a href=\"/x?a=1&amp;b\">" },
		{ "<a href=\"{{prefix}}login?x={{user}}\">",
		    "<a href=\"/_gate/login?x=a&amp;b&lt;i&gt;&quot;c&quot;&#39;\">" },
		{ "<a href=\"/x/{{user}}\">",
		    "<a href=\"/x/a&amp;b&lt;i&gt;&quot;c&quot;&#39;\">" },
		{ "<form action=\"{{action}}\">", "<form action=\"/_gate/login\">" },
		{ "<p\n\tclass = \"a\"\tid=b title='c' hidden/>\r\n",
		    "<p\n\tclass = \"a\"\tid=b title='c' hidden/>\n" },
		{ "a\rb\r\nc", "a\nb\nc" },
		{ "<!-- a comment -- - > -->x", "<!-- a comment -- - > -->x" },
		{ "<!doctype html>x", "<!doctype html>x" },
		{ "<style>p{color:red}a<b{}</p></style >x",
		    "<style>p{color:red}a<b{}</p></style >x" },
		{ "<textarea>a</textarea>", "<textarea>a</textarea>" },
		{ "<STYLE></STYLE><BR/>", "<STYLE></STYLE><BR/>" },
	};

	page = (struct template_page){ .n_sessions = 3 };
	page.values.of[PAGE_LOGIN] = STR_LIT("1");
	page.values.of[PAGE_USER] = STR_LIT("a&b<i>\"c\"'");
	page.values.of[PAGE_RD] = STR_LIT("/x?a=1&b");
	page.values.of[PAGE_PREFIX] = STR_LIT("/_gate/");
	page.values.of[PAGE_ACTION] = STR_LIT("/_gate/login");
	for (int i = 0; i < N(cases); i++)
		if (cases[i].want != NULL)
			renders_as(cases[i].content, cases[i].want);
	page.n_sessions = 0;
	renders_as("{{#sessions}}x{{/sessions}}{{^sessions}}none{{/sessions}}", "none");
	page.lang = texts_find_lang(texts, STR_LIT("de"));
	renders_as("{{t.plain}} {{t.hello}}",
	    "Schlicht Hello a&amp;b&lt;i&gt;&quot;c&quot;&#39; &amp; &lt;you&gt;");
}
END_TEST

static const struct {
	const char *content, *want;
} refused_cases[] = {
	/* names */
	{ "\n\n{{usr}}", "t.html line 3: nothing is called {{usr}}" },
	{ "{{}}", "nothing is called {{}}" },
	{ "{{ user }}", "nothing is called" },
	{ "{{{user}}}", "nothing is called" },
	{ "{{&user}}", "nothing is called" },
	{ "{{User}}", "nothing is called" },
	{ "{{t.nothing}}", "no text is called {{t.nothing}}" },
	{ "{{t.}}", "no text is called" },
	{ "{{#t.plain}}x{{/t.plain}}", "nothing is called" },
	{ "{{page.login}}", "a condition, no value" },
	{ "{{sessions}}", "a condition, no value" },
	{ "{{handle}}", "only in {{#sessions}} there is {{handle}}" },
	{ "{{#is_this}}x{{/is_this}}", "cannot stand here" },
	{ "{{#sessions}}{{#sessions}}{{/sessions}}{{/sessions}}", "cannot stand here" },
	{ "{{^sessions}}{{handle}}{{/sessions}}", "only in {{#sessions}}" },
	/* conditions */
	{ "x\n{{#user}}\n\n", "t.html line 2: never ends: {{user}}" },
	{ "x{{/user}}", "nothing began that ends here: {{/user}}" },
	{ "{{#user}}\n{{#email}}\n{{/user}}",
	    "t.html line 3: {{/user}} ends what began in line 2 as {{#email}}" },
	{ "{{user", "{{ without }}" },
	{ "\n{{", "t.html line 2: {{ without }}" },
	{ "{{#user}}<p>{{/user}}<b {{#user}}>{{/user}}", "it began in another place" },
	{ "{{#user}}<p {{/user}}>", "it began in another place" },
	{ "<p {{#user}}title=\"{{/user}}\">", "it began in another place" },
	{ "<p title=\"{{#user}}\" class=\"{{/user}}\">", "it began in another place" },
	{ "{{#user}}<title>{{/user}}</title>", "it began in another place" },
	{ "<p{{#user}} hidden{{/user}}>", "a condition begins and ends" },
	{ "<p {{#user}}hidden{{/user}}>", "a condition begins and ends" },
	{ "<p title={{#user}}x{{/user}}>", "a condition begins and ends" },
	{ "<p title='{{#user}}x{{/user}}'>", "a condition begins and ends" },
	{ "<style>{{#user}}x{{/user}}</style>", "a condition begins and ends" },
	/* Another text than the one that is sent would have the hash. */
	{ "<style>p{{! red }}{}</style>", "stands in text" },
	/* What it stands between belongs together when it is gone. */
	{ "<!-- --{{!}}><p>-->", "stands in text" },
	{ "<{{!}}p>", "stands in text" },
	{ "<!-- {{#user}}x{{/user}} -->", "a condition begins and ends" },
	{ "<p {{#user}}hidden {{/user}}=\"x\">", "begins with a letter" },
	/* where values may not stand */
	{ "<style>p{color:{{user}}}</style>", "no value may stand in <style>" },
	{ "<style></stxle>{{user}}</style>", "no value may stand in <style>" },
	{ "<style></stylex>{{user}}</style>", "no value may stand in <style>" },
	{ "<!-- {{user}} -->", "no value may stand in a comment" },
	{ "<{{user}}>", "in a tag a value stands in double quotes alone" },
	{ "<p{{user}}>", "in double quotes alone" },
	{ "<p {{user}}>", "in double quotes alone" },
	{ "<p {{user}}=\"x\">", "in double quotes alone" },
	{ "<p title{{user}}>", "in double quotes alone" },
	{ "<p title={{user}}>", "in double quotes alone" },
	{ "<p title=x{{user}}>", "in double quotes alone" },
	{ "<p title='{{user}}'>", "in double quotes alone" },
	{ "<p title=\"x\"{{user}}>", "in double quotes alone" },
	{ "</p{{user}}>", "in double quotes alone" },
	{ "<!{{user}}>", "in double quotes alone" },
	{ "<p {{t.plain}}>", "in double quotes alone" },
	/* addresses */
	{ "<a href=\"{{user}}\">", "an address begins with" },
	{ "<a HREF=\"{{user}}\">", "an address begins with" },
	{ "<a href=\"{{t.plain}}\">", "an address begins with" },
	{ "<a href=\"java{{user}}\">", "an address begins with" },
	{ "<a href=\"javascript:{{rd}}\">", "an address begins with" },
	{ "<a href=\"javascript:{{user}}\">", "an address begins with" },
	{ "<a href=\"https:{{user}}\">", "an address begins with" },
	{ "<a href=\"{{#user}}/{{/user}}{{user}}\">", "an address begins with" },
	{ "<a href=\"{{#user}}x{{/user}}{{rd}}\">", "an address begins with" },
	{ "<form action=\"{{email}}\">", "an address begins with" },
	{ "<button formaction=\"{{email}}\">", "an address begins with" },
	{ "<img src=\"{{user}}\">", "an address begins with" },
	{ "<img srcset=\"/{{user}}\">", "no value may stand in that attribute" },
	{ "<a ping=\"{{rd}}\">", "no value may stand in that attribute" },
	{ "<meta content=\"{{rd}}\">", "no value may stand in that attribute" },
	/* what runs, or changes how the rest is read */
	{ "<script>", "the pages have no such tag" },
	{ "<SCRIPT src=x></SCRIPT>", "the pages have no such tag" },
	{ "</script>", "the pages have no such tag" },
	{ "<iframe>", "the pages have no such tag" },
	{ "<base href=\"/\">", "the pages have no such tag" },
	{ "<svg>", "the pages have no such tag" },
	{ "<math>", "the pages have no such tag" },
	{ "<template>", "the pages have no such tag" },
	{ "<noscript>", "the pages have no such tag" },
	{ "<plaintext>", "the pages have no such tag" },
	{ "<p onclick=\"x\">", "an attribute that runs something" },
	{ "<p ONCLICK=x>", "an attribute that runs something" },
	{ "<p onx>", "an attribute that runs something" },
	{ "<p onclick=\"{{user}}\">", "an attribute that runs something" },
	{ "<p style=\"color:red\">", "an attribute style" },
	{ "<meta http-equiv=\"refresh\">", "no such attribute" },
	/* what no browser reads as it looks */
	{ "a < b", "a \"<\" that begins no tag" },
	{ "a <= b", "a \"<\" that begins no tag" },
	{ "<>", "a \"<\" that begins no tag" },
	{ "<?php ?>", "a \"<\" that begins no tag" },
	{ "</>", "a \"<\" that begins no tag" },
	{ "<p\"x\">", "the name of a tag" },
	{ "<p \"x\">", "begins with a letter" },
	{ "<p =x>", "begins with a letter" },
	{ "<p a\"b>", "the name of an attribute" },
	{ "<p a=>", "a value is missing" },
	{ "<p a=b\"c>", "stands in double quotes" },
	{ "<title>a<b</title>", "a \"<\" in a title" },
	{ "<!-->x", "a comment without a blank" },
	{ "<!--->x", "a comment without a blank" },
	{ "<!-- --!>", "a comment ends with -->" },
	{ "\n<p ", "a tag, a comment or a style does not end" },
	{ "<!-- x", "does not end" },
	{ "<style>p{}", "does not end" },
	{ "<title>", "does not end" },
};

START_TEST(refused)
{
	struct str content = str_of(refused_cases[_i].content);

	ck_assert_msg(parse(content) < 0, "taken: %s", content.p);
	ck_assert_msg(
	    strstr(err.text, refused_cases[_i].want) != NULL, "%s: %s", content.p, err.text);
	ck_assert_msg(strstr(err.text, "t.html line ") != NULL, "%s", err.text);
}
END_TEST

START_TEST(pages_have_their_fields)
{
	static const struct {
		const char *without, *want;
	} cases[] = {
		{ "email", "t.html line 3: the page login has no field name=\"email\"" },
		{ "password", "page login" },
		{ "remember", "page login" },
		{ "rd", "page login" },
		{ "token", "page login" },
		{ "session", "page account" },
		{ "others", "page account" },
		{ "current", "page password" },
		{ "new", "page password" },
		{ "again", "page password" },
	};
	static const char *const all[] = { "email", "password", "remember", "rd", "token",
		"session", "others", "current", "new", "again" };
	struct buf content;

	for (int i = 0; i < N(cases); i++) {
		buf_init(&content, 10000);
		buf_add_z(&content, "\n\n{{#page.login}}x{{/page.login}}");
		for (int k = 0; k < N(all); k++)
			if (strcmp(all[k], cases[i].without) != 0)
				buf_addf(&content, "<input name=\"%s\">", all[k]);
		ck_assert_int_lt(parse(buf_str(&content)), 0);
		ck_assert_msg(strstr(err.text, cases[i].want) != NULL, "%s", err.text);
		buf_fini(&content);
	}
	/* A field of another page does not count. */
	ck_assert_int_lt(parse(STR_LIT("{{^page.logout}}" FIELDS "{{/page.logout}}")), 0);
	ck_assert_ptr_nonnull(strstr(err.text, "the page logout has no field"));
}
END_TEST

START_TEST(too_long_or_no_text)
{
	char *content = malloc(TEMPLATE_MAX_BYTES + 1);

	memset(content, 'x', TEMPLATE_MAX_BYTES + 1);
	memcpy(content, FIELDS, strlen(FIELDS));
	ck_assert_int_eq(parse(str_mem(content, TEMPLATE_MAX_BYTES)), 0);
	ck_assert_int_lt(parse(str_mem(content, TEMPLATE_MAX_BYTES + 1)), 0);
	ck_assert_ptr_nonnull(strstr(err.text, "t.html is longer than 64 KiB"));
	free(content);
	ck_assert_int_lt(parse(STR_LIT("\xff" FIELDS)), 0);
	ck_assert_ptr_nonnull(strstr(err.text, "t.html is not UTF-8"));
	ck_assert_int_lt(parse(str_mem(FIELDS "\0", sizeof(FIELDS))), 0);
}
END_TEST

/* -------------------------------------------------------------------------------- styles */

static bool
allows(struct str source)
{
	struct str sources = template_style_sources(template);

	return memmem(sources.p, sources.n, source.p, source.n) != NULL;
}

START_TEST(hashes_of_styles)
{
	/* printf 'p{color:red}' | openssl dgst -sha256 -binary | base64 */
	static const char RED[] = "'sha256-p0bF+un5yUb9MBO6xRb8kPHlY2BdpHVtLiFkDrZPF64='";
	struct buf want;

	ck_assert_int_eq(parse(STR_LIT(FIELDS)), 0);
	unit_assert_str(template_style_sources(template), "'none'");
	ck_assert_int_eq(parse(STR_LIT("<style>p{color:red}</style>" FIELDS)), 0);
	unit_assert_str(template_style_sources(template), RED);
	/* Of what a browser sees: CR LF is LF to it. */
	ck_assert_int_eq(parse(STR_LIT("<style a=\"b\">\np{}\n</style>" FIELDS)), 0);
	buf_init(&want, 1000);
	buf_add_str(&want, template_style_sources(template));
	ck_assert_int_eq(parse(STR_LIT("<style>\r\np{}\r\n</STYLE\r\n>" FIELDS)), 0);
	ck_assert(str_eq(template_style_sources(template), buf_str(&want)));
	ck_assert_int_eq(
	    parse(STR_LIT("<style>p{color:red}</style>{{#user}}<style>\np{}\n</style>{{/user}}"
			  "<style></style>" FIELDS)),
	    0);
	ck_assert(str_starts_with(template_style_sources(template), STR_LIT(RED)));
	ck_assert(allows(buf_str(&want)));
	/* SHA-256 of nothing */
	ck_assert(allows(STR_LIT(" 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='")));
	buf_fini(&want);
}
END_TEST

START_TEST(a_text_alone)
{
	struct template_values values = { 0 };
	struct buf out;

	values.of[PAGE_USER] = STR_LIT("<a>");
	buf_init(&out, 100);
	template_fill_text(
	    texts_get(texts, 0, texts_find_key(texts, STR_LIT("hello"))), &values, &out);
	unit_assert_str(buf_str(&out), "Hello <a> & <you>");
	buf_fini(&out);
}
END_TEST

Suite *
check_template_suite(void)
{
	Suite *s = suite_create("gate/template");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, open_texts, close_texts);
	tcase_add_test(tc, values_texts_and_conditions);
	tcase_add_loop_test(tc, refused, 0, N(refused_cases));
	tcase_add_test(tc, pages_have_their_fields);
	tcase_add_test(tc, too_long_or_no_text);
	tcase_add_test(tc, hashes_of_styles);
	tcase_add_test(tc, a_text_alone);
	suite_add_tcase(s, tc);
	return s;
}
