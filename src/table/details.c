/* details.c - see details.h */
#include "table/details.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/robust.h"
#include "core/shared_block.h"
#include "table/details_record.h"
#include "table/step.h"

#define LOCK_FILE "sessions.details.lock"

#define PAGE_BYTES       4096
#define RECORDS_PER_PAGE 23
#define LEVELS_MAX       64
#define FIRST_PAGES      4

#define LOCK_MS       250
#define TICK_MS       900
#define SWEEP_SECONDS 60
#define SWEEP_PER_PUT 2

struct head {
	uint16_t marks[RECORDS_PER_PAGE]; /* bits of the tag; 0: free */
	uint8_t reserved[18];
};
static_assert(sizeof(struct head) == 64, "exported format");

struct page {
	struct head head;
	struct tbl_record records[RECORDS_PER_PAGE];
};
static_assert(sizeof(struct page) <= PAGE_BYTES, "a page");

struct shared {
	pthread_mutex_t lock;
	_Atomic uint64_t hand; /* the page to sweep next */
	_Atomic int64_t tick_ms;
};

struct details {
	int dir_fd;
	const char *dir_path;
	const struct digest_key *key;
	struct table *table;
	pthread_mutex_t opening;
	struct shared *shared; /* once there is a file */
	_Atomic int fd;        /* -1: there is none, or was none */
};

/* ------------------------------------------------------------------ open and close */

static void
init_shared(void *block)
{
	struct shared *shared = block;

	(void)robust_init(&shared->lock);
}

int
details_open(struct details **ret, int dir_fd, const char *dir_path,
    const struct digest_key *key, struct table *table)
{
	struct details *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return -ENOMEM;
	*d = (struct details){
		.dir_fd = dir_fd, .dir_path = dir_path, .key = key, .table = table, .fd = -1
	};
	(void)pthread_mutex_init(&d->opening, NULL);
	*ret = d;
	return 0;
}

void
details_close(struct details *d)
{
	if (d == NULL)
		return;
	if (d->fd != -1)
		(void)close(d->fd);
	(void)pthread_mutex_destroy(&d->opening);
	free(d);
}

static int
open_files(struct details *d, bool must_create)
{
	const struct shared_block_spec spec = { LOCK_FILE, sizeof(struct shared), init_shared };
	void *block;
	int fd, r;

	if ((r = file_open(d->dir_fd, d->dir_path, DETAILS_FILE,
		 must_create ? O_RDWR | O_CREAT : O_RDWR, 0600, &fd, NULL)) != 0)
		return r;
	if ((r = shared_block_map(d->dir_fd, d->dir_path, &spec, &block, NULL)) != 0) {
		(void)close(fd);
		return r;
	}
	d->shared = block;
	atomic_store(&d->fd, fd);
	return 0;
}

/* The file, from its first use on; negative: there is none. */
static int
file_of(struct details *d, bool must_create)
{
	int fd = atomic_load(&d->fd), r = 0;

	if (fd != -1)
		return fd;
	(void)pthread_mutex_lock(&d->opening);
	if (atomic_load(&d->fd) == -1)
		r = open_files(d, must_create);
	(void)pthread_mutex_unlock(&d->opening);
	return r != 0 ? r : atomic_load(&d->fd);
}

/* ------------------------------------------------------------------------- places */

struct tag_words {
	uint64_t w[2];
};

static struct tag_words
words_of(const struct digest_tag *tag)
{
	struct tag_words words;

	static_assert(sizeof(words) == sizeof(*tag), "the whole tag");
	memcpy(&words, tag, sizeof(words));
	return words;
}

static uint16_t
mark_of(const struct digest_tag *tag)
{
	uint16_t mark = (uint16_t)words_of(tag).w[0];

	return mark != 0 ? mark : 1;
}

/* The pages of one tag, level by level. */
struct path {
	struct tag_words words;
	unsigned level;
	uint64_t first, n; /* pages of the level */
	off_t page;        /* where the tag's page begins */
};

static void
choose_page(struct path *path)
{
	/* Another one on each level: who met in one page meets no more in the next. */
	uint64_t hash = path->words.w[0] + path->level * (path->words.w[1] | 1);

	path->page =
	    (off_t)(path->first + (uint64_t)(((unsigned __int128)hash * path->n) >> 64)) *
	    PAGE_BYTES;
}

