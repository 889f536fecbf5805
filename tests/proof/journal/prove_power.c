/*
 * prove_power.c - after a power loss at any moment the journal keeps D1 to D3
 *
 * Purpose    Record runs of several processes; build the states that a file system may leave
 *            of them after each event; replay each with the real code, as after a new boot;
 *            compare with what had been acknowledged.  Some states are lost a second time,
 *            while the journal recovers from the first.
 * Calling    prove_power [states [seed]]
 *            PROOF_POWER_STATES   how many different states (default 20000)
 *            PROOF_KEEP           a directory to leave a failing state in
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "disk.h"
#include "oracle.h"
#include "replica.h"
#include "shim.h"
#include "workload.h"

#define NESTED_EVERY   96 /* states that are lost again during recovery */
#define NESTED_STATES  24 /* at most so many of each */
#define RANDOM_A_POINT 24
#define SEEN_BITS      22

struct proof {
	unsigned long n_wanted, n_states, n_nested, n_built;
	unsigned n_failed, n_runs;
	uint64_t seed;
	struct oracle *oracle;
	struct scratch scratch;
	struct trace *nested_trace;
	unsigned depth; /* 1 while a recovery itself is being lost */
	uint64_t *seen;
};

/* Was this state met before?  A full slot forgets its older state: then one counts twice. */
static bool
is_new(struct proof *p, uint64_t digest)
{
	uint64_t *slot = &p->seen[digest >> (64 - SEEN_BITS)];

	if (*slot == digest)
		return false;
	*slot = digest;
	return true;
}

/* --------------------------------------------------------------------- failing */

static void
keep(const struct image *image, unsigned n)
{
	const char *where = getenv("PROOF_KEEP");
	char path[512];
	int fd;

	if (where == NULL)
		return;
	(void)snprintf(path, sizeof(path), "%s/state-%u", where, n);
	(void)mkdir(path, 0700);
	if ((fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) != -1) {
		(void)image_write(image, fd);
		(void)close(fd);
	}
}

static void
fail(struct proof *p, const struct image *image, const char *what, const char *why)
{
	p->n_failed++;
	if (p->n_failed > 10)
		return;
	(void)printf("not kept: run %u, state %lu (%s%s): %s\n", p->n_runs, p->n_states, what,
	    p->depth > 0 ? ", lost again in recovery" : "", why);
	for (unsigned i = 0; i < image->n; i++)
		(void)printf("    %-28s %zu bytes\n", image->file[i].name, image->file[i].n);
	keep(image, p->n_failed);
	(void)fflush(stdout);
}

/* ------------------------------------------------------------------- one state */

