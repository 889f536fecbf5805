/* table.c - see table.h */
#include "table/table.h"

#include <errno.h>
#include <sys/stat.h>

#include "core/clock.h"
#include "table/change.h"
#include "table/growth.h"
#include "table/mapping.h"
#include "table/owner.h"
#include "table/locate.h"
#include "table/placement.h"
#include "table/scan.h"
#include "table/step.h"

/* Buckets searched for expired entries before "full" is said: half a millisecond. */
#define SWEEP_WHEN_FULL 4096

/* An area this empty does not overflow by chance: somebody has the key and picks tags. */
#define MIN_LOAD_PERCENT 35
#define MIN_LOAD_FROM    4 /* regions below are so small that chance is allowed anything */

/* Housekeeping of table_tick() in one go, and how much of it without releasing the lock. */
#define TICK_BUCKETS         8192
#define TICK_BUCKETS_LOCKED  64
#define TICK_SWEEP_SECONDS   60 /* the whole table once a minute */
#define TICK_MIN_INTERVAL_MS 900
#define GIVE_BACK_BYTES      (UINT64_C(64) * 1024 * 1024)
#define GIVE_BACK_SOME_BYTES (UINT64_C(4) * 1024 * 1024)
#define GIVE_BACK_EVERY      64 /* changes */

static int
view_now(struct table *t, struct tbl_view *ret_view)
{
	return tbl_mapping_view(
	    t, WORD_LOAD_STEP(&t->control->descriptor, "read descriptor"), ret_view);
}

/* ----------------------------------------------------------------------- insert */

enum {
	INSERT_AGAIN = 100, /* the table has grown a little: try again */
	INSERT_LIMIT,       /* the owner's entries must be looked through first */
	INSERT_LIMIT_MORE,  /* the same once more, after some of them went */
	INSERT_LIMIT_NAMED, /* the caller must end some of them first */
};

/* What every change does for the table besides: move on, sweep a little. */
static int
do_some_housekeeping(struct table *t, struct tbl_view *view, int64_t now_ms)
{
	/* A full disk is no reason to refuse while there is room. */
	if (tbl_growth_step(t, view, GROWTH_BUCKETS_PER_CHANGE, false, now_ms) < 0) {
		int r = view_now(t, view);

		if (r != 0)
			return r;
	}
	tbl_placement_sweep(t, view, 1, now_ms);
	return 0;
}

static bool
is_full(struct table *t, struct tbl_view *view, int64_t now_ms)
{
	if (WORD_LOAD(&t->control->n_entries) < t->max_entries)
		return false;
	tbl_placement_sweep(t, view, SWEEP_WHEN_FULL, now_ms);
	return WORD_LOAD(&t->control->n_entries) >= t->max_entries;
}

static bool
is_overflow_by_chance(struct table *t, const struct tbl_view *view)
{
	uint64_t n_slots = view->areas[0].n_buckets * BUCKET_SLOTS;

	return view->d.cursor != 0 || view->d.region < MIN_LOAD_FROM ||
	       WORD_LOAD(&t->control->n_entries) >= n_slots / 100 * MIN_LOAD_PERCENT;
}

static bool
is_equal(const struct tbl_entry_words *a, const struct tbl_entry_words *b)
{
	return a->owner[0] == b->owner[0] && a->owner[1] == b->owner[1] &&
	       a->lifetime_s == b->lifetime_s && a->created == b->created &&
	       a->check == b->check;
}

/* Does the owner have this entry already, so that replacing it adds none? */
static bool
is_one_of(const struct tbl_entry_words *old, const uint64_t owner[2], int64_t now_ms)
{
	return old->owner[0] == owner[0] && old->owner[1] == owner[1] &&
	       !tbl_entry_is_expired(old, now_ms);
}

static int
insert_locked(struct table *t, struct tbl_view *view, const struct tbl_entry_words *w,
    struct tbl_owner *limit, int64_t now_ms)
{
	struct tbl_entry_words old;
	uint64_t from, to;
	int r;

