/*
 * template.h - the pages as an operator wants them: one HTML file
 *
 * Purpose    {{name}}       a value, always escaped: there is no other form
 *            {{t.key}}      a text in the visitor's language, escaped too
 *            {{#name}} ... {{/name}}   if there is such a value; for each of sessions
 *            {{^name}} ... {{/name}}   if there is none
 *            {{! ... }}     nothing
 *            The names are those of page_names.h.  No value can begin a tag, an attribute, a script or
 *            an address: the file is read as a browser does, and refused where one stands in another
 *            place than text or a value in double quotes.
 * Source     The HTML standard, section 13.2.5 (tokenization); for the hash CSP level 3 section 8.
 * Calling    template_parse(); template_render() any number of times; template_free().
 * Ownership  The template keeps copies.  Texts are borrowed and must live as long.
 * Errors     Negative errno with a message that names file and line.
 * Threads    From any thread, once it is there.
 */
#ifndef GATE_TEMPLATE_H
#define GATE_TEMPLATE_H

#include "core/buf.h"
#include "core/err.h"
#include "gate/page_names.h"
#include "gate/texts.h"

#define TEMPLATE_MAX_BYTES 65536

struct template;

struct template_values {
	struct str of[PAGE_NAMES_N]; /* empty: there is none; each page_name by itself */
};

/* One page. */
struct template_page {
	struct template_values values; /* that of the page is any text */
	int lang;                      /* of the texts */
	size_t n_sessions;
	/* Fills in the values of one of the list; the others are empty. */
	void (*session)(void *arg, size_t i, struct template_values *ret);
	void *arg;
};

/* path is for messages. */
int template_parse(struct str content, const char *path, const struct texts *texts,
    struct template **ret, struct err *err);
void template_free(struct template *template); /* accepts NULL */

/* What style-src of a Content-Security-Policy is to allow: the hash of each <style>, or 'none'. */
struct str template_style_sources(const struct template *template);

void template_render(
    const struct template *template, const struct template_page *page, struct buf *out);

/* Append a text of the pages, its names replaced by values; no HTML. */
void template_fill_text(struct str text, const struct template_values *values, struct buf *out);

#endif
