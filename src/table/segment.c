/*
 * segment.c - table_open() and table_close(), see table.h: the file is made whole, or attached to,
 * or refused
 *
 * The file appears under its name complete, by one link(2); a later process attaches.  Every
 * process holds a shared flock(2) on it, which the kernel drops when the process dies, so that
 * "nobody uses it" can be known, and only an unused table is ever replaced.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/file.h"
#include "table/change.h"
#include "table/epoch.h"
#include "table/mapping.h"
#include "table/sealed.h"
#include "table/stamp.h"
#include "table/step.h"

#define FIXED_BYTES ((size_t)FORMAT_REGIONS_OFFSET)

/* Somebody is making or replacing the file at this moment: how often we look again. */
#define OPEN_ATTEMPTS 200
#define OPEN_PAUSE_NS 5000000L

static void
pause_a_little(void)
{
	const struct timespec pause = { 0, OPEN_PAUSE_NS };

	(void)nanosleep(&pause, NULL);
}

/* -------------------------------------------------------------------- directory */

/*
 * Files in /dev/shm are removed by logind when a user logs out (RemoveIPC=), with everybody's
 * sessions in them.
 */
static int
check_dir(const struct table_config *config, struct err *err)
{
	char link[40], path[16] = "";
	struct stat dir, shm, dev;
	bool is_shm = false;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", config->dir_fd);
	if (readlink(link, path, sizeof(path) - 1) >= 8 && memcmp(path, "/dev/shm", 8) == 0)
		is_shm = path[8] == '\0' || path[8] == '/';
	if (fstat(config->dir_fd, &dir) == -1)
		return err_set(
		    err, -errno, "cannot look at %s: %s", config->dir_path, strerror(errno));
	/* The same file system under another name. */
	if (stat("/dev/shm", &shm) == 0 && stat("/dev", &dev) == 0 &&
	    shm.st_dev != dev.st_dev && dir.st_dev == shm.st_dev)
		is_shm = true;
	if (is_shm)
		return err_set(err, -EPERM,
		    "%s is in /dev/shm, where files are removed when a user logs out: use a "
		    "directory in /run or on disk",
		    config->dir_path);
	return 0;
}

/* ----------------------------------------------------------------------- mapping */

static int
map_fixed(struct table *t)
{
	uint8_t *p = mmap(NULL, FIXED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, t->fd, 0);

	if (p == MAP_FAILED)
		return -errno;
	(void)madvise(p, FIXED_BYTES, MADV_DONTDUMP);
	t->header = (struct tbl_header *)(void *)p;
	t->control = (struct tbl_control *)(void *)(p + FORMAT_CONTROL_OFFSET);
	t->readers = (struct tbl_reader *)(void *)(p + FORMAT_READERS_OFFSET);
	return 0;
}

static void
close_file(struct table *t)
{
	if (t->header != NULL)
		(void)munmap(t->header, FIXED_BYTES);
	t->header = NULL;
	if (t->fd >= 0)
		(void)close(t->fd);
	t->fd = -1;
}

/* ------------------------------------------------------------------------ create */

/* As if it had grown to that; there is none too large for max_entries. */
static unsigned
region_for(const struct table *t, uint64_t n_entries)
{
	unsigned i = 0;

	if (n_entries > t->max_entries)
		n_entries = t->max_entries;
	while (i < GEOMETRY_REGIONS - 1 &&
	       tbl_geometry_grow_at(t->regions[i].n_buckets) <= n_entries)
		i++;
	return i;
}

/* Before the region, and behind one page of reader lines, the file is a hole. */
static int
allocate_first(int fd, const struct tbl_geometry *region)
{
	if (fallocate(fd, 0, 0, FORMAT_READERS_OFFSET + FORMAT_PAGE_BYTES) == -1 ||
	    fallocate(fd, 0, (off_t)region->offset, (off_t)tbl_geometry_bytes(region)) == -1)
		return -errno;
	return 0;
}

