/* groups.c - see groups.h */
#include "core/groups.h"

#include <stdlib.h>
#include <string.h>

bool
groups_is_name(struct str name)
{
	if (name.n == 0 || name.n > GROUPS_NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			(c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'))
			return false;
	}
	return true;
}

struct str
groups_next(struct str *groups)
{
	struct str name = STR_NULL;

	if (!str_is_empty(*groups))
		(void)str_split(*groups, ',', &name, groups);
	return name;
}

bool
groups_has(struct str groups, struct str name)
{
	struct str one;

	while (!str_is_null(one = groups_next(&groups)))
		if (str_eq(one, name))
			return true;
	return false;
}

static bool
is_among(struct str name, const struct str *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(name, names[i]))
			return true;
	return false;
}

static int
compare(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	int r = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

	return r != 0 ? r : (x->n > y->n) - (x->n < y->n);
}

static int
write_sorted(struct str *names, size_t n, struct buf *out)
{
	size_t n_different = 0;

	qsort(names, n, sizeof(names[0]), compare);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && str_eq(names[i], names[i - 1]))
			continue;
		if (n_different++ > 0)
			buf_add_char(out, ',');
		buf_add_str(out, names[i]);
	}
	return n_different > GROUPS_MAX ? GROUPS_E_MANY : buf_error(out);
}

int
groups_changed(struct str groups, enum groups_change change, const struct str *names, size_t n,
    struct buf *out)
{
	struct str all[2 * GROUPS_MAX], name;
	size_t n_all = 0;

	if (n > GROUPS_MAX)
		return GROUPS_E_MANY;
	for (size_t i = 0; i < n; i++)
		if (!groups_is_name(names[i]))
			return GROUPS_E_NAME;
	if (change != GROUPS_SET)
		while (n_all < GROUPS_MAX && !str_is_null(name = groups_next(&groups)))
			if (change == GROUPS_ADD || !is_among(name, names, n))
				all[n_all++] = name;
	if (change != GROUPS_REMOVE)
		for (size_t i = 0; i < n; i++)
			all[n_all++] = names[i];
	return write_sorted(all, n_all, out);
}
