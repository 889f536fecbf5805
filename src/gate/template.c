/* template.c - see template.h */
#include "gate/template.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "core/utf8.h"
#include "gate/html.h"
#include "gate/template_ops.h"

#define DEPTH_MAX   16
#define STYLES_MAX  8
#define TRIAL_BYTES (1024 * 1024)

struct section {
	size_t op;
	struct html html;
	unsigned line;
};

struct parser {
	struct template *template;
	const char *path;
	struct err *err;
	struct str content;
	size_t at;
	unsigned line;
	struct html html;
	size_t style_at; /* of the last <style> */
	unsigned n_styles;
	struct section sections[DEPTH_MAX];
	unsigned depth;
};

static int
refuse(const struct parser *parser, const char *problem)
{
	return err_set(
	    parser->err, -EINVAL, "%s line %u: %s", parser->path, parser->line, problem);
}

static int
refuse_name(const struct parser *parser, const char *problem, struct str name)
{
	return err_set(parser->err, -EINVAL, "%s line %u: %s{{%.*s}}", parser->path,
	    parser->line, problem, STR_FMT(str_take(name, 64)));
}

static int
add_op(struct parser *parser, struct op op)
{
	struct template *template = parser->template;

	if (template->n_ops == template->n_room) {
		size_t room = 2 * template->n_room + 64;
		struct op *more = reallocarray(template->ops, room, sizeof(*more));

		if (more == NULL)
			return err_set(parser->err, -ENOMEM, "no memory");
		template->ops = more;
		template->n_room = room;
	}
	template->ops[template->n_ops++] = op;
	return 0;
}

/* ---------------------------------------------------------------------- what stands there */

/* CSP level 3, section 8.3: the hash of the text between the tags. */
static int
add_style(struct parser *parser, size_t end)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char text[sodium_base64_ENCODED_LEN(
	    crypto_hash_sha256_BYTES, sodium_base64_VARIANT_ORIGINAL)];
	struct buf *styles = &parser->template->styles;

	if (parser->n_styles++ == STYLES_MAX)
		return refuse(parser, "more than 8 <style>");
	(void)crypto_hash_sha256(hash,
	    (const unsigned char *)parser->content.p + parser->style_at,
	    end - parser->style_at);
	(void)sodium_bin2base64(
	    text, sizeof(text), hash, sizeof(hash), sodium_base64_VARIANT_ORIGINAL);
	buf_addf(styles, "%s'sha256-%s'", styles->n > 0 ? " " : "", text);
	return 0;
}

/* n bytes of the file, as a browser reads them. */
static int
take_literal(struct parser *parser, size_t n)
{
	size_t end = parser->at + n;
	int r = add_op(parser, (struct op){ .kind = OP_TEXT, .at = parser->at, .n = n });

	while (r == 0 && parser->at < end) {
		enum html_state before = parser->html.state;
		struct str rest = str_mem(parser->content.p + parser->at, end - parser->at);
		size_t n_read;
		const char *problem = html_read(&parser->html, rest, &n_read);

		if (problem != NULL)
			return refuse(parser, problem);
		if (before == HTML_STYLE && parser->html.state != HTML_STYLE)
			r = add_style(parser, parser->at);
		if (rest.p[0] == '\n')
			parser->line++;
		parser->at += n_read;
		if (before != HTML_STYLE && parser->html.state == HTML_STYLE)
			parser->style_at = parser->at;
	}
	return r;
}

/* Is it one of sessions, and does it stand in them? */
static bool
is_in_place(const struct parser *parser, enum page_name name)
{
	const struct op *ops = parser->template->ops;

	for (unsigned i = 0; i < parser->depth; i++)
		if (ops[parser->sections[i].op].kind == OP_EACH)
			return page_name_kind(name) != PAGE_NAME_LIST;
	return page_name_kind(name) != PAGE_NAME_SESSION;
}

static int
take_value(struct parser *parser, struct str text)
{
	int name = page_name_find(text), key;
	const char *problem = html_value(
	    &parser->html, name >= 0 && page_name_kind((enum page_name)name) == PAGE_NAME_URL);

	if (problem != NULL)
		return refuse(parser, problem);
	if (str_starts_with(text, STR_LIT("t."))) {
		if ((key = texts_find_key(parser->template->texts, str_skip(text, 2))) < 0)
			return refuse_name(parser, "no text is called ", text);
		return add_op(parser, (struct op){ .kind = OP_KEY, .what = key });
	}
	if (name < 0)
		return refuse_name(parser, "nothing is called ", text);
	if (page_name_kind((enum page_name)name) == PAGE_NAME_PAGE ||
	    page_name_kind((enum page_name)name) == PAGE_NAME_LIST)
		return refuse_name(parser, "a condition, no value: ", text);
	if (!is_in_place(parser, (enum page_name)name))
		return refuse_name(parser, "only in {{#sessions}} there is ", text);
	return add_op(parser, (struct op){ .kind = OP_VALUE, .what = name });
}