/* The region that it is to begin with, or the smallest: what is expected may never come. */
static int
allocate(struct table *t, unsigned *region)
{
	int r = allocate_first(t->fd, &t->regions[*region]);

	if (r == 0 || *region == 0)
		return r;
	*region = 0;
	return ftruncate(t->fd, 0) == -1 ? -errno : allocate_first(t->fd, &t->regions[0]);
}

static int
fill_first(struct table *t, const struct tbl_header *header, unsigned region)
{
	const struct tbl_descriptor d = { .region = region };
	int r;

	if ((r = tbl_change_lock_init(t->control)) != 0)
		return r;
	WORD_STORE(&t->control->descriptor, tbl_geometry_pack(&d), "create");
	WORD_STORE(&t->control->punched, t->regions[region].offset, "create");
	WORD_STORE(&t->control->n_reader_pages, tbl_sealed_pack(1), "create");
	*t->header = *header;
	return 0;
}

/* The file has no name yet: give it one, unless somebody was faster (-EEXIST). */
static int
link_name(const struct table *t, const struct table_config *config)
{
	char path[40];

	TABLE_STEP("link");
	/* Flushed first, so that a power failure leaves a header that says "another boot". */
	if (fsync(t->fd) == -1)
		return -errno;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", t->fd);
	if (linkat(AT_FDCWD, path, config->dir_fd, config->name, AT_SYMLINK_FOLLOW) == -1)
		return -errno;
	return 0;
}

static int
create(struct table *t, const struct table_config *config, const struct tbl_header *expected,
    struct err *err)
{
	unsigned region = region_for(t, config->n_expected);
	struct tbl_header header = *expected;
	int r;

	if ((r = tbl_stamp_finish(&header, err)) != 0)
		return r;
	t->fd = openat(config->dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (t->fd == -1)
		return err_set(err, -errno,
		    "cannot make a file in %s: %s (tmpfs, ext4, xfs and btrfs can)",
		    config->dir_path, strerror(errno));
	if ((r = allocate(t, &region)) != 0 || (r = map_fixed(t)) != 0 ||
	    (r = fill_first(t, &header, region)) != 0)
		err_set(err, r, "cannot make %s/%s: %s", config->dir_path, config->name,
		    strerror(-r));
	else if (flock(t->fd, LOCK_SH) == -1)
		r = err_set(err, -errno, "cannot lock %s/%s: %s", config->dir_path,
		    config->name, strerror(errno));
	else if ((r = link_name(t, config)) != 0 && r != -EEXIST)
		err_set(err, r, "cannot make %s/%s: %s", config->dir_path, config->name,
		    strerror(-r));
	if (r != 0)
		close_file(t);
	return r;
}

/* ------------------------------------------------------------------------ attach */

static int
read_header(int fd, const struct table_config *config, struct tbl_header *ret, struct err *err)
{
	ssize_t n = pread(fd, ret, sizeof(*ret), 0);

	if (n == -1)
		return err_set(err, -errno, "cannot read %s/%s: %s", config->dir_path,
		    config->name, strerror(errno));
	if (n != (ssize_t)sizeof(*ret))
		return err_set(err, -EINVAL,
		    "%s/%s is only %zd bytes long, no session table: move it away",
		    config->dir_path, config->name, n);
	return 0;
}

static int
file_size(const struct table *t, const struct table_config *config, uint64_t *ret_size,
    struct err *err)
{
	struct stat st;

