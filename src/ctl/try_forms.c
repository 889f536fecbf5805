/* try_forms.c - see try_forms.h */
#include "ctl/try_forms.h"

#include <ctype.h>
#include <string.h>

bool
try_address_read(struct str url, struct try_address *ret)
{
	struct str rest;
	size_t n = 0;

	ret->scheme =
	    str_starts_with(url, STR_LIT("https://")) ? STR_LIT("https") : STR_LIT("http");
	if (!str_starts_with(url, ret->scheme) ||
	    !str_starts_with(rest = str_skip(url, ret->scheme.n), STR_LIT("://")))
		return false;
	for (size_t i = 0; i < url.n; i++)
		if (url.p[i] <= ' ' || url.p[i] > '~' || url.p[i] == '#')
			return false;
	rest = str_skip(rest, 3);
	while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?')
		n++;
	ret->authority = str_take(rest, n);
	rest = str_skip(rest, n);
	for (n = 0; n < rest.n && rest.p[n] != '?';)
		n++;
	ret->path = n == 0 ? STR_LIT("/") : str_take(rest, n);
	ret->query = str_skip(rest, n);
	return ret->authority.n > 0 && str_index(ret->authority, '@') < 0 &&
	       str_index(ret->authority, '\\') < 0;
}

const char *const try_forms[] = { "$p", "/$p", "//$p", "/.$p", "/x/..$p", "/x/..%2f$t",
	"/x/%2e%2e$p", "/$e$r", "/$s%2f$q", "/$s%5c$q", "/$s\\$q", "$b", "/..$b", "/$s;x$r",
	"/$s/;$r", "/$S$r", "/x/..;$p", "/$s%00$r", "$p%00.html", "/x//..//$t", "/$s/x/..$r",
	"$g$d$p", "$g$d%2f$t", "$g%2e%2e$p", "$glogin/../$d$p", "$g/$d$p", "$g./$d$p",
	"$g..;$p", "$G$d$p", "$p?$glogin", "$p#$glogin", "$p;$glogin", "$p%3f$glogin", "$p$g",
	"$p/", "$p/.", "$p;x", "$p%3bx", "$p%20", "$p%2f", "$t", "/.well-known/..$p",
	"http://$h$p", "http://other.invalid$p", "http://$h$g$d$p", NULL };

/* "/a/b" is "a" and "/b". */
static void
take_first_segment(struct str path, struct str *ret_first, struct str *ret_rest)
{
	struct str inner = str_skip(path, 1);
	ptrdiff_t n = str_index(inner, '/');

	*ret_first = n < 0 ? inner : str_take(inner, (size_t)n);
	*ret_rest = str_skip(inner, ret_first->n);
}

bool
try_form_fits(const char *form, const struct try_address *address)
{
	struct str first, rest;

	take_first_segment(address->path, &first, &rest);
	return (first.n > 0 || (strstr(form, "$s") == NULL && strstr(form, "$S") == NULL &&
				   strstr(form, "$e") == NULL && strstr(form, "$t") == NULL)) &&
	       (rest.n > 0 || strstr(form, "$q") == NULL) &&
	       /* With a query the rest of the form would be more of that. */
	       (address->query.n == 0 || strchr(form, '?') == NULL);
}

static void
add_capitals(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		buf_add_char(out, (char)toupper((unsigned char)text.p[i]));
}

static void
add_backslashes(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		buf_add_char(out, text.p[i] == '/' ? '\\' : text.p[i]);
}

static void
add_first_encoded(struct buf *out, struct str text)
{
	buf_addf(out, "%%%02x", (unsigned)(unsigned char)text.p[0]);
	buf_add_str(out, str_skip(text, 1));
}

/* From below /a/b/ it is "../..". */
static void
add_way_up(struct buf *out, struct str prefix)
{
	for (size_t i = 1, n = 0; i < prefix.n; i++)
		if (prefix.p[i] == '/')
			buf_add_z(out, n++ == 0 ? ".." : "/..");
}

static void
add_piece(struct buf *out, char name, const struct try_address *address, struct str prefix)
{
	struct str first, rest;

	take_first_segment(address->path, &first, &rest);

	const struct {
		char name;
		struct str text;
		void (*add)(struct buf *out, struct str text);
	} pieces[] = {
		{ 'p', address->path, buf_add_str },
		{ 't', str_skip(address->path, 1), buf_add_str },
		{ 'b', address->path, add_backslashes },
		{ 's', first, buf_add_str },
		{ 'S', first, add_capitals },
		{ 'e', first, add_first_encoded },
		{ 'r', rest, buf_add_str },
		{ 'q', str_skip(rest, 1), buf_add_str },
		{ 'h', address->authority, buf_add_str },
		{ 'g', prefix, buf_add_str },
		{ 'G', prefix, add_capitals },
		{ 'd', prefix, add_way_up },
	};

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		if (pieces[i].name == name)
			pieces[i].add(out, pieces[i].text);
}

void
try_form_write(
    struct buf *out, const char *form, const struct try_address *address, struct str prefix)
{
	const char *fragment = strchr(form, '#');

	for (const char *at = form; *at != '\0'; at++) {
		if (at == fragment)
			buf_add_str(out, address->query);
		if (*at == '$')
			add_piece(out, *++at, address, prefix);
		else
			buf_add_char(out, *at);
	}
	if (fragment == NULL)
		buf_add_str(out, address->query);
}

void
try_absent_path(struct buf *out, const struct try_address *address)
{
	struct str first, rest;

	take_first_segment(address->path, &first, &rest);
	buf_add_z(out, "/sessiongate-try-is-not-there");
	buf_add_str(out, rest);
}
