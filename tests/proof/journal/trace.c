/* trace.c - see trace.h */
#include "trace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static struct trace *current;

struct trace *
trace_new(void)
{
	pthread_mutexattr_t attr;
	struct trace *trace = mmap(NULL, sizeof(*trace), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (trace == MAP_FAILED)
		return NULL;
	(void)pthread_mutexattr_init(&attr);
	(void)pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	(void)pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	(void)pthread_mutex_init(&trace->lock, &attr);
	(void)pthread_mutexattr_destroy(&attr);
	return trace;
}

void
trace_free(struct trace *trace)
{
	if (trace != NULL)
		(void)munmap(trace, sizeof(*trace));
}

static void
add_existing(struct trace *trace, int dir_fd, const char *name)
{
	static uint8_t bytes[1 << 20];
	struct trace_names names = { .n = 1 };
	struct stat st;
	uint32_t inode;
	ssize_t n;
	int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);

	if (fd == -1 || fstat(fd, &st) == -1)
		abort();
	inode = trace_inode_new(trace, st.st_ino);
	for (uint64_t at = 0; (n = read(fd, bytes, sizeof(bytes))) > 0; at += (uint64_t)n)
		trace_add(trace, TRACE_WRITE, inode, at, 0, bytes, (size_t)n);
	(void)close(fd);
	(void)snprintf(names.e[0].name, TRACE_NAME_MAX, "%.*s", TRACE_NAME_MAX - 1, name);
	names.e[0].inode = inode;
	trace_add(trace, TRACE_NAME, TRACE_DIR, 0, 0, &names, sizeof(names));
	trace_add(trace, TRACE_SYNC_BEGIN, inode, trace->n_syncs, 0, NULL, 0);
	trace_add(trace, TRACE_SYNC_END, inode, trace->n_syncs++, 0, NULL, 0);
}

void
trace_start(struct trace *trace, int dir_fd)
{
	struct stat st;
	struct dirent *entry;
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fdopendir(fd);

	if (dir == NULL || fstat(dir_fd, &st) == -1)
		abort();
	trace->n_events = trace->n_bytes = trace->n_inodes = 0;
	trace->n_syncs = 0;
	trace->is_full = false;
	trace->dev = st.st_dev;
	trace->dir_ino = st.st_ino;
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			add_existing(trace, dir_fd, entry->d_name);
	(void)closedir(dir);
	trace_add(trace, TRACE_SYNC_BEGIN, TRACE_DIR, trace->n_syncs, 0, NULL, 0);
	trace_add(trace, TRACE_SYNC_END, TRACE_DIR, trace->n_syncs++, 0, NULL, 0);
	trace->n_existing = trace->n_events;
	current = trace;
}

void
trace_stop(void)
{
	current = NULL;
}

struct trace *
trace_current(void)
{
	return current;
}

void
trace_lock(struct trace *trace)
{
	/* A process of the workload that is killed inside leaves a whole list behind: an entry
	 * counts from the moment n_events is raised. */
	if (pthread_mutex_lock(&trace->lock) == EOWNERDEAD)
		(void)pthread_mutex_consistent(&trace->lock);
}

void
trace_unlock(struct trace *trace)
{
	(void)pthread_mutex_unlock(&trace->lock);
}

void
trace_add(struct trace *trace, enum trace_kind kind, uint32_t inode, uint64_t at, int result,
    const void *bytes, size_t n)
{
	struct trace_event *e;

	if (trace->n_events == TRACE_EVENTS_MAX || TRACE_BYTES_MAX - trace->n_bytes < n) {
		trace->is_full = true;
		return;
	}
	e = &trace->event[trace->n_events];
	*e = (struct trace_event){ .kind = kind,
		.inode = inode,
		.at = at,
		.result = result,
		.pid = (int32_t)getpid(),
		.bytes_at = trace->n_bytes,
		.n_bytes = (uint32_t)n };
	if (n > 0)
		memcpy(trace->bytes + trace->n_bytes, bytes, n);
	trace->n_bytes += (uint32_t)n;
	trace->n_events++;
}

uint32_t
trace_inode_known(const struct trace *trace, ino_t ino)
{
	for (uint32_t i = trace->n_inodes; i-- > 0;)
		if (trace->inode[i].ino == ino)
			return trace->inode[i].id;
	return TRACE_NONE;
}

uint32_t
trace_inode_new(struct trace *trace, ino_t ino)
{
	uint32_t id = trace->n_inodes;

	if (id == TRACE_INODES_MAX) {
		trace->is_full = true;
		return TRACE_NONE;
	}
	trace->inode[id].ino = ino;
	trace->inode[id].id = id;
	trace->inode[id].n_failures = 0;
	trace->n_inodes++;
	return id;
}

void
trace_note(enum trace_kind kind, uint64_t number, int result, const void *bytes, size_t n)
{
	struct trace *trace = current;

	if (trace == NULL)
		return;
	trace_lock(trace);
	trace_add(trace, kind, TRACE_NONE, number, result, bytes, n);
	trace_unlock(trace);
}

static void
look_at(struct trace *trace, int dir_fd, const char *name)
{
	static uint8_t bytes[65536];
	struct stat st;
	uint32_t inode;
	ssize_t n;
	int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return;
	if (fstat(fd, &st) == 0 &&
	    (inode = trace_inode_known(trace, st.st_ino)) != TRACE_NONE &&
	    (n = pread(fd, bytes, sizeof(bytes), 0)) > 0)
		trace_add(trace, TRACE_CONTENT, inode, 0, 0, bytes, (size_t)n);
	(void)close(fd);
}

void
trace_look_at_mappings(int dir_fd)
{
	struct trace *trace = current;
	struct dirent *entry;
	DIR *dir;

	if (trace == NULL ||
	    (dir = fdopendir(openat(dir_fd, ".", O_RDONLY | O_CLOEXEC))) == NULL)
		return;
	/* Our own opening and reading is not to be recorded; closing is not anyway. */
	current = NULL;
	trace_lock(trace);
	while ((entry = readdir(dir)) != NULL) {
		size_t n = strlen(entry->d_name);

		if (n > 5 && strcmp(entry->d_name + n - 5, ".lock") == 0)
			look_at(trace, dir_fd, entry->d_name);
	}
	trace_unlock(trace);
	current = trace;
	(void)closedir(dir);
}
