/* dir_binding.c - see dir_binding.h */
#include "app/dir_binding.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/app.h"
#include "core/file.h"

/* The byte that stands for a directory: from 1 on, so that there is one before it. */
static off_t
mark_of(dev_t dev, ino_t ino)
{
	uint64_t mixed = (uint64_t)dev * 0x9e3779b97f4a7c15U ^ (uint64_t)ino;

	/* Neighbours on one file system differ in the lowest bits. */
	return 1 + (off_t)(mixed & UINT64_MAX >> 2);
}

/* Has somebody else marked one of n bytes (0: to the end) from first on? */
static int
look(int fd, off_t first, off_t n, bool *ret_is_marked)
{
	struct flock lock = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = first, .l_len = n
	};

	if (fcntl(fd, F_OFD_GETLK, &lock) == -1)
		return -errno;
	*ret_is_marked = *ret_is_marked || lock.l_type != F_UNLCK;
	return 0;
}

static int
look_around(int fd, off_t at, struct dir_binding *ret)
{
	int r;

	if ((r = look(fd, at, 1, &ret->has_company)) == 0 &&
	    (r = look(fd, 0, at, &ret->has_strangers)) == 0)
		r = look(fd, at + 1, 0, &ret->has_strangers);
	return r;
}

static int
mark(int fd, off_t at, struct dir_binding *ret)
{
	struct flock lock = {
		.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1
	};

	/* First the mark, then the look: of two who come at once, one sees the other. */
	if (fcntl(fd, F_OFD_SETLK, &lock) == -1)
		return -errno;
	ret->at = at;
	return look_around(fd, at, ret);
}

static int
open_key(int data_dir_fd, const char *data_dir, int *ret_fd, struct err *err)
{
	int r = file_open(data_dir_fd, data_dir, APP_KEY_FILE, O_RDONLY, 0, ret_fd, err);

	return r == -ENOENT ? err_set(err, r, "%s/" APP_KEY_FILE " is gone", data_dir) : r;
}

int
dir_binding_open(int data_dir_fd, const char *data_dir, int run_dir_fd, struct dir_binding *ret,
    struct err *err)
{
	struct stat st;
	int r;

	*ret = (struct dir_binding){ .fd = -1 };
	if (fstat(run_dir_fd, &st) == -1)
		return err_set(err, -errno, "cannot look at the run directory");
	r = open_key(data_dir_fd, data_dir, &ret->fd, err);
	if (r == 0 && (r = mark(ret->fd, mark_of(st.st_dev, st.st_ino), ret)) != 0) {
		(void)err_set(
		    err, r, "cannot lock %s/" APP_KEY_FILE ": %s", data_dir, strerror(-r));
		(void)close(ret->fd);
		ret->fd = -1;
	}
	return r;
}

int
dir_binding_look(int data_dir_fd, const char *data_dir, int run_dir_fd, struct dir_binding *ret,
    struct err *err)
{
	struct stat st;
	int fd, r;

	*ret = (struct dir_binding){ .fd = -1 };
	if (run_dir_fd != -1 && fstat(run_dir_fd, &st) == -1)
		return err_set(err, -errno, "cannot look at the run directory");
	if ((r = open_key(data_dir_fd, data_dir, &fd, err)) != 0)
		return r;
	r = run_dir_fd != -1 ? look_around(fd, mark_of(st.st_dev, st.st_ino), ret)
			     : look(fd, 0, 0, &ret->has_strangers);
	if (r != 0)
		(void)err_set(err, r, "cannot look at the locks of %s/" APP_KEY_FILE ": %s",
		    data_dir, strerror(-r));
	(void)close(fd);
	return r;
}

int
dir_binding_mark(int dir_fd, const char *dir, const char *name, dev_t dev, ino_t ino,
    struct dir_binding *ret, struct err *err)
{
	int r;

	*ret = (struct dir_binding){ .fd = -1 };
	if ((r = file_open(dir_fd, dir, name, O_RDWR | O_CREAT, 0600, &ret->fd, err)) != 0)
		return r;
	if ((r = mark(ret->fd, mark_of(dev, ino), ret)) != 0) {
		(void)err_set(err, r, "cannot lock %s/%s: %s", dir, name, strerror(-r));
		(void)close(ret->fd);
		ret->fd = -1;
	}
	return r;
}

int
dir_binding_look_again(struct dir_binding *pair)
{
	pair->has_company = pair->has_strangers = false;
	return look_around(pair->fd, pair->at, pair);
}
