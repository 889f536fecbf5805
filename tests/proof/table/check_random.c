/*
 * check_random.c - random sequences of operations against a simple model
 *
 * One process, two handles of one table, a clock that stands and is moved by hand.  The model
 * is an array: what each tag's entry should be.  After each sequence every tag is looked up
 * and the counts and the walk over all entries are compared.  Each seed tells everything, so a
 * failure can be repeated: check_random seed N.
 *
 * check_random [long | seed N]   100,000 sequences; long: a million.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "proof/table/proof.h"

#define SERIES            1
#define START_MS          INT64_C(1000000)
#define SEQUENCES_A_TABLE 500
#define KEYS_MAX          2000
#define N_OWNERS          12
#define MAX_PER_OWNER_MAX 8

struct cell {
	bool is_there;
	struct table_entry entry;
	int64_t seen_ms;
};

static struct cell cells[KEYS_MAX];
static unsigned n_keys;
static struct table_config config;
static struct table *handles[2];
static uint64_t rnd;
static int64_t now_ms;
static uint64_t table_seed, n_ops, n_growths, n_evictions, n_full;

/*
 * The salt of a table must follow from the seed too.  All ones is one of them: with it, as with 0,
 * the check of every entry is the same, so it shows what relies on the check alone.
 */
int __wrap_random_fill(void *ret_bytes, size_t n);

int
__wrap_random_fill(void *ret_bytes, size_t n)
{
	memset(ret_bytes, (int)(table_seed % 255) + 1, n);
	return 0;
}

static uint64_t
dice(uint64_t n)
{
	return proof_random(&rnd) % n;
}

static struct table *
any(void)
{
	static unsigned current;

	/* Seldom: a thread that uses two handles of one table in turn is slow. */
	if (dice(20) == 0)
		current = 1 - current;
	return handles[current];
}

#define WRONG(fmt, ...) \
	proof_violation("seed %llu: " fmt, (unsigned long long)table_seed, __VA_ARGS__)

/* ------------------------------------------------------------------- the model */

static int64_t
in_steps(int64_t ms)
{
	return ms / TABLE_SEEN_MS * TABLE_SEEN_MS;
}

static bool
is_expired(const struct cell *cell)
{
	const struct table_entry *e = &cell->entry;

	return (e->lifetime_s != 0 && e->created_ms + (int64_t)e->lifetime_s * 1000 < now_ms) ||
	       (e->idle_s != 0 && cell->seen_ms + (int64_t)e->idle_s * 1000 < now_ms);
}

static bool
is_live(const struct cell *cell)
{
	return cell->is_there && !is_expired(cell);
}

static unsigned
count_live(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < n_keys; i++)
		n += is_live(&cells[i]);
	return n;
}

/* Expired entries may or may not have been swept: then the count is not known exactly. */
static bool
has_expired(void)
{
	for (unsigned i = 0; i < n_keys; i++)
		if (cells[i].is_there && is_expired(&cells[i]))
			return true;
	return false;
}

