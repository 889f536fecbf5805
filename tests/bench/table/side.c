/* side.c - see side.h: the session table, the bare table and the same with a mutex */
#include "bench/table/side.h"

#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proof/table/proof.h"

uint64_t
side_file_bytes(const char *name)
{
	struct stat st;

	if (fstatat(proof_dir_fd, name, &st, 0) == -1)
		return 0;
	return (uint64_t)st.st_blocks * 512;
}

/* ----------------------------------------------------------------- session table */

#define TABLE_NAME "table"

static struct table_config
table_settings(void)
{
	return proof_config(TABLE_NAME, UINT64_C(1) << 30);
}

static void
table_make(uint64_t n)
{
	(void)n; /* it grows by itself */
	(void)unlinkat(proof_dir_fd, TABLE_NAME, 0);
}

static void *
table_attach(void)
{
	struct table_config config = table_settings();

	return proof_open(&config);
}

static bool
table_put(void *handle, const struct table_entry *entry)
{
	return table_insert(handle, entry) == 0;
}

static void
table_filled(void *handle)
{
	struct table_stats stats = { .is_growing = true };

	/* What would happen within a second: the growth ends, old storage is given back. */
	while (stats.is_growing)
		if (table_tick(handle) != 0 || table_stats(handle, &stats) != 0)
			proof_die("tick failed");
	(void)table_tick(handle);
}

static bool
table_get(void *handle, const struct digest_tag *tag, struct table_entry *ret_entry)
{
	/* As the program asks: it has read the clock.  Nothing expires here. */
	return table_find_at(handle, tag, 0, ret_entry) == 0;
}

static void
table_detach(void *handle)
{
	table_close(handle);
}

static uint64_t
table_bytes(void)
{
	return side_file_bytes(TABLE_NAME);
}

const struct side side_table = { "session table", table_make, table_attach, table_put,
	table_filled, table_get, table_detach, table_bytes };

/* ------------------------------------------------------------- open addressing */

/*
 * One entry, one cache line; linear probing; six slots of ten in use, so that the bytes per
 * entry are about those of the session table.
 */
struct line {
	struct digest_tag tag;
	struct table_owner owner;
	int64_t created_ms;
	uint32_t lifetime_s;
	uint32_t kind_plus_one; /* 0: empty */
	uint8_t pad[16];
};
static_assert(sizeof(struct line) == 64, "a cache line");

struct open_table {
	pthread_mutex_t mutex; /* side_mutex only */
	uint64_t n_lines;
	uint8_t pad[4096 - sizeof(pthread_mutex_t) - sizeof(uint64_t)];
	struct line lines[];
};

static void
open_make(const char *name, uint64_t n)
{
	uint64_t n_lines = n * 10 / 6 + 16;
	pthread_mutexattr_t attr;
	struct open_table *t;
	int fd;

	(void)unlinkat(proof_dir_fd, name, 0);
	fd = openat(proof_dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1 ||
	    posix_fallocate(fd, 0, (off_t)(sizeof(*t) + n_lines * sizeof(struct line))) != 0)
		proof_die("cannot make %s", name);
	t = mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (t == MAP_FAILED)
		proof_die("cannot map %s", name);
	t->n_lines = n_lines;
	(void)pthread_mutexattr_init(&attr);
	(void)pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	(void)pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	(void)pthread_mutex_init(&t->mutex, &attr);
	(void)munmap(t, sizeof(*t));
	(void)close(fd);
}

static void *
open_attach(const char *name)
{
	int fd = openat(proof_dir_fd, name, O_RDWR | O_CLOEXEC);
	struct open_table *t;
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1)
		proof_die("cannot open %s", name);
	t = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (t == MAP_FAILED)
		proof_die("cannot map %s", name);
	(void)close(fd);
	return t;
}

static void
open_detach(void *handle)
{
	struct open_table *t = handle;

	(void)munmap(t, sizeof(*t) + t->n_lines * sizeof(struct line));
}

static inline uint64_t
open_start(const struct open_table *t, const struct digest_tag *tag)
{
	uint64_t hash;

	memcpy(&hash, tag->bytes, sizeof(hash));
	return (uint64_t)(((unsigned __int128)hash * t->n_lines) >> 64);
}

static bool
open_insert(void *handle, const struct table_entry *entry)
{
	struct open_table *t = handle;
	uint64_t i = open_start(t, &entry->tag);

	while (t->lines[i].kind_plus_one != 0)
		i = i + 1 < t->n_lines ? i + 1 : 0;
	t->lines[i].tag = entry->tag;
	t->lines[i].owner = entry->owner;
	t->lines[i].created_ms = entry->created_ms;
	t->lines[i].lifetime_s = entry->lifetime_s;
	t->lines[i].kind_plus_one = (uint32_t)entry->kind + 1;
	return true;
}

static inline bool
open_find(void *handle, const struct digest_tag *tag, struct table_entry *ret)
{
	const struct open_table *t = handle;
	uint64_t i = open_start(t, tag);

	for (; t->lines[i].kind_plus_one != 0; i = i + 1 < t->n_lines ? i + 1 : 0) {
		const struct line *line = &t->lines[i];

		if (memcmp(&line->tag, tag, sizeof(*tag)) != 0)
			continue;
		ret->tag = line->tag;
		ret->owner = line->owner;
		ret->created_ms = line->created_ms;
		ret->lifetime_s = line->lifetime_s;
		ret->kind = (enum table_kind)(line->kind_plus_one - 1);
		return true;
	}
	return false;
}

#define BARE_NAME  "bare"
#define MUTEX_NAME "mutex"

static void
bare_make(uint64_t n)
{
	open_make(BARE_NAME, n);
}

static void *
bare_attach(void)
{
	return open_attach(BARE_NAME);
}

static bool
bare_find(void *handle, const struct digest_tag *tag, struct table_entry *ret)
{
	return open_find(handle, tag, ret);
}

static uint64_t
bare_bytes(void)
{
	return side_file_bytes(BARE_NAME);
}

const struct side side_bare = { "bare probe", bare_make, bare_attach, open_insert, NULL,
	bare_find, open_detach, bare_bytes };

static void
mutex_make(uint64_t n)
{
	open_make(MUTEX_NAME, n);
}

static void *
mutex_attach(void)
{
	return open_attach(MUTEX_NAME);
}

static bool
mutex_insert(void *handle, const struct table_entry *entry)
{
	struct open_table *t = handle;
	bool is_done;

	(void)pthread_mutex_lock(&t->mutex);
	is_done = open_insert(t, entry);
	(void)pthread_mutex_unlock(&t->mutex);
	return is_done;
}

static bool
mutex_find(void *handle, const struct digest_tag *tag, struct table_entry *ret)
{
	struct open_table *t = handle;
	bool is_found;

	(void)pthread_mutex_lock(&t->mutex);
	is_found = open_find(t, tag, ret);
	(void)pthread_mutex_unlock(&t->mutex);
	return is_found;
}

static uint64_t
mutex_bytes(void)
{
	return side_file_bytes(MUTEX_NAME);
}

const struct side side_mutex = { "mutex and hash", mutex_make, mutex_attach, mutex_insert, NULL,
	mutex_find, open_detach, mutex_bytes };
