/*
 * check_step.c - killed at every machine instruction, while a guess is counted
 *
 * For each operation and each i: a child makes a table of failures, executes i instructions of
 * the operation and is killed.  The next process gets the lock at once, and finds all that the
 * operation counts as it was before, or all as it is after it, never a part; after the last
 * instruction it is after.  A try whose process died is counted: only its end takes it back.  In
 * "recover" the next process is killed as well, at each of its instructions, and a third one
 * finds the same.
 *
 * check_step [long]
 *     The short version leaves some instructions out.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sodium.h>

#include "core/clock.h"
#include "proof/table/proof.h"
#include "proof/table/stepper.h"
#include "throttle/throttle.h"

#define START_MS INT64_C(50000000)
#define ACCOUNT  STR_LIT("bob@hbtn.io")
#define ADDRESS  STR_LIT("192.0.2.1")
#define N_BEFORE 3 /* refused before */

static const struct digest_key key = { { 7 } };
static struct throttle throttle;
static struct throttle_attempt attempt;
static uint64_t account, network; /* the halves of the keys */

/* How much is counted of each kind. */
struct counts {
	uint32_t n[FAILURES_N];
};

struct op {
	const char *name;
	void (*prepare)(void); /* after N_BEFORE refused tries; NULL: there is no file yet */
	void (*run)(void);
	struct counts before, after;
};

static void
must(bool is_so, const char *what)
{
	if (!is_so) {
		(void)fprintf(stderr, "not so: %s\n", what);
		_exit(98);
	}
}

static void
open_it(void)
{
	throttle = (struct throttle){ .key = &key, .limits = { 5, 50, 100, 60, false } };
	must(failures_open(&throttle.failures, proof_dir_fd, proof_dir, NULL) == 0, "open");
	account = throttle_account(&throttle, ACCOUNT);
	network = throttle_network(&throttle, ADDRESS);
}

static void
begin(void)
{
	attempt = (struct throttle_attempt){ 0 };
	must(throttle_begin(&throttle, ACCOUNT, ADDRESS, STR_NULL, &attempt) == 0, "begin");
}

static void
prepare_nothing(void)
{
}

static void
end_refused(void)
{
	throttle_end(&attempt, THROTTLE_REFUSED);
}

static void
end_passed(void)
{
	throttle_end(&attempt, THROTTLE_PASSED);
}

static void
end_not_tried(void)
{
	throttle_end(&attempt, THROTTLE_NOT_TRIED);
}

/* A change of all kinds, without the digests, which take most of the time. */
static void
commit(void)
{
	struct failures_change change;

	must(failures_begin(&throttle.failures, &change) == 0, "lock");
	for (enum failures_kind kind = 0; kind < FAILURES_N; kind++) {
		struct failures_entry entry =
		    failures_get(&change, kind, kind != FAILURES_NETWORK ? account : 0,
			kind != FAILURES_ACCOUNT ? network : 0);

		entry.n = 10;
		entry.at_ms = change.now_ms;
		failures_put(&change, kind, &entry);
	}
	failures_commit(&change);
}

/* clang-format off */
static const struct op ops[] = {
	{ "make the file", NULL, open_it, { { 0, 0, 0, 0 } }, { { 0, 0, 0, 0 } } },
	{ "begin", prepare_nothing, begin, { { 3, 3, 3, 0 } }, { { 4, 4, 4, 0 } } },
	{ "end, passed", begin, end_passed, { { 4, 4, 4, 0 } }, { { 0, 3, 3, 1 } } },
	{ "end, not tried", begin, end_not_tried, { { 4, 4, 4, 0 } }, { { 3, 3, 3, 0 } } },
	{ "end, refused", begin, end_refused, { { 4, 4, 4, 0 } }, { { 4, 4, 4, 0 } } },
	{ "all kinds", prepare_nothing, commit, { { 3, 3, 3, 0 } }, { { 10, 10, 10, 10 } } },
};
/* clang-format on */
#define N_OPS (sizeof(ops) / sizeof(ops[0]))

struct place {
	const struct op *op;
	bool is_recovery; /* the child finds what another one left */
};

