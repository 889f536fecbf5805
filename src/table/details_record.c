/* details_record.c - see details_record.h */
#include "table/details_record.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

#include "core/utf8.h"

/* Stands for each byte that is no UTF-8: U+FFFD. */
#define REPLACEMENT STR_LIT("\xef\xbf\xbd")

enum { CLIENT_UNKNOWN = 0, CLIENT_IPV4 = 4, CLIENT_IPV6 = 6 };

static void
make_mac(const struct tbl_record *record, const struct digest_key *key,
    uint8_t ret_mac[RECORD_MAC_BYTES])
{
	const size_t rest = offsetof(struct tbl_record, client);
	const struct str parts[] = { STR_LIT("session/details"),
		str_mem(record->tag, sizeof(record->tag)),
		str_mem((const uint8_t *)record + rest, sizeof(*record) - rest) };
	struct digest_tag digest = digest_tag(key, parts, sizeof(parts) / sizeof(parts[0]));

	memcpy(ret_mac, digest.bytes, RECORD_MAC_BYTES);
}

static void
set_client(struct tbl_record *record, struct str client)
{
	char text[DETAILS_CLIENT_BYTES];

	if (client.n == 0 || client.n >= sizeof(text))
		return;
	memcpy(text, client.p, client.n);
	text[client.n] = '\0';
	if (inet_pton(AF_INET, text, record->client) == 1)
		record->client_kind = CLIENT_IPV4;
	else if (inet_pton(AF_INET6, text, record->client) == 1)
		record->client_kind = CLIENT_IPV6;
}

static void
set_agent(struct tbl_record *record, struct str agent)
{
	size_t n = 0;

	while (agent.n > 0) {
		uint32_t code;
		size_t taken = utf8_next(agent, &code);
		struct str character = taken > 0 ? str_take(agent, taken) : REPLACEMENT;

		if (n + character.n > sizeof(record->agent))
			break;
		memcpy(record->agent + n, character.p, character.n);
		n += character.n;
		agent = str_skip(agent, taken > 0 ? taken : 1);
	}
	record->agent_n = (uint8_t)n;
}

bool
tbl_record_make(struct tbl_record *ret, const struct digest_key *key,
    const struct digest_tag *tag, struct str client, struct str agent)
{
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->tag, tag, sizeof(ret->tag));
	set_client(ret, client);
	set_agent(ret, agent);
	make_mac(ret, key, ret->mac);
	return ret->client_kind != CLIENT_UNKNOWN || ret->agent_n > 0;
}

bool
tbl_record_is_whole(
    const struct tbl_record *record, const struct digest_key *key, const struct digest_tag *tag)
{
	uint8_t mac[RECORD_MAC_BYTES];

	if (memcmp(record->tag, tag, sizeof(record->tag)) != 0)
		return false;
	make_mac(record, key, mac);
	return memcmp(record->mac, mac, sizeof(mac)) == 0;
}

void
tbl_record_show(const struct tbl_record *record, struct details_text *ret)
{
	int family = record->client_kind == CLIENT_IPV4   ? AF_INET
		     : record->client_kind == CLIENT_IPV6 ? AF_INET6
							  : AF_UNSPEC;

	if (family == AF_UNSPEC ||
	    inet_ntop(family, record->client, ret->client, sizeof(ret->client)) == NULL)
		ret->client[0] = '\0';
	memcpy(ret->agent, record->agent, record->agent_n);
	ret->agent[record->agent_n] = '\0';
}
