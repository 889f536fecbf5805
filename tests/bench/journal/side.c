/* side.c - see side.h: the bare disk, and the whole file again and again */
#include "side.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

size_t side_bare_bytes = 330;
size_t side_rewrite_sessions;

void
side_die(const char *what)
{
	(void)fprintf(stderr, "journal_bench: %s: %s\n", what, strerror(errno));
	_exit(99);
}

void
side_session(uint64_t number, char ret_key[SIDE_KEY_BYTES], char ret_value[SIDE_VALUE_BYTES],
    size_t *ret_n)
{
	uint64_t a = number * 0x9e3779b97f4a7c15u, b = a ^ a >> 29;

	(void)snprintf(ret_key, SIDE_KEY_BYTES, "%08x-%04x-4%03x-8%03x-%012llx",
	    (unsigned)(a >> 32), (unsigned)(a >> 16 & 0xffff), (unsigned)(b >> 4 & 0xfff),
	    (unsigned)(b >> 16 & 0xfff), (unsigned long long)(number & 0xffffffffffff));
	*ret_n = (size_t)snprintf(ret_value, SIDE_VALUE_BYTES,
	    "{\"created_at\":\"2026-01-31 12:00:00\",\"id\":\"%s\",\"session_id\":"
	    "\"%016llx%016llx%016llx%016llx\",\"updated_at\":\"2026-01-31 12:00:00\","
	    "\"user_id\":\"%s\"}",
	    ret_key, (unsigned long long)a, (unsigned long long)b, (unsigned long long)(a ^ 7),
	    (unsigned long long)(b * 3), ret_key);
}

static void
write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t r = write(fd, p, n);

		if (r <= 0)
			side_die("write");
		p += r;
		n -= (size_t)r;
	}
}

static void
path_in(const char *dir, const char *name, char ret_path[512])
{
	(void)snprintf(ret_path, 512, "%s/%s", dir, name);
}

/* ---------------------------------------------------- write and fdatasync, no more */

static void
bare_prepare(const char *dir)
{
	(void)dir;
}

static void *
bare_open(const char *dir)
{
	char path[512];
	int *self = malloc(sizeof(*self));

	path_in(dir, "bare", path);
	if (self == NULL ||
	    (*self = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) == -1)
		side_die(path);
	return self;
}

static void
bare_login(void *self, uint64_t number)
{
	char line[1024];

	memset(line, 'a' + (int)(number % 26), sizeof(line));
	line[side_bare_bytes - 1] = '\n';
	write_all(*(int *)self, line, side_bare_bytes);
	if (fdatasync(*(int *)self) == -1)
		side_die("fdatasync");
}

static void
bare_close(void *self)
{
	(void)close(*(int *)self);
	free(self);
}

const struct side side_bare = { "write+fdatasync", bare_prepare, bare_open, bare_login,
	bare_close };

/* -------------------------------------- the whole file at every login, as it once was */

struct rewrite {
	char path[512];
	char *text; /* the JSON object without its closing brace */
	size_t n, room;
};

static void
rewrite_add(struct rewrite *self, uint64_t number)
{
	char key[SIDE_KEY_BYTES], value[SIDE_VALUE_BYTES];
	size_t n;

	side_session(number, key, value, &n);
	if (self->room - self->n < 2 * SIDE_VALUE_BYTES) {
		self->room = self->room * 2 + 65536;
		if ((self->text = realloc(self->text, self->room)) == NULL)
			side_die("memory");
	}
	self->n += (size_t)snprintf(self->text + self->n, self->room - self->n, "%s\"%s\": %s",
	    self->n == 1 ? "" : ", ", key, value);
}

static void *
rewrite_open(const char *dir)
{
	struct rewrite *self = calloc(1, sizeof(*self));

	if (self == NULL || (self->text = malloc(self->room = 65536)) == NULL)
		side_die("memory");
	path_in(dir, "whole.json", self->path);
	self->text[self->n++] = '{';
	for (size_t i = 0; i < side_rewrite_sessions; i++)
		rewrite_add(self, i);
	return self;
}

static void
rewrite(struct rewrite *self, uint64_t number, int is_flushed)
{
	size_t n_before = self->n;
	int fd = open(self->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd == -1)
		side_die(self->path);
	/* The text is kept ready: the original also renders all of it, each time. */
	rewrite_add(self, number);
	self->text[self->n] = '}';
	write_all(fd, self->text, self->n + 1);
	if (is_flushed && fdatasync(fd) == -1)
		side_die("fdatasync");
	(void)close(fd);
	self->n = n_before; /* the number of sessions stays what the table says */
}

static void
rewrite_login(void *self, uint64_t number)
{
	rewrite(self, number, 0);
}

static void
rewrite_login_flushed(void *self, uint64_t number)
{
	rewrite(self, number, 1);
}

static void
rewrite_close(void *self)
{
	struct rewrite *r = self;

	free(r->text);
	free(r);
}

const struct side side_rewrite = { "whole file", bare_prepare, rewrite_open, rewrite_login,
	rewrite_close };
const struct side side_rewrite_flushed = { "whole file, flushed", bare_prepare, rewrite_open,
	rewrite_login_flushed, rewrite_close };
