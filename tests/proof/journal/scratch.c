/* scratch.c - see workload.h: directories to work in */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "workload.h"

void
scratch_make(struct scratch *scratch, bool is_fast)
{
	const char *tmp = getenv("TMPDIR");
	const char *where = is_fast && access("/dev/shm", W_OK) == 0 ? "/dev/shm"
			    : tmp != NULL && tmp[0] == '/'           ? tmp
			    : is_fast                                ? "/tmp"
								     : ".";

	(void)snprintf(scratch->path, sizeof(scratch->path), "%s/proof-journal.XXXXXX", where);
	if (mkdtemp(scratch->path) == NULL ||
	    (scratch->fd = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1) {
		perror(scratch->path);
		exit(99);
	}
}

void
scratch_empty(const struct scratch *scratch)
{
	DIR *dir = fdopendir(openat(scratch->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *entry;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			(void)unlinkat(scratch->fd, entry->d_name, 0);
	(void)closedir(dir);
}

void
scratch_remove(struct scratch *scratch)
{
	scratch_empty(scratch);
	(void)close(scratch->fd);
	(void)rmdir(scratch->path);
}
