/*
 * prove_kill.c - writers killed at random lose nothing that they acknowledged
 *
 * Purpose    Writers log in and out, one compacts, readers follow; one after the other, or
 *            all together, is killed and replaced.  What was attempted and acknowledged is
 *            kept outside, in memory that nobody kills.  A version that was acknowledged, or
 *            that a reader has seen, never goes back.
 * Calling    prove_kill [kills [writers]] (PROOF_KILLS, default 300; 8 writers, 2 readers)
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "disk.h"
#include "replica.h"
#include "shim.h"
#include "workload.h"

#define WRITERS_MAX     16
#define READERS         2
#define KEYS_EACH       8
#define LOCK_TIMEOUT_MS 20000
#define FILE_MAX        (8u << 20)

static struct {
	_Atomic uint32_t intent[REPLICA_KEYS], acked[REPLICA_KEYS];
	_Atomic uint64_t n_acked, n_compactions;
	_Atomic uint32_t n_wrong;
	_Atomic bool is_over;
} * told;

static uint32_t
content(uint32_t version)
{
	return version % 5 == 0 ? 0 : version;
}

static void
wrong(const char *who, const char *what, int r)
{
	if (atomic_fetch_add(&told->n_wrong, 1) < 10)
		(void)dprintf(STDOUT_FILENO, "not kept: %s: %s%s%s\n", who, what,
		    r < 0 ? ": " : "", r < 0 ? strerror(-r) : "");
}

/* May a key hold this, if `acked` was acknowledged before it was read? */
static bool
is_allowed(uint32_t key, uint32_t value, uint32_t acked)
{
	for (uint32_t v = acked; v <= told->intent[key]; v++)
		if (content(v) == value)
			return true;
	return false;
}

/* -------------------------------------------------------------------- processes */

static void
write_on(unsigned self, int dir_fd, uint64_t seed)
{
	struct replica replica = { .n_resets = 0 };
	struct journal *journal;
	int r;

	if ((r = replica_open(dir_fd, &journal, true)) != 0) {
		wrong("writer", "open", r);
		_exit(1);
	}
	while (!told->is_over) {
		uint32_t key = self * KEYS_EACH + (uint32_t)(disk_random(&seed) >> 61);
		struct change change = { 1, { { key, 0 } } };
		uint32_t version = told->intent[key] + 1;
		uint64_t seq = 0;

		if ((disk_random(&seed) >> 33) % 16 == 0 && (r = journal_tick(journal)) < 0)
			wrong("writer", "tick", r);
		change.e[0].value = content(version);
		if ((r = journal_lock(journal, LOCK_TIMEOUT_MS)) != 0) {
			wrong("writer", "lock", r);
			break;
		}
		/* Only now: an attempt that is never made would hide a loss. */
		told->intent[key] = version;
		if ((r = journal_catch_up(journal, replica_apply, &replica)) != 0)
			wrong("writer", "catch up", r);
		else if ((r = replica_append(
			      journal, &change, (disk_random(&seed) >> 33) % 2000, &seq)) != 0)
			wrong("writer", "append", r);
		else
			replica_change(&replica, &change);
		journal_unlock(journal);
		if (r != 0)
			break;
		if ((r = journal_sync(journal, seq)) != 0) {
			wrong("writer", "sync", r);
			break;
		}
		told->acked[key] = version;
		told->n_acked++;
	}
	_exit(0);
}

static void
read_on(int dir_fd, uint32_t n_keys)
{
	struct replica replica = { .n_resets = 0 };
	uint32_t seen[REPLICA_KEYS] = { 0 }, acked[REPLICA_KEYS];
	struct journal *journal;
	int r;

	if ((r = replica_open(dir_fd, &journal, true)) != 0) {
		wrong("reader", "open", r);
		_exit(1);
	}
	while (!told->is_over) {
		for (uint32_t k = 0; k < n_keys; k++)
			acked[k] = told->acked[k];
		if (!journal_is_current(journal) &&
		    (r = journal_catch_up(journal, replica_apply, &replica)) != 0) {
			wrong("reader", "catch up", r);
			break;
		}
		if (replica.is_bad)
			wrong("reader", "a record came that nobody wrote", 0);
		for (uint32_t k = 0; k < n_keys; k++) {
			uint32_t value = replica.value[k];

			if (!is_allowed(k, value, acked[k]))
				wrong("reader", "an acknowledged change is missing", 0);
			if (value != 0 && value < seen[k])
				wrong("reader", "a version went back", 0);
			if (value != 0)
				seen[k] = value;
		}
	}
	_exit(0);
}

