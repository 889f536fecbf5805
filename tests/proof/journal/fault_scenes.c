/* fault_scenes.c - see fault_scenes.h */
#include "fault_scenes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim.h"
#include "workload.h"

int
fault_seen(struct fault_run *run, int r)
{
	if (r > 0)
		run->wrong = "a call returned a positive number";
	if (r < -4095)
		run->wrong = "a call returned no errno";
	run->n_refused += r < 0;
	return r;
}

int
fault_step(struct fault_run *run, uint32_t key, size_t pad, bool is_delete)
{
	struct change change = { 1, { { key, 0 } } };

	run->number++;
	if (!is_delete)
		change.e[0].value = (uint32_t)run->number;
	if (run->journal == NULL)
		return -EBADF;
	return fault_seen(
	    run, workload_step(run->journal, &run->replica, &change, pad, run->number));
}

static int
step_of_three(struct fault_run *run)
{
	struct change change = { 3, { { 1, 0 }, { 2, 0 }, { 3, 0 } } };

	run->number++;
	change.e[1].value = change.e[2].value = (uint32_t)run->number;
	if (run->journal == NULL)
		return -EBADF;
	return fault_seen(
	    run, workload_step(run->journal, &run->replica, &change, 50, run->number));
}

int
fault_reopen(struct fault_run *run)
{
	journal_close(run->journal);
	run->journal = NULL;
	memset(&run->replica, 0, sizeof(run->replica));
	return fault_seen(run, replica_open(run->dir_fd, &run->journal, false));
}

void
fault_tick(struct fault_run *run)
{
	if (run->journal != NULL)
		(void)fault_seen(run, journal_tick(run->journal));
}

int
fault_salvage(struct fault_run *run)
{
	struct journal_config config = {
		.dir_fd = run->dir_fd, .dir_path = "(scratch)", .name = REPLICA_NAME
	};
	struct journal_salvage report;
	struct err err;

	journal_close(run->journal);
	run->journal = NULL;
	return fault_seen(run, journal_salvage(&config, &report, &err));
}

