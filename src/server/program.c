/* program.c - see program.h */
#include "server/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define US "/proc/self/exe"

static bool
is_us(const char *path)
{
	struct stat us, file;

	return stat(US, &us) == 0 && stat(path, &file) == 0 && us.st_dev == file.st_dev &&
	       us.st_ino == file.st_ino;
}

/* Relative to where the process is now. */
static bool
by_name(const char *name, char *ret_path, size_t size)
{
	char here[PATH_MAX] = "";
	int n;

	if (name[0] != '/' && getcwd(here, sizeof(here)) == NULL)
		return false;
	n = snprintf(ret_path, size, "%s%s%s", here, name[0] != '/' ? "/" : "", name);
	return n > 0 && (size_t)n < size && is_us(ret_path);
}

/* As the shell does. */
static bool
by_search(const char *name, char *ret_path, size_t size)
{
	const char *path = getenv("PATH");
	char file[PATH_MAX];

	while (path != NULL && *path != '\0') {
		size_t n = strcspn(path, ":");

		if (n > 0 &&
		    snprintf(file, sizeof(file), "%.*s/%s", (int)n, path, name) <
			(int)sizeof(file) &&
		    by_name(file, ret_path, size))
			return true;
		path += n + (path[n] == ':');
	}
	return false;
}

void
program_find(const char *argv0, char *ret_path, size_t size)
{
	ssize_t n;

	if (argv0 != NULL && argv0[0] != '\0' &&
	    (strchr(argv0, '/') != NULL ? by_name(argv0, ret_path, size)
					: by_search(argv0, ret_path, size)))
		return;
	n = readlink(US, ret_path, size);
	if (n >= 0 && (size_t)n < size) {
		ret_path[n] = '\0';
		if (is_us(ret_path))
			return;
	}
	(void)snprintf(ret_path, size, US);
}

int
program_file_open(const char *path, struct program_file *ret_file, struct err *err)
{
	struct program_file file = { .fd = open(path, O_PATH | O_CLOEXEC) };
	struct stat st;

	if (file.fd == -1 || fstat(file.fd, &st) == -1) {
		int r = err_set(err, -errno, "%s: %s", path, strerror(errno));

		program_file_close(&file);
		return r;
	}
	file.size = st.st_size;
	file.written = st.st_mtim;
	*ret_file = file;
	return 0;
}

void
program_file_close(struct program_file *file)
{
	if (file->fd != -1)
		(void)close(file->fd);
	file->fd = -1;
}

int
program_file_execute(const struct program_file *file, char *const argv[], struct err *err)
{
	struct stat st;
	int r;

	if (fstat(file->fd, &st) == -1)
		return err_set(err, -errno, "%s", strerror(errno));
	if (st.st_size != file->size || st.st_mtim.tv_sec != file->written.tv_sec ||
	    st.st_mtim.tv_nsec != file->written.tv_nsec)
		return err_set(err, -ESTALE,
		    "it was written to after it was tried: replace it by rename, or try again");
	(void)fexecve(file->fd, argv, environ);
	/* The interpreter of a script opens it by the descriptor: that stays open for it. */
	if (errno == ENOENT && fcntl(file->fd, F_SETFD, 0) != -1)
		(void)fexecve(file->fd, argv, environ);
	r = -errno;
	(void)fcntl(file->fd, F_SETFD, FD_CLOEXEC);
	return err_set(err, r, "%s", strerror(-r));
}

void
program_set_name(const char *path)
{
	char file[PATH_MAX], *suffix;
	const char *slash;
	ssize_t n;

	/* "exe" would be no name: that of the file, also where it is gone. */
	if (strcmp(path, "/proc/self/exe") == 0 &&
	    (n = readlink(path, file, sizeof(file) - 1)) > 0) {
		file[n] = '\0';
		if ((suffix = strstr(file, " (deleted)")) != NULL)
			*suffix = '\0';
		path = file;
	}
	slash = strrchr(path, '/');
	(void)prctl(PR_SET_NAME, slash != NULL ? slash + 1 : path);
}
