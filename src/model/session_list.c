/* session_list.c - see session_list.h */
#include "model/session_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#define HANDLE_BYTES ((SESSION_HANDLE_BYTES - 1) / 2)

/* ---------------------------------------------------------------------- handles */

void
session_handle(const struct digest_key *key, const struct digest_tag *tag,
    char ret_handle[SESSION_HANDLE_BYTES])
{
	const struct str parts[] = { STR_LIT("session/handle"),
		str_mem(tag->bytes, sizeof(tag->bytes)) };
	struct digest_tag digest = digest_tag(key, parts, sizeof(parts) / sizeof(parts[0]));

	(void)sodium_bin2hex(ret_handle, SESSION_HANDLE_BYTES, digest.bytes, HANDLE_BYTES);
}

bool
session_handle_is_sound(struct str handle)
{
	if (handle.n != SESSION_HANDLE_BYTES - 1)
		return false;
	for (size_t i = 0; i < handle.n; i++)
		if ((handle.p[i] < '0' || handle.p[i] > '9') &&
		    (handle.p[i] < 'a' || handle.p[i] > 'f'))
			return false;
	return true;
}

/* ------------------------------------------------------------------------- lists */

struct reading {
	struct session_list *list;
	const struct table_owner *owner;
	int r;
};

static bool
take(void *arg, const struct table_entry *entry)
{
	struct reading *reading = arg;
	struct session_list *list = reading->list;

	if (reading->owner != NULL &&
	    memcmp(&entry->owner, reading->owner, sizeof(entry->owner)) != 0)
		return true;
	if (list->n == list->room) {
		size_t room = 2 * list->room + 16;
		struct table_entry *more =
		    reallocarray(list->entries, room, sizeof(*list->entries));

		if (more == NULL) {
			reading->r = -ENOMEM;
			return false;
		}
		list->entries = more;
		list->room = room;
	}
	list->entries[list->n++] = *entry;
	return true;
}

static int
compare(const void *a, const void *b)
{
	const struct table_entry *x = a, *y = b;

	if (x->created_ms != y->created_ms)
		return x->created_ms < y->created_ms ? 1 : -1;
	return memcmp(&x->tag, &y->tag, sizeof(x->tag));
}

/* The walk may have met one twice that moved meanwhile. */
static void
drop_twins(struct session_list *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		if (n == 0 || memcmp(&list->entries[n - 1].tag, &list->entries[i].tag,
				  sizeof(struct digest_tag)) != 0)
			list->entries[n++] = list->entries[i];
	list->n = n;
}

int
session_list_read(struct session_list *list, const struct digest_key *key, struct table *table,
    const struct table_owner *owner)
{
	struct reading reading = { .list = list, .owner = owner };
	int r;

	*list = SESSION_LIST_NULL;
	if ((r = user_sessions_each(key, table, take, &reading)) == 0)
		r = reading.r;
	if (r != 0) {
		session_list_fini(list);
		return r;
	}
	if (list->n > 0)
		qsort(list->entries, list->n, sizeof(*list->entries), compare);
	drop_twins(list);
	return 0;
}

void
session_list_fini(struct session_list *list)
{
	free(list->entries);
	*list = SESSION_LIST_NULL;
}

const struct table_entry *
session_list_find(
    const struct session_list *list, const struct digest_key *key, struct str handle)
{
	char its[SESSION_HANDLE_BYTES];

	for (size_t i = 0; i < list->n; i++) {
		session_handle(key, &list->entries[i].tag, its);
		if (str_eq_z(handle, its))
			return &list->entries[i];
	}
	return NULL;
}