static bool
is_same_owner(const struct table_owner *a, const struct table_owner *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static void
evict_oldest(const struct table_owner *owner)
{
	for (;;) {
		struct cell *oldest = NULL;
		unsigned n = 0;

		for (unsigned i = 0; i < n_keys; i++) {
			if (!is_live(&cells[i]) || !is_same_owner(&cells[i].entry.owner, owner))
				continue;
			n++;
			if (oldest == NULL ||
			    cells[i].entry.created_ms < oldest->entry.created_ms)
				oldest = &cells[i];
		}
		if (n < config.max_per_owner)
			return;
		oldest->is_there = false;
		n_evictions++;
	}
}

/* How many of an owner's go out when he gets one more. */
static uint64_t
n_to_evict(const struct table_owner *owner)
{
	unsigned n = 0;

	if (config.max_per_owner == 0)
		return 0;
	for (unsigned i = 0; i < n_keys; i++)
		n += is_live(&cells[i]) && is_same_owner(&cells[i].entry.owner, owner);
	return n < config.max_per_owner ? 0 : n - config.max_per_owner + 1;
}

static bool
is_as_expected(const struct table_entry *got, const struct table_entry *want)
{
	return memcmp(&got->tag, &want->tag, sizeof(got->tag)) == 0 &&
	       is_same_owner(&got->owner, &want->owner) &&
	       got->created_ms == want->created_ms && got->lifetime_s == want->lifetime_s &&
	       got->idle_s == want->idle_s && got->kind == want->kind &&
	       got->is_remembered == want->is_remembered;
}

/* ------------------------------------------------------------------- operations */

static void
do_insert(unsigned n)
{
	struct cell *cell = &cells[n];
	struct table_entry entry = { .tag = proof_tag(SERIES, n) };
	bool must_be_full = false, may_be_full = false;
	int r;

	memset(&entry.owner, 0x40 + (int)dice(N_OWNERS), sizeof(entry.owner));
	entry.created_ms = now_ms++; /* no two alike: "the oldest" is one */
	clock_freeze(now_ms, 0);
	entry.lifetime_s = dice(3) == 0 ? (uint32_t)dice(200) : 0;
	entry.idle_s = dice(3) == 0 ? (uint32_t)dice(200) : 0;
	entry.kind = dice(2) == 0 ? TABLE_KIND_MEMORY : TABLE_KIND_STORED;
	entry.is_remembered = dice(2) == 0;
	if (!cell->is_there && config.max_entries < n_keys) {
		/* What goes out for the owner's own maximum makes room first. */
		uint64_t goes = n_to_evict(&entry.owner);

		must_be_full = count_live() - goes >= config.max_entries;
		may_be_full =
		    must_be_full ||
		    (has_expired() && table_count(handles[0]) - goes >= config.max_entries);
	}
	r = table_insert(any(), &entry);
	if (r == -ENOSPC && may_be_full) {
		n_full++;
		if (config.max_per_owner != 0)
			evict_oldest(&entry.owner);
		return;
	}
	if (is_expired(cell) && r == -ENOSPC)
		return; /* swept before: so it was a new one, and there was no room */
	if (r != 0 || must_be_full) {
		WRONG("insert: %d, %u live of %llu", r, count_live(),
		    (unsigned long long)config.max_entries);
		return;
	}
	/* Replacing his own entry gives the owner no more: then nothing has to go. */
	if (config.max_per_owner != 0 &&
	    !(is_live(cell) && is_same_owner(&cell->entry.owner, &entry.owner))) {
		cell->is_there = false;
		evict_oldest(&entry.owner);
	}
	cell->is_there = true;
	cell->entry = entry;
	cell->seen_ms = in_steps(entry.created_ms);
}

static void
do_find(unsigned n)
{
	struct cell *cell = &cells[n];
	struct digest_tag tag = proof_tag(SERIES, n);
	struct table_entry entry;
	int r = table_find(any(), &tag, &entry);

	if (is_live(cell) ? r != 0 || !is_as_expected(&entry, &cell->entry) ||
				entry.last_seen_ms != cell->seen_ms
			  : r != TABLE_E_ABSENT)
		WRONG("look-up of %u: %d, expected %s", n, r,
		    is_live(cell) ? "the entry" : "nothing");
}

static void
do_touch(unsigned n)
{
	struct digest_tag tag = proof_tag(SERIES, n);
	struct table_entry entry;
	int r = table_touch(any(), &tag);

	if (r != (is_live(&cells[n]) ? 0 : TABLE_E_ABSENT))
		WRONG("touch of %u: %d", n, r);
	if (r != 0)
		return;
	cells[n].seen_ms = in_steps(now_ms);
	if (table_find(any(), &tag, &entry) != 0 || entry.last_seen_ms != cells[n].seen_ms)
		WRONG("touch of %u had no effect", n);
}

static void
do_remove(unsigned n)
{
	struct digest_tag tag = proof_tag(SERIES, n);
	int r = table_remove(any(), &tag);

	if (r != (is_live(&cells[n]) ? 0 : TABLE_E_ABSENT))
		WRONG("remove of %u: %d", n, r);
	cells[n].is_there = false;
}

/* As the model ends all sessions of a user. */
struct owned {
	struct table_owner owner;
	unsigned n;
	struct digest_tag tags[KEYS_MAX];
};

static bool
note_owned(void *arg, const struct table_entry *entry)
{
	struct owned *owned = arg;

	if (is_same_owner(&entry->owner, &owned->owner))
		owned->tags[owned->n++] = entry->tag;
	return owned->n < KEYS_MAX;
}

static void
do_remove_owner(void)
{
	static struct owned owned;
	unsigned n = 0;
	int r;

	owned.n = 0;
	memset(&owned.owner, 0x40 + (int)dice(N_OWNERS), sizeof(owned.owner));
	r = table_each(any(), note_owned, &owned);
	for (unsigned i = 0; r == 0 && i < owned.n; i++)
		r = table_remove(any(), &owned.tags[i]);
	for (unsigned i = 0; i < n_keys; i++) {
		if (!is_live(&cells[i]) || !is_same_owner(&cells[i].entry.owner, &owned.owner))
			continue;
		n++;
		cells[i].is_there = false;
	}
	if (r != 0 || owned.n != n)
		WRONG("remove an owner: %d, %u, expected %u", r, owned.n, n);
}

/* Which key has this tag: a table of its own, by the tag's first bytes. */
static unsigned
key_of(const struct digest_tag *tag)
{
	static uint16_t keys[1 << 14]; /* 1 + key */
	static bool is_filled;
	struct digest_tag other;
	uint16_t at;

	for (unsigned n = 0; !is_filled && n < KEYS_MAX; n++) {
		other = proof_tag(SERIES, n);
		memcpy(&at, other.bytes, sizeof(at));
		for (at %= 1 << 14; keys[at] != 0; at = (uint16_t)((at + 1) % (1 << 14)))
			;
		keys[at] = (uint16_t)(n + 1);
	}
	is_filled = true;
	memcpy(&at, tag->bytes, sizeof(at));
	for (at %= 1 << 14; keys[at] != 0; at = (uint16_t)((at + 1) % (1 << 14))) {
		other = proof_tag(SERIES, keys[at] - 1u);
		if (memcmp(&other, tag, sizeof(other)) == 0)
			return keys[at] - 1u;
	}
	return KEYS_MAX;
}

struct walk {
	unsigned n;
};

static bool
walk_one(void *arg, const struct table_entry *entry)
{
	struct walk *walk = arg;
	unsigned n = key_of(&entry->tag);

	if (n < n_keys && is_live(&cells[n]) && is_as_expected(entry, &cells[n].entry)) {
		walk->n++;
		return true;
	}
	WRONG("the walk met an entry that should not be there%s", "");
	return true;
}

static void
do_walk(void)
{
	struct walk walk = { 0 };
	int r = table_each(any(), walk_one, &walk);

	if (r != 0 || walk.n != count_live())
		WRONG("walk: %d, %u entries, expected %u", r, walk.n, count_live());
}

static void
do_count(void)
{
	uint64_t n = table_count(any());
	unsigned n_live = count_live();

	if (has_expired() ? n < n_live : n != n_live)
		WRONG("count: %llu, expected %u", (unsigned long long)n, n_live);
}

static void
report(void *arg, const char *line)
{
	(void)arg;
	WRONG("%s", line);
}

static void
do_check(void)
{
	uint64_t n;
	int r = table_check(any(), report, NULL, &n);

	if (r != 0)
		WRONG("table_check: %d", r);
}

static void
do_reopen(void)
{
	unsigned i = (unsigned)dice(2);

	table_close(handles[i]);
	handles[i] = proof_open(&config);
}

static void
do_wait(void)
{
	now_ms += (int64_t)dice(dice(8) == 0 ? 100000 : 2000);
	clock_freeze(now_ms, 0);
}

/* ------------------------------------------------------------------- sequences */

static void
sequence(void)
{
	unsigned n = 8 + (unsigned)dice(32);

	n_ops += n;
	while (n-- > 0) {
		unsigned key = (unsigned)dice(n_keys);
		uint64_t what = dice(1000);

		if (what < 400)
			do_insert(key);
		else if (what < 600)
			do_remove(key);
		else if (what < 850)
			do_find(key);
		else if (what < 880)
			do_touch(key);
		else if (what < 890)
			do_remove_owner();
		else if (what < 960)
			do_wait();
		else if (what < 980)
			(void)table_tick(any());
		else if (what < 995)
			do_find(key);
		else
			do_reopen();
	}
	if (n_keys <= 64)
		for (unsigned i = 0; i < n_keys; i++)
			do_find(i);
	else
		for (unsigned i = 0; i < 40; i++)
			do_find((unsigned)dice(n_keys));
	if (dice(n_keys) < 64)
		do_count();
	if (dice(n_keys) < 8) {
		do_walk();
		do_check();
	}
}

/* One table, from its creation, through many sequences. */
static void
one_table(uint64_t seed)
{
	static const unsigned sizes[] = { 3, 20, 64, 300, KEYS_MAX };
	struct table_stats stats;

	table_seed = rnd = seed;
	n_keys = sizes[dice(sizeof(sizes) / sizeof(sizes[0]))];
	memset(cells, 0, sizeof(cells));
	now_ms = START_MS;
	clock_freeze(now_ms, 0);
	config = proof_config("table", dice(2) == 0 ? KEYS_MAX : 1 + dice(n_keys));
	config.max_per_owner = (uint32_t)(dice(2) == 0 ? 0 : 1 + dice(MAX_PER_OWNER_MAX));
	(void)unlinkat(proof_dir_fd, config.name, 0);
	for (unsigned i = 0; i < 2; i++)
		handles[i] = proof_open(&config);
	for (unsigned i = 0; i < SEQUENCES_A_TABLE && proof_n_violations() == 0; i++)
		sequence();
	if (table_stats(handles[0], &stats) == 0) {
		n_growths += stats.n_growths;
		if (stats.n_damaged != 0 || stats.n_recoveries != 0)
			WRONG("%llu damaged", (unsigned long long)stats.n_damaged);
	}
	for (unsigned i = 0; i < 2; i++)
		table_close(handles[i]);
}

int
main(int argc, char **argv)
{
	unsigned n = (proof_init(argc, argv) ? 1000000 : 100000) / SEQUENCES_A_TABLE;
	uint64_t seed = (uint64_t)proof_now_ns();
	int64_t since = proof_now_ns();

	if (argc > 2 && strcmp(argv[1], "seed") == 0) {
		seed = strtoull(argv[2], NULL, 10);
		n = 1;
	}
	for (unsigned i = 0; i < n && proof_n_violations() == 0; i++)
		one_table(seed + i);
	printf("%u sequences, %llu operations, %llu growths, %llu evictions, %llu times full, "
	       "%.1f s\n",
	    n * SEQUENCES_A_TABLE, (unsigned long long)n_ops, (unsigned long long)n_growths,
	    (unsigned long long)n_evictions, (unsigned long long)n_full,
	    (double)(proof_now_ns() - since) / 1e9);
	return proof_finish("random sequences");
}
