/* return_url.c - see return_url.h */
#include "gate/return_url.h"

#include "core/host_list.h"
#include "core/percent.h"

#define N_DECODINGS 2

static const char HEX[] = "0123456789ABCDEF";

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static void
add_escape(struct buf *out, char c)
{
	buf_add_char(out, '%');
	buf_add_char(out, HEX[(unsigned char)c >> 4]);
	buf_add_char(out, HEX[c & 0xf]);
}

/* The index of the first byte of text that is one of these, or text.n. */
static size_t
find_any(struct str text, const char *these)
{
	size_t i = 0;

	while (i < text.n && (text.p[i] == '\0' || strchr(these, text.p[i]) == NULL))
		i++;
	return i;
}

/* ------------------------------------------------------------------------- the host */

/*
 * Takes scheme and host from the beginning of *url, if they are there, and appends them.  False: there
 * is something of the kind that may not be there.
 */
static bool
take_origin(struct str *url, const struct return_url_rules *rules, struct buf *out)
{
	struct str https = STR_LIT("https://"), http = STR_LIT("http://"), authority;
	size_t n_scheme = str_starts_with(*url, https)  ? https.n
			  : str_starts_with(*url, http) ? http.n
							: 0;

	if (n_scheme == 0)
		return str_starts_with(*url, STR_LIT("/"));
	if (n_scheme == http.n && rules->is_https)
		return false;
	authority = str_skip(*url, n_scheme);
	authority = str_take(authority, find_any(authority, "/?#"));
	if (!host_list_is_host(authority) || !host_list_has(rules->hosts, authority))
		return false;
	buf_add(out, url->p, n_scheme);
	for (size_t i = 0; i < authority.n; i++)
		buf_add_char(out, lower(authority.p[i]));
	*url = str_skip(*url, n_scheme + authority.n);
	return true;
}

/* ------------------------------------------------------------------------- the path */

static bool
has_dot_segment(struct str path)
{
	struct str segment;

	do {
		(void)str_split(path, '/', &segment, &path);
		if (str_eq_z(segment, ".") || str_eq_z(segment, ".."))
			return true;
	} while (!str_is_null(path));
	return false;
}

/* May a path be this, having been decoded so far? */
static bool
is_harmless(struct str path, struct str prefix)
{
	return !str_starts_with(path, STR_LIT("//")) &&
	       !str_starts_with(path, STR_LIT("/\\")) && !str_has_control(path) &&
	       !has_dot_segment(path) && !(str_starts_with(path, prefix) && path.n > prefix.n);
}

static bool
has_lone_percent(struct str path)
{
	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] == '%' && percent_escape(str_skip(path, i)) < 0)
			return true;
	return false;
}

static bool
is_good_path(struct str path, struct str prefix)
{
	char rooms[N_DECODINGS][RETURN_URL_MAX_BYTES];
	struct str decoded = path;

	if (!str_starts_with(path, STR_LIT("/")) || str_index(path, '\\') >= 0 ||
	    has_lone_percent(path))
		return false;
	for (size_t i = 0; i < N_DECODINGS; i++) {
		struct buf memory = {
			.p = rooms[i], .cap = sizeof(rooms[i]), .max = sizeof(rooms[i])
		};

		percent_decode(decoded, &memory);
		if (buf_error(&memory) != 0)
			return false;
		decoded = buf_str(&memory);
		if (!is_harmless(decoded, prefix))
			return false;
	}
	return true;
}

/* ------------------------------------------------------------------------ the whole */

static bool
is_clean(struct str url)
{
	for (size_t i = 0; i < url.n; i++)
		if ((unsigned char)url.p[i] < 0x21 || url.p[i] == 0x7f)
			return false;
	return url.n > 0 && url.n <= RETURN_URL_MAX_BYTES;
}

static void
add_anew(struct str text, struct buf *out)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		bool is_lone = c == '%' && percent_escape(str_skip(text, i)) < 0;

		if (c < 0x21 || c > 0x7e || strchr("\"<>\\^`{|}", c) != NULL || is_lone)
			add_escape(out, c);
		else
			buf_add_char(out, c);
	}
}

bool
return_url_rewrite(struct str url, const struct return_url_rules *rules, struct buf *out)
{
	size_t n_before = out->n;

	if (!is_clean(url))
		return false;
	if (!take_origin(&url, rules, out) ||
	    !is_good_path(str_take(url, find_any(url, "?#")), rules->prefix)) {
		out->n = n_before;
		return false;
	}
	add_anew(url, out);
	return buf_error(out) == 0;
}

void
return_url_quote(struct str origin, struct str request_uri, struct buf *out)
{
	const struct str parts[] = { origin, STR_LIT("/"), request_uri };
	size_t n_slashes = 0;

	while (n_slashes < request_uri.n &&
	       (request_uri.p[n_slashes] == '/' || request_uri.p[n_slashes] == '\\'))
		n_slashes++;
	for (size_t part = 0; part < sizeof(parts) / sizeof(parts[0]); part++) {
		struct str text = part == 2 ? str_skip(parts[2], n_slashes) : parts[part];

		for (size_t i = 0; i < text.n; i++)
			if (is_alnum(text.p[i]) ||
			    (text.p[i] != '\0' && strchr("-._~/", text.p[i]) != NULL))
				buf_add_char(out, text.p[i]);
			else
				add_escape(out, text.p[i]);
	}
}
