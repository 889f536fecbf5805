/*
 * prove_faults.c - every call that can fail is made to fail, in turn
 *
 * Purpose    In scenes of opening, appending, flushing, compacting and recovering the nth
 *            call of a kind fails, for n = 1, 2, ... until the scene meets no more of them:
 *            once, or from then on.  A refusal is a negative errno; the file stays lines of
 *            JSON; nothing is acknowledged that a power loss at that moment would take, in
 *            particular nothing after a failed flush before a whole new file was flushed;
 *            and when the failing ends, work goes on and what was acknowledged is there.
 * Calling    prove_faults [scene [fault]]
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "disk.h"
#include "fault_scenes.h"
#include "oracle.h"
#include "replica.h"
#include "shim.h"
#include "workload.h"

#define N_MAX      3000
#define PATIENCE_S 20
#define TRIES_MAX  20

static struct trace *trace;
static struct scratch after_loss; /* where a power loss is simulated */

struct fault {
	const char *name;
	unsigned calls;
	enum shim_how how;
	int error;
};

static const struct fault faults[] = {
	{ "write ENOSPC", SHIM_WRITE, SHIM_FAIL, ENOSPC },
	{ "half a write, then ENOSPC", SHIM_WRITE, SHIM_HALF, ENOSPC },
	{ "write EDQUOT", SHIM_WRITE, SHIM_FAIL, EDQUOT },
	{ "write EIO", SHIM_WRITE, SHIM_FAIL, EIO },
	{ "write EFBIG", SHIM_WRITE, SHIM_FAIL, EFBIG },
	{ "write EINTR", SHIM_WRITE, SHIM_FAIL, EINTR },
	{ "short write", SHIM_WRITE, SHIM_SHORT, 0 },
	{ "write and truncate EIO", SHIM_WRITE | SHIM_TRUNCATE, SHIM_HALF, EIO },
	{ "flush EIO", SHIM_FLUSH, SHIM_FAIL, EIO },
	{ "flush ENOSPC", SHIM_FLUSH, SHIM_FAIL, ENOSPC },
	{ "flush EDQUOT", SHIM_FLUSH, SHIM_FAIL, EDQUOT },
	{ "flush EINTR", SHIM_FLUSH, SHIM_FAIL, EINTR },
	{ "read EIO", SHIM_READ, SHIM_FAIL, EIO },
	{ "read EINTR", SHIM_READ, SHIM_FAIL, EINTR },
	{ "short read", SHIM_READ, SHIM_SHORT, 0 },
	{ "open EMFILE", SHIM_OPEN, SHIM_FAIL, EMFILE },
	{ "open ENOSPC", SHIM_OPEN, SHIM_FAIL, ENOSPC },
	{ "rename EIO", SHIM_RENAME, SHIM_FAIL, EIO },
	{ "truncate EIO", SHIM_TRUNCATE, SHIM_FAIL, EIO },
	{ "unlink EIO", SHIM_UNLINK, SHIM_FAIL, EIO },
	{ "fallocate ENOSPC", SHIM_ALLOCATE, SHIM_FAIL, ENOSPC },
	{ "mmap ENOMEM", SHIM_MAP, SHIM_FAIL, ENOMEM },
	{ "no memory", SHIM_MEMORY, SHIM_FAIL, ENOMEM },
	{ "stat EIO", SHIM_STAT, SHIM_FAIL, EIO },
	{ "lock ENOLCK", SHIM_LOCK, SHIM_FAIL, ENOLCK },
	{ "lock EINTR", SHIM_LOCK, SHIM_FAIL, EINTR },
	{ "close EIO", SHIM_CLOSE, SHIM_FAIL, EIO },
	{ "no randomness", SHIM_RANDOM, SHIM_FAIL, ENOSYS },
	{ "everything EIO", SHIM_ALL, SHIM_FAIL, EIO },
	{ "everything on the disk EIO",
	    SHIM_WRITE | SHIM_FLUSH | SHIM_RENAME | SHIM_TRUNCATE | SHIM_UNLINK | SHIM_ALLOCATE,
	    SHIM_FAIL, EIO },
	{ "death in the middle of a write", SHIM_WRITE, SHIM_DIE, 0 },
	{ "death in a flush that failed", SHIM_FLUSH, SHIM_FAIL_AND_DIE, EIO },
	{ "death before a change of names", SHIM_RENAME | SHIM_UNLINK, SHIM_DIE, 0 },
};

