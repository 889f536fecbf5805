/* surplus.c - see surplus.h */
#include "model/surplus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Room for one more.  0 or -ENOMEM. */
static int
grow(void **items, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap == 0 ? 64 : 2 * *cap;
	void *p;

	if (n < *cap)
		return 0;
	if ((p = realloc(*items, more * size)) == NULL)
		return -ENOMEM;
	*items = p;
	*cap = more;
	return 0;
}

int
surplus_note(struct surplus *s, const struct table_owner *owner)
{
	void *owners = s->owners;
	int r;

	/* They often come in a row. */
	if (s->n_owners > 0 && memcmp(&s->owners[s->n_owners - 1], owner, sizeof(*owner)) == 0)
		return 0;
	if ((r = grow(&owners, s->n_owners, &s->owners_cap, sizeof(*owner))) == 0) {
		s->owners = owners;
		s->owners[s->n_owners++] = *owner;
	}
	return r;
}

static int
compare_owners(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct table_owner));
}

struct collection_of_some {
	const struct surplus *surplus;
	struct table_entry *entries;
	size_t n, cap;
	int r;
};

static bool
collect(void *arg, const struct table_entry *entry)
{
	struct collection_of_some *some = arg;
	void *entries = some->entries;

	if (entry->kind != TABLE_KIND_STORED ||
	    bsearch(&entry->owner, some->surplus->owners, some->surplus->n_owners,
		sizeof(entry->owner), compare_owners) == NULL)
		return true;
	some->r = grow(&entries, some->n, &some->cap, sizeof(*entry));
	if (some->r != 0)
		return false;
	some->entries = entries;
	some->entries[some->n++] = *entry;
	return true;
}

/* By owner, the newest first. */
static int
compare_entries(const void *a, const void *b)
{
	const struct table_entry *x = a, *y = b;
	int r = compare_owners(&x->owner, &y->owner);

	if (r == 0 && x->created_ms != y->created_ms)
		r = x->created_ms > y->created_ms ? -1 : 1;
	return r != 0 ? r : memcmp(&x->tag, &y->tag, sizeof(x->tag));
}

/* Those beyond the newest go to the front.  How many. */
static size_t
choose_old(struct collection_of_some *some, uint32_t max)
{
	struct table_entry *entries = some->entries, last;
	size_t n_old = 0;
	uint32_t n = 0;

	for (size_t i = 0; i < some->n; i++) {
		struct table_entry entry = entries[i];

		/* One that moved meanwhile was seen twice. */
		if (i > 0 && memcmp(&entry.tag, &last.tag, sizeof(entry.tag)) == 0)
			continue;
		if (i == 0 || compare_owners(&entry.owner, &last.owner) != 0)
			n = 0;
		last = entry;
		if (n++ >= max)
			entries[n_old++] = entry;
	}
	return n_old;
}

/* In the journal, then in the table.  Those whose end cannot be written down stay. */
static int
end_old(struct surplus *s, struct user_sessions *sessions, struct table *table,
    const struct table_entry *entries, size_t n)
{
	struct digest_tag *tags = calloc(n, sizeof(*tags));
	int r = 0;

	if (tags == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		tags[i] = entries[i].tag;
	if (user_sessions_remove_many(sessions, tags, n) == 0)
		for (size_t i = 0; r >= 0 && i < n; i++)
			if ((r = table_remove(table, &tags[i])) == 0)
				s->n_ended++;
	free(tags);
	return r < 0 ? r : 0;
}

int
surplus_end(struct surplus *s, struct user_sessions *sessions, struct table *table)
{
	struct collection_of_some some = { .surplus = s };
	uint32_t max = table_max_per_owner(table);
	size_t n = 0;
	int r;

	if (s->n_owners == 0 || max == 0)
		return 0;
	qsort(s->owners, s->n_owners, sizeof(s->owners[0]), compare_owners);
	r = table_each(table, collect, &some);
	if (r == 0 && (r = some.r) == 0 && some.n > 0) {
		qsort(some.entries, some.n, sizeof(some.entries[0]), compare_entries);
		n = choose_old(&some, max);
	}
	if (n > 0)
		r = end_old(s, sessions, table, some.entries, n);
	free(some.entries);
	s->n_owners = 0;
	return r;
}

void
surplus_fini(struct surplus *s)
{
	free(s->owners);
	*s = SURPLUS_NULL;
}
