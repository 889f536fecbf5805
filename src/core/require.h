/*
 * require.h - AUTH_REQUIRE: whom a check lets pass
 *
 * Purpose    Terms with blanks between them, one of which must fit: any, group:NAME, user:EMAIL,
 *            user:ID.
 * Threads    No state.
 */
#ifndef CORE_REQUIRE_H
#define CORE_REQUIRE_H

#include <stdbool.h>

#include "core/str.h"

#define REQUIRE_TERMS_MAX 32

/* In words that follow "must be ". */
#define REQUIRE_RULE                                                                        \
	"1 to 32 terms with blanks between them, each of them any, group:NAME, user:EMAIL " \
	"or user:ID"

/* Is it that?  What is not lets nobody pass. */
bool require_is_valid(struct str terms);

struct require_user {
	struct str id, email;
	struct str groups; /* groups.h */
	bool folds_case;   /* addresses that differ in the case of A-Z are the same */
};

/* Does one of the terms fit? */
bool require_fits(struct str terms, const struct require_user *user);

#endif
