/*
 * check.c - table_check(): see table.h
 *
 * The invariants are those of doc/session-table.md, by number.  I3 and I4 (what was
 * acknowledged is found, what was ended is not) and I8 (the key is nowhere in the file) cannot
 * be seen from inside; the proofs check them from outside.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "table/bucket.h"
#include "table/change.h"
#include "table/growth.h"
#include "table/locate.h"
#include "table/sealed.h"
#include "table/table.h"

#define LINE_MAX_BYTES 160

struct check {
	struct table *table;
	struct tbl_view view;
	void (*report)(void *arg, const char *line);
	void *arg;
	uint64_t n_violations;
	uint64_t n_live;
	uint32_t *owned; /* entries per owner bucket of the area being checked */
};

__attribute__((format(printf, 2, 3))) static void
violation(struct check *c, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;

	c->n_violations++;
	if (c->report == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	c->report(c->arg, line);
}

/* Copies of a tag in all places where a look-up may find it. */
static unsigned
n_copies(const struct tbl_view *view, const uint64_t tag[2])
{
	struct tbl_spot spots[LOCATE_SPOTS_MAX];
	unsigned n_spots = tbl_locate_spots(view, tag, spots), n = 0;
	uint32_t meta;

	for (unsigned i = 0; i < n_spots; i++) {
		const struct tbl_bucket *b = tbl_locate_bucket(&spots[i]);

		for (uint64_t set = tbl_bucket_match(b, tag); set != 0; set &= set - 1)
			n += tbl_bucket_has_tag(
			    &b->slots[tbl_bucket_set_first(set)], tag, &meta);
	}
	return n;
}

/* May an entry with this tag lie in this bucket? */
static bool
belongs(const struct tbl_view *view, const uint64_t tag[2], const struct tbl_area *a,
    uint64_t bucket)
{
	struct tbl_spot spots[LOCATE_SPOTS_MAX];
	unsigned n = tbl_locate_spots(view, tag, spots);

	while (
	    n > 0 && !(spots[n - 1].area->region == a->region && spots[n - 1].bucket == bucket))
		n--;
	return n > 0;
}

static void
check_live(struct check *c, const struct tbl_area *a, uint64_t bucket, unsigned slot)
{
	const struct tbl_bucket *b = &a->buckets[bucket];
	struct tbl_entry_words w;
	unsigned n;

	tbl_bucket_read_fields(&b->slots[slot], &w);
	c->n_live++;
	c->owned[tbl_entry_scale(
	    tbl_entry_owner_hash(w.owner, c->table->salt), a->n_buckets)]++;
	if (!tbl_entry_is_whole(&w, c->table->salt))
		violation(c, "I2: region %u bucket %" PRIu64 " slot %u: entry is damaged",
		    a->region, bucket, slot);
	if (!belongs(&c->view, w.tag, a, bucket))
		violation(c,
		    "I2: region %u bucket %" PRIu64 " slot %u: entry belongs elsewhere",
		    a->region, bucket, slot);
	else if ((n = n_copies(&c->view, w.tag)) != 1)
		violation(c, "I5: region %u bucket %" PRIu64 " slot %u: %u copies", a->region,
		    bucket, slot, n);
}

/* The fingerprints of a slot are where its tag wishes to be, and nowhere else. */
static void
check_fingerprints(struct check *c, const struct tbl_area *a, uint64_t bucket, unsigned slot)
{
	const struct tbl_bucket *b = &a->buckets[bucket];
	bool is_live = tbl_bucket_state(b, slot) == SLOT_LIVE;
	struct tbl_entry_words w;

	tbl_bucket_read_fields(&b->slots[slot], &w);
	for (unsigned at = 0; at < BUCKET_SLOTS; at++) {
		uint64_t want = is_live && at == tbl_entry_wanted_slot(w.tag)
				    ? tbl_entry_fingerprint(w.tag)
				    : 0;

		if ((WORD_LOAD(&b->slots[at].fingerprints) >> 8 * slot & BUCKET_BYTE_MASK) !=
		    want)
			violation(c,
			    "I2: region %u bucket %" PRIu64
			    " slot %u: fingerprint does not match",
			    a->region, bucket, slot);
	}
}

static void
check_slot(
    struct check *c, const struct tbl_area *a, uint64_t bucket, unsigned slot, bool is_left)
{
	enum tbl_slot_state state = tbl_bucket_state(&a->buckets[bucket], slot);

	check_fingerprints(c, a, bucket, slot);
	if (state == SLOT_LIVE && is_left)
		violation(c,
		    "I5: region %u bucket %" PRIu64 " slot %u: entry where all have moved away",
		    a->region, bucket, slot);
	if (state == SLOT_LIVE)
		check_live(c, a, bucket, slot);
	else if (state != SLOT_EMPTY)
		violation(c,
		    "I1: region %u bucket %" PRIu64 " slot %u: state %d with the lock free",
		    a->region, bucket, slot, (int)state);
}

static int
check_area(struct check *c, const struct tbl_area *a, uint64_t moved)
{
	bool has_dropped = WORD_LOAD(&c->table->control->counters.n_damaged) != 0;

	c->owned = calloc(a->n_buckets, sizeof(*c->owned));
	if (c->owned == NULL)
		return -ENOMEM;
	for (uint64_t i = a->first; i < a->end; i++)
		for (unsigned s = 0; s < BUCKET_SLOTS; s++)
			check_slot(c, a, i, s, i < moved);
	for (uint64_t i = 0; i < a->n_buckets; i++) {
		uint64_t n = tbl_change_owned_entries(WORD_LOAD(&a->owned[i]));

		/*
		 * The owner of an entry that made no sense is not known, and keeps a count too
		 * many.
		 */
		if (n < c->owned[i] || (n > c->owned[i] && !has_dropped))
			violation(c,
			    "I9: region %u bucket %" PRIu64 ": owners have %u entries, %" PRIu64
			    " counted",
			    a->region, i, c->owned[i], n);
	}
	free(c->owned);
	c->owned = NULL;
	return 0;
}

/* I6 and I7: the areas in use are there, and have storage. */
static void
check_storage(struct check *c)
{
	const struct tbl_area *old = &c->view.areas[0];
	uint64_t need = 0, end = 0, punched = WORD_LOAD(&c->table->control->punched);
	struct stat st;

	for (unsigned i = 0; i < c->view.n_areas; i++) {
		const struct tbl_area *a = &c->view.areas[i];
		const struct tbl_geometry *g = &c->table->regions[a->region];

		need += (a->end - a->first) * sizeof(struct tbl_bucket) +
			tbl_geometry_owned_bytes(g);
		end = g->offset + tbl_geometry_bytes(g);
	}
	if (fstat(c->table->fd, &st) == -1)
		violation(c, "I7: the file cannot be looked at");
	else if ((uint64_t)st.st_size < end)
		violation(c, "I7: the file ends at %lld, the table at %" PRIu64,
		    (long long)st.st_size, end);
	else if ((uint64_t)st.st_blocks * 512 < need)
		violation(c, "I7: %lld bytes of storage for %" PRIu64 " in use",
		    (long long)st.st_blocks * 512, need);
	if (punched >
	    c->table->regions[old->region].offset + old->first * sizeof(struct tbl_bucket))
		violation(
		    c, "I6: storage given back up to %" PRIu64 ", which is in use", punched);
}

static int
check_all(struct check *c)
{
	struct tbl_control *ctl = c->table->control;
	uint64_t n = WORD_LOAD(&ctl->n_entries), moved, n_pages;
	int r;

	if ((r = tbl_mapping_view(c->table, WORD_LOAD(&ctl->descriptor), &c->view)) ==
	    -EBADMSG) {
		violation(c, "I6: the descriptor names no region of this file");
		return 0;
	}
	if (r != 0)
		return r;
	moved = c->view.d.cursor != 0 ? tbl_growth_moved(c->table, &c->view) : 0;
	/* First: on tmpfs, reading what has no storage gives it some. */
	check_storage(c);
	for (unsigned i = 0; i < c->view.n_areas; i++)
		if ((r = check_area(c, &c->view.areas[i], i == 0 ? moved : 0)) != 0)
			return r;
	if (!tbl_sealed_unpack(WORD_LOAD(&ctl->n_reader_pages), &n_pages))
		violation(c, "I7: the number of pages for readers makes no sense");
	if (c->n_live != n)
		violation(c, "I9: %" PRIu64 " entries, %" PRIu64 " counted", c->n_live, n);
	return 0;
}

int
table_check(struct table *t, void (*report)(void *arg, const char *line), void *arg,
    uint64_t *ret_n_violations)
{
	struct check c = { .table = t, .report = report, .arg = arg };
	int r = tbl_change_lock(t, LOCK_WRITER_MS);

	if (r != 0)
		return r;
	r = check_all(&c);
	tbl_change_unlock(t);
	if (r == 0)
		*ret_n_violations = c.n_violations;
	return r;
}
