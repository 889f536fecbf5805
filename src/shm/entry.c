/* entry.c - see entry.h */
#include "shm/entry.h"

void
entry_pack(
    const struct table_entry *entry, uint64_t salt, int64_t now_ms, struct entry_words *ret)
{
	int64_t created_ms = entry->created_ms;
	uint32_t check;

	/* Out of any calendar: keep the sign, not the digits. */
	if (created_ms > ENTRY_CREATED_MAX)
		created_ms = ENTRY_CREATED_MAX;
	if (created_ms < -ENTRY_CREATED_MAX)
		created_ms = -ENTRY_CREATED_MAX;
	entry_pack_tag(&entry->tag, ret->tag);
	memcpy(ret->owner, entry->owner.bytes, sizeof(ret->owner));
	ret->created = (uint64_t)created_ms << ENTRY_CREATED_SHIFT |
		       (entry->kind == TABLE_KIND_STORED ? ENTRY_KIND_BIT : 0);
	ret->lifetime_s = entry->lifetime_s;
	check = entry_check(ret, salt);
	ret->created |= check & ENTRY_CHECK_LO_MASK;
	ret->seen = (check >> 16) << 20 | entry_minute(now_ms);
}

void
entry_unpack(const struct entry_words *w, struct table_entry *ret_entry)
{
	memcpy(ret_entry->tag.bytes, w->tag, sizeof(w->tag));
	memcpy(ret_entry->owner.bytes, w->owner, sizeof(w->owner));
	ret_entry->created_ms = entry_created_ms(w);
	ret_entry->lifetime_s = w->lifetime_s;
	ret_entry->kind =
	    (w->created & ENTRY_KIND_BIT) != 0 ? TABLE_KIND_STORED : TABLE_KIND_MEMORY;
	ret_entry->last_seen_ms = (int64_t)(w->seen & ENTRY_SEEN_MASK) * ENTRY_MS_PER_MINUTE;
}
