/*
 * groups.h - the groups of a user, as one text: "admin,staff"
 *
 * Purpose    Sorted by byte, each name once, no blank between them: so it is kept, compared and
 *            handed on as it is.  "" and STR_NULL: none.
 * Ownership  Views of the caller's text.
 * Errors     GROUPS_E_*; -ENOMEM.
 */
#ifndef CORE_GROUPS_H
#define CORE_GROUPS_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/str.h"

#define GROUPS_MAX            64 /* of one user */
#define GROUPS_NAME_MAX_BYTES 64
#define GROUPS_MAX_BYTES      (GROUPS_MAX * (GROUPS_NAME_MAX_BYTES + 1)) /* of the text */

/* In words that follow "a group's name is ". */
#define GROUPS_NAME_RULE "1 to 64 letters, digits, dots, hyphens and underscores (ASCII)"

enum {
	GROUPS_E_NAME = 1, /* one of the names is none */
	GROUPS_E_MANY,     /* more than GROUPS_MAX */
};

bool groups_is_name(struct str name);

bool groups_has(struct str groups, struct str name);

/* The first of *groups, which goes from there; STR_NULL: it is empty. */
struct str groups_next(struct str *groups);

enum groups_change {
	GROUPS_SET, /* these and no others; may come in any order, and twice */
	GROUPS_ADD,
	GROUPS_REMOVE, /* those that are not there anyway do no harm */
};

/* What becomes of them, appended to out. */
int groups_changed(struct str groups, enum groups_change change, const struct str *names,
    size_t n, struct buf *out);

#endif
