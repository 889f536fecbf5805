/* check_page_files.c - tests of src/gate/page_files.c, and of the files that are built in */
#include "unit/unit.h"

#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "core/buf.h"
#include "gate/page_files.h"
#include "unit/tmp.h"

Suite *check_page_files_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))
#define FIELDS                                                                     \
	"<input name=\"email\"><input name=\"password\"><input name=\"remember\">" \
	"<input name=\"rd\"><input name=\"token\"><input name=\"session\">"        \
	"<input name=\"others\"><input name=\"current\"><input name=\"new\">"      \
	"<input name=\"again\">"

static struct page_files *files;
static struct err err;

static void
begin(void)
{
	ck_assert_int_ne(sodium_init(), -1);
	tmp_make();
}

static void
end(void)
{
	page_files_close(files);
	files = NULL;
	tmp_remove();
}

static int
open_dir(const char *dir)
{
	page_files_close(files);
	files = NULL;
	err.text[0] = '\0';
	return page_files_open(dir, false, &files, &err);
}

static void
write_file(const char *name, const char *content)
{
	tmp_write(name, content, 0600);
}

START_TEST(what_is_built_in)
{
	unsigned n_templates, n_languages, n_read;
	const struct texts *texts;

	ck_assert_int_eq(open_dir(NULL), 0);
	ck_assert_ptr_nonnull(page_files_template(files, STR_LIT("default")));
	ck_assert_ptr_null(page_files_template(files, STR_LIT("other")));
	ck_assert_ptr_null(page_files_template(files, STR_NULL));
	texts = page_files_texts(files);
	ck_assert_int_eq(texts_find_lang(texts, STR_LIT("en")), 0);
	ck_assert_int_gt(texts_find_lang(texts, STR_LIT("de")), 0);
	page_files_count(files, &n_templates, &n_languages, &n_read);
	ck_assert_uint_eq(n_templates, 1);
	ck_assert_uint_ge(n_languages, 4);
	ck_assert_uint_eq(n_read, 0);
}
END_TEST

/* share/pages/embed was run after each change. */
START_TEST(what_is_built_in_is_what_is_shipped)
{
	const char *srcdir = getenv("srcdir");
	char command[1000];

	(void)snprintf(command, sizeof(command),
	    "cd '%s' && share/pages/embed share/pages | cmp - src/gate/builtin_pages.inc",
	    srcdir != NULL ? srcdir : ".");
	ck_assert_msg(
	    system(command) == 0, "run: share/pages/embed >src/gate/builtin_pages.inc");
}
END_TEST

/* No language lacks a text: nobody would see that it does. */
START_TEST(all_languages_have_all_texts)
{
	const char *srcdir = getenv("srcdir");
	static const char *const langs[] = { "de", "es", "fr" };
	char command[1000];

	for (int i = 0; i < N(langs); i++) {
		(void)snprintf(command, sizeof(command),
		    "cd '%s/share/pages' && keys() { sed -n '/^#/d; s/ = .*//p' $1.txt; }; "
		    "[ \"$(keys en)\" = \"$(keys %s)\" ]",
		    srcdir != NULL ? srcdir : ".", langs[i]);
		ck_assert_msg(
		    system(command) == 0, "%s.txt has not the keys of en.txt", langs[i]);
	}
}
END_TEST

START_TEST(an_operators_own)
{
	unsigned n_templates, n_languages, n_read;
	const struct texts *texts;
	int key;

	write_file("default.html", "own" FIELDS);
	write_file("board.html", "{{t.board}}" FIELDS);
	write_file("en.txt", "board = Board\nsign_in = Come in\n");
	write_file("nl.txt", "sign_in = Aanmelden\n");
	write_file("README", "no page");
	write_file("old.html~", "{{");
	write_file(".hidden.html", "{{");
	ck_assert_msg(open_dir(tmp_path) == 0, "%s", err.text);
	page_files_count(files, &n_templates, &n_languages, &n_read);
	ck_assert_uint_eq(n_templates, 2);
	ck_assert_uint_eq(n_read, 4);
	ck_assert_ptr_nonnull(page_files_template(files, STR_LIT("board")));
	texts = page_files_texts(files);
	key = texts_find_key(texts, STR_LIT("sign_in"));
	unit_assert_str(texts_get(texts, 0, key), "Come in");
	unit_assert_str(
	    texts_get(texts, texts_find_lang(texts, STR_LIT("nl")), key), "Aanmelden");
	/* What the operator's file does not have is what was there. */
	unit_assert_str(
	    texts_get(texts, 0, texts_find_key(texts, STR_LIT("password"))), "Password");
}
END_TEST

