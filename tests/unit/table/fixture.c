/* fixture.c - see fixture.h */
#include "unit/table/fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "table/bucket.h"
#include "table/locate.h"
#include "table/change.h"
#include "table/sealed.h"

struct fixture fx;
char fixture_violation[200];

/* --------------------------------------------------------------------- open, close */

int
fixture_try_open(void)
{
	fx.err.text[0] = '\0';
	return table_open(&fx.config, &fx.table, NULL, &fx.err);
}

void
fixture_open(void)
{
	int r = fixture_try_open();

	ck_assert_msg(r == 0, "table_open: %d %s", r, fx.err.text);
}

void
fixture_close(void)
{
	table_close(fx.table);
	fx.table = NULL;
}

static void
set_up(void)
{
	const char *tmp = getenv("TMPDIR");
	int fd, r;

	(void)snprintf(fx.dir, sizeof(fx.dir), "%.40s/check_table.XXXXXX",
	    tmp != NULL && tmp[0] != '\0' ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(fx.dir));
	(void)snprintf(fx.file, sizeof(fx.file), "%s/table", fx.dir);
	r = file_open_dir(fx.dir, false, &fd, &fx.err);
	ck_assert_msg(r == 0, "%s", fx.err.text);
	fx.config = (struct table_config){
		.dir_fd = fd,
		.dir_path = fx.dir,
		.name = "table",
		.max_entries = 1000000,
	};
	clock_freeze(FIXTURE_NOW_MS, 0);
	fixture_open();
}

static void
tear_down(void)
{
	struct dirent *e;
	DIR *d = opendir(fx.dir);

	fault_disarm();
	fixture_no_steps();
	fixture_close();
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			(void)unlinkat(fx.config.dir_fd, e->d_name, 0);
	(void)closedir(d);
	(void)rmdir(fx.dir);
	(void)close(fx.config.dir_fd);
}

TCase *
fixture_case(const char *name)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 120);
	return tc;
}

TCase *
fixture_one_thread(const char *name)
{
	TCase *tc = fixture_case(name);

	tcase_set_tags(tc, "one-thread");
	return tc;
}

/* ------------------------------------------------------------------------- entries */

