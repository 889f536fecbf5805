/* origin.c - see origin.h */
#include "http/origin.h"

#include "core/domain.h"

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

/* Host and port, and the port that goes without saying; STR_NULL: not as safe as the request. */
static struct str
host_of(struct str origin, bool is_https, struct str *ret_port)
{
	const struct str http = STR_LIT("http://"), https = STR_LIT("https://");

	if (str_starts_with(origin, https)) {
		*ret_port = STR_LIT(":443");
		return str_skip(origin, https.n);
	}
	if (str_starts_with(origin, http) && !is_https) {
		*ret_port = STR_LIT(":80");
		return str_skip(origin, http.n);
	}
	return STR_NULL;
}

bool
origin_is_host(struct str origin, struct str host, bool is_https)
{
	struct str port = STR_NULL, own = host_of(origin, is_https, &port);

	if (str_is_null(own))
		return false;
	host = without(host, port);
	return host.n > 0 && str_eq_nocase(without(own, port), host);
}

bool
origin_is_below(struct str origin, struct str domain, bool is_https)
{
	struct str port;

	return domain_has(domain, host_of(origin, is_https, &port));
}
