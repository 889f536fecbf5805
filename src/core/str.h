/*
 * str.h - a view of bytes that somebody else owns
 *
 * Purpose    Pointer and length travel together; text from the network is never trusted
 *            to end in NUL.  STR_NULL (p == NULL) means absent, which is not the same as empty.
 * Ownership  None: a view lives as long as what it looks at.
 * Threads    No global state.
 */
#ifndef CORE_STR_H
#define CORE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p; /* NULL: absent */
	size_t n;      /* bytes */
};

#define STR_NULL     ((struct str){ NULL, 0 })
#define STR_LIT(lit) ((struct str){ (lit), sizeof(lit) - 1 })

/* The same as an initialiser of static data, where a compound literal may not stand. */
#define STR_INIT(lit)                  \
	{                              \
		(lit), sizeof(lit) - 1 \
	}

/* "%.*s" with STR_FMT(s): printing a view. */
#define STR_FMT(s) (int)(s).n, ((s).p != NULL ? (s).p : "")

static inline struct str
str_of(const char *z)
{
	return (struct str){ z, z != NULL ? strlen(z) : 0 };
}

static inline struct str
str_mem(const void *p, size_t n)
{
	return (struct str){ p, n };
}

static inline bool
str_is_null(struct str s)
{
	return s.p == NULL;
}

/* Absent or without bytes. */
static inline bool
str_is_empty(struct str s)
{
	return s.n == 0;
}

/* Byte for byte.  Not for secrets: it stops at the first difference. */
static inline bool
str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool
str_eq_z(struct str a, const char *z)
{
	return str_eq(a, str_of(z));
}

/* Without regard to the case of A-Z; the locale is never asked. */
bool str_eq_nocase(struct str a, struct str b);

bool str_starts_with(struct str s, struct str prefix);
bool str_ends_with(struct str s, struct str suffix);

/* Bytes from `from` on; empty when from is past the end. */
struct str str_skip(struct str s, size_t from);

/* At most the first n bytes. */
struct str str_take(struct str s, size_t n);

/* Index of the first c, or -1. */
ptrdiff_t str_index(struct str s, char c);

/*
 * Split at the first c: ret_head is what stands before it, ret_rest what follows.  Without c:
 * false, ret_head is all of s and ret_rest is STR_NULL.
 */
bool str_split(struct str s, char c, struct str *ret_head, struct str *ret_rest);

/* Bytes below 0x20, or 0x7f: they have no place in a path, a name, a line. */
bool str_has_control(struct str s);

/* Without the blanks and tabs (SP, HTAB and nothing else) at both ends. */
struct str str_trim(struct str s);

/* A token (RFC 9110 section 5.6.2): what a header, a method or a cookie may be called. */
bool str_is_token(struct str s);

/* A NUL-terminated copy on the heap; NULL without memory.  The caller frees it. */
char *str_dup(struct str s);

#endif