static void
path_begin(struct path *path, const struct digest_tag *tag)
{
	*path = (struct path){ .words = words_of(tag), .n = FIRST_PAGES };
	choose_page(path);
}

/* false: there are no more levels. */
static bool
path_next(struct path *path)
{
	if (++path->level == LEVELS_MAX)
		return false;
	path->first += path->n;
	path->n += (path->n + 2) / 3;
	choose_page(path);
	return true;
}

static off_t
record_at(off_t page, unsigned i)
{
	return page + (off_t)(offsetof(struct page, records) + i * sizeof(struct tbl_record));
}

static off_t
mark_at(off_t page, unsigned i)
{
	return page + (off_t)(offsetof(struct head, marks) + i * sizeof(uint16_t));
}

/* What lies beyond the end of the file, or in a hole, reads as zero.  1: all beyond the end. */
static int
read_at(int fd, void *ret, size_t n, off_t at)
{
	ssize_t got = pread(fd, ret, n, at);

	if (got == -1)
		return -errno;
	memset((uint8_t *)ret + got, 0, n - (size_t)got);
	return got == 0;
}

static int
write_at(int fd, const void *bytes, size_t n, off_t at, const char *step)
{
	ssize_t put;

	(void)step;
	TABLE_STEP(step);
	put = pwrite(fd, bytes, n, at);
	if (put == -1)
		return errno == EFBIG ? -ENOSPC : -errno;
	/* A record that is cut fails its check. */
	return put == (ssize_t)n ? 0 : -ENOSPC;
}

/* ------------------------------------------------------------------------- the lock */

/* Whoever died with it left a record without its mark, or a mark without its record: nothing. */
static int
lock(struct details *d)
{
	int r = robust_lock(&d->shared->lock, LOCK_MS);

	if (r == EOWNERDEAD) {
		TABLE_STEP("details consistent");
		r = pthread_mutex_consistent(&d->shared->lock);
	}
	return -r;
}

static void
unlock(struct details *d)
{
	TABLE_STEP("details unlock");
	(void)pthread_mutex_unlock(&d->shared->lock);
}

/* -------------------------------------------------------------------- what is over */

/* Lock held: is it still the record that was seen, and is its session still over? */
static int
wipe_if_over(struct details *d, int fd, off_t page, unsigned i)
{
	static const struct tbl_record nothing;
	static const uint16_t free_mark;
	struct table_entry entry;
	struct digest_tag tag;
	int r;

	if ((r = read_at(fd, &tag, sizeof(tag), record_at(page, i))) < 0)
		return r;
	if (table_find(d->table, &tag, &entry) != TABLE_E_ABSENT)
		return 0;
	/* The mark last: what has none is not looked at again, and would stay. */
	if ((r = write_at(fd, &nothing, sizeof(nothing), record_at(page, i), "details wipe")) !=
	    0)
		return r;
	return write_at(fd, &free_mark, sizeof(free_mark), mark_at(page, i), "details free");
}

/* Lock held: an empty page needs no storage. */
static void
give_back_if_empty(int fd, off_t page)
{
	static const struct head empty;
	struct head head;

	if (read_at(fd, &head, sizeof(head), page) != 0 ||
	    memcmp(head.marks, empty.marks, sizeof(head.marks)) != 0)
		return;
	TABLE_STEP("details punch");
	(void)fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, page, PAGE_BYTES);
}

static int
sweep_page(struct details *d, int fd, off_t at)
{
	bool has_wiped = false;
	struct page page;
	int r = read_at(fd, &page, sizeof(page), at);

	for (unsigned i = 0; r >= 0 && i < RECORDS_PER_PAGE; i++) {
		struct table_entry entry;
		struct digest_tag tag;

		memcpy(&tag, page.records[i].tag, sizeof(tag));
		if (page.head.marks[i] == 0 ||
		    table_find(d->table, &tag, &entry) != TABLE_E_ABSENT)
			continue;
		if ((r = lock(d)) != 0)
			return r;
		r = wipe_if_over(d, fd, at, i);
		unlock(d);
		has_wiped = true;
	}
	if (r >= 0 && has_wiped && (r = lock(d)) == 0) {
		give_back_if_empty(fd, at);
		unlock(d);
	}
	return r < 0 ? r : 0;
}

