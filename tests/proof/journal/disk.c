/* disk.c - see disk.h */
#include "disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum fate {
	FATE_PENDING,
	FATE_DURABLE,
	FATE_DOUBTFUL, /* pending when a flush failed */
	FATE_OVER,     /* a later look at the same mapping replaced it */
};

/* What became of one pending change. */
enum choice {
	NONE,
	FULL,
	PREFIX,       /* the first k bytes */
	ZEROS,        /* the file has grown, the bytes have not arrived */
	PREFIX_ZEROS, /* the first k bytes, then zeros */
	BLOCKS_512,   /* each sector, or page, by itself: arrived or not */
	BLOCKS_4096,
};

struct picked {
	enum choice choice;
	size_t k;
	uint64_t seed;
};

/* The pending changes at a point, in order, and what was picked for each. */
struct pick {
	unsigned n_data, n_names;
	uint32_t data[DISK_PENDING_MAX], names[DISK_PENDING_MAX];
	struct picked of_data[DISK_PENDING_MAX];
	bool of_names[DISK_PENDING_MAX];
};

uint64_t
disk_random(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * 0x2545f4914f6cdd1du;
}

/* ---------------------------------------------------------------- following a trace */

void
disk_start(struct disk *disk, const struct trace *trace)
{
	disk->trace = trace;
	disk->at = 0;
	memset(disk->fate, FATE_PENDING, trace->n_events);
}

static bool
is_data(const struct trace_event *e)
{
	return e->kind == TRACE_WRITE || e->kind == TRACE_TRUNCATE || e->kind == TRACE_EXTEND ||
	       e->kind == TRACE_CONTENT;
}

static bool
is_change_of(const struct trace_event *e, uint32_t inode)
{
	return inode == TRACE_DIR ? e->kind == TRACE_NAME : is_data(e) && e->inode == inode;
}

void
disk_step(struct disk *disk)
{
	const struct trace_event *e = &disk->trace->event[disk->at], *begin = e;

	if (e->kind == TRACE_SYNC_END) {
		while (begin->kind != TRACE_SYNC_BEGIN || begin->at != e->at)
			begin--;
		/* A failed flush casts doubt on what came during it, too. */
		const struct trace_event *end = e->result == 0 ? begin : e;

		for (const struct trace_event *c = disk->trace->event; c < end; c++) {
			uint8_t *fate = &disk->fate[c - disk->trace->event];

			if (*fate == FATE_PENDING && is_change_of(c, e->inode))
				*fate = e->result == 0 ? FATE_DURABLE : FATE_DOUBTFUL;
		}
	}
	if (e->kind == TRACE_CONTENT)
		for (uint32_t i = disk->at; i-- > 0;)
			if (disk->trace->event[i].kind == TRACE_CONTENT &&
			    disk->trace->event[i].inode == e->inode)
				disk->fate[i] = FATE_OVER;
	disk->at++;
}

/* ----------------------------------------------------------------- building a state */

static bool
file_resize(struct image_file *f, size_t n)
{
	if (n > f->room) {
		size_t room = n + n / 2 + 4096;
		uint8_t *p = realloc(f->p, room);

		if (p == NULL)
			return false;
		f->p = p;
		f->room = room;
	}
	if (n > f->n)
		memset(f->p + f->n, 0, n - f->n);
	f->n = n;
	return true;
}

static bool
file_put(struct image_file *f, size_t at, const uint8_t *p, size_t n)
{
	if (at + n > f->n && !file_resize(f, at + n))
		return false;
	memcpy(f->p + at, p, n);
	return true;
}

static bool
file_put_blocks(
    struct image_file *f, size_t at, const uint8_t *p, size_t n, size_t block, uint64_t seed)
{
	size_t done = 0;

	if (at + n > f->n && !file_resize(f, at + n))
		return false;
	while (done < n) {
		size_t here = block - (at + done) % block;

		if (here > n - done)
			here = n - done;
		if ((disk_random(&seed) & 1) != 0)
			memcpy(f->p + at + done, p + done, here);
		done += here;
	}
	return true;
}