START_TEST(refused)
{
	static const struct {
		const char *name, *content, *want;
	} cases[] = {
		{ "default.html", "\n{{user", "/default.html line 2: {{ without }}" },
		{ "a b.html", FIELDS, "/a b.html: GATE_PAGES cannot name it" },
		{ "de.txt", "a = b", "/de.txt line 1: the English texts have no \"a\"" },
		{ "d_e.txt", "", "/d_e.txt: no language is called \"d_e\"" },
	};
	char path[400];

	for (int i = 0; i < N(cases); i++) {
		write_file(cases[i].name, cases[i].content);
		ck_assert_int_lt(open_dir(tmp_path), 0);
		ck_assert_msg(
		    strstr(err.text, cases[i].want) != NULL, "%s: %s", cases[i].name, err.text);
		ck_assert_int_eq(unlinkat(tmp_fd, cases[i].name, 0), 0);
	}
	ck_assert_int_eq(mkfifoat(tmp_fd, "pipe.html", 0600), 0);
	ck_assert_int_lt(open_dir(tmp_path), 0);
	ck_assert_ptr_nonnull(strstr(err.text, "/pipe.html is no file"));
	ck_assert_int_eq(unlinkat(tmp_fd, "pipe.html", 0), 0);
	ck_assert_int_eq(symlinkat("nowhere", tmp_fd, "x.html"), 0);
	ck_assert_int_lt(open_dir(tmp_path), 0);
	ck_assert_ptr_nonnull(strstr(err.text, "cannot read"));
	(void)snprintf(path, sizeof(path), "%s/absent", tmp_path);
	ck_assert_int_lt(open_dir(path), 0);
	ck_assert_ptr_nonnull(strstr(err.text, "/absent: No such file"));
	ck_assert_int_eq(page_files_open(path, true, &files, &err), 0);
}
END_TEST

/* --------------------------------------------------------------------------- the pages */

static void
fill_session(void *arg, size_t i, struct template_values *ret)
{
	(void)arg;
	(void)i;
	ret->of[PAGE_BROWSER] = STR_LIT("Firefox, Linux");
	ret->of[PAGE_HANDLE] = STR_LIT("00112233445566778899");
}

static void
render(enum page_name name, int lang, struct buf *out)
{
	struct template_page page = { .lang = lang, .n_sessions = 2, .session = fill_session };

	page.values.of[name] = STR_LIT("1");
	page.values.of[PAGE_USER] = STR_LIT("ann@example.org");
	page.values.of[PAGE_USER_NAME] = STR_LIT("Ann");
	page.values.of[PAGE_PREFIX] = STR_LIT("/_gate/");
	page.values.of[PAGE_RD] = STR_LIT("/wiki/start");
	page.values.of[PAGE_ERROR_TEXT] = STR_LIT("Something is wrong.");
	page.values.of[PAGE_TOKEN] =
	    STR_LIT("000000006929f0d0.00112233445566778899aabbccddeeff");
	buf_init(out, 100000);
	template_render(page_files_template(files, STR_LIT("default")), &page, out);
	ck_assert_int_eq(buf_error(out), 0);
}

