/*
 * html.h - where in an HTML document one is
 *
 * Purpose    For template.c: reads the document piece by piece as a browser's tokenizer does, and says
 *            whether a value may stand there.  What is odd, or made to run, is refused: an operator's
 *            page has no need of it.
 * Source     The HTML standard, section 13.2.5.
 * Errors     A text that says what is wrong; NULL: nothing.
 */
#ifndef GATE_HTML_H
#define GATE_HTML_H

#include <stdbool.h>

#include "core/str.h"

#define HTML_NAME_BYTES 16 /* longer names are of nothing that matters */

enum html_state {
	HTML_TEXT,
	HTML_RAW,      /* in <title> or <textarea>: text, and no tags */
	HTML_STYLE,    /* in <style> */
	HTML_TAG_OPEN, /* behind the < */
	HTML_TAG_NAME,
	HTML_IN_TAG, /* before an attribute */
	HTML_ATTRIBUTE,
	HTML_AFTER_ATTRIBUTE, /* blanks behind its name */
	HTML_BEFORE_VALUE,
	HTML_QUOTED,
	HTML_SINGLE_QUOTED,
	HTML_UNQUOTED,
	HTML_DECLARATION, /* <!doctype */
	HTML_COMMENT,
};

struct html {
	enum html_state state;
	bool is_end_tag;
	/* HTML_QUOTED: something stands before; of an address: what, no value can turn into another scheme. */
	bool has_begun, has_scheme;
	unsigned n_name; /* of the tag, then of the attribute */
	char tag[HTML_NAME_BYTES], attribute[HTML_NAME_BYTES];
	unsigned n_attribute;
};

#define HTML_BEGIN ((struct html){ .state = HTML_TEXT })

/* What stands at the beginning of rest; *ret_n: how many bytes of it were read, at least 1. */
const char *html_read(struct html *html, struct str rest, size_t *ret_n);

/* May a value stand here?  is_url: of one that is checked to be an address of a host that may be. */
const char *html_value(struct html *html, bool is_url);

/* May a condition begin or end here? */
const char *html_section(struct html *html);

/* A condition that began at begin ends here: one goes on as if it had been read or left out.  False: it cannot. */
bool html_join(struct html *html, const struct html *begin);

#endif
