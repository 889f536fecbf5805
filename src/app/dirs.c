/* dirs.c - see dirs.h */
#include "app/dirs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

	if ((r = look(fd, at, 1, &ret->has_users)) == 0 &&
	    (r = look(fd, 0, at, &ret->has_other_users)) == 0)
		r = look(fd, at + 1, 0, &ret->has_other_users);
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
	int r = file_open(data_dir_fd, data_dir, DIRS_KEY_FILE, O_RDONLY, 0, ret_fd, err);

	return r == -ENOENT ? err_set(err, r, "%s/" DIRS_KEY_FILE " is gone", data_dir) : r;
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
		    err, r, "cannot lock %s/" DIRS_KEY_FILE ": %s", data_dir, strerror(-r));
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
			     : look(fd, 0, 0, &ret->has_other_users);
	if (r != 0)
		(void)err_set(err, r, "cannot look at the locks of %s/" DIRS_KEY_FILE ": %s",
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
dir_binding_look_again(struct dir_binding *binding)
{
	binding->has_users = binding->has_other_users = false;
	return look_around(binding->fd, binding->at, binding);
}

/* ------------------------------------------------------------------ their place */

static void
set(struct dir_place *place, int i, const struct stat *st)
{
	place->dev[i] = st->st_dev;
	place->ino[i] = st->st_ino;
}

int
dir_watch_look(const struct dir_watch *watch, int dir_fd, struct dir_place *ret)
{
	struct stat st;

	*ret = (struct dir_place){ .dev = { 0 } };
	if (fstat(dir_fd, &st) == -1)
		return -errno;
	set(ret, 0, &st);
	for (int i = 0; i < DIR_WATCH_FILES_MAX && watch->files[i] != NULL; i++)
		if (fstatat(dir_fd, watch->files[i], &st, AT_SYMLINK_NOFOLLOW) == 0)
			set(ret, i + 1, &st);
		else if (errno != ENOENT)
			return -errno;
	return 0;
}

bool
dir_place_is_same(const struct dir_place *a, const struct dir_place *b)
{
	for (int i = 0; i < 1 + DIR_WATCH_FILES_MAX; i++)
		if (a->dev[i] != b->dev[i] || a->ino[i] != b->ino[i])
			return false;
	return true;
}

int
dir_watch_note(struct dir_watch *watch, int dir_fd)
{
	int r = dir_watch_look(watch, dir_fd, &watch->place);

	watch->is_noted = r == 0;
	return r;
}

bool
dir_watch_is_ours(const struct dir_watch *watch)
{
	struct dir_place now;
	int fd, r;

	if (!watch->is_noted)
		return true;
	fd = open(watch->path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = fd == -1 ? -errno : dir_watch_look(watch, fd, &now);
	if (fd != -1)
		(void)close(fd);
	if (r == -ENOENT || r == -ENOTDIR || r == -ELOOP)
		return false;
	return r != 0 || dir_place_is_same(&now, &watch->place);
}
