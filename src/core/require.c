/* require.c - see require.h */
#include "core/require.h"

#include "core/groups.h"
#include "core/ident.h"

#define EMAIL_MAX_BYTES 254 /* RFC 5321 section 4.5.3.1.3, less the angle brackets */

enum kind { NONE, ANY, GROUP, USER_ID, USER_EMAIL };

struct term {
	enum kind kind;
	struct str value;
};

static struct term
term_of(struct str text)
{
	const struct str group = STR_LIT("group:"), user = STR_LIT("user:");
	uint8_t id[IDENT_BYTES];
	struct str value;

	if (str_eq(text, STR_LIT("any")))
		return (struct term){ ANY, STR_NULL };
	if (str_starts_with(text, group) && groups_is_name(str_skip(text, group.n)))
		return (struct term){ GROUP, str_skip(text, group.n) };
	if (!str_starts_with(text, user))
		return (struct term){ NONE, STR_NULL };
	value = str_skip(text, user.n);
	if (ident_parse(value, id))
		return (struct term){ USER_ID, value };
	/* Whether it is a good address is asked where a user is made: older ones may have any. */
	return (
	    struct term){ value.n > 0 && value.n <= EMAIL_MAX_BYTES && !str_has_control(value)
			      ? USER_EMAIL
			      : NONE,
		value };
}

/* The first of *terms, which goes from there; false: there is none. */
static bool
next(struct str *terms, struct term *ret_term)
{
	size_t n = 0;

	*terms = str_trim(*terms);
	while (n < terms->n && terms->p[n] != ' ' && terms->p[n] != '\t')
		n++;
	if (n == 0)
		return false;
	*ret_term = term_of(str_take(*terms, n));
	*terms = str_skip(*terms, n);
	return true;
}

bool
require_is_valid(struct str terms)
{
	struct term term;
	size_t n = 0;

	while (next(&terms, &term))
		if (term.kind == NONE || ++n > REQUIRE_TERMS_MAX)
			return false;
	return n > 0;
}

static bool
fits(struct term term, const struct require_user *user)
{
	switch (term.kind) {
	case ANY:
		return true;
	case GROUP:
		return groups_has(user->groups, term.value);
	case USER_ID:
		return str_eq(user->id, term.value);
	case USER_EMAIL:
		return user->folds_case ? str_eq_nocase(user->email, term.value)
					: str_eq(user->email, term.value);
	case NONE:
		break;
	}
	return false;
}

bool
require_fits(struct str terms, const struct require_user *user)
{
	struct term term;

	while (next(&terms, &term))
		if (fits(term, user))
			return true;
	return false;
}