/* ------------------------------------------------------------------- one failing */

static const char *
check_file(int dir_fd)
{
	static uint8_t bytes[16 << 20];
	int fd = openat(dir_fd, REPLICA_FILE, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1)
		return errno == ENOENT ? NULL : "the file cannot be opened";
	n = pread(fd, bytes, sizeof(bytes), 0);
	(void)close(fd);
	return n < 0                                      ? "the file cannot be read"
	       : replica_bad_line(bytes, (size_t)n) != -1 ? "a line that is no JSON object"
							  : NULL;
}

/* The failing is over: the same handle, or a new one, must get back to work. */
static const char *
get_back(struct fault_run *run)
{
	int r = -EIO, n_tries = 0;

	run->n_refused = 0;
	do {
		if (run->journal == NULL) {
			if ((r = fault_reopen(run)) == -EBADMSG)
				r = fault_salvage(run);
		} else if ((r = fault_step(run, 9, 30, false)) != 0) {
			fault_tick(run);
		}
		if (r != 0)
			shim_advance_clock_ms(1500);
	} while ((r != 0 || run->journal == NULL) && ++n_tries < TRIES_MAX);
	if (r != 0)
		return "it does not get back to work";
	return fault_step(run, 10, 30, false) == 0 ? NULL : "it gets back to work only once";
}

static struct oracle oracle;

static const char *
check_content(const struct fault_run *run)
{
	static char why[1024];

	if (run->replica.is_bad)
		return "a record came that nobody wrote";
	return oracle_allows(&oracle, &run->replica, why, sizeof(why)) ? NULL : why;
}

/* At each acknowledgement: would it survive a power loss right now? */
static bool
on_worst(void *arg, const struct image *image, const char *what)
{
	struct fault_run *run = arg;
	struct fault_run after = { .dir_fd = run->dir_fd };
	static char why[1200];
	const char *problem = NULL;
	int r;

	if (!image_write(image, after.dir_fd) ||
	    (r = replica_open(after.dir_fd, &after.journal, true)) != 0 ||
	    (r = journal_catch_up(after.journal, replica_apply, &after.replica)) != 0)
		problem = "it does not open";
	else
		problem = check_content(&after);
	journal_close(after.journal);
	if (problem != NULL) {
		(void)snprintf(why, sizeof(why),
		    "acknowledged, but a power loss (%s) takes it: %s", what, problem);
		run->wrong = why;
	}
	return problem == NULL;
}

static const char *
check_acknowledgements(struct fault_run *run)
{
	static struct disk disk;

	if (trace->is_full)
		return "the trace is full";
	run->dir_fd = after_loss.fd;
	shim_set_boot(0xd4);
	oracle_start(&oracle, trace, NULL);
	disk_start(&disk, trace);
	while (disk.at < trace->n_events && run->wrong == NULL) {
		const struct trace_event *e = &trace->event[disk.at];

		oracle_step(&oracle, trace, e);
		disk_step(&disk);
		if (e->kind == TRACE_ACK && e->result == 0 && disk.at > run->n_prepared)
			(void)disk_worst_states(&disk, on_worst, run);
	}
	return run->wrong;
}

static const char *
check_reopened(struct fault_run *run, uint8_t boot)
{
	shim_set_boot(boot);
	if (fault_reopen(run) != 0)
		return "it does not open again";
	if (fault_seen(run, journal_catch_up(run->journal, replica_apply, &run->replica)) != 0)
		return "it is not read again";
	return check_content(run);
}

static bool
is_death(const struct fault *fault)
{
	return fault->how == SHIM_DIE || fault->how == SHIM_FAIL_AND_DIE;
}

/*
 * The scene ends with the death of its process, a child.  has_bystander: another process, this
 * one, has the journal open meanwhile; otherwise the next one comes when all is over.
 */
