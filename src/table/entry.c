/* entry.c - see entry.h */
#include "table/entry.h"

void
tbl_entry_pack(
    const struct table_entry *entry, uint64_t salt, int64_t now_ms, struct tbl_entry_words *ret)
{
	int64_t created_ms = entry->created_ms;

	/* Out of any calendar: keep the sign, not the digits. */
	if (created_ms > ENTRY_CREATED_MAX)
		created_ms = ENTRY_CREATED_MAX;
	if (created_ms < -ENTRY_CREATED_MAX)
		created_ms = -ENTRY_CREATED_MAX;
	tbl_entry_pack_tag(&entry->tag, ret->tag);
	memcpy(ret->owner, entry->owner.bytes, sizeof(ret->owner));
	ret->created =
	    (uint64_t)created_ms << 1 | (entry->kind == TABLE_KIND_STORED ? ENTRY_KIND_BIT : 0);
	ret->lifetime_s = entry->lifetime_s;
	ret->seen = tbl_entry_minute(now_ms);
	ret->check = tbl_entry_check(ret, salt);
}
