/* domain.c - see domain.h */
#include "core/domain.h"

#define LABEL_MOST  63
#define DOMAIN_MOST 253

static bool
is_digits(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
	return true;
}

static bool
is_label(struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = (char)(text.p[i] | 0x20);

		if ((c < 'a' || c > 'z') && (text.p[i] < '0' || text.p[i] > '9') &&
		    text.p[i] != '-')
			return false;
	}
	return text.n > 0 && text.n <= LABEL_MOST && text.p[0] != '-' &&
	       text.p[text.n - 1] != '-';
}

bool
domain_is_valid(struct str text)
{
	struct str label = STR_NULL;
	unsigned n_labels = 0;

	if (text.n > DOMAIN_MOST)
		return false;
	for (; !str_is_null(text); n_labels++) {
		(void)str_split(text, '.', &label, &text);
		if (!is_label(label))
			return false;
	}
	return n_labels >= 2 && !is_digits(label);
}

bool
domain_has(struct str domain, struct str host)
{
	ptrdiff_t port = str_index(host, ':');

	if (port >= 0)
		host = str_take(host, (size_t)port);
	if (host.n > domain.n && host.p[host.n - domain.n - 1] == '.')
		host = str_skip(host, host.n - domain.n);
	return domain.n > 0 && str_eq_nocase(host, domain);
}
