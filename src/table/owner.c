/* owner.c - see owner.h */
#include "table/owner.h"

#include <errno.h>

#include "core/clock.h"
#include "table/bucket.h"
#include "table/change.h"
#include "table/locate.h"
#include "table/placement.h"
#include "table/scan.h"

static struct tbl_owner_state
state_of(const struct tbl_view *view, uint64_t owner_hash)
{
	struct tbl_owner_state s = { view->d.region, view->d.cursor != 0, { 0, 0 } };

	for (unsigned i = 0; i < view->n_areas; i++)
		s.owned[i] = tbl_change_owned(&view->areas[i], owner_hash);
	return s;
}

static bool
state_is_same(const struct tbl_owner_state *a, const struct tbl_owner_state *b)
{
	return a->region == b->region && a->is_growing == b->is_growing &&
	       a->owned[0] == b->owned[0] && a->owned[1] == b->owned[1];
}

/* At least as many as the owner has. */
static uint64_t
state_entries(const struct tbl_owner_state *s)
{
	return tbl_change_owned_entries(s->owned[0]) + tbl_change_owned_entries(s->owned[1]);
}

void
tbl_owner_begin(
    struct tbl_owner *l, const struct table *t, const uint64_t owner[2], uint32_t max)
{
	if (max == 0 || (t->max_per_owner != 0 && t->max_per_owner < max))
		max = t->max_per_owner;
	*l = (struct tbl_owner){
		.owner = owner,
		.owner_hash = tbl_entry_owner_hash(owner, t->salt),
		.max = max,
	};
}

static bool
remove_if_owned(
    struct table *t, struct tbl_view *view, const uint64_t tag[2], const uint64_t owner[2])
{
	struct tbl_entry_words w;
	uint64_t at = tbl_locate_surely(view, tag, &w);

	if (at == PLACE_NOWHERE || w.owner[0] != owner[0] || w.owner[1] != owner[1])
		return false;
	tbl_change_apply(t, view, PLACE_NOWHERE, NULL, at);
	return true;
}

static int
take_view(struct table *t, struct tbl_view *ret_view)
{
	int r = tbl_change_lock(t, LOCK_WRITER_MS);

	if (r != 0)
		return r;
	if ((r = tbl_mapping_view(t, WORD_LOAD(&t->control->descriptor), ret_view)) != 0)
		tbl_change_unlock(t);
	return r;
}

/* --------------------------------------------------------------------- maximum */

/* After tbl_owner_scan(): the stored ones among the oldest that would have to go. */
static void
name_stored(const struct tbl_owner *l, struct table_victims *ret_victims)
{
	uint64_t n_live = l->n_live;

	ret_victims->n = 0;
	for (unsigned i = 0; i < l->n_oldest && n_live >= l->max; i++, n_live--)
		if (l->oldest[i].kind == TABLE_KIND_STORED)
			tbl_entry_copy(
			    ret_victims->tags[ret_victims->n++].bytes, l->oldest[i].tag);
}

int
tbl_owner_make_room(struct table *t, struct tbl_view *view, struct tbl_owner *l)
{
	struct tbl_owner_state now = state_of(view, l->owner_hash);
	uint64_t max = l->max;
	unsigned n_removed = 0;

	if (l->is_over != NULL)
		*l->is_over = max != 0 && state_entries(&now) >= max;
	if (max == 0 || state_entries(&now) < max || l->is_over != NULL)
		return 0;
	if (!l->is_scanned || !state_is_same(&now, &l->state)) {
		l->is_scanned = false;
		l->state = now;
		return OWNER_SCAN_FIRST;
	}
	if (l->victims != NULL) {
		name_stored(l, l->victims);
		if (l->victims->n > 0)
			return OWNER_NAMED;
	}
	for (unsigned i = 0; i < l->n_oldest && l->n_live >= max; i++, l->n_live--) {
		n_removed += remove_if_owned(t, view, l->oldest[i].tag, l->owner);
		tbl_placement_count(&t->control->counters.n_evicted);
	}
	if (l->n_live < max)
		return 0;
	/* Entries where no look-up ends: another scan would find the same. */
	if (n_removed == 0)
		return -EBADMSG;
	/* The maximum has been lowered by a lot: more to do than one scan remembers. */
	l->is_scanned = false;
	l->state = state_of(view, l->owner_hash);
	return OWNER_MORE;
}

/* Keep the oldest, in order. */
static void
remember(struct tbl_owner *l, const struct tbl_entry_words *w)
{
	int64_t created_ms = tbl_entry_created_ms(w->created);
	unsigned i = l->n_oldest;

	if (i == OWNER_VICTIMS && created_ms >= l->oldest[i - 1].created_ms)
		return;
	if (i < OWNER_VICTIMS)
		l->n_oldest++;
	else
		i--;
	for (; i > 0 && l->oldest[i - 1].created_ms > created_ms; i--)
		l->oldest[i] = l->oldest[i - 1];
	l->oldest[i].tag[0] = w->tag[0];
	l->oldest[i].tag[1] = w->tag[1];
	l->oldest[i].created_ms = created_ms;
	l->oldest[i].kind = tbl_entry_kind(w->created);
}

int
tbl_owner_scan(struct table *t, struct tbl_owner *l, int64_t now_ms, bool has_lock)
{
	struct tbl_entry_words found[SCAN_MAX];
	struct tbl_scan scan;
	unsigned n;
	int r;

	tbl_scan_begin(&scan, l->owner);
	scan.has_lock = has_lock;
	l->n_live = 0;
	l->n_oldest = 0;
	while (!scan.is_done) {
		if ((r = tbl_scan_step(t, &scan, found, &n)) != 0)
			return r;
		/* The state will not be the same either: this scan will not count. */
		if (scan.is_restarted)
			break;
		for (unsigned i = 0; i < n; i++) {
			if (tbl_entry_is_expired(&found[i], now_ms) ||
			    !tbl_entry_is_whole(&found[i], t->salt))
				continue;
			l->n_live++;
			remember(l, &found[i]);
		}
	}
	l->is_scanned = !scan.is_restarted;
	return 0;
}

int
tbl_owner_foresee(
    struct table *t, const uint64_t owner[2], uint32_t max, struct table_victims *ret_victims)
{
	struct tbl_owner_state now;
	struct tbl_owner limit;
	struct tbl_view view;
	int r;

	ret_victims->n = 0;
	tbl_owner_begin(&limit, t, owner, max);
	if (limit.max == 0)
		return 0;
	if ((r = take_view(t, &view)) != 0)
		return r;
	now = state_of(&view, limit.owner_hash);
	tbl_change_unlock(t);
	if (state_entries(&now) < limit.max)
		return 0;
	if ((r = tbl_owner_scan(t, &limit, clock_boot_ms(), false)) == 0)
		name_stored(&limit, ret_victims);
	return r;
}

int
tbl_owner_remove(
    struct table *t, const struct tbl_owner *l, const struct table_victims *victims)
{
	struct tbl_view view;
	int r;

	if (victims->n == 0)
		return 0;
	if ((r = take_view(t, &view)) != 0)
		return r;
	for (unsigned i = 0; i < victims->n; i++) {
		uint64_t words[2];

		tbl_entry_pack_tag(&victims->tags[i], words);
		if (remove_if_owned(t, &view, words, l->owner))
			tbl_placement_count(&t->control->counters.n_evicted);
	}
	tbl_change_unlock(t);
	return 0;
}