static bool
is_same(const struct counts *a, const struct counts *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* False: the lock was not to be had. */
static bool
read_counts(struct counts *ret)
{
	struct failures_change change;

	if (failures_begin(&throttle.failures, &change) != 0)
		return false;
	for (enum failures_kind kind = 0; kind < FAILURES_N; kind++)
		ret->n[kind] =
		    failures_get(&change, kind, kind != FAILURES_NETWORK ? account : 0,
			kind != FAILURES_ACCOUNT ? network : 0)
			.n;
	failures_commit(&change);
	return true;
}

static void
check(const struct place *place, size_t i, size_t n)
{
	/* In recovery another one died before, and may not have come so far. */
	bool is_through = i == n && !place->is_recovery;
	const struct op *op = place->op;
	struct counts found, again;

	open_it();
	if (!read_counts(&found)) {
		proof_violation(
		    "%s: killed after %zu of %zu: the lock is not free", op->name, i, n);
		return;
	}
	if (!is_same(&found, &op->after) && (is_through || !is_same(&found, &op->before)))
		proof_violation("%s: killed after %zu of %zu: %u %u %u %u is counted", op->name,
		    i, n, found.n[0], found.n[1], found.n[2], found.n[3]);
	/* And it is so, and others go on. */
	if (!read_counts(&again) || !is_same(&found, &again))
		proof_violation("%s: killed after %zu: it changed by itself", op->name, i);
	commit();
	if (!read_counts(&again) || !is_same(&again, &ops[N_OPS - 1].after))
		proof_violation(
		    "%s: killed after %zu: the next change is not whole", op->name, i);
}

/* In a process of its own: a mapping is kept for life. */
static void
check_after_kill(void *arg, size_t i, size_t n)
{
	const struct place *place = arg;
	pid_t pid;
	int status;

	(void)fflush(stdout);
	if ((pid = fork()) == -1)
		proof_die("no process");
	if (pid == 0) {
		check(place, i, n);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status != 0)
		proof_violation("%s: killed after %zu: the next process ended with %x",
		    place->op->name, i, (unsigned)status);
}

static void
child_prepare(void *arg)
{
	const struct place *place = arg;

	clock_freeze(START_MS, 0);
	if (place->is_recovery) {
		open_it();
		return;
	}
	(void)unlinkat(proof_dir_fd, FAILURES_FILE, 0);
	if (place->op->prepare == NULL)
		return;
	open_it();
	for (int i = 0; i < N_BEFORE; i++) {
		begin();
		end_refused();
	}
	place->op->prepare();
}

static void
child_run(void *arg)
{
	const struct place *place = arg;

	place->op->run();
}

static void
sweep(const struct op *op, size_t stride)
{
	struct place place = { .op = op };

	stepper_sweep(&(struct stepper_sweep){ .name = op->name,
	    .job = { child_prepare, child_run, &place, NULL },
	    .stride = stride,
	    .check = check_after_kill });
}

static void
run_read(void)
{
	struct counts counts;

	must(read_counts(&counts), "read");
}

/* The lock, and what is noted; not all places. */
static uint64_t
digest(void)
{
	return stepper_digest_file(FAILURES_FILE, NULL);
}

/* One dies in an operation, the next one in what finds what is left of it. */
static void
recover(const struct op *first, const struct op *next, size_t n_states_max, size_t n_kills_max)
{
	struct place dying = { .op = first }, recovering = { .op = next, .is_recovery = true };

	stepper_recover(&(struct stepper_recovery){ .name = first->name,
	    .first = { child_prepare, child_run, &dying, NULL },
	    .digest = digest,
	    .n_states_max = n_states_max,
	    .next = { .job = { child_prepare, child_run, &recovering, NULL },
		.n_kills_max = n_kills_max,
		.check = check_after_kill } });
}

static void
recover_all(size_t n_states_max, size_t n_kills_max)
{
	const struct op *make = &ops[0], *all_kinds = &ops[N_OPS - 1];
	const struct op first_change = { "the first change", NULL, commit, make->after,
		all_kinds->after };
	const struct op read = { "read", NULL, run_read, all_kinds->before, all_kinds->after };

	recover(make, &first_change, n_states_max, n_kills_max);
	recover(all_kinds, &read, n_states_max, n_kills_max);
}

int
main(int argc, char **argv)
{
	bool is_long = proof_init(argc, argv);

	if (!stepper_is_possible()) {
		(void)fprintf(stderr, "skipped: no ptrace here, or another processor\n");
		return PROOF_SKIP;
	}
	if (sodium_init() == -1)
		proof_die("cannot start libsodium");
	clock_freeze(START_MS, 0);
	for (size_t k = 0; k < N_OPS; k++)
		sweep(&ops[k], is_long ? 1 : 29);
	recover_all(is_long ? SIZE_MAX : 10, is_long ? 200 : 15);
	printf("%llu kills\n", (unsigned long long)stepper_n_kills);
	return proof_finish("a table of failures, killed at any instruction");
}
