/* origin.c - see origin.h */
#include "http/origin.h"

bool
origin_is_listed(struct str list, struct str origin)
{
	while (list.n > 0) {
		size_t n = 0;

		while (n < list.n && list.p[n] != ' ' && list.p[n] != ',')
			n++;
		if (n > 0 && str_eq(str_take(list, n), origin))
			return true;
		list = str_skip(list, n + 1);
	}
	return false;
}

static struct str
without(struct str text, struct str end)
{
	return str_ends_with(text, end) ? str_take(text, text.n - end.n) : text;
}

bool
origin_is_host(struct str origin, struct str host, bool is_https)
{
	const struct str http = STR_LIT("http://"), https = STR_LIT("https://");
	struct str port;

	if (str_starts_with(origin, https)) {
		origin = str_skip(origin, https.n);
		port = STR_LIT(":443");
	} else if (str_starts_with(origin, http) && !is_https) {
		origin = str_skip(origin, http.n);
		port = STR_LIT(":80");
	} else {
		return false;
	}
	host = without(host, port);
	return host.n > 0 && str_eq_nocase(without(origin, port), host);
}