static int
begin_section(struct parser *parser, struct str text)
{
	int name = page_name_find(str_skip(text, 1)), r;
	const char *problem = html_section(&parser->html);
	enum op_kind kind = text.p[0] == '^' ? OP_UNLESS : OP_IF;

	if (problem != NULL)
		return refuse(parser, problem);
	if (name < 0)
		return refuse_name(parser, "nothing is called ", str_skip(text, 1));
	if (!is_in_place(parser, (enum page_name)name))
		return refuse_name(parser, "cannot stand here: ", text);
	if (parser->depth == DEPTH_MAX)
		return refuse(parser, "more than 16 conditions in one another");
	if (kind == OP_IF && page_name_kind((enum page_name)name) == PAGE_NAME_LIST)
		kind = OP_EACH;
	if ((r = add_op(parser, (struct op){ .kind = kind, .what = name })) != 0)
		return r;
	parser->sections[parser->depth++] =
	    (struct section){ parser->template->n_ops - 1, parser->html, parser->line };
	return 0;
}

static int
end_section(struct parser *parser, struct str text)
{
	int name = page_name_find(str_skip(text, 1));
	struct template *template = parser->template;
	const struct section *section;
	const char *problem = html_section(&parser->html);

	if (problem != NULL)
		return refuse(parser, problem);
	if (parser->depth == 0)
		return refuse_name(parser, "nothing began that ends here: ", text);
	section = &parser->sections[--parser->depth];
	if (template->ops[section->op].what != name)
		return err_set(parser->err, -EINVAL,
		    "%s line %u: {{%.*s}} ends what began in line %u as {{#%s}}", parser->path,
		    parser->line, STR_FMT(str_take(text, 64)), section->line,
		    page_name_text((enum page_name) template->ops[section->op].what));
	if (!html_join(&parser->html, &section->html))
		return refuse_name(
		    parser, "it began in another place, such as outside of a tag: ", text);
	template->ops[section->op].next = template->n_ops + 1;
	return add_op(parser, (struct op){ .kind = OP_END });
}

/* What stands between {{ and }}. */
static int
take_braces(struct parser *parser)
{
	struct str rest = str_skip(parser->content, parser->at + 2), text;
	const char *end = memmem(rest.p, rest.n, "}}", 2);
	int r;

	if (end == NULL)
		return refuse(parser, "{{ without }}");
	text = str_take(rest, (size_t)(end - rest.p));
	/* Gone, it leaves what stood on its two sides as one: a browser would read that in another way. */
	if (str_starts_with(text, STR_LIT("!")))
		r = html_section(&parser->html) == NULL
			? 0
			: refuse(parser, "{{! }} stands in text, between attributes, or in "
					 "double quotes");
	else if (str_starts_with(text, STR_LIT("#")) || str_starts_with(text, STR_LIT("^")))
		r = begin_section(parser, text);
	else if (str_starts_with(text, STR_LIT("/")))
		r = end_section(parser, text);
	else
		r = take_value(parser, text);
	for (size_t i = 0; i < text.n; i++)
		parser->line += text.p[i] == '\n';
	parser->at += text.n + 4;
	return r;
}

static int
parse(struct parser *parser)
{
	int r = 0;

	while (r == 0 && parser->at < parser->content.n) {
		struct str rest = str_skip(parser->content, parser->at);
		const char *braces = memmem(rest.p, rest.n, "{{", 2);

		if (braces == rest.p)
			r = take_braces(parser);
		else
			r = take_literal(
			    parser, braces != NULL ? (size_t)(braces - rest.p) : rest.n);
	}
	if (r != 0)
		return r;
	if (parser->depth > 0) {
		const struct section *section = &parser->sections[parser->depth - 1];

		parser->line = section->line;
		return refuse_name(parser, "never ends: ",
		    str_of(page_name_text(
			(enum page_name)parser->template->ops[section->op].what)));
	}
	if (parser->html.state != HTML_TEXT)
		return refuse(parser, "a tag, a comment or a style does not end");
	return 0;
}

/* ------------------------------------------------------------ whether all is in the pages */

/* Without these fields a form is of no use. */
static const struct {
	enum page_name page;
	const char *fields[5];
} needs[] = {
	{ PAGE_LOGIN, { "email", "password", "remember", "rd", "token" } },
	{ PAGE_LOGOUT, { "rd", "token" } },
	{ PAGE_ACCOUNT, { "session", "others", "token" } },
	{ PAGE_PASSWORD, { "current", "new", "again", "token" } },
};