START_TEST(each_page_in_each_language)
{
	unsigned n_templates, n_languages, n_read;
	struct buf out;

	ck_assert_int_eq(open_dir(NULL), 0);
	page_files_count(files, &n_templates, &n_languages, &n_read);
	for (unsigned lang = 0; lang < n_languages; lang++)
		for (int name = PAGE_LOGIN; name <= PAGE_ERROR; name++) {
			render((enum page_name)name, (int)lang, &out);
			ck_assert_uint_lt(out.n, 5 * 1024);
			buf_add_char(&out, '\0');
			ck_assert_ptr_null(strstr(out.p, "{{"));
			ck_assert_ptr_nonnull(strstr(out.p, "<h1>"));
			ck_assert_ptr_null(strstr(out.p, "<h1></h1>"));
			buf_fini(&out);
		}
}
END_TEST

START_TEST(the_sign_in_is_below_4_kib)
{
	struct buf out;

	ck_assert_int_eq(open_dir(NULL), 0);
	render(PAGE_LOGIN, texts_find_lang(page_files_texts(files), STR_LIT("de")), &out);
	ck_assert_uint_lt(out.n, 4096);
	buf_fini(&out);
}
END_TEST

/* ------------------------------------------------------------------------- contrast */

/* WCAG 2.2, "relative luminance", of "#fff" or "#1f57ad". */
static double
luminance(const char *color)
{
	static const double weights[] = { 0.2126, 0.7152, 0.0722 };
	size_t n = strspn(color + 1, "0123456789abcdef");
	unsigned long rgb = strtoul(color + 1, NULL, 16);
	double sum = 0;

	ck_assert(color[0] == '#' && (n == 3 || n == 6));
	for (int i = 0; i < 3; i++) {
		unsigned long part =
		    n == 6 ? rgb >> (16 - 8 * i) & 0xff : (rgb >> (8 - 4 * i) & 0xf) * 0x11;
		double c = (double)part / 255;

		sum += weights[i] * (c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
	}
	return sum;
}

/* Of the colours that style says, ":root{--ink:#...". */
static double
contrast(const char *style, const char *a, const char *b)
{
	const char *names[] = { a, b };
	double its[2];

	for (int i = 0; i < 2; i++) {
		char want[40];
		const char *at;

		(void)snprintf(want, sizeof(want), "--%s:", names[i]);
		ck_assert_ptr_nonnull(at = strstr(style, want));
		its[i] = luminance(at + strlen(want)) + 0.05;
	}
	return its[0] > its[1] ? its[0] / its[1] : its[1] / its[0];
}

/* WCAG 2.2 AA: 4.5 for text, 3 for the borders of fields, in the light and in the dark. */
START_TEST(colours_are_told_apart)
{
	static const struct {
		const char *front, *back;
		double least;
	} pairs[] = { { "ink", "card", 4.5 }, { "soft", "card", 4.5 }, { "main", "card", 4.5 },
		{ "on", "main", 4.5 }, { "bad", "page", 4.5 }, { "good", "page", 4.5 },
		{ "good", "card", 4.5 }, { "edge", "card", 3 } };
	const char *style;
	struct buf out;

	ck_assert_int_eq(open_dir(NULL), 0);
	render(PAGE_LOGIN, 0, &out);
	buf_add_char(&out, '\0');
	style = out.p;
	for (int scheme = 0; scheme < 2; scheme++) {
		ck_assert_ptr_nonnull(style = strstr(style + 1, ":root{"));
		for (int i = 0; i < N(pairs); i++)
			ck_assert_msg(
			    contrast(style, pairs[i].front, pairs[i].back) >= pairs[i].least,
			    "%d %s on %s: %.1f", scheme, pairs[i].front, pairs[i].back,
			    contrast(style, pairs[i].front, pairs[i].back));
	}
	buf_fini(&out);
}
END_TEST

Suite *
check_page_files_suite(void)
{
	Suite *s = suite_create("gate/page_files");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, what_is_built_in);
	tcase_add_test(tc, what_is_built_in_is_what_is_shipped);
	tcase_add_test(tc, all_languages_have_all_texts);
	tcase_add_test(tc, an_operators_own);
	tcase_add_test(tc, refused);
	tcase_add_test(tc, each_page_in_each_language);
	tcase_add_test(tc, the_sign_in_is_below_4_kib);
	tcase_add_test(tc, colours_are_told_apart);
	suite_add_tcase(s, tc);
	return s;
}
