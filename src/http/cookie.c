/* cookie.c - see cookie.h */
#include "http/cookie.h"

#include <errno.h>
#include <inttypes.h>

static struct str
unquote(struct str value)
{
	if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
		return str_take(str_skip(value, 1), value.n - 2);
	return value;
}

static bool
is_named(struct str key, struct str prefix, struct str name)
{
	return str_starts_with(key, prefix) && str_eq(str_skip(key, prefix.n), name);
}

/* The next one of that name, and what follows it; false: there is none. */
static bool
next_of(struct str *header, struct str prefix, struct str name, struct str *ret_value)
{
	while (!str_is_null(*header)) {
		struct str pair, key, value;

		(void)str_split(*header, ';', &pair, header);
		if (str_split(pair, '=', &key, &value) &&
		    is_named(str_trim(key), prefix, name)) {
			*ret_value = unquote(str_trim(value));
			return true;
		}
	}
	return false;
}

int
cookie_find(struct str header, struct str prefix, struct str name, struct str *ret_value)
{
	return next_of(&header, prefix, name, ret_value) ? 0 : COOKIE_E_ABSENT;
}

bool
cookie_is_ambiguous(struct str header, struct str prefix, struct str name)
{
	struct str first, other;

	if (!next_of(&header, prefix, name, &first))
		return false;
	while (next_of(&header, prefix, name, &other))
		if (!str_eq(first, other))
			return true;
	return false;
}

bool
cookie_is_token(struct str name)
{
	return str_is_token(name);
}

/* Printable ASCII without the given ones. */
static bool
is_clean(struct str text, const char *without)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < ' ' || text.p[i] > '~' || strchr(without, text.p[i]) != NULL)
			return false;
	return true;
}

static const char *const same_site_names[] = {
	[COOKIE_SAME_SITE_LAX] = "Lax",
	[COOKIE_SAME_SITE_STRICT] = "Strict",
	[COOKIE_SAME_SITE_NONE] = "None",
};

void
cookie_format(struct buf *out, const struct cookie *cookie)
{
	if (!cookie_is_token(cookie->name) || !is_clean(cookie->value, " \",;\\") ||
	    !is_clean(cookie->path, ";") || !is_clean(cookie->prefix, "=;") ||
	    !is_clean(cookie->domain, ";")) {
		out->error = -EINVAL;
		return;
	}
	buf_add_str(out, cookie->prefix);
	buf_add_str(out, cookie->name);
	buf_add_char(out, '=');
	buf_add_str(out, cookie->value);
	buf_add_z(out, "; Path=");
	buf_add_str(out, cookie->path);
	if (cookie->http_only)
		buf_add_z(out, "; HttpOnly");
	buf_add_z(out, "; SameSite=");
	buf_add_z(out, same_site_names[cookie->same_site]);
	if (cookie->secure)
		buf_add_z(out, "; Secure");
	if (cookie->max_age_s >= 0)
		buf_addf(out, "; Max-Age=%" PRId64, cookie->max_age_s);
	/* For browsers that know no Max-Age. */
	if (cookie->max_age_s == 0)
		buf_add_z(out, "; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
	if (!str_is_empty(cookie->domain)) {
		buf_add_z(out, "; Domain=");
		buf_add_str(out, cookie->domain);
	}
}