	if (fstat(t->fd, &st) == -1)
		return err_set(err, -errno, "cannot look at %s/%s: %s", config->dir_path,
		    config->name, strerror(errno));
	*ret_size = (uint64_t)st.st_size;
	return 0;
}

/* Everything that the descriptor speaks of must be there before it is touched. */
static int
check_size(struct table *t, const struct table_config *config, struct err *err)
{
	struct tbl_descriptor d;
	uint64_t need = t->regions[0].offset + tbl_geometry_bytes(&t->regions[0]), size = 0;
	int r;

	if ((r = file_size(t, config, &size, err)) != 0)
		return r;
	if (size >= need) {
		if ((r = map_fixed(t)) != 0)
			return err_set(err, r, "cannot map %s/%s: %s", config->dir_path,
			    config->name, strerror(-r));
		if (!tbl_geometry_unpack(t->regions, WORD_LOAD(&t->control->descriptor), &d))
			return err_set(err, -EBADMSG,
			    "%s/%s is damaged (descriptor): stop every process that uses it "
			    "and "
			    "remove it (login sessions kept in it end)",
			    config->dir_path, config->name);
		need = t->regions[tbl_geometry_newest(&d)].offset +
		       tbl_geometry_bytes(&t->regions[tbl_geometry_newest(&d)]);
		/* Others make the table grow meanwhile: the file first, then the descriptor. */
		if ((r = file_size(t, config, &size, err)) != 0)
			return r;
	}
	if (size < need)
		return err_set(err, -EBADMSG,
		    "%s/%s is %lld bytes long where its table needs %llu, it has been cut: "
		    "stop "
		    "every process that uses it and remove it (login sessions kept in it end)",
		    config->dir_path, config->name, (long long)size, (unsigned long long)need);
	return 0;
}

/* -EAGAIN: it is being replaced. */
static int
take_share(int fd)
{
	struct stat st;

	if (flock(fd, LOCK_SH | LOCK_NB) == -1)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	if (fstat(fd, &st) == -1)
		return -errno;
	return st.st_nlink == 0 ? -EAGAIN : 0;
}

static int
attach(struct table *t, const struct table_config *config, const struct tbl_header *expected,
    struct err *err)
{
	struct tbl_header found;
	int r =
	    file_open(config->dir_fd, config->dir_path, config->name, O_RDWR, 0, &t->fd, err);