	if ((r = view_now(t, view)) != 0 || (r = do_some_housekeeping(t, view, now_ms)) != 0)
		return r;
	from = tbl_locate_surely(view, w->tag, &old);
	if (from != PLACE_NOWHERE && is_equal(&old, w)) {
		tbl_placement_repair(
		    t, tbl_mapping_bucket(view, from)); /* look-ups go by its fingerprint */
		return limit->is_over != NULL ? tbl_owner_make_room(t, view, limit) : 0;
	}
	/* First the owner's own maximum: what goes out for it makes room in a full table too. */
	if ((from == PLACE_NOWHERE || !is_one_of(&old, w->owner, now_ms)) &&
	    (r = tbl_owner_make_room(t, view, limit)) != 0)
		return r == OWNER_SCAN_FIRST ? INSERT_LIMIT
		       : r == OWNER_MORE     ? INSERT_LIMIT_MORE
		       : r == OWNER_NAMED    ? INSERT_LIMIT_NAMED
					     : r;
	if (from == PLACE_NOWHERE && is_full(t, view, now_ms))
		return -ENOSPC;
	if ((to = tbl_placement_find(t, view, w->tag, now_ms)) == PLACE_NOWHERE) {
		if (!is_overflow_by_chance(t, view))
			return -ENOSPC;
		r = tbl_growth_step(t, view, TICK_BUCKETS_LOCKED, true, now_ms);
		return r == 0 ? INSERT_AGAIN : r;
	}
	/* Making room may have moved the old copy, or freed it: it had expired. */
	if (from != PLACE_NOWHERE)
		from = tbl_locate_surely(view, w->tag, &old);
	tbl_change_apply(t, view, to, w, from);
	tbl_placement_count(&t->control->counters.n_inserts);
	return 0;
}

/* After a change that may have left storage behind; and now and then, in case a reader was
 * there the last time. */
static void
give_some_back(struct table *t, uint64_t descriptor_before)
{
	if (WORD_LOAD(&t->control->descriptor) != descriptor_before ||
	    WORD_LOAD(&t->control->counters.n_inserts) % GIVE_BACK_EVERY == 0)
		(void)tbl_growth_give_back(t, GIVE_BACK_SOME_BYTES);
}

static int
insert(struct table *t, const struct table_entry *entry, uint32_t max,
    struct table_victims *victims, bool *ret_is_over)
{
	uint64_t descriptor = WORD_LOAD(&t->control->descriptor);
	int64_t now_ms = clock_boot_ms();
	struct tbl_entry_words w;
	struct tbl_owner limit;
	struct tbl_view view;
	unsigned n_scans = 0;
	int r;

	tbl_entry_pack(entry, t->salt, now_ms, &w);
	tbl_owner_begin(&limit, t, w.owner, max);
	if (victims != NULL && (r = tbl_owner_remove(t, &limit, victims)) != 0)
		return r;
	limit.victims = victims;
	limit.is_over = ret_is_over;
	do {
		if ((r = tbl_change_lock(t, LOCK_WRITER_MS)) != 0)
			return r;
		r = insert_locked(t, &view, &w, &limit, now_ms);
		/* Somebody keeps changing this owner's entries: nobody can while we hold the
		 * lock. */
		while (r == INSERT_LIMIT && n_scans >= OWNER_SCANS)
			if ((r = tbl_owner_scan(t, &limit, now_ms, true)) == 0)
				r = insert_locked(t, &view, &w, &limit, now_ms);
		if (r == -ENOSPC)
			tbl_placement_count(&t->control->counters.n_full);
		tbl_change_unlock(t);
		if (r == INSERT_LIMIT || r == INSERT_LIMIT_MORE) {
			int scanned = tbl_owner_scan(t, &limit, now_ms, false);

			n_scans = r == INSERT_LIMIT ? n_scans + 1 : 0;
			if (scanned != 0)
				return scanned;
		}
	} while (r == INSERT_AGAIN || r == INSERT_LIMIT || r == INSERT_LIMIT_MORE);
	give_some_back(t, descriptor);
	return r == INSERT_LIMIT_NAMED ? TABLE_E_LIMIT : r;
}