static bool
file_is_lines(int dir_fd)
{
	static uint8_t bytes[8 << 20];
	int fd = openat(dir_fd, REPLICA_FILE, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? -1 : pread(fd, bytes, sizeof(bytes), 0);

	(void)close(fd);
	return n >= 0 && replica_bad_line(bytes, (size_t)n) == -1;
}

/* Open what the power loss left; is what is found allowed, and can work go on? */
static const char *
recover(struct proof *p, struct replica *ret_found, bool is_to_reopen)
{
	static const struct change more = { 1, { { REPLICA_KEYS - 1, 4000000000u } } };
	static char why[1024];
	struct replica again = { .n_resets = 0 };
	struct journal *journal = NULL;
	int r;

	memset(ret_found, 0, sizeof(*ret_found));
	if ((r = replica_open(p->scratch.fd, &journal, p->n_failed < 10)) != 0) {
		(void)snprintf(why, sizeof(why), "journal_open: %s", strerror(-r));
		return why;
	}
	if ((r = journal_catch_up(journal, replica_apply, ret_found)) != 0)
		(void)snprintf(why, sizeof(why), "journal_catch_up: %s", strerror(-r));
	else if (!oracle_allows(p->oracle, ret_found, why, sizeof(why)))
		r = -EBADMSG;
	else if ((r = workload_step(journal, &again, &more, 40, 1u << 30)) != 0)
		(void)snprintf(why, sizeof(why), "the next append: %s", strerror(-r));
	journal_close(journal);
	if (r != 0)
		return why;
	if (!file_is_lines(p->scratch.fd))
		return "lines that are no JSON objects are left";
	if (!is_to_reopen)
		return NULL;
	memset(&again, 0, sizeof(again));
	if (replica_open(p->scratch.fd, &journal, true) != 0)
		return "it does not open a second time";
	r = journal_catch_up(journal, replica_apply, &again);
	journal_close(journal);
	replica_change(ret_found, &more);
	if (r != 0 || again.is_bad ||
	    memcmp(again.value, ret_found->value, sizeof(again.value)) != 0)
		return "opened a second time it holds something else";
	return NULL;
}

static bool on_state(void *arg, const struct image *image, const char *what);

/* The power fails again while the journal recovers from this image. */
static void
lose_again(struct proof *p, const struct image *image)
{
	static struct oracle nested;
	static struct disk disk;
	struct oracle *outer = p->oracle;
	struct replica found;
	unsigned long n_before = p->n_nested;
	const char *why;

	if (!image_write(image, p->scratch.fd))
		return;
	shim_set_boot(0xb2);
	trace_start(p->nested_trace, p->scratch.fd);
	why = recover(p, &found, false);
	trace_stop();
	if (why != NULL || p->nested_trace->is_full)
		return; /* on_state() has said so already */
	/* What was found is on the disk: it stays found. */
	oracle_start(&nested, p->nested_trace, found.value);
	p->oracle = &nested;
	p->depth = 1;
	disk_start(&disk, p->nested_trace);
	while (disk.at < p->nested_trace->n_events) {
		const struct trace_event *e = &p->nested_trace->event[disk.at];

		oracle_step(&nested, p->nested_trace, e);
		disk_step(&disk);
		if (disk.at > p->nested_trace->n_existing && e->kind != TRACE_INTENT &&
		    e->kind != TRACE_APPENDED &&
		    !disk_each_state(&disk, &p->seed, 4, on_state, p))
			break;
		if (p->n_nested > n_before + NESTED_STATES)
			break;
	}
	p->depth = 0;
	p->oracle = outer;
}

static bool
on_state(void *arg, const struct image *image, const char *what)
{
	struct proof *p = arg;
	struct replica found;
	const char *why;
	uint64_t digest = image_digest(image) + p->oracle->n_acked * 0x9e3779b97f4a7c15u;
	bool is_to_nest = p->depth == 0 && disk_random(&p->seed) >> 33 << 33 != 0 &&
			  (disk_random(&p->seed) >> 33) % NESTED_EVERY == 0;

	p->n_built++;
	if (!is_new(p, digest))
		return true;
	/* Of a run's many states take a share, so that the number covers many runs. */
	if (p->depth == 0 && (disk_random(&p->seed) >> 33) % 3 != 0)
		return true;
	if (!image_write(image, p->scratch.fd)) {
		fail(p, image, what, "cannot write the state");
		return false;
	}
	shim_set_boot(0xb1);
	p->n_states++;
	p->n_nested += p->depth;
	why = recover(p, &found, p->n_states % 8 == 0);
	if (why != NULL)
		fail(p, image, what, why);
	else if (is_to_nest)
		lose_again(p, image);
	return p->n_failed < 10 && p->n_states < p->n_wanted;
}

/* --------------------------------------------------------------------- one run */

static bool
is_change(const struct trace_event *e)
{
	return e->kind != TRACE_INTENT && e->kind != TRACE_APPENDED && e->kind != TRACE_ACK &&
	       e->kind != TRACE_SYNC_BEGIN;
}

/* D3: at every instant what a reader of the file sees is lines, but for the last one. */
static void
check_live(struct proof *p, const struct disk *disk, struct image *image)
{
	if (!disk_live(disk, image))
		return;
	for (unsigned i = 0; i < image->n; i++)
		if (strcmp(image->file[i].name, REPLICA_FILE) == 0 &&
		    replica_bad_line(image->file[i].p, image->file[i].n) != -1)
			fail(p, image, "live", "a line that is no JSON object");
}

static void
explore(struct proof *p, const struct trace *trace, unsigned long until)
{
	static struct disk disk;
	static struct image live;

	oracle_start(p->oracle, trace, NULL);
	disk_start(&disk, trace);
	while (disk.at < trace->n_events && p->n_states < until && p->n_failed < 10) {
		const struct trace_event *e = &trace->event[disk.at];

		/* The promises made so far, on the disk as it was before the next change. */
		if (is_change(e) && disk.at > 0)
			(void)disk_each_state(&disk, &p->seed, RANDOM_A_POINT, on_state, p);
		oracle_step(p->oracle, trace, e);
		disk_step(&disk);
		if (e->kind == TRACE_WRITE || e->kind == TRACE_NAME)
			check_live(p, &disk, &live);
	}
	(void)disk_each_state(&disk, &p->seed, RANDOM_A_POINT, on_state, p);
}

static bool
run(struct proof *p, struct trace *trace, unsigned long until)
{
	static struct disk disk;
	static struct image image;
	struct scratch dir;
	unsigned kind = p->n_runs % 4;
	struct workload workload = { .seed = disk_random(&p->seed),
		.n_processes = 1 + p->n_runs % 4,
		.n_steps = 60 / (1 + p->n_runs % 4),
		.n_keys = 20,
		.n_lives = 1 + p->n_runs / 4 % 2,
		.is_lock_lost = kind < 2,
		.deaths_percent = kind == 1 || kind == 3 ? 6 : 0,
		.failures_percent = kind == 2 || kind == 3 ? 8 : 0,
		.big_percent = p->n_runs % 5 == 0 ? 10 : 0 };
	bool is_good;

	scratch_make(&dir, true);
	workload.dir_fd = dir.fd;
	shim_set_boot(0xa0);
	shim_set_compaction(p->n_runs % 3 == 2 ? 0 : 4000, 4, 20);
	shim_set_flush_delay_us(300);
	is_good = workload_run(&workload, trace);
	shim_set_flush_delay_us(0);
	if (trace->is_full) {
		(void)printf("the trace is full: make the run shorter\n");
		is_good = false;
	}
	/* The recorder must have seen everything, or it proves nothing. */
	disk_start(&disk, trace);
	while (disk.at < trace->n_events)
		disk_step(&disk);
	if (is_good &&
	    (!disk_live(&disk, &image) || !image_equals_dir(&image, dir.fd, ".lock"))) {
		(void)printf("the trace does not rebuild what the run left\n");
		is_good = false;
	}
	scratch_remove(&dir);
	if (is_good)
		explore(p, trace, until);
	else
		p->n_failed++;
	p->n_runs++;
	return p->n_failed == 0;
}

int
main(int argc, char **argv)
{
	const char *states = argc > 1 ? argv[1] : getenv("PROOF_POWER_STATES");
	static struct oracle oracle;
	struct proof p = { .n_wanted = states != NULL ? strtoul(states, NULL, 10) : 20000,
		.seed = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)time(NULL),
		.oracle = &oracle,
		.seen = calloc((size_t)1 << SEEN_BITS, sizeof(uint64_t)),
		.nested_trace = trace_new() };
	struct trace *trace = trace_new();
	struct timespec a, b;

	if (trace == NULL || p.nested_trace == NULL || p.seen == NULL)
		return 99;
	(void)printf(
	    "power loss: %lu states, seed %llu\n", p.n_wanted, (unsigned long long)p.seed);
	p.seed = p.seed * 0x9e3779b97f4a7c15u | 1;
	(void)clock_gettime(CLOCK_MONOTONIC, &a);
	scratch_make(&p.scratch, true);
	while (p.n_states < p.n_wanted &&
	       run(&p, trace, p.n_states + 1 + (p.n_wanted > 40000 ? 4000 : p.n_wanted / 10)))
		;
	scratch_remove(&p.scratch);
	(void)clock_gettime(CLOCK_MONOTONIC, &b);
	(void)printf(
	    "power loss: %lu states (%lu of them lost again during recovery) of %u runs, "
	    "%u broke a promise, %.1f s\n",
	    p.n_states, p.n_nested, p.n_runs, p.n_failed,
	    (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) * 1e-9);
	trace_free(trace);
	trace_free(p.nested_trace);
	free(p.seen);
	return p.n_failed == 0 ? 0 : 1;
}
