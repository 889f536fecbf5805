/*
 * quarantine.c - copies of what is about to be cut or replaced
 *
 * Nothing that a person might want to look at is thrown away: User.jsonl.torn-20260131T120000Z,
 * User.jsonl.damaged-20260131T120000Z.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "journal/internal.h"

#define COPY_BYTES ((size_t)64 * 1024)
#define ATTEMPTS   100

static int
copy(int fd, uint64_t from, uint64_t end, int to_fd)
{
	char *bytes = malloc(COPY_BYTES);
	int r = bytes == NULL ? -ENOMEM : 0;

	while (r == 0 && from < end) {
		size_t want = end - from < COPY_BYTES ? (size_t)(end - from) : COPY_BYTES;
		ssize_t n = pread(fd, bytes, want, (off_t)from);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			r = -errno;
		else if (n == 0)
			break;
		else
			r = file_write_all(to_fd, bytes, (size_t)n);
		from += (uint64_t)n;
	}
	free(bytes);
	if (r == 0 && fsync(to_fd) == -1)
		r = -errno;
	return r;
}

/* 2026-01-31 12:00:00 to 20260131T120000Z, and a number when that name is taken. */
static void
format_name(
    const char *name, const char *what, int attempt, char ret_name[QUARANTINE_NAME_BYTES])
{
	char t[CLOCK_TEXT_BYTES], again[8] = "";

	clock_format_utc(clock_wall_s(), t);
	if (attempt > 0)
		(void)snprintf(again, sizeof(again), "-%d", attempt + 1);
	(void)snprintf(ret_name, QUARANTINE_NAME_BYTES, "%s.%s-%.4s%.2s%.2sT%.2s%.2s%.2sZ%s",
	    name, what, t, t + 5, t + 8, t + 11, t + 14, t + 17, again);
}

int
jrn_quarantine_save(int dir_fd, const char *dir_path, const char *name, const char *what,
    int fd, uint64_t from, uint64_t end, char ret_name[QUARANTINE_NAME_BYTES], struct err *err)
{
	int to_fd = -1, r = -EEXIST;

	for (int i = 0; i < ATTEMPTS && r == -EEXIST; i++) {
		format_name(name, what, i, ret_name);
		to_fd = openat(dir_fd, ret_name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		r = to_fd == -1 ? -errno : 0;
	}
	if (r == 0) {
		if ((r = copy(fd, from, end, to_fd)) != 0)
			(void)unlinkat(dir_fd, ret_name, 0);
		(void)close(to_fd);
	}
	if (r != 0)
		return err_set(err, r, "cannot save a part of %s/%s as %s: %s", dir_path, name,
		    ret_name, strerror(-r));
	return 0;
}