int
table_insert(struct table *t, const struct table_entry *entry)
{
	return insert(t, entry, 0, NULL, NULL);
}

int
table_insert_after(struct table *t, const struct table_entry *entry, uint32_t max,
    struct table_victims *victims)
{
	return insert(t, entry, max, victims, NULL);
}

int
table_insert_over(struct table *t, const struct table_entry *entry, bool *ret_is_over)
{
	*ret_is_over = false;
	return insert(t, entry, 0, NULL, ret_is_over);
}

int
table_foresee(struct table *t, const struct table_owner *owner, uint32_t max,
    struct table_victims *ret_victims)
{
	uint64_t words[2];

	memcpy(words, owner->bytes, sizeof(words));
	return tbl_owner_foresee(t, words, max, ret_victims);
}

void
table_prefetch(struct table *t, const struct digest_tag *tag)
{
	struct tbl_spot spots[LOCATE_SPOTS_MAX];
	struct tbl_view view;
	uint64_t words[2];
	unsigned n;

	if (view_now(t, &view) != 0)
		return;
	tbl_entry_pack_tag(tag, words);
	n = tbl_locate_spots(&view, words, spots);
	for (unsigned i = 0; i < n; i++)
		for (unsigned slot = 0; slot < BUCKET_SLOTS; slot++)
			__builtin_prefetch(&tbl_locate_bucket(&spots[i])->slots[slot], 1);
}

uint32_t
table_max_per_owner(const struct table *t)
{
	return t->max_per_owner;
}

/* ----------------------------------------------------------------------- remove */

int
table_remove(struct table *t, const struct digest_tag *tag)
{
	uint64_t descriptor = WORD_LOAD(&t->control->descriptor);
	int64_t now_ms = clock_boot_ms();
	struct tbl_entry_words w;
	struct tbl_view view;
	uint64_t words[2], at;
	int r, found = TABLE_E_ABSENT;

	tbl_entry_pack_tag(tag, words);
	if ((r = tbl_change_lock(t, LOCK_WRITER_MS)) != 0)
		return r;
	if ((r = view_now(t, &view)) == 0 &&
	    (r = do_some_housekeeping(t, &view, now_ms)) == 0) {
		/* There is one copy; more would be damage, and none may stay. */
		while ((at = tbl_locate_surely(&view, words, &w)) != PLACE_NOWHERE) {
			tbl_change_apply(t, &view, PLACE_NOWHERE, NULL, at);
			if (!tbl_entry_is_expired(&w, now_ms))
				found = 0;
		}
		if (found == 0)
			tbl_placement_count(&t->control->counters.n_removes);
	}
	tbl_change_unlock(t);
	give_some_back(t, descriptor);
	return r != 0 ? r : found;
}

/* ------------------------------------------------------------------ the whole table */

int64_t
table_wall_offset_ms(const struct table *t)
{
	int64_t kept = t->header->born_wall_ms - t->header->born_boot_ms;
	int64_t step = clock_wall_ms() - clock_boot_ms() - kept;

	/* Half up; the remainder of a negative number is one. */
	step += 500;
	return kept + step - ((step % 1000) + 1000) % 1000;
}

uint64_t
table_count(struct table *t)
{
	return WORD_LOAD(&t->control->n_entries);
}

int
table_each(struct table *t, bool (*fn)(void *arg, const struct table_entry *entry), void *arg)
{
	struct tbl_entry_words found[SCAN_MAX];
	int64_t now_ms = clock_boot_ms();
	struct table_entry entry;
	struct tbl_scan scan;
	unsigned n;
	int r;

	tbl_scan_begin(&scan, NULL);
	while (!scan.is_done) {
		if ((r = tbl_scan_step(t, &scan, found, &n)) != 0)
			return r;
		for (unsigned i = 0; i < n; i++) {
			if (tbl_entry_is_expired(&found[i], now_ms) ||
			    !tbl_entry_is_whole(&found[i], t->salt))
				continue;
			tbl_entry_unpack(&found[i], &entry);
			if (!fn(arg, &entry))
				return 0;
		}
	}
	return 0;
}

