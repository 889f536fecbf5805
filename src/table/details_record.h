/*
 * details_record.h - one record of details.h, as it lies in the file
 *
 * Purpose    What makes it one: the digest, under the key, of the session's tag and all else.
 * Threads    Pure functions.
 */
#ifndef TABLE_DETAILS_RECORD_H
#define TABLE_DETAILS_RECORD_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "table/details.h"

#define RECORD_MAC_BYTES 8

struct tbl_record {
	uint8_t tag[DIGEST_TAG_BYTES];
	uint8_t mac[RECORD_MAC_BYTES]; /* of the tag and of what follows */
	uint8_t client[16];
	uint8_t client_kind; /* 0: unknown; 4, 6: IP */
	uint8_t agent_n;
	uint8_t reserved[2]; /* zero */
	char agent[DETAILS_AGENT_BYTES];
};
static_assert(sizeof(struct tbl_record) == 172, "exported format");

/* false: there is nothing to keep. */
bool tbl_record_make(struct tbl_record *ret, const struct digest_key *key,
    const struct digest_tag *tag, struct str client, struct str agent);

/* Is it that session's, and as it was made? */
bool tbl_record_is_whole(const struct tbl_record *record, const struct digest_key *key,
    const struct digest_tag *tag);

/* Only of one that is whole. */
void tbl_record_show(const struct tbl_record *record, struct details_text *ret);

#endif
