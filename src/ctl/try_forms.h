/*
 * try_forms.h - the ways to write an address that web servers and applications read differently
 *
 * Purpose    Whoever may not have /private asks for /x/../private, //private, /PRIVATE: each is a
 *            form, in which the pieces of the address are filled in.
 * Threads    No state.
 */
#ifndef CTL_TRY_FORMS_H
#define CTL_TRY_FORMS_H

#include "core/buf.h"
#include "core/str.h"

#define TRY_ADDRESS_RULE \
	"http:// or https://, a host, and a path in printable ASCII, without user name and #"

/* Views into the URL.  The path is "/" at least; the query has its "?", or is empty. */
struct try_address {
	struct str scheme, authority, path, query;
};

/* False: the URL does not follow TRY_ADDRESS_RULE. */
bool try_address_read(struct str url, struct try_address *ret);

/*
 * The first is the address as it is; NULL after the last.  $p is the path, $t without its first
 * slash, $b with backslashes; $s its first segment, $S in capitals, $e with %XX for its first letter,
 * $r what follows it, $q without the slash; $h the host; $g the prefix of the gate's pages, $G in
 * capitals, $d the way up from there.
 */
extern const char *const try_forms[];

/* Is there a difference to the address?  "/" has no first segment. */
bool try_form_fits(const char *form, const struct try_address *address);

void try_form_write(
    struct buf *out, const char *form, const struct try_address *address, struct str prefix);

/* The path of something beside the address that no site has. */
void try_absent_path(struct buf *out, const struct try_address *address);

#endif