static void
trial_session(void *arg, size_t i, struct template_values *ret)
{
	(void)arg;
	(void)i;
	for (int name = PAGE_SESSIONS + 1; name < PAGE_NAMES_N; name++)
		ret->of[name] = STR_LIT("x");
	ret->of[PAGE_IS_THIS] = STR_NULL;
}

/* In which line does the page begin?  The last: nowhere. */
static unsigned
line_of_page(const struct template *template, enum page_name page)
{
	unsigned line = 1;

	for (size_t i = 0; i < template->n_ops; i++) {
		const struct op *op = &template->ops[i];

		if (op->kind == OP_IF && op->what == (int)page)
			return line;
		for (size_t k = 0; op->kind == OP_TEXT && k < op->n; k++)
			line += template->content.p[op->at + k] == '\n';
	}
	return line;
}

static int
check_page(const struct template *template, const char *path, size_t which, struct err *err)
{
	struct template_page page = { .n_sessions = 1, .session = trial_session };
	struct buf out, field;
	int r = 0;

	for (int name = PAGE_ERROR + 1; name < PAGE_SESSIONS; name++)
		page.values.of[name] = STR_LIT("x");
	page.values.of[needs[which].page] = STR_LIT("x");
	buf_init(&out, TRIAL_BYTES);
	buf_init(&field, 100);
	template_render(template, &page, &out);
	for (size_t i = 0; r == 0 && i < 5 && needs[which].fields[i] != NULL; i++) {
		buf_clear(&field);
		buf_addf(&field, " name=\"%s\"", needs[which].fields[i]);
		if (buf_error(&out) == 0 && buf_error(&field) == 0 &&
		    (out.n == 0 || memmem(out.p, out.n, field.p, field.n) == NULL))
			r = err_set(err, -EINVAL, "%s line %u: the page %s has no field%s",
			    path, line_of_page(template, needs[which].page),
			    page_name_text(needs[which].page) + strlen("page."),
			    buf_str(&field).p);
	}
	if (r == 0 && (r = buf_error(&out) != 0 ? buf_error(&out) : buf_error(&field)) != 0)
		(void)err_set(err, r, "%s: no memory, or a page is longer than 1 MiB", path);
	buf_fini(&field);
	buf_fini(&out);
	return r;
}

/* ------------------------------------------------------------------------- beginning */

/* The HTML standard, section 13.2.3.5: CR LF, and CR, are LF. */
static void
take_content(struct str content, struct buf *out)
{
	for (size_t i = 0; i < content.n; i++)
		if (content.p[i] != '\r')
			buf_add_char(out, content.p[i]);
		else if (i + 1 == content.n || content.p[i + 1] != '\n')
			buf_add_char(out, '\n');
}

int
template_parse(struct str content, const char *path, const struct texts *texts,
    struct template **ret, struct err *err)
{
	struct parser parser = { .path = path, .err = err, .line = 1, .html = HTML_BEGIN };
	struct template *template;
	int r;

	if (content.n > TEMPLATE_MAX_BYTES)
		return err_set(err, -EFBIG, "%s is longer than 64 KiB", path);
	if (!utf8_is_valid(content) || str_index(content, '\0') >= 0)
		return err_set(err, -EINVAL, "%s is not UTF-8", path);
	if ((template = calloc(1, sizeof(*template))) == NULL)
		return err_set(err, -ENOMEM, "no memory");
	template->texts = texts;
	buf_init(&template->content, TEMPLATE_MAX_BYTES);
	buf_init(&template->styles, 1024);
	take_content(content, &template->content);
	parser.template = template;
	parser.content = buf_str(&template->content);
	r = parse(&parser);
	for (size_t i = 0; r == 0 && i < sizeof(needs) / sizeof(needs[0]); i++)
		r = check_page(template, path, i, err);
	if (r == 0 && template->styles.n == 0)
		buf_add_z(&template->styles, "'none'");
	if (r == 0 && (buf_error(&template->content) != 0 || buf_error(&template->styles) != 0))
		r = err_set(err, -ENOMEM, "no memory");
	if (r == 0)
		*ret = template;
	else
		template_free(template);
	return r;
}

void
template_free(struct template *template)
{
	if (template == NULL)
		return;
	buf_fini(&template->content);
	buf_fini(&template->styles);
	free(template->ops);
	free(template);
}

struct str
template_style_sources(const struct template *template)
{
	return buf_str(&template->styles);
}
