/* gate_url.c - see gate_url.h */
#include "conf/gate_url.h"

#include "core/host_list.h"

static bool
is_of(struct str text, const char *others)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i], letter = (char)(c | 0x20);

		if ((letter < 'a' || letter > 'z') && (c < '0' || c > '9') &&
		    (c == '\0' || strchr(others, c) == NULL))
			return false;
	}
	return true;
}

/* "", ".", "..": between two slashes none of these. */
static bool
is_odd_segment(struct str segment)
{
	return segment.n == 0 || str_eq_z(segment, ".") || str_eq_z(segment, "..");
}

bool
gate_url_is_prefix(struct str text)
{
	struct str segment, rest;

	if (text.n < 2 || text.n > GATE_URL_PREFIX_MAX_BYTES || text.p[0] != '/' ||
	    text.p[text.n - 1] != '/' || !is_of(text, "._~/-"))
		return false;
	rest = str_take(str_skip(text, 1), text.n - 2);
	do {
		(void)str_split(rest, '/', &segment, &rest);
		if (is_odd_segment(segment))
			return false;
	} while (!str_is_null(rest));
	return true;
}

bool
gate_url_is_login(struct str text)
{
	const struct str http = STR_LIT("http://"), https = STR_LIT("https://");
	struct str host;
	ptrdiff_t slash;

	if (text.n == 0)
		return true;
	if (text.n > GATE_URL_LOGIN_MAX_BYTES)
		return false;
	if (str_starts_with(text, https))
		host = str_skip(text, https.n);
	else if (str_starts_with(text, http))
		host = str_skip(text, http.n);
	else
		return false;
	/* It goes into a Location as it is, and "?rd=" behind it. */
	return (slash = str_index(host, '/')) > 0 &&
	       host_list_is_host(str_take(host, (size_t)slash)) &&
	       is_of(str_skip(host, (size_t)slash), "-._~/%!$&'()*+,;=:@");
}
