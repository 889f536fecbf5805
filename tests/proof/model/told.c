/* told.c - see told.h */
#include "proof/model/told.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <json-c/linkhash.h>

#include "core/clock.h"
#include "proof/table/proof.h"

#define FIRST_WALL_MS INT64_C(1800000000000)
#define LEAP_MS       (INT64_C(1000) * TOLD_LEAP_S)
#define UPTIME_MS     60000 /* at the first look after a boot */
#define LANE          1

struct told_board *board;

void
told_init(void)
{
	board = mmap(
	    NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (board == MAP_FAILED)
		proof_die("no memory");
}

void
told_start_round(uint32_t max_per_owner)
{
	memset(board->session, 0, sizeof(board->session));
	board->n = 0;
	board->max_per_owner = max_per_owner;
	board->wall_ms = FIRST_WALL_MS;
	told_start_boot();
}

void
told_start_boot(void)
{
	board->boot++;
	board->boot_wall_ms = board->wall_ms - UPTIME_MS;
	board->n_fillers = 0;
	for (unsigned o = 0; o < TOLD_OWNERS; o++)
		board->n_begins[o] = board->n_begins_done[o] = 0;
}

static int64_t ahead_ms;

void
told_pass_time_ms(int64_t ms)
{
	ahead_ms += ms;
	clock_freeze(
	    board->wall_ms - board->boot_wall_ms + ahead_ms, board->wall_ms + ahead_ms);
}

void
told_set_clock(void)
{
	ahead_ms = 0;
	told_pass_time_ms(0);
}

void
told_owner_id(unsigned owner, char ret_id[TOLD_TEXT_MAX])
{
	(void)snprintf(ret_id, TOLD_TEXT_MAX, "user%u", owner % 10);
}

struct digest_tag
told_tag(uint32_t n)
{
	return proof_tag(LANE, n);
}

struct table_entry
told_entry(uint32_t n)
{
	const struct told *told = &board->session[n];
	struct table_entry entry = { .tag = told_tag(n),
		.created_ms = told->created_ms - board->boot_wall_ms,
		.lifetime_s = told->lifetime_s,
		.kind = told->kind };
	char id[TOLD_TEXT_MAX];

	told_owner_id(told->owner, id);
	if (!user_session_pack_owner(str_of(id), &entry.owner))
		proof_die("%s is no owner", id);
	return entry;
}

bool
told_is_past(const struct told *told)
{
	return told->lifetime_s != 0 &&
	       told->created_ms + (int64_t)told->lifetime_s * 1000 < board->wall_ms;
}

uint32_t
told_begin(uint64_t *random)
{
	uint32_t n = board->n >= TOLD_MAX ? TOLD_MAX : atomic_fetch_add(&board->n, 1);
	uint64_t dice = proof_random(random);
	struct told *told;

	if (n >= TOLD_MAX)
		return UINT32_MAX;
	told = &board->session[n];
	told->owner = (uint8_t)(dice % TOLD_OWNERS);
	told->kind = (dice >> 8) % 4 == 0 ? TABLE_KIND_MEMORY : TABLE_KIND_STORED;
	/* Past after the next rest, or the one that follows. */
	told->lifetime_s =
	    (dice >> 16) % 8 < 2
		? TOLD_LEAP_S * (uint32_t)(1 + (dice >> 16) % 8) + TOLD_LEAP_S / 2
		: 0;
	told->boot = board->boot;
	/* In order of their numbers, about: many begin at the same time. */
	told->created_ms = board->wall_ms - LEAP_MS + 100000 + (int64_t)n * 1000 +
			   (int64_t)((dice >> 24) % 4000);
	told->state = TOLD_BEGINNING;
	return n;
}

/* 0 or TABLE_E_ABSENT, and it is whole. */
static int
find(struct table *table, uint32_t n)
{
	struct table_entry want = told_entry(n), entry;
	int r = table_find(table, &want.tag, &entry);

	if (r < 0)
		proof_violation("look-up: %s", strerror(-r));
	if (r == 0 && (memcmp(&entry.owner, &want.owner, sizeof(want.owner)) != 0 ||
			  entry.kind != want.kind || entry.lifetime_s != want.lifetime_s ||
			  entry.created_ms != want.created_ms))
		proof_violation("session %u is not what it was", n);
	return r;
}

void
told_look(struct table *table, uint32_t n)
{
	struct told *told = &board->session[n];
	bool was_gone = told->is_gone, was_live = told->state == TOLD_LIVE;
	int r;

	if (told->state == TOLD_NOTHING)
		return;
	r = find(table, n);
	if (r == 0 && was_gone)
		proof_violation("session %u had ended, and lives again", n);
	if (r == 0)
		told->state = TOLD_LIVE;
	else if (was_live)
		told->is_gone = true;
	board->n_looks++;
}

void
told_settle(void)
{
	for (uint32_t n = 0; n < board->n && n < TOLD_MAX; n++) {
		unsigned o = board->session[n].owner;

		if (board->n_end_alls[o] != board->n_end_alls_done[o])
			board->session[n].is_ending = true;
	}
	for (unsigned o = 0; o < TOLD_OWNERS; o++)
		board->n_end_alls_done[o] = board->n_end_alls[o];
}

/* -------------------------------------------------------------------- judgement */

struct judgement {
	bool is_new;
	uint32_t n;
	bool in_table[TOLD_MAX], in_journal[TOLD_MAX];
};

static struct judgement judgement;

/* The keys of the journal that are alive. */
static int
note_record(void *arg, const struct journal_record *record)
{
	struct lh_table *keys = arg;
	char *key = str_dup(record->key);
	int r = 0;

	if (key == NULL)
		proof_die("no memory");
	(void)lh_table_delete(keys, key);
	if (record->op == JOURNAL_PUT)
		r = lh_table_insert(keys, key, NULL);
	else
		free(key);
	return r;
}

static void
free_key(struct lh_entry *entry)
{
	free(lh_entry_k(entry));
}

static void
read_journal(struct judgement *j, const struct user_sessions *sessions)
{
	struct lh_table *keys = lh_kchar_table_new(256, free_key);
	struct err err = { "" };

	if (keys == NULL)
		proof_die("no memory");
	if (user_sessions_read_journal(sessions, note_record, keys, &err) != 0)
		proof_violation("journal: %s", err.text);
	for (uint32_t n = 0; n < j->n; n++) {
		struct digest_tag tag = told_tag(n);
		char key[USER_SESSION_KEY_BYTES];

		user_session_key(&tag, key);
		j->in_journal[n] = lh_table_lookup_entry(keys, key) != NULL;
	}
	lh_table_free(keys);
}

static bool
is_of_the_past(const struct told *told)
{
	return told_is_past(told) ||
	       (told->kind == TABLE_KIND_MEMORY && told->boot != board->boot);
}

static void
judge_one(const struct judgement *j, uint32_t n)
{
	const struct told *told = &board->session[n];
	bool in_table = j->in_table[n], in_journal = j->in_journal[n];

	if (in_table && told->is_gone)
		proof_violation("session %u had ended, and is in the table", n);
	if (in_table && is_of_the_past(told))
		proof_violation("session %u is past, and is in the table", n);
	if (told->kind == TABLE_KIND_MEMORY) {
		if (in_journal)
			proof_violation("session %u has no place in the journal", n);
		return;
	}
	if (told_is_past(told))
		return; /* until the next purge */
	if (in_journal && told->is_gone)
		proof_violation("session %u had ended, and is in the journal", n);
	else if (in_journal && !in_table && told->state == TOLD_LIVE)
		proof_violation("session %u has ended in the table alone", n);
	if (j->is_new && in_journal != in_table)
		proof_violation("session %u is in the %s alone after a boot", n,
		    in_journal ? "journal" : "table");
}

/*
 * An entry that has gone, and was not ended, had to make room: then the owner had as many newer ones as
 * may be, less the one that came.  Of the newest that had to go this can be seen: nothing but an
 * end, age or a boot took any of those away.
 */
static void
judge_evictions(const struct judgement *j, unsigned owner)
{
	const struct told *newest = NULL;
	uint32_t n_newer = 0;

	for (uint32_t n = 0; n < j->n; n++) {
		const struct told *told = &board->session[n];

		if (told->owner == owner && told->state == TOLD_LIVE && !j->in_table[n] &&
		    !told->is_ending && !is_of_the_past(told) &&
		    (newest == NULL || told->created_ms >= newest->created_ms))
			newest = told;
	}
	if (newest == NULL)
		return;
	for (uint32_t n = 0; n < j->n; n++) {
		const struct told *told = &board->session[n];

		if (told->owner == owner && told != newest && told->state != TOLD_NOTHING &&
		    told->created_ms >= newest->created_ms &&
		    (j->in_table[n] || told->is_ending || is_of_the_past(told)))
			n_newer++;
	}
	if (n_newer + 1 < board->max_per_owner)
		proof_violation("session %u of user%u was lost: %u newer ones, and %u may be",
		    (unsigned)(newest - board->session), owner, n_newer, board->max_per_owner);
}

/* The maximum; and what only the table has was ended in the journal by somebody who died then. */
static void
judge_owner(const struct judgement *j, unsigned owner)
{
	uint32_t n_live = 0, n_alone = 0;
	uint32_t n_killed = board->n_begins[owner] - board->n_begins_done[owner];

	for (uint32_t n = 0; n < j->n; n++) {
		const struct told *told = &board->session[n];

		if (told->owner != owner || !j->in_table[n])
			continue;
		n_live++;
		n_alone +=
		    told->kind == TABLE_KIND_STORED && !j->in_journal[n] && !told->is_ending;
	}
	if (n_live > board->max_per_owner)
		proof_violation("user%u has %u sessions, and %u may be", owner, n_live,
		    board->max_per_owner);
	if (n_alone > n_killed)
		proof_violation(
		    "%u sessions of user%u are in the table alone, and %u who began "
		    "one were killed",
		    n_alone, owner, n_killed);
}

void
told_judge(struct table *table, const struct user_sessions *sessions, bool is_new)
{
	struct judgement *j = &judgement;

	j->is_new = is_new;
	j->n = board->n < TOLD_MAX ? board->n : TOLD_MAX;
	for (uint32_t n = 0; n < j->n; n++)
		j->in_table[n] = find(table, n) == 0;
	read_journal(j, sessions);
	for (uint32_t n = 0; n < j->n; n++)
		judge_one(j, n);
	for (unsigned owner = 0; owner < TOLD_OWNERS; owner++) {
		judge_evictions(j, owner);
		judge_owner(j, owner);
	}
	/* Seen, by us. */
	for (uint32_t n = 0; n < j->n; n++) {
		struct told *told = &board->session[n];

		if (j->in_table[n])
			told->state = TOLD_LIVE;
		else if (told->state == TOLD_LIVE)
			told->is_gone = true;
	}
}
