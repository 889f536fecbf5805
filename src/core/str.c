/* str.c - see str.h */
#include "core/str.h"

#include <stdlib.h>

static char
lower(char c)
{
	return (c >= 'A' && c <= 'Z') ? (char)(c | 0x20) : c;
}

bool
str_eq_nocase(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

bool
str_starts_with(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_eq(str_take(s, prefix.n), prefix);
}

bool
str_ends_with(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_eq(str_skip(s, s.n - suffix.n), suffix);
}

struct str
str_skip(struct str s, size_t from)
{
	if (s.p == NULL)
		return s;
	if (from > s.n)
		from = s.n;
	return (struct str){ s.p + from, s.n - from };
}

struct str
str_take(struct str s, size_t n)
{
	return (struct str){ s.p, n < s.n ? n : s.n };
}

ptrdiff_t
str_index(struct str s, char c)
{
	const char *hit = s.n > 0 ? memchr(s.p, c, s.n) : NULL;

	return hit != NULL ? hit - s.p : -1;
}

bool
str_split(struct str s, char c, struct str *ret_head, struct str *ret_rest)
{
	ptrdiff_t at = str_index(s, c);

	if (at < 0) {
		*ret_head = s;
		*ret_rest = STR_NULL;
		return false;
	}
	*ret_head = str_take(s, (size_t)at);
	*ret_rest = str_skip(s, (size_t)at + 1);
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool
str_has_control(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
	return false;
}

struct str
str_trim(struct str s)
{
	while (s.n > 0 && is_blank(s.p[0]))
		s = str_skip(s, 1);
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool
str_is_token(struct str s)
{
	/* !#$%&'*+-.^_`|~ 0-9 A-Z a-z. */
	static const bool is_token[256] = { ['!'] = true,
		['#'] = true,
		['$'] = true,
		['%'] = true,
		['&'] = true,
		['\''] = true,
		['*'] = true,
		['+'] = true,
		['-'] = true,
		['.'] = true,
		['0' ... '9'] = true,
		['A' ... 'Z'] = true,
		['^'] = true,
		['_'] = true,
		['`'] = true,
		['a' ... 'z'] = true,
		['|'] = true,
		['~'] = true };

	for (size_t i = 0; i < s.n; i++)
		if (!is_token[(unsigned char)s.p[i]])
			return false;
	return s.n > 0;
}

char *
str_dup(struct str s)
{
	char *z = malloc(s.n + 1);

	if (z == NULL)
		return NULL;
	if (s.n > 0)
		memcpy(z, s.p, s.n);
	z[s.n] = '\0';
	return z;
}