/* The next n pages, or as many as there are. */
static int
sweep(struct details *d, int fd, uint64_t n_pages, uint64_t n)
{
	int r = 0;

	for (uint64_t i = 0; r == 0 && i < n && i < n_pages; i++) {
		uint64_t page = atomic_fetch_add(&d->shared->hand, 1) % n_pages;

		r = sweep_page(d, fd, (off_t)page * PAGE_BYTES);
	}
	return r;
}

static int
count_pages(int fd, uint64_t *ret_n)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -errno;
	*ret_n = ((uint64_t)st.st_size + PAGE_BYTES - 1) / PAGE_BYTES;
	return 0;
}

int
details_tick(struct details *d)
{
	int64_t now_ms = clock_boot_ms(), last_ms;
	uint64_t n_pages = 0;
	int fd = file_of(d, false), r;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	last_ms = atomic_load(&d->shared->tick_ms);
	if ((now_ms >= last_ms && now_ms - last_ms < TICK_MS) ||
	    !atomic_compare_exchange_strong(&d->shared->tick_ms, &last_ms, now_ms))
		return 0;
	if ((r = count_pages(fd, &n_pages)) != 0)
		return r;
	return sweep(d, fd, n_pages, n_pages / SWEEP_SECONDS + 1);
}

/* -------------------------------------------------------------------- put and get */

/* Lock held: the first free place. */
static int
put_locked(int fd, const struct digest_tag *tag, const struct tbl_record *record)
{
	uint16_t mark = mark_of(tag);
	struct path path;
	struct head head;
	int r;

	path_begin(&path, tag);
	do {
		if ((r = read_at(fd, &head, sizeof(head), path.page)) < 0)
			return r;
		for (unsigned i = 0; i < RECORDS_PER_PAGE; i++) {
			if (head.marks[i] != 0)
				continue;
			r = write_at(fd, record, sizeof(*record), record_at(path.page, i),
			    "details record");
			return r != 0 ? r
				      : write_at(fd, &mark, sizeof(mark), mark_at(path.page, i),
					    "details mark");
		}
	} while (path_next(&path));
	return -ENOSPC;
}

int
details_put(
    struct details *d, const struct digest_tag *tag, struct str client, struct str agent)
{
	struct tbl_record record;
	uint64_t n_pages = 0;
	int fd, r;

	if (!tbl_record_make(&record, d->key, tag, client, agent))
		return 0;
	if ((fd = file_of(d, true)) < 0)
		return fd;
	if ((r = lock(d)) != 0)
		return r;
	r = put_locked(fd, tag, &record);
	unlock(d);
	if (r == 0 && count_pages(fd, &n_pages) == 0)
		(void)sweep(d, fd, n_pages, SWEEP_PER_PUT);
	return r;
}

/* 0, or 1: not in this page, nor further on. */
static int
find_in_page(const struct details *d, int fd, const struct digest_tag *tag, off_t page,
    struct tbl_record *ret_record, bool *ret_is_found)
{
	uint16_t mark = mark_of(tag);
	struct head head;
	int r = read_at(fd, &head, sizeof(head), page);

	for (unsigned i = 0; r == 0 && i < RECORDS_PER_PAGE; i++)
		if (head.marks[i] == mark &&
		    read_at(fd, ret_record, sizeof(*ret_record), record_at(page, i)) == 0 &&
		    tbl_record_is_whole(ret_record, d->key, tag)) {
			*ret_is_found = true;
			return 0;
		}
	return r;
}

void
details_get(struct details *d, const struct digest_tag *tag, struct details_text *ret)
{
	int fd = file_of(d, false);
	bool is_found = false;
	struct tbl_record record;
	struct path path;

	*ret = (struct details_text){ "", "" };
	if (fd < 0)
		return;
	path_begin(&path, tag);
	do {
		if (find_in_page(d, fd, tag, path.page, &record, &is_found) != 0)
			return;
	} while (!is_found && path_next(&path));
	if (is_found)
		tbl_record_show(&record, ret);
}
