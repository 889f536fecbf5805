/*
 * scratch.h - a private directory for a harness that needs files, removed at its end
 *
 * What is flushed there need not last: fsync() and fdatasync() do nothing in these harnesses.
 */
#ifndef FUZZ_SCRATCH_H
#define FUZZ_SCRATCH_H

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz/fuzz.h"

static char scratch_path[256];
static int scratch_fd = -1;

int
fsync(int fd)
{
	(void)fd;
	return 0;
}

int
fdatasync(int fd)
{
	(void)fd;
	return 0;
}

static void
scratch_empty(void)
{
	char command[300];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", scratch_path);
	fuzz_promise(system(command) == 0);
}

/* A new one; the one before is gone. */
static inline void
scratch_make(void)
{
	const char *tmp = getenv("TMPDIR");

	if (scratch_fd != -1) {
		(void)close(scratch_fd);
		scratch_empty();
	} else {
		(void)atexit(scratch_empty);
	}
	(void)snprintf(scratch_path, sizeof(scratch_path), "%.200s/fuzz.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	fuzz_promise(mkdtemp(scratch_path) != NULL);
	scratch_fd = open(scratch_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fuzz_promise(scratch_fd != -1);
}

#endif