/* --------------------------------------------------------------------- the killer */

struct storm {
	struct scratch dir;
	unsigned n_writers;
	uint64_t seed;
	pid_t pid[WRITERS_MAX + READERS];
};

static void
start(struct storm *s, unsigned i)
{
	uint64_t seed = disk_random(&s->seed) | 1;

	(void)fflush(stdout);
	if ((s->pid[i] = fork()) == 0) {
		if (i < s->n_writers)
			write_on(i, s->dir.fd, seed);
		read_on(s->dir.fd, s->n_writers * KEYS_EACH);
	}
}

static void
stop(struct storm *s, unsigned i)
{
	(void)kill(s->pid[i], SIGKILL);
	(void)waitpid(s->pid[i], NULL, 0);
}

static void
check_file(int dir_fd)
{
	static uint8_t bytes[FILE_MAX];
	int fd = openat(dir_fd, REPLICA_FILE, O_RDONLY | O_CLOEXEC);
	ssize_t n = pread(fd, bytes, sizeof(bytes), 0);

	(void)close(fd);
	if (n < 0 || n == FILE_MAX)
		wrong("file", "it cannot be read, or is far too long", n < 0 ? -errno : 0);
	else if (replica_bad_line(bytes, (size_t)n) != -1)
		wrong("file", "a line that is no JSON object", 0);
}

/* Nobody is alive: what does a new process find? */
static void
check_all(struct storm *s)
{
	struct replica replica = { .n_resets = 0 };
	struct journal *journal;
	int r;

	if ((r = replica_open(s->dir.fd, &journal, true)) != 0) {
		wrong("afterwards", "open", r);
		return;
	}
	if ((r = journal_catch_up(journal, replica_apply, &replica)) != 0)
		wrong("afterwards", "catch up", r);
	for (uint32_t k = 0; r == 0 && k < s->n_writers * KEYS_EACH; k++)
		if (!is_allowed(k, replica.value[k], told->acked[k]))
			wrong("afterwards", "an acknowledged change is missing", 0);
	journal_close(journal);
	check_file(s->dir.fd);
}

static bool
storm_run(struct storm *s, unsigned long n_kills)
{
	unsigned n = s->n_writers + READERS;

	for (unsigned i = 0; i < n; i++)
		start(s, i);
	for (unsigned long done = 0; done < n_kills && told->n_wrong == 0;) {
		unsigned r = (unsigned)(disk_random(&s->seed) >> 33);

		(void)usleep(r % 13000);
		if (r % 64 != 0) {
			stop(s, r % n);
			start(s, r % n);
			done++;
			continue;
		}
		for (unsigned i = 0; i < n; i++)
			stop(s, i);
		done += n;
		check_all(s);
		for (unsigned i = 0; i < n; i++)
			start(s, i);
	}
	for (unsigned i = 0; i < n; i++)
		stop(s, i);
	check_all(s);
	return told->n_wrong == 0;
}

int
main(int argc, char **argv)
{
	const char *text = argc > 1 ? argv[1] : getenv("PROOF_KILLS");
	unsigned long n_kills = text != NULL ? strtoul(text, NULL, 10) : 300;
	struct storm s = { .n_writers = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 8,
		.seed = (uint64_t)time(NULL) * 0x9e3779b97f4a7c15u | 1 };
	struct timespec a, b;
	bool is_good;

	if (s.n_writers == 0 || s.n_writers > WRITERS_MAX)
		return 99;
	told = mmap(
	    NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (told == MAP_FAILED)
		return 99;
	(void)clock_gettime(CLOCK_MONOTONIC, &a);
	replica_tells = true; /* no fault is put in: if it fails all the same, why? */
	scratch_make(&s.dir, true);
	/* Both ways to compact: beside the writers, and by one of them. */
	shim_set_compaction(1, 100, 1000);
	is_good = storm_run(&s, n_kills);
	scratch_remove(&s.dir);
	(void)clock_gettime(CLOCK_MONOTONIC, &b);
	(void)printf(
	    "%lu kills of %u writers and %u readers, %llu changes acknowledged: %s, %.1f s\n",
	    n_kills, s.n_writers, READERS, (unsigned long long)told->n_acked,
	    is_good ? "nothing lost, nothing back" : "NOT KEPT",
	    (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) * 1e-9);
	return is_good ? 0 : 1;
}
