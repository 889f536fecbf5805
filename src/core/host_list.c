/* host_list.c - see host_list.h */
#include "core/host_list.h"

#define LABEL_MAX_BYTES 63
#define HOST_MAX_BYTES  253
#define PORT_MAX        65535

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_label(struct str label)
{
	for (size_t i = 0; i < label.n; i++) {
		char letter = (char)(label.p[i] | 0x20);

		if ((letter < 'a' || letter > 'z') && !is_digit(label.p[i]) &&
		    label.p[i] != '-')
			return false;
	}
	return label.n > 0 && label.n <= LABEL_MAX_BYTES;
}

/* "80"; no zero in front, for ":0443" is another text and the same port. */
static bool
is_port(struct str port)
{
	unsigned n = 0;

	if (port.n == 0 || port.n > 5 || port.p[0] == '0')
		return false;
	for (size_t i = 0; i < port.n; i++) {
		if (!is_digit(port.p[i]))
			return false;
		n = n * 10 + (unsigned)(port.p[i] - '0');
	}
	return n <= PORT_MAX;
}

bool
host_list_is_host(struct str text)
{
	struct str host, port, label;

	if (str_split(text, ':', &host, &port) && !is_port(port))
		return false;
	if (host.n > HOST_MAX_BYTES)
		return false;
	do {
		(void)str_split(host, '.', &label, &host);
		if (!is_label(label))
			return false;
	} while (!str_is_null(host));
	return true;
}

/* The first of *list, which goes from there; false: it is empty. */
static bool
next(struct str *list, struct str *ret_entry)
{
	size_t n = 0;

	*list = str_trim(*list);
	while (n < list->n && list->p[n] != ' ' && list->p[n] != '\t')
		n++;
	*ret_entry = str_take(*list, n);
	*list = str_skip(*list, n);
	return n > 0;
}

bool
host_list_is_valid(struct str list)
{
	struct str entry;

	while (next(&list, &entry)) {
		if (str_starts_with(entry, STR_LIT("*.")))
			entry = str_skip(entry, 2);
		if (!host_list_is_host(entry))
			return false;
	}
	return true;
}

static bool
matches(struct str entry, struct str host)
{
	if (!str_starts_with(entry, STR_LIT("*.")))
		return str_eq_nocase(entry, host);
	/* With its dot: one label or more stands before it. */
	entry = str_skip(entry, 1);
	return host.n > entry.n && str_eq_nocase(str_skip(host, host.n - entry.n), entry);
}

bool
host_list_has(struct str list, struct str host)
{
	struct str entry;

	while (next(&list, &entry))
		if (matches(entry, host))
			return true;
	return false;
}
