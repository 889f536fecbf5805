/* template_render.c - see template.h */
#include "gate/template_ops.h"

static void
add(struct buf *out, struct str text, bool escape)
{
	for (size_t i = 0; escape && i < text.n; i++) {
		const char *entity = text.p[i] == '&'    ? "&amp;"
				     : text.p[i] == '<'  ? "&lt;"
				     : text.p[i] == '>'  ? "&gt;"
				     : text.p[i] == '"'  ? "&quot;"
				     : text.p[i] == '\'' ? "&#39;"
							 : NULL;

		if (entity == NULL)
			continue;
		buf_add(out, text.p, i);
		buf_add_z(out, entity);
		text = str_skip(text, i + 1);
		i = (size_t)-1;
	}
	buf_add_str(out, text);
}

/* A text was looked at when it was read: each name in it is there. */
static void
fill(struct str text, const struct template_values *values, bool escape, struct buf *out)
{
	const char *braces;

	while ((braces = memmem(text.p, text.n, "{{", 2)) != NULL) {
		size_t n = (size_t)(braces - text.p);
		struct str rest = str_skip(text, n + 2);
		const char *end = memmem(rest.p, rest.n, "}}", 2);
		int name =
		    end != NULL ? page_name_find(str_take(rest, (size_t)(end - rest.p))) : -1;

		add(out, str_take(text, n), escape);
		if (name < 0)
			return;
		add(out, values->of[name], escape);
		text = str_skip(rest, (size_t)(end - rest.p) + 2);
	}
	add(out, text, escape);
}

void
template_fill_text(struct str text, const struct template_values *values, struct buf *out)
{
	fill(text, values, false, out);
}

static void render(const struct template *template, const struct template_page *page,
    const struct template_values *values, size_t from, size_t to, struct buf *out);

static void
render_each(const struct template *template, const struct template_page *page, size_t from,
    size_t to, struct buf *out)
{
	for (size_t i = 0; i < page->n_sessions; i++) {
		struct template_values values = page->values;

		page->session(page->arg, i, &values);
		render(template, page, &values, from, to, out);
	}
}

static void
render(const struct template *template, const struct template_page *page,
    const struct template_values *values, size_t from, size_t to, struct buf *out)
{
	for (size_t i = from; i < to; i++) {
		const struct op *op = &template->ops[i];
		bool is_there = false;

		if (op->kind == OP_IF || op->kind == OP_UNLESS)
			is_there = op->what == PAGE_SESSIONS ? page->n_sessions > 0
							     : values->of[op->what].n > 0;
		switch (op->kind) {
		case OP_TEXT:
			buf_add(out, template->content.p + op->at, op->n);
			break;
		case OP_VALUE:
			add(out, values->of[op->what], true);
			break;
		case OP_KEY:
			fill(texts_get(template->texts, page->lang, op->what), values, true,
			    out);
			break;
		case OP_IF:
		case OP_UNLESS:
			if (is_there == (op->kind == OP_UNLESS))
				i = op->next - 1;
			break;
		case OP_EACH:
			render_each(template, page, i + 1, op->next - 1, out);
			i = op->next - 1;
			break;
		case OP_END:
			break;
		}
	}
}

void
template_render(
    const struct template *template, const struct template_page *page, struct buf *out)
{
	render(template, page, &page->values, 0, template->n_ops, out);
}
