/*
 * texts.h - what the pages say, in several languages
 *
 * Purpose    A file for each language, lines "key = text".  English says which keys there are, and what
 *            stands where another language has none.
 * Source     RFC 9110 section 12.5.4 (Accept-Language), RFC 4647 section 3.4 (lookup).
 * Calling    texts_new(); texts_add() for English first, then for the others, again for what replaces
 *            some of a language; texts_free().
 * Ownership  Texts are copied.
 * Errors     Negative errno with a message that names file and line.
 * Threads    From any thread, once all is added.
 */
#ifndef GATE_TEXTS_H
#define GATE_TEXTS_H

#include "core/err.h"
#include "core/str.h"

#define TEXTS_MAX_BYTES 65536 /* of a file */

struct texts;

int texts_new(struct texts **ret);
void texts_free(struct texts *texts); /* accepts NULL */

/*
 * lang: "de", "pt-br".  A key that English does not have is refused: it would never be shown.  An
 * empty line, and one that begins with #, says nothing.  A text may hold {{name}} of page_names.h,
 * a value of the page; it is shown as it is otherwise, no markup.  path is for messages.
 */
int texts_add(struct texts *texts, struct str lang, struct str content, const char *path,
    struct err *err);

/* Is it what a language may be called: letters and digits, with hyphens between? */
bool texts_is_lang(struct str lang);

/* -1: there is none. */
int texts_find_lang(const struct texts *texts, struct str lang);
int texts_find_key(const struct texts *texts, struct str key);

/* Which of the languages suits a browser best; English where none does. */
int texts_choose(const struct texts *texts, struct str accept_language);

/* "de" */
struct str texts_lang(const struct texts *texts, int lang);

/* In English, where the language has none. */
struct str texts_get(const struct texts *texts, int lang, int key);

#endif