static bool
apply(struct image_file *f, const struct trace *trace, const struct trace_event *e,
    const struct picked *picked)
{
	const uint8_t *p = trace_bytes(trace, e);
	size_t at = (size_t)e->at, n = e->n_bytes;

	if (picked->choice == NONE)
		return true;
	if (e->kind == TRACE_TRUNCATE)
		return file_resize(f, at);
	if (e->kind == TRACE_EXTEND)
		return f->n >= at || file_resize(f, at);
	/* The pages of a mapping go to the disk when and as they like. */
	if (e->kind == TRACE_CONTENT)
		return picked->choice == FULL
			   ? file_resize(f, n) && file_put(f, 0, p, n)
			   : file_put_blocks(f, 0, p, n, 512, picked->seed | 1);
	switch (picked->choice) {
	case PREFIX:
		return file_put(f, at, p, picked->k < n ? picked->k : n);
	case ZEROS:
		return f->n >= at + n || file_resize(f, at + n);
	case PREFIX_ZEROS:
		return file_put(f, at, p, picked->k < n ? picked->k : n) &&
		       (f->n >= at + n || file_resize(f, at + n));
	case BLOCKS_512:
		return file_put_blocks(f, at, p, n, 512, picked->seed);
	case BLOCKS_4096:
		return file_put_blocks(f, at, p, n, 4096, picked->seed);
	default:
		return file_put(f, at, p, n);
	}
}

static void
set_names(struct image *image, const struct trace *trace, const struct trace_event *e)
{
	struct trace_names names;

	memcpy(&names, trace_bytes(trace, e), sizeof(names));
	for (uint32_t i = 0; i < names.n; i++) {
		unsigned j = 0;

		while (j < image->n && strcmp(image->file[j].name, names.e[i].name) != 0)
			j++;
		if (names.e[i].inode == TRACE_NONE) {
			if (j < image->n) {
				/* Swap, so that no buffer is lost. */
				struct image_file gone = image->file[j];

				image->file[j] = image->file[--image->n];
				image->file[image->n] = gone;
			}
			continue;
		}
		if (j == image->n) {
			if (image->n == DISK_FILES_MAX)
				abort();
			image->n++;
			(void)snprintf(
			    image->file[j].name, TRACE_NAME_MAX, "%s", names.e[i].name);
		}
		image->file[j].inode = names.e[i].inode;
	}
}

static bool
build(const struct disk *disk, const struct pick *pick, struct image *image)
{
	static const struct picked full = { .choice = FULL };
	const struct trace *trace = disk->trace;
	unsigned d = 0, m = 0;

	image->n = 0;
	for (uint32_t i = 0; i < disk->at; i++) {
		const struct trace_event *e = &trace->event[i];

		if (e->kind != TRACE_NAME)
			continue;
		if (disk->fate[i] == FATE_DURABLE || pick->of_names[m++])
			set_names(image, trace, e);
	}
	for (unsigned f = 0; f < image->n; f++)
		image->file[f].n = 0;
	for (uint32_t i = 0; i < disk->at; i++) {
		const struct trace_event *e = &trace->event[i];
		const struct picked *picked = &full;

		if (!is_data(e) || disk->fate[i] == FATE_OVER)
			continue;
		if (disk->fate[i] != FATE_DURABLE)
			picked = &pick->of_data[d++];
		for (unsigned f = 0; f < image->n; f++)
			if (image->file[f].inode == e->inode &&
			    !apply(&image->file[f], trace, e, picked))
				return false;
	}
	return true;
}

static void
linger(const struct disk *disk, struct pick *pick)
{
	pick->n_data = pick->n_names = 0;
	for (uint32_t i = 0; i < disk->at; i++) {
		const struct trace_event *e = &disk->trace->event[i];

		if (disk->fate[i] == FATE_DURABLE || disk->fate[i] == FATE_OVER)
			continue;
		if (is_data(e) && pick->n_data < DISK_PENDING_MAX)
			pick->data[pick->n_data++] = i;
		else if (is_data(e))
			abort();
		else if (e->kind == TRACE_NAME && pick->n_names < DISK_PENDING_MAX)
			pick->names[pick->n_names++] = i;
	}
}

static void
pick_all(struct pick *pick, enum choice data, bool names)
{
	for (unsigned i = 0; i < pick->n_data; i++)
		pick->of_data[i] = (struct picked){ .choice = data };
	for (unsigned i = 0; i < pick->n_names; i++)
		pick->of_names[i] = names;
}

bool
disk_live(const struct disk *disk, struct image *ret_image)
{
	static struct pick pick;

	linger(disk, &pick);
	pick_all(&pick, FULL, true);
	return build(disk, &pick, ret_image);
}

/* ------------------------------------------------------------------ drawing states */

struct walk {
	const struct disk *disk;
	struct pick *pick;
	struct image *image;
	disk_state_fn fn;
	void *arg;
};

static bool
visit(struct walk *w, const char *what)
{
	return build(w->disk, w->pick, w->image) && w->fn(w->arg, w->image, what);
}

