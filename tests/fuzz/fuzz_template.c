/* fuzz_template.c - a template: what is taken shows a value in no place where it could do harm */
#include "gate/template.h"

#include <sodium.h>

#include "fuzz/fuzz.h"

/* So that the file at hand need not have them. */
#define FIELDS                                                                     \
	"<input name=\"email\"><input name=\"password\"><input name=\"remember\">" \
	"<input name=\"rd\"><input name=\"token\"><input name=\"session\">"        \
	"<input name=\"others\"><input name=\"current\"><input name=\"new\">"      \
	"<input name=\"again\">"

#define EVIL "\"><script>'`= onx=javascript:&lt;"

static struct texts *texts;

static void
fill(struct template_values *values, struct str value, struct str url)
{
	for (int name = 0; name < PAGE_NAMES_N; name++)
		values->of[name] =
		    page_name_kind((enum page_name)name) == PAGE_NAME_URL ? url : value;
}

static void
session(void *arg, size_t i, struct template_values *ret)
{
	(void)i;
	*ret = *(const struct template_values *)arg;
}

static void
render(const struct template *template, struct str value, struct str url, struct buf *out)
{
	struct template_page page = { .n_sessions = 2, .session = session };

	fill(&page.values, value, url);
	page.arg = &page.values;
	buf_init(out, 16 << 20);
	template_render(template, &page, out);
}

/* The bytes that make tags and attributes, in their order: no value may add one. */
static void
skeleton(struct str html, struct buf *out)
{
	buf_init(out, 16 << 20);
	for (size_t i = 0; i < html.n; i++)
		if (html.p[i] != '\0' && strchr("<>\"'", html.p[i]) != NULL)
			buf_add_char(out, html.p[i]);
}

static void
check(const struct template *template)
{
	struct buf evil, benign, evil_bones, benign_bones;

	render(template, STR_LIT(EVIL), STR_LIT("/\"><script>"), &evil);
	render(template, STR_LIT("x"), STR_LIT("/x"), &benign);
	if (buf_error(&evil) == 0) {
		skeleton(buf_str(&evil), &evil_bones);
		skeleton(buf_str(&benign), &benign_bones);
		fuzz_promise(str_eq(buf_str(&evil_bones), buf_str(&benign_bones)));
		buf_fini(&evil_bones);
		buf_fini(&benign_bones);
	}
	buf_fini(&evil);
	buf_fini(&benign);
	/* What is empty is a page, too. */
	render(template, STR_NULL, STR_NULL, &benign);
	buf_fini(&benign);
	fuzz_promise(template_style_sources(template).n > 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct template *template;
	struct err err = { "" };
	struct buf content;

	if (texts == NULL)
		fuzz_promise(
		    sodium_init() != -1 && texts_new(&texts) == 0 &&
		    texts_add(texts, STR_LIT("en"),
			STR_LIT("sign_in = Sign <in> {{user}} \"now\"\n"), "en", &err) == 0);
	buf_init(&content, size + sizeof(FIELDS));
	buf_add(&content, data, size);
	buf_add_z(&content, FIELDS);
	if (template_parse(buf_str(&content), "x.html", texts, &template, &err) == 0) {
		check(template);
		template_free(template);
	} else {
		fuzz_promise(err.text[0] != '\0');
	}
	buf_fini(&content);
	return 0;
}
