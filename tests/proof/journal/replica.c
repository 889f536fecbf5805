/* replica.c - see replica.h */
#include "replica.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAD_MAX 200000

static bool
key_parse(struct str key, uint32_t *ret_key)
{
	unsigned k;
	char text[8];

	if (key.n != 4 || key.p[0] != 'k')
		return false;
	(void)snprintf(text, sizeof(text), "%.*s", STR_FMT(key));
	k = (unsigned)strtoul(text + 1, NULL, 10);
	*ret_key = k;
	return k < REPLICA_KEYS;
}

int
replica_apply(void *arg, const struct journal_record *record)
{
	static const struct str head = { "{\"v\":", 5 };
	struct replica *replica = arg;
	uint32_t key;

	if (record->op == JOURNAL_RESET) {
		memset(replica->value, 0, sizeof(replica->value));
		replica->n_resets++;
		return 0;
	}
	if (!key_parse(record->key, &key)) {
		replica->is_bad = true;
		return 0;
	}
	if (record->op == JOURNAL_DEL) {
		replica->value[key] = 0;
		return 0;
	}
	/* The value is lent without an end: it ends in a brace, which stops the number. */
	if (!str_starts_with(record->value, head) ||
	    record->value.p[record->value.n - 1] != '}') {
		replica->is_bad = true;
		return 0;
	}
	replica->value[key] = (uint32_t)strtoul(record->value.p + head.n, NULL, 10);
	return 0;
}

void
replica_change(struct replica *replica, const struct change *change)
{
	for (uint32_t i = 0; i < change->n; i++)
		replica->value[change->e[i].key] = change->e[i].value;
}

bool replica_tells;

static void
tell(void *arg, bool is_lasting, const char *text)
{
	(void)arg;
	(void)is_lasting;
	if (replica_tells)
		(void)fprintf(stderr, "# %s\n", text);
}

int
replica_open(int dir_fd, struct journal **ret_journal, bool is_loud)
{
	struct journal_config config = { .dir_fd = dir_fd,
		.dir_path = "(scratch)",
		.name = REPLICA_NAME,
		.notice = tell,
		.key_check = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } };
	struct err err = { .text = "" };
	int r = journal_open(&config, ret_journal, &err);

	if (r < 0 && is_loud)
		(void)fprintf(stderr, "# journal_open: %s: %s\n", strerror(-r), err.text);
	return r;
}

int
replica_append(
    struct journal *journal, const struct change *change, size_t pad, uint64_t *ret_seq)
{
	static char text[REPLICA_CHANGES_MAX][PAD_MAX + 64];
	char key[REPLICA_CHANGES_MAX][8];
	struct journal_record record[REPLICA_CHANGES_MAX];

	if (pad > PAD_MAX)
		pad = PAD_MAX;
	for (uint32_t i = 0; i < change->n; i++) {
		int n = snprintf(
		    text[i], sizeof(text[i]), "{\"v\":%u,\"pad\":\"", change->e[i].value);

		memset(text[i] + n, 'x', pad);
		memcpy(text[i] + n + (int)pad, "\"}", 2);
		(void)snprintf(key[i], sizeof(key[i]), "k%03u", change->e[i].key % 1000);
		record[i].key = str_of(key[i]);
		if (change->e[i].value == 0) {
			record[i].op = JOURNAL_DEL;
			record[i].value = STR_NULL;
		} else {
			record[i].op = JOURNAL_PUT;
			record[i].value = str_mem(text[i], (size_t)n + pad + 2);
		}
	}
	return journal_append(journal, record, change->n, ret_seq);
}

/* Lines come again and again in thousands of states: remember the good ones. */
static bool
line_is_known(uint64_t digest, bool is_to_learn)
{
	static uint64_t known[1 << 16];
	uint64_t *slot = &known[digest >> 48];

	if (is_to_learn)
		*slot = digest;
	return *slot == digest;
}

static bool
line_is_object(const uint8_t *p, size_t n)
{
	uint64_t digest = 14695981039346656037u;
	struct json_tokener *tokener;
	struct json_object *object;
	bool is_good;

	for (size_t i = 0; i < n; i++)
		digest = (digest ^ p[i]) * 1099511628211u;
	if (line_is_known(digest, false))
		return true;
	if (memchr(p, '\0', n) != NULL || (tokener = json_tokener_new()) == NULL)
		return false;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	object = json_tokener_parse_ex(tokener, (const char *)p, (int)n);
	is_good = json_tokener_get_error(tokener) == json_tokener_success &&
		  json_tokener_get_parse_end(tokener) == n &&
		  json_object_is_type(object, json_type_object);
	(void)json_object_put(object);
	json_tokener_free(tokener);
	if (is_good)
		(void)line_is_known(digest, true);
	return is_good;
}

long
replica_bad_line(const uint8_t *p, size_t n)
{
	size_t at = 0;

	while (at < n) {
		const uint8_t *end = memchr(p + at, '\n', n - at);

		if (end == NULL)
			return -1; /* the last line may be torn */
		if (end != p + at && !line_is_object(p + at, (size_t)(end - p) - at))
			return (long)at;
		at = (size_t)(end - p) + 1;
	}
	return -1;
}
