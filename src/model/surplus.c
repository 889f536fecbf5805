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
note_tag(struct surplus *s, const struct digest_tag *tag)
{
	void *tags = s->tags;
	int r;

	if ((r = grow(&tags, s->n_tags, &s->tags_cap, sizeof(*tag))) == 0) {
		s->tags = tags;
		s->tags[s->n_tags++] = *tag;
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

static int
remove_old(struct surplus *s, struct table *table, const struct collection_of_some *some)
{
	uint32_t max = table_max_per_owner(table), n = 0;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < some->n; i++) {
		const struct table_entry *entry = &some->entries[i];

		/* One that moved meanwhile was seen twice. */
		if (i > 0 && memcmp(&entry->tag, &entry[-1].tag, sizeof(entry->tag)) == 0)
			continue;
		if (i == 0 || compare_owners(&entry->owner, &entry[-1].owner) != 0)
			n = 0;
		if (n++ < max)
			continue;
		if ((r = table_remove(table, &entry->tag)) >= 0)
			r = note_tag(s, &entry->tag);
	}
	return r < 0 ? r : 0;
}

int
surplus_trim(struct surplus *s, struct table *table)
{
	struct collection_of_some some = { .surplus = s };
	int r;

	if (s->n_owners == 0 || table_max_per_owner(table) == 0)
		return 0;
	qsort(s->owners, s->n_owners, sizeof(s->owners[0]), compare_owners);
	r = table_each(table, collect, &some);
	if (r == 0 && (r = some.r) == 0 && some.n > 0) {
		qsort(some.entries, some.n, sizeof(some.entries[0]), compare_entries);
		r = remove_old(s, table, &some);
	}
	free(some.entries);
	s->n_owners = 0;
	return r;
}

int
surplus_delete(const struct surplus *s, struct user_sessions *sessions)
{
	return user_sessions_remove_many(sessions, s->tags, s->n_tags);
}

void
surplus_fini(struct surplus *s)
{
	free(s->owners);
	free(s->tags);
	*s = SURPLUS_NULL;
}
