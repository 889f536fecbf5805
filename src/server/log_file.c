/* log_file.c - see log_file.h */
#include "server/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/str.h"

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

char *
log_file_find(void)
{
	char path[PATH_MAX];
	struct stat open_one, named;
	ssize_t n = readlink("/proc/self/fd/2", path, sizeof(path) - 1);

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	if (path[0] != '/' || strchr(path, '\n') != NULL ||
	    fstat(STDERR_FILENO, &open_one) == -1 || !S_ISREG(open_one.st_mode) ||
	    lstat(path, &named) == -1 || !is_same(&open_one, &named))
		return NULL;
	return str_dup(str_of(path));
}

int
log_file_reopen(const char *path, struct err *err)
{
	struct stat error, output, named;
	bool is_output;
	int fd;

	if (fstat(STDERR_FILENO, &error) == -1)
		return -errno;
	if (lstat(path, &named) == 0 && is_same(&error, &named))
		return 0;
	is_output = fstat(STDOUT_FILENO, &output) == 0 && is_same(&error, &output);
	/* No link: whoever may write to the directory chooses no file elsewhere. */
	fd = open(path,
	    O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC,
	    error.st_mode & 0666);
	if (fd == -1)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	if (fstat(fd, &named) == -1 || !S_ISREG(named.st_mode)) {
		(void)close(fd);
		return err_set(err, -EINVAL, "%s is no file", path);
	}
	(void)dup2(fd, STDERR_FILENO);
	if (is_output)
		(void)dup2(fd, STDOUT_FILENO);
	(void)close(fd);
	return 1;
}
