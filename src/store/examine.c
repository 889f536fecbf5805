/* examine.c - see examine.h */
#include "store/examine.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "store/attach.h"
#include "store/place.h"

/* As it would be opened, but never made: -ENOENT has no message. */
static int
open_there(const struct store *store, const char *name, int *ret_fd, struct err *err)
{
	return file_open(
	    store->config.dir_fd, store->config.dir_path, name, O_RDWR, 0, ret_fd, err);
}

/* What the lock file knows of this very file, or 0. */
static int
look_up_synced(const struct store *store, int fd, const struct scan *header,
    uint64_t *ret_synced, struct err *err)
{
	struct stat st;
	int lock_fd, r;

	*ret_synced = 0;
	if (fstat(fd, &st) == -1)
		return err_set(
		    err, -errno, "cannot look at %s: %s", store->path, strerror(errno));
	if ((r = open_there(store, store->lock_name, &lock_fd, err)) != 0)
		return r == -ENOENT ? 0 : r;
	*ret_synced = control_peek_synced(lock_fd, st.st_ino, header->header.crc);
	(void)close(lock_fd);
	return 0;
}

static int
examine_file(
    const struct store *store, int fd, struct store_examination *examination, struct err *err)
{
	uint64_t synced;
	struct scan scan;
	int r;

	/* First what was flushed, then what is there: others may go on writing. */
	if ((r = scan_header(fd, store->path, &scan, err)) != 0 ||
	    (r = attach_check_key(store, &scan, err)) != 0 ||
	    (r = look_up_synced(store, fd, &scan, &synced, err)) != 0 ||
	    (r = scan_file(fd, store->path, synced, &scan, err)) != 0)
		return r;
	if (scan_is_damaged(&scan))
		return scan_refuse(&scan, store->path, err);
	examination->n_lines = scan.last_n - scan.header.n;
	examination->n_torn_bytes = scan.end - scan.good_len;
	return 0;
}

int
examine_run(const struct store_config *config, struct store_examination *ret_examination,
    struct err *err)
{
	struct store_examination examination = { 0 };
	struct store *store;
	int fd, r;

	if ((r = attach_new(config, &store, err)) != 0)
		return r;
	if ((r = place_check(store->config.dir_fd, store->config.dir_path, err)) == 0)
		r = open_there(store, store->file_name, &fd, err);
	if (r == -ENOENT) {
		examination.is_absent = true;
		r = 0;
	} else if (r == 0) {
		r = examine_file(store, fd, &examination, err);
		(void)close(fd);
	}
	if (r == 0)
		*ret_examination = examination;
	attach_free(store);
	return r;
}