	if (r != 0) {
		t->fd = -1;
		return r;
	}
	if ((r = read_header(t->fd, config, &found, err)) == 0 &&
	    (r = tbl_stamp_compare(&found, expected, config, err)) == 0) {
		r = take_share(t->fd);
		if (r != 0 && r != -EAGAIN)
			err_set(err, r, "cannot lock %s/%s: %s", config->dir_path, config->name,
			    strerror(-r));
	}
	if (r == 0)
		r = check_size(t, config, err);
	if (r != 0)
		close_file(t);
	return r;
}

/* ----------------------------------------------------------------------- replace */

static bool
is_stale(int r)
{
	return r == -ESTALE || r == -EBADMSG;
}

/* The file is still stale, nobody uses it, and it still has the name: remove it. */
static int
remove_if_unused(struct table *t, const struct table_config *config,
    const struct tbl_header *expected, struct err *err)
{
	struct stat by_name, by_fd;
	struct tbl_header found;
	int fd, r;

	r = file_open(config->dir_fd, config->dir_path, config->name, O_RDWR, 0, &fd, err);
	if (r != 0)
		return r == -ENOENT ? 0 : r;
	t->fd = fd;
	if (flock(fd, LOCK_EX | LOCK_NB) == -1)
		r = errno == EWOULDBLOCK ? -EAGAIN : -errno;
	else if ((r = read_header(fd, config, &found, err)) == 0 &&
		 ((r = tbl_stamp_compare(&found, expected, config, err)) == 0))
		r = check_size(t, config, err);
	if (is_stale(r)) {
		r = 0;
		if (fstat(fd, &by_fd) == 0 &&
		    fstatat(config->dir_fd, config->name, &by_name, AT_SYMLINK_NOFOLLOW) == 0 &&
		    by_fd.st_ino == by_name.st_ino &&
		    unlinkat(config->dir_fd, config->name, 0) == -1)
			r = err_set(err, -errno, "cannot remove %s/%s: %s", config->dir_path,
			    config->name, strerror(errno));
	}
	close_file(t);
	return r;
}

/*
 * Several processes may find the same stale table.  One at a time, by a lock on the
 * directory (through a descriptor of our own: dir_fd may be shared with processes that we
 * were forked with, and then the lock would be too).
 */
static int
replace(struct table *t, const struct table_config *config, const struct tbl_header *expected,
    int found_stale, struct err *err)
{
	int dir_fd = openat(config->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = -EAGAIN;

	if (dir_fd == -1 || flock(dir_fd, LOCK_EX) == -1) {
		r = err_set(
		    err, -errno, "cannot lock %s: %s", config->dir_path, strerror(errno));
		if (dir_fd != -1)
			(void)close(dir_fd);
		return r;
	}
	for (unsigned i = 0; i < OPEN_ATTEMPTS && r == -EAGAIN; i++) {
		if (i > 0)
			pause_a_little();
		r = remove_if_unused(t, config, expected, err);
	}
	(void)close(dir_fd);
	if (r == -EAGAIN) {
		char why[sizeof(err->text)] = "";

		if (err != NULL)
			memcpy(why, err->text, sizeof(why));
		r = err_set(err, found_stale, "%.400s: running processes still use it", why);
	}
	return r;
}

/* Fills t->fd, header, control, readers, salt. */
static int
open_file(const struct table_config *config, struct table *t, bool *ret_is_new, struct err *err)
{
	struct tbl_header expected;
	int r;

	if ((r = check_dir(config, err)) != 0 ||
	    (r = tbl_stamp_make(config, &expected, err)) != 0)
		return r;
	for (unsigned i = 0; i < OPEN_ATTEMPTS; i++) {
		*ret_is_new = false;
		r = attach(t, config, &expected, err);
		if (r == -ENOENT) {
			*ret_is_new = true;
			r = create(t, config, &expected, err);
		} else if (is_stale(r) && config->replace_stale) {
			if ((r = replace(t, config, &expected, r, err)) == 0)
				continue;
		}
		if (r != -EEXIST && r != -EAGAIN)
			break;
		if (r == -EAGAIN)
			pause_a_little();
	}
	if (r == -EAGAIN || r == -EEXIST)
		r = err_set(err, -EAGAIN,
		    "%s/%s is being replaced again and again: start one kind of process only",
		    config->dir_path, config->name);
	if (r == 0)
		t->salt = t->header->salt;
	return r;
}

/* ---------------------------------------------------------------- open and close */

static int
check_limits(const struct table_config *config, const struct table *t, struct err *err)
{
	uint64_t most = tbl_geometry_grow_at(t->regions[GEOMETRY_REGIONS - 1].n_buckets);

	if (config->max_entries == 0 || config->max_entries > most)
		return err_set(err, -EINVAL,
		    "the maximum of sessions is %llu: choose one from 1 to %llu",
		    (unsigned long long)config->max_entries, (unsigned long long)most);
	return 0;
}

int
table_open(const struct table_config *config, struct table **ret_table, bool *ret_is_new,
    struct err *err)
{
	struct table *t = calloc(1, sizeof(*t));
	bool is_new = false;
	int r;

	if (t == NULL)
		return err_set(err, -ENOMEM, "no memory");
	t->fd = -1;
	tbl_geometry_fill(t->regions);
	t->max_entries = config->max_entries;
	t->max_per_owner = config->max_per_owner;
	if ((r = check_limits(config, t, err)) != 0 ||
	    (r = open_file(config, t, &is_new, err)) != 0)
		goto fail;
	if ((r = tbl_epoch_init(t)) != 0) {
		err_set(err, r, "cannot mark memory to be wiped on fork: %s", strerror(-r));
		goto fail;
	}
	*ret_table = t;
	if (ret_is_new != NULL)
		*ret_is_new = is_new;
	return 0;
fail:
	table_close(t);
	return r;
}

void
table_close(struct table *t)
{
	if (t == NULL)
		return;
	tbl_epoch_fini(t);
	tbl_mapping_unmap(t);
	/* The lock's page goes last, and only here, when no thread is in an operation: were it
	 * unmapped while one is still in pthread_mutex_unlock(), the kernel could write into
	 * whatever is mapped there next if that thread died (glibc bug 14485). */
	close_file(t);
	free(t);
}