static int
tick_some(struct table *t, bool is_sweep, int64_t now_ms, bool *ret_is_more)
{
	struct tbl_view view;
	int r = tbl_change_lock(t, LOCK_READER_MS);

	if (r != 0)
		return r;
	if ((r = view_now(t, &view)) == 0) {
		r = tbl_growth_step(t, &view, TICK_BUCKETS_LOCKED, false, now_ms);
		*ret_is_more = r == 0;
		/* Growth may have no room; what has expired makes some. */
		if (is_sweep && (r >= 0 || view_now(t, &view) == 0))
			tbl_placement_sweep(t, &view, TICK_BUCKETS_LOCKED, now_ms);
	}
	tbl_change_unlock(t);
	/* No room to grow: the changes that need it will say so. */
	return r == GROWTH_IDLE || r == -ENOSPC ? 0 : r;
}

/* Several processes may tick: about one sweep a second is enough. */
static bool
is_my_tick(struct table *t, int64_t now_ms)
{
	int64_t last = WORD_LOAD(&t->control->tick_ms);

	/* Unsigned: the word may have been hit by chance, and then the difference overflows. */
	if (now_ms >= last && (uint64_t)now_ms - (uint64_t)last < TICK_MIN_INTERVAL_MS)
		return false;
	WORD_STORE(&t->control->tick_ms, now_ms, "tick");
	return true;
}

/* At most: while the table grows, those that have been left are counted too. */
static uint64_t
n_buckets_in_use(const struct table *t, const struct tbl_descriptor *d)
{
	uint64_t n = t->regions[d->region].n_buckets;

	return d->cursor == 0 ? n : n + t->regions[d->region + 1].n_buckets;
}

int
table_tick(struct table *t)
{
	int64_t now_ms = clock_boot_ms();
	bool is_more = true, is_sweep = is_my_tick(t, now_ms);
	struct tbl_descriptor d;
	struct stat st;
	uint64_t n_sweep = 0;
	int r = 0;

	if (is_sweep && tbl_geometry_unpack(t->regions, WORD_LOAD(&t->control->descriptor), &d))
		n_sweep = n_buckets_in_use(t, &d) / TICK_SWEEP_SECONDS + 1;
	for (uint64_t n = 0; r == 0 && (n < n_sweep || (is_more && n < TICK_BUCKETS));
	     n += TICK_BUCKETS_LOCKED) {
		r = tick_some(t, n < n_sweep, now_ms, &is_more);
		table_tell_expired(t);
	}
	if (r != 0)
		return r;
	(void)tbl_growth_give_back(t, GIVE_BACK_BYTES);
	if (fstat(t->fd, &st) == 0 && st.st_nlink == 0)
		return -ESTALE;
	return 0;
}

int
table_stats(struct table *t, struct table_stats *ret)
{
	const struct tbl_counters *c = &t->control->counters;
	struct tbl_descriptor d;
	struct stat st;

	if (!tbl_geometry_unpack(t->regions, WORD_LOAD(&t->control->descriptor), &d))
		return -EBADMSG;
	if (fstat(t->fd, &st) == -1)
		return -errno;
	*ret = (struct table_stats){
		.n_entries = WORD_LOAD(&t->control->n_entries),
		.n_slots = t->regions[tbl_geometry_newest(&d)].n_buckets * BUCKET_SLOTS,
		.n_bytes = (uint64_t)st.st_blocks * 512,
		.is_growing = d.cursor != 0,
		.n_inserts = WORD_LOAD(&c->n_inserts),
		.n_removes = WORD_LOAD(&c->n_removes),
		.n_expired = WORD_LOAD(&c->n_expired),
		.n_evicted = WORD_LOAD(&c->n_evicted),
		.n_full = WORD_LOAD(&c->n_full),
		.n_recoveries = WORD_LOAD(&c->n_recoveries),
		.n_growths = WORD_LOAD(&c->n_growths),
		.n_damaged = WORD_LOAD(&c->n_damaged),
	};
	return 0;
}
