/* file.c - see file.h */
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OTHERS_MASK 077

#define USER_NAME_BYTES 64

/* "www-data", or the number where there is no name. */
static void
name_user(uid_t uid, char ret_name[USER_NAME_BYTES])
{
	struct passwd entry, *found = NULL;
	char buffer[1024];

	if (getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) == 0 && found != NULL)
		(void)snprintf(ret_name, USER_NAME_BYTES, "%.40s", found->pw_name);
	else
		(void)snprintf(ret_name, USER_NAME_BYTES, "%u", (unsigned)uid);
}

static int
refuse_owner(uid_t owner, const char *path, const char *slash, const char *name, int code,
    struct err *err)
{
	char theirs[USER_NAME_BYTES], ours[USER_NAME_BYTES];

	name_user(owner, theirs);
	name_user(geteuid(), ours);
	return err_set(err, code,
	    "%s%s%s belongs to user %u, but this process runs as user %u: run it as %s, or "
	    "give "
	    "it the directory: chown -R %s %s",
	    path, slash, name, (unsigned)owner, (unsigned)geteuid(), theirs, ours, path);
}

static int
check_owner_and_mode(const struct stat *st, const char *path, const char *slash,
    const char *name, const char *way_out, struct err *err)
{
	if (st->st_uid != geteuid())
		return refuse_owner(st->st_uid, path, slash, name, -EPERM, err);
	if ((st->st_mode & OTHERS_MASK) != 0)
		return err_set(err, -EPERM,
		    "%s%s%s is open to other users (mode %04o): run chmod %s %s%s%s%s", path,
		    slash, name, (unsigned)(st->st_mode & 07777), way_out, path, slash, name,
		    S_ISDIR(st->st_mode) ? ", or, where that is not to be (a volume), name a "
					   "directory below it that has this mode"
					 : "");
	return 0;
}

int
file_open_dir(const char *path, bool may_create, int *ret_fd, struct err *err)
{
	struct stat st;
	int fd, r;

	if (may_create && mkdir(path, 0700) == -1 && errno != EEXIST)
		return err_set(
		    err, -errno, "cannot make directory %s: %s", path, strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 && (errno == ELOOP || errno == ENOTDIR))
		return err_set(err, -errno,
		    "%s is not a directory (symbolic links are refused): name the directory "
		    "itself",
		    path);
	if (fd == -1 && errno == EACCES && lstat(path, &st) == 0 && st.st_uid != geteuid())
		return refuse_owner(st.st_uid, path, "", "", -EACCES, err);
	if (fd == -1)
		return err_set(
		    err, -errno, "cannot open directory %s: %s", path, strerror(errno));
	if (fstat(fd, &st) == -1)
		r = err_set(err, -errno, "cannot look at %s: %s", path, strerror(errno));
	else
		r = check_owner_and_mode(&st, path, "", "", "700", err);
	if (r != 0) {
		(void)close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

int
file_check(int fd, const char *dir_path, const char *name, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_set(
		    err, -errno, "cannot look at %s/%s: %s", dir_path, name, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(
		    err, -EPERM, "%s/%s is not a regular file: move it away", dir_path, name);
	/* No link at all is a file that was made with O_TMPFILE and is not linked yet. */
	if (st.st_nlink > 1)
		return err_set(err, -EPERM,
		    "%s/%s has %lu hard links: another user may hold one; copy it to a fresh "
		    "file",
		    dir_path, name, (unsigned long)st.st_nlink);
	return check_owner_and_mode(&st, dir_path, "/", name, "600", err);
}

int
file_open(int dir_fd, const char *dir_path, const char *name, int flags, mode_t mode,
    int *ret_fd, struct err *err)
{
	/* O_NONBLOCK: a FIFO in the place of the file must not block us; no effect on files. */
	int fd = openat(dir_fd, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, mode);
	int r;

	if (fd == -1 && errno == ENOENT)
		return -ENOENT;
	if (fd == -1 && errno == ELOOP)
		return err_set(err, -ELOOP, "%s/%s is a symbolic link: refused, move it away",
		    dir_path, name);
	if (fd == -1)
		return err_set(
		    err, -errno, "cannot open %s/%s: %s", dir_path, name, strerror(errno));
	if ((r = file_check(fd, dir_path, name, err)) != 0) {
		(void)close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

int
file_read_all(int fd, void *ret_bytes, size_t n)
{
	char *p = ret_bytes;

	while (n > 0) {
		ssize_t r = read(fd, p, n);

		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1)
			return -errno;
		if (r == 0)
			return -ENODATA;
		p += r;
		n -= (size_t)r;
	}
	return 0;
}

int
file_write_all(int fd, const void *bytes, size_t n)
{
	const char *p = bytes;

	while (n > 0) {
		ssize_t r = write(fd, p, n);

		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1)
			return -errno;
		if (r == 0) /* no progress without an error: never seen, never a loop */
			return -EIO;
		p += r;
		n -= (size_t)r;
	}
	return 0;
}
