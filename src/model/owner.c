/* owner.c - see owner.h */
#include "model/owner.h"

#define VARIANT_AT   8 /* RFC 9562 section 4.1: the upper bits of byte 8 */
#define VARIANT_MASK 0xc0
#define VARIANT_UUID 0x80
#define TEXT_MARK    0xf0 /* variant 111 is reserved; the length is in the lower four bits */
#define TEXT_MAX     15

bool
owner_pack(struct str user_id, struct table_owner *ret_owner)
{
	struct table_owner owner = { { 0 } };

	if (ident_parse(user_id, owner.bytes) &&
	    (owner.bytes[VARIANT_AT] & VARIANT_MASK) == VARIANT_UUID) {
		*ret_owner = owner;
		return true;
	}
	if (str_is_null(user_id) || user_id.n > TEXT_MAX || str_index(user_id, '\0') >= 0)
		return false;
	owner = (struct table_owner){ { 0 } };
	for (size_t i = 0; i < user_id.n; i++)
		owner.bytes[i < VARIANT_AT ? i : i + 1] = (uint8_t)user_id.p[i];
	owner.bytes[VARIANT_AT] = (uint8_t)(TEXT_MARK | user_id.n);
	*ret_owner = owner;
	return true;
}

void
owner_unpack(const struct table_owner *owner, char ret_user_id[IDENT_TEXT_BYTES])
{
	size_t n;

	if ((owner->bytes[VARIANT_AT] & VARIANT_MASK) == VARIANT_UUID) {
		ident_format(owner->bytes, ret_user_id);
		return;
	}
	n = owner->bytes[VARIANT_AT] & 0x0f;
	for (size_t i = 0; i < n; i++)
		ret_user_id[i] = (char)owner->bytes[i < VARIANT_AT ? i : i + 1];
	ret_user_id[n] = '\0';
}
