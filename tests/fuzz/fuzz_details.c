/*
 * fuzz_details.c - an address, a line feed, a User-Agent: what is kept of a login, and what is shown; and
 * records that others have written
 */
#include <arpa/inet.h>
#include <sodium.h>

#include "core/utf8.h"
#include "fuzz/fuzz.h"
#include "table/details_record.h"

static const struct digest_key key = { { 7 } };
static const struct digest_tag tag = { { 1 } }, other = { { 2 } };

static void
check_shown(const struct tbl_record *record)
{
	struct details_text text;
	struct in6_addr bytes;
	size_t n;

	tbl_record_show(record, &text);
	n = strlen(text.agent);
	fuzz_promise(strlen(text.client) < sizeof(text.client));
	fuzz_promise(text.client[0] == '\0' || inet_pton(AF_INET, text.client, &bytes) == 1 ||
		     inet_pton(AF_INET6, text.client, &bytes) == 1);
	fuzz_promise(n <= DETAILS_AGENT_BYTES && utf8_is_valid(str_of(text.agent)));
}

/* Kept, shown, and kept again it stays the same. */
static void
check_kept(struct str client, struct str agent)
{
	struct tbl_record record, again;
	struct details_text text;
	bool is_kept = tbl_record_make(&record, &key, &tag, client, agent);

	fuzz_promise(tbl_record_is_whole(&record, &key, &tag));
	fuzz_promise(!tbl_record_is_whole(&record, &key, &other));
	check_shown(&record);
	tbl_record_show(&record, &text);
	/* What is UTF-8 already is not changed, only cut. */
	if (utf8_is_valid(agent) && str_index(agent, '\0') < 0)
		fuzz_promise(
		    str_starts_with(agent, str_of(text.agent)) &&
		    (agent.n > DETAILS_AGENT_BYTES - 4 || str_eq_z(agent, text.agent)));
	if (str_index(str_mem(record.agent, record.agent_n), '\0') >= 0)
		return;
	fuzz_promise(tbl_record_make(&again, &key, &tag, str_of(text.client),
			 str_of(text.agent)) == is_kept);
	fuzz_promise(memcmp(&record, &again, sizeof(record)) == 0);
}

/* Under another key, or torn, it is none; whatever it is, nothing else is read. */
static void
check_foreign(struct str bytes)
{
	struct tbl_record record = { .agent_n = 0 };

	memcpy(&record, bytes.p, bytes.n < sizeof(record) ? bytes.n : sizeof(record));
	fuzz_promise(!tbl_record_is_whole(&record, &key, &tag));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str all, client, agent;
	char *copy;

	fuzz_promise(sodium_init() != -1);
	copy = fuzz_copy(str_mem(data, size));
	all = str_mem(copy, size);
	(void)str_split(all, '\n', &client, &agent);
	check_kept(client, agent);
	check_foreign(all);
	free(copy);
	return 0;
}
