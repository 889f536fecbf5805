/* program.c - see program.h */
#include "server/program.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
is_us(const char *path)
{
	struct stat us, file;

	return stat("/proc/self/exe", &us) == 0 && stat(path, &file) == 0 &&
	       us.st_dev == file.st_dev && us.st_ino == file.st_ino;
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

int
program_find(const char *argv0, char *ret_path, size_t size)
{
	ssize_t n;

	if (argv0 != NULL && argv0[0] != '\0' &&
	    (strchr(argv0, '/') != NULL ? by_name(argv0, ret_path, size)
					: by_search(argv0, ret_path, size)))
		return 0;
	if ((n = readlink("/proc/self/exe", ret_path, size)) == -1)
		return -errno;
	if ((size_t)n >= size)
		return -ENAMETOOLONG;
	ret_path[n] = '\0';
	return is_us(ret_path) ? 0 : -ENOENT;
}