/* What a person does meanwhile does not fail. */
static bool
copy_file(int dir_fd, const char *from, const char *to)
{
	static char bytes[1 << 20];
	int in = openat(dir_fd, from, O_RDONLY | O_CLOEXEC);
	int out = openat(dir_fd, to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ssize_t n = read(in, bytes, sizeof(bytes));
	bool is_done = n > 0 && write(out, bytes, (size_t)n) == n;

	return close(in) == 0 && close(out) == 0 && is_done;
}

static bool
add_bytes(int dir_fd, const char *bytes)
{
	int fd = openat(dir_fd, REPLICA_FILE, O_WRONLY | O_APPEND | O_CLOEXEC);
	bool is_done = write(fd, bytes, strlen(bytes)) == (ssize_t)strlen(bytes);

	return close(fd) == 0 && is_done;
}

static const char torn[] = "{\"n\":99,\"op\":\"put\",\"key\":\"k0";

/* --------------------------------------------------------------------- the scenes */

static void
scene_open(struct fault_run *run)
{
	(void)fault_reopen(run);
	(void)fault_step(run, 1, 20, false);
}

static void
scene_append(struct fault_run *run)
{
	for (uint32_t i = 0; i < 4; i++)
		(void)fault_step(run, i % 3, 100, i == 2);
	(void)step_of_three(run);
	fault_tick(run);
	(void)fault_step(run, 4, 100, false);
}

/* Enough is dead that a tick compacts. */
static void
scene_compact(struct fault_run *run)
{
	fault_tick(run);
	(void)fault_step(run, 1, 20, false);
	fault_tick(run);
	(void)fault_step(run, 2, 20, false);
}

static void
scene_follow(struct fault_run *run)
{
	struct journal *other = NULL;
	struct replica replica = { .n_resets = 0 };

	if (fault_seen(run, replica_open(run->dir_fd, &other, false)) == 0) {
		(void)fault_seen(run, journal_catch_up(other, replica_apply, &replica));
		(void)fault_step(run, 1, 20, false);
		(void)fault_seen(run, journal_catch_up(other, replica_apply, &replica));
		(void)journal_is_current(other);
	}
	journal_close(other);
}

/* Another handle is behind while the file is replaced. */
static void
scene_follow_compaction(struct fault_run *run)
{
	struct journal *other = NULL;
	struct replica replica = { .n_resets = 0 };

	if (fault_seen(run, replica_open(run->dir_fd, &other, false)) == 0) {
		(void)fault_seen(run, journal_catch_up(other, replica_apply, &replica));
		(void)fault_step(run, 1, 20, false);
		fault_tick(run);
		(void)fault_step(run, 2, 20, false);
		(void)fault_seen(run, journal_catch_up(other, replica_apply, &replica));
		for (uint32_t i = 0; i < 6; i++)
			(void)fault_step(run, 3, 20, false);
		fault_tick(run);
		fault_tick(run);
		(void)fault_seen(run, journal_catch_up(other, replica_apply, &replica));
		(void)fault_seen(run, journal_catch_up(other, replica_apply, &replica));
	}
	journal_close(other);
}

static void
append_beside(void *arg)
{
	struct fault_run *run = arg;

	/* If the flush is one with the lock held after all, there is nothing to wait for. */
	workload_lock_timeout_ms = 1;
	(void)step_of_three(run);
	(void)fault_step(run, 4, 20, false);
	workload_lock_timeout_ms = 10000;
}

/* Another process appends while a tick writes the new file. */
static void
scene_compact_beside(struct fault_run *run)
{
	struct journal *other = NULL;

	if (fault_seen(run, replica_open(run->dir_fd, &other, false)) == 0) {
		shim_before_next_flush(append_beside, run);
		(void)fault_seen(run, journal_tick(other));
		shim_before_next_flush(NULL, NULL);
		(void)fault_step(run, 1, 20, false);
	}
	journal_close(other);
}

static void
scene_removed(struct fault_run *run)
{
	shim_pause(true);
	(void)unlinkat(run->dir_fd, REPLICA_FILE, 0);
	shim_pause(false);
	(void)fault_step(run, 1, 20, false);
	(void)fault_step(run, 2, 20, false);
}

static void
scene_exchanged(struct fault_run *run)
{
	struct replica replica = { .n_resets = 0 };

	shim_pause(true);
	if (!copy_file(run->dir_fd, REPLICA_FILE, "copy") ||
	    renameat(run->dir_fd, "copy", run->dir_fd, REPLICA_FILE) == -1)
		run->wrong = "cannot exchange the file";
	shim_pause(false);
	(void)fault_seen(run, journal_catch_up(run->journal, replica_apply, &replica));
	(void)fault_step(run, 1, 20, false);
	(void)fault_step(run, 2, 20, false);
}

/* A writer died and left a part of a line. */
static void
scene_dead_writer(struct fault_run *run)
{
	shim_pause(true);
	if (!add_bytes(run->dir_fd, torn))
		run->wrong = "cannot tear the file";
	shim_pause(false);
	(void)fault_step(run, 1, 20, false);
	(void)fault_step(run, 2, 20, false);
}

static void
scene_salvage(struct fault_run *run)
{
	if (fault_salvage(run) == 0) {
		(void)fault_reopen(run);
		(void)fault_step(run, 1, 20, false);
	}
}

/* The handle was opened before fork(): the child writes, then the parent. */
static void
scene_inherited(struct fault_run *run)
{
	int status;
	pid_t pid;

	(void)fflush(NULL);
	if ((pid = fork()) == 0) {
		(void)fault_step(run, 1, 20, false);
		(void)fault_step(run, 2, 20, false);
		/* exit(), not _exit(): the coverage of the child counts, and is written. */
		(void)shim_disarm();
		exit((run->wrong != NULL ? 1 : 0) + (shim_has_struck() ? 2 : 0));
	}
	run->number += 10;
	if (pid == -1 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
	    (WEXITSTATUS(status) & 1) != 0)
		run->wrong = "the child went wrong";
	else if (WEXITSTATUS(status) != 0)
		shim_strike_elsewhere();
	(void)fault_step(run, 3, 20, false);
}

const struct fault_scene fault_scenes[] = {
	{ "first", scene_open, false, false, 0, false, false },
	{ "append", scene_append, true, false, 0, false, false },
	{ "compact", scene_compact, true, false, 8, false, false },
	{ "compact much", scene_compact, true, false, 4, false, false },
	{ "append and compact", scene_append, true, false, 19, false, false },
	{ "compact beside a writer", scene_compact_beside, true, false, 8, false, false },
	{ "recover", scene_open, false, true, 0, false, false },
	{ "follow", scene_follow, true, false, 0, false, false },
	{ "follow a compaction", scene_follow_compaction, true, false, 8, false, false },
	{ "after a dead writer", scene_dead_writer, true, false, 0, false, true },
	{ "removed", scene_removed, true, false, 0, false, true },
	{ "exchanged", scene_exchanged, true, false, 0, false, true },
	{ "salvage", scene_salvage, true, false, 0, true, true },
	{ "inherited", scene_inherited, true, false, 0, false, true },
};
const unsigned fault_n_scenes = sizeof(fault_scenes) / sizeof(fault_scenes[0]);

/* The first change is spoilt; a later one has put its key again. */
static bool
damage(int dir_fd)
{
	static char bytes[4096];
	int fd = openat(dir_fd, REPLICA_FILE, O_RDWR | O_CLOEXEC);
	ssize_t n = read(fd, bytes, sizeof(bytes));
	char *line = n > 0 ? memchr(bytes, '\n', (size_t)n) : NULL;
	bool is_done = line != NULL && pwrite(fd, "#", 1, line - bytes + 20) == 1;

	return close(fd) == 0 && is_done;
}

const char *
fault_prepare(const struct fault_scene *scene, struct fault_run *run)
{
	shim_set_boot(0xd1);
	shim_set_compaction(0, 0, 0);
	if (!scene->is_there && !scene->is_torn)
		return NULL;
	if (fault_reopen(run) != 0)
		return "cannot prepare";
	for (uint32_t i = 0; i < 5; i++)
		if (fault_step(run, i, 50, false) != 0)
			return "cannot prepare";
	for (uint32_t i = 0; i < scene->n_dead; i++)
		if (fault_step(run, 7, scene->n_dead < 8 ? 150000 : 60, false) != 0)
			return "cannot prepare";
	shim_set_compaction(scene->n_dead > 0 ? 1000 : 0, 4, 20);
	if (scene->is_damaged && fault_step(run, 0, 50, false) != 0)
		return "cannot prepare";
	if (scene->is_torn || scene->is_damaged) {
		journal_close(run->journal);
		run->journal = NULL;
		shim_set_boot(0xd2);
		if (scene->is_torn ? !add_bytes(run->dir_fd, torn) : !damage(run->dir_fd))
			return "cannot prepare";
	}
	return NULL;
}