static bool
run_until_death(const struct fault_scene *scene, struct fault_run *run,
    const struct shim_plan *plan, bool has_bystander)
{
	bool is_open = run->journal != NULL;
	int status;
	pid_t pid;

	if (!has_bystander && is_open) {
		journal_close(run->journal);
		run->journal = NULL;
	}
	if ((pid = fork()) == 0) {
		struct fault_run own = { .dir_fd = run->dir_fd };

		if (is_open && fault_reopen(&own) != 0)
			_exit(1);
		shim_arm(plan);
		scene->run(&own);
		_exit(0);
	}
	run->number += 1000; /* the child has used some */
	if (pid == -1 || waitpid(pid, &status, 0) != pid)
		run->wrong = "no child";
	else if (status != 0 && !(WIFEXITED(status) && WEXITSTATUS(status) == SHIM_DIED_STATUS))
		run->wrong = "the child failed otherwise than asked";
	return run->wrong == NULL && status != 0;
}

/* NULL, or what is wrong when the nth such call of the scene fails. */
static const char *
fail_once(const struct fault_scene *scene, const struct fault *fault, unsigned nth,
    bool is_sticky, int dir_fd, bool *ret_has_struck)
{
	struct shim_plan plan = { fault->calls, nth, is_sticky, fault->how, fault->error };
	struct fault_run run = { .dir_fd = dir_fd };
	const char *wrong;

	trace_start(trace, dir_fd);
	if ((wrong = fault_prepare(scene, &run)) != NULL)
		return wrong;
	run.n_prepared = trace->n_events;
	if (is_death(fault)) {
		*ret_has_struck = run_until_death(scene, &run, &plan, is_sticky);
	} else {
		shim_arm(&plan);
		scene->run(&run);
		(void)shim_disarm();
		*ret_has_struck = shim_has_struck();
	}
	if ((wrong = check_file(dir_fd)) == NULL)
		wrong = get_back(&run);
	if (wrong == NULL)
		wrong = run.wrong;
	trace_stop();
	oracle_start(&oracle, trace, NULL);
	for (uint32_t i = 0; i < trace->n_events; i++)
		oracle_step(&oracle, trace, &trace->event[i]);
	if (wrong == NULL)
		wrong = check_file(dir_fd);
	if (wrong == NULL)
		wrong = check_reopened(&run, scene->is_torn || scene->is_damaged ? 0xd2 : 0xd1);
	if (wrong == NULL)
		wrong = check_reopened(&run, 0xd3);
	journal_close(run.journal);
	run.journal = NULL;
	return wrong != NULL || scene->is_manual ? wrong : check_acknowledgements(&run);
}

static unsigned
prove(const struct fault_scene *scene, const struct fault *fault, bool is_sticky,
    const struct scratch *dir, unsigned long *ret_n)
{
	bool has_struck = true;

	for (unsigned nth = 1; has_struck && nth < N_MAX; nth++) {
		const char *wrong;

		scratch_empty(dir);
		(void)alarm(PATIENCE_S * 6); /* better an end than a test that hangs */
		wrong = fail_once(scene, fault, nth, is_sticky, dir->fd, &has_struck);
		if (wrong != NULL) {
			(void)printf("not kept: %s, %s at call %u%s: %s\n", scene->name,
			    fault->name, nth, is_sticky ? " and all after it" : "", wrong);
			(void)fflush(stdout);
			return 1;
		}
		*ret_n += has_struck;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	unsigned n_failed = 0;
	struct scratch dir;

	if ((trace = trace_new()) == NULL)
		return 99;
	scratch_make(&dir, true);
	scratch_make(&after_loss, true);
	for (size_t i = 0; i < fault_n_scenes; i++) {
		unsigned long n = 0;
		unsigned n_here = 0;

		if (argc > 1 && strcmp(argv[1], fault_scenes[i].name) != 0)
			continue;
		for (size_t j = 0; j < sizeof(faults) / sizeof(faults[0]); j++) {
			/* A call that is interrupted for ever may be repeated for ever. */
			bool is_for_once = faults[j].error == EINTR;

			if ((argc > 2 && strcmp(argv[2], faults[j].name) != 0) ||
			    (fault_scenes[i].is_manual && is_death(&faults[j])))
				continue;
			n_here += prove(&fault_scenes[i], &faults[j], false, &dir, &n);
			if (!is_for_once)
				n_here += prove(&fault_scenes[i], &faults[j], true, &dir, &n);
		}
		(void)printf("%-24s %6lu failures injected, %u broke a promise\n",
		    fault_scenes[i].name, n, n_here);
		(void)fflush(stdout);
		n_failed += n_here;
	}
	scratch_remove(&after_loss);
	scratch_remove(&dir);
	trace_free(trace);
	return n_failed == 0 ? 0 : 1;
}