/* Every torn form of pending write i, all else as picked. */
static bool
visit_torn(struct walk *w, unsigned i)
{
	const struct trace_event *e = &w->disk->trace->event[w->pick->data[i]];
	struct picked *p = &w->pick->of_data[i];
	size_t n = e->n_bytes;

	if (e->kind != TRACE_WRITE)
		return true;
	for (int zeros = 0; zeros < 2; zeros++) {
		size_t k = 1;

		p->choice = zeros != 0 ? PREFIX_ZEROS : PREFIX;
		while (k < n) {
			p->k = k;
			if (!visit(w, zeros != 0 ? "torn, then zeros" : "torn"))
				return false;
			/* 1, the first boundaries of sectors and pages, half, all but one. */
			if (k == 1)
				k = 512 - (size_t)e->at % 512;
			else if (k < n / 2)
				k += n > 8192 ? 4096 : 512;
			else
				k = k < n - 1 ? n - 1 : n;
			if (k == 1)
				k = 2;
		}
	}
	p->choice = ZEROS;
	if (!visit(w, "zeros"))
		return false;
	p->choice = FULL;
	return true;
}

static bool
visit_telling(struct walk *w, bool names)
{
	struct pick *p = w->pick;

	pick_all(p, NONE, names);
	if (!visit(w, names ? "names, no data" : "nothing pending"))
		return false;
	pick_all(p, ZEROS, names);
	if (!visit(w, names ? "names, data of zeros" : "data of zeros"))
		return false;
	pick_all(p, FULL, names);
	if (!visit(w, names ? "everything" : "data, no names"))
		return false;
	/* Up to change i; the last one torn. */
	for (unsigned i = p->n_data; i-- > 0;) {
		if (!visit_torn(w, i))
			return false;
		p->of_data[i].choice = NONE;
		if (!visit(w, "a prefix"))
			return false;
	}
	/* All but one, and only one. */
	for (unsigned i = 0; i < p->n_data; i++) {
		pick_all(p, FULL, names);
		p->of_data[i].choice = NONE;
		if (!visit(w, "one change lost"))
			return false;
		pick_all(p, NONE, names);
		p->of_data[i].choice = FULL;
		if (!visit(w, "one change only"))
			return false;
	}
	return true;
}

static bool
visit_random(struct walk *w, uint64_t *seed)
{
	struct pick *p = w->pick;
	uint64_t r = disk_random(seed);
	unsigned n_names = (unsigned)(r % (p->n_names + 1));
	/* Mostly kept or mostly lost, or anything. */
	unsigned bias = (unsigned)(r >> 32) % 3;

	for (unsigned i = 0; i < p->n_names; i++)
		p->of_names[i] =
		    (r & 1u << 31) != 0 ? i < n_names : (disk_random(seed) >> 20 & 1) != 0;
	for (unsigned i = 0; i < p->n_data; i++) {
		const struct trace_event *e = &w->disk->trace->event[p->data[i]];
		enum choice c = (enum choice)((disk_random(seed) >> 33) % 7);

		if (bias == 0 && (disk_random(seed) >> 33) % 4 != 0)
			c = FULL;
		else if (bias == 1 && (disk_random(seed) >> 33) % 4 != 0)
			c = NONE;
		p->of_data[i] = (struct picked){ .choice = c,
			.k = e->n_bytes > 0 ? disk_random(seed) % e->n_bytes : 0,
			.seed = disk_random(seed) | 1 };
	}
	return visit(w, "drawn");
}

bool
disk_worst_states(const struct disk *disk, disk_state_fn fn, void *arg)
{
	static struct pick pick;
	static struct image image;
	struct walk w = { disk, &pick, &image, fn, arg };

	linger(disk, &pick);
	pick_all(&pick, NONE, true);
	if (pick.n_names > 0 && !visit(&w, "names, no data"))
		return false;
	pick_all(&pick, NONE, false);
	return visit(&w, "nothing pending");
}

bool
disk_each_state(
    const struct disk *disk, uint64_t *seed, unsigned n_random, disk_state_fn fn, void *arg)
{
	static struct pick pick;
	static struct image image;
	struct walk w = { disk, &pick, &image, fn, arg };

	linger(disk, &pick);
	if (!visit_telling(&w, true) || (pick.n_names > 0 && !visit_telling(&w, false)))
		return false;
	/* Names in order of their changes: each prefix, with all data and with none. */
	for (unsigned i = 1; i < pick.n_names; i++) {
		for (int data = 0; data < 2; data++) {
			pick_all(&pick, data != 0 ? FULL : NONE, false);
			for (unsigned j = 0; j < i; j++)
				pick.of_names[j] = true;
			if (!visit(&w, data != 0 ? "data, some names" : "some names"))
				return false;
		}
	}
	if (pick.n_data + pick.n_names == 0)
		return true;
	for (unsigned i = 0; i < n_random; i++)
		if (!visit_random(&w, seed))
			return false;
	return true;
}