static uint64_t
scramble(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

struct table_owner
fixture_owner(uint64_t owner)
{
	struct table_owner o = { { 0 } };

	memcpy(o.bytes, &owner, sizeof(owner));
	return o;
}

struct table_entry
fixture_entry(uint64_t i, uint64_t owner)
{
	struct table_entry e = { .owner = fixture_owner(owner) };
	uint64_t half[2] = { scramble(2 * i), scramble(2 * i + 1) };

	memcpy(e.tag.bytes, half, sizeof(half));
	e.created_ms = FIXTURE_NOW_MS + (int64_t)i;
	e.kind = i % 2 == 0 ? TABLE_KIND_MEMORY : TABLE_KIND_STORED;
	return e;
}

struct digest_tag
fixture_tag_for(uint64_t first, uint64_t second, uint64_t n_buckets, unsigned number)
{
	struct digest_tag tag;
	uint64_t half[2];

	/* The least hashes that tbl_entry_scale() takes there; fingerprint and wanted slot are in the
	 * low bits. */
	half[0] = ((uint64_t)(((unsigned __int128)first << 64) / n_buckets) | 0xfff) + 1;
	half[1] = ((uint64_t)(((unsigned __int128)second << 64) / n_buckets) | 0xfff) + 1;
	half[0] += number & 0xfff;
	half[1] += number & 0xfff;
	memcpy(tag.bytes, half, sizeof(half));
	return tag;
}

void
fixture_fill(uint64_t from, uint64_t until)
{
	for (uint64_t i = from; i < until; i++) {
		struct table_entry e = fixture_entry(i, i);

		ck_assert_int_eq(table_insert(fx.table, &e), 0);
	}
}

bool
fixture_has(uint64_t i)
{
	struct table_entry want = fixture_entry(i, i), got;
	int r = table_find(fx.table, &want.tag, &got);

	ck_assert(r == 0 || r == TABLE_E_ABSENT);
	return r == 0;
}

/* -------------------------------------------------------------------------- checks */

static void
note(void *arg, const char *line)
{
	(void)arg;
	if (fixture_violation[0] == '\0')
		(void)snprintf(fixture_violation, sizeof(fixture_violation), "%s", line);
}

uint64_t
fixture_violations(void)
{
	uint64_t n = UINT64_MAX;

	fixture_violation[0] = '\0';
	ck_assert_int_eq(table_check(fx.table, note, NULL, &n), 0);
	return n;
}

void
fixture_check(uint64_t n)
{
	ck_assert_msg(fixture_violations() == 0, "%s", fixture_violation);
	ck_assert_uint_eq(table_count(fx.table), n);
}

uint64_t
fixture_reader_pages(void)
{
	uint64_t n;

	ck_assert(tbl_sealed_unpack(WORD_LOAD(&fx.table->control->n_reader_pages), &n));
	return n;
}

void
fixture_set_reader_pages(uint64_t n)
{
	WORD_STORE(&fx.table->control->n_reader_pages, tbl_sealed_pack(n), "");
}

struct tbl_view
fixture_view(void)
{
	struct tbl_view view;

	ck_assert_int_eq(
	    tbl_mapping_view(fx.table, WORD_LOAD(&fx.table->control->descriptor), &view), 0);
	return view;
}

struct fixture_place
fixture_place(uint64_t i)
{
	struct table_entry e = fixture_entry(i, i);
	struct tbl_view view = fixture_view();
	struct fixture_place place;
	struct tbl_entry_words w;
	uint64_t tag[2], at;

	tbl_entry_pack_tag(&e.tag, tag);
	at = tbl_locate_surely(&view, tag, &w);
	ck_assert_uint_ne(at, PLACE_NOWHERE);
	place.bucket = tbl_mapping_bucket(&view, at);
	place.number = tbl_place_slot(at);
	place.slot = &place.bucket->slots[place.number];
	place.wanted = tbl_entry_wanted_slot(tag);
	return place;
}

bool
fixture_is_growing(void)
{
	return fixture_view().d.cursor != 0;
}

unsigned
fixture_n_live(const struct tbl_bucket *bucket)
{
	unsigned n = 0;

	for (unsigned i = 0; i < BUCKET_SLOTS; i++)
		n += tbl_bucket_state(bucket, i) == SLOT_LIVE;
	return n;
}

struct table_stats
fixture_stats(void)
{
	struct table_stats stats;

	ck_assert_int_eq(table_stats(fx.table, &stats), 0);
	return stats;
}

/* ---------------------------------------------------------------------------- lock */

static pthread_t holder;
static pthread_barrier_t holder_has_it, holder_may_go;

static void *
hold(void *arg)
{
	(void)arg;
	ck_assert_int_eq(tbl_change_lock(fx.table, 1000), 0);
	(void)pthread_barrier_wait(&holder_has_it);
	(void)pthread_barrier_wait(&holder_may_go);
	tbl_change_unlock(fx.table);
	return NULL;
}

void
fixture_hold_lock(void)
{
	(void)pthread_barrier_init(&holder_has_it, NULL, 2);
	(void)pthread_barrier_init(&holder_may_go, NULL, 2);
	ck_assert_int_eq(pthread_create(&holder, NULL, hold, NULL), 0);
	(void)pthread_barrier_wait(&holder_has_it);
}

void
fixture_let_go(void)
{
	(void)pthread_barrier_wait(&holder_may_go);
	(void)pthread_join(holder, NULL);
}

/* --------------------------------------------------------------------------- steps */

static unsigned die_at, n_steps;
static const char *call_name;
static unsigned call_nth;
static void (*call_fn)(void);

static void
die_step(const char *name)
{
	(void)name;
	if (++n_steps == die_at)
		(void)kill(getpid(), SIGKILL);
}

static void
call_step(const char *name)
{
	if (strcmp(name, call_name) != 0 || --call_nth != 0)
		return;
	table_step_hook = NULL;
	call_fn();
}

void
fixture_die_at(unsigned n)
{
	n_steps = 0;
	die_at = n;
	table_step_hook = die_step;
}

void
fixture_call_at(const char *name, unsigned nth, void (*fn)(void))
{
	call_name = name;
	call_nth = nth;
	call_fn = fn;
	table_step_hook = call_step;
}

void
fixture_no_steps(void)
{
	table_step_hook = NULL;
}
