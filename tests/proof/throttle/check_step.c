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
static uint64_t n_kills;

/* How much is counted of each kind. */
struct counts {
	uint32_t n[FAILURES_N];
};

struct op {
	const char *name;
	void (*prepare)(void); /* after N_BEFORE refused tries */
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
	size_t i, n;
	bool is_recovery; /* the child finds what another one left */
	size_t first_i;
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
check(const struct place *place, size_t i, bool is_through)
{
	const struct op *op = place->op;
	struct counts found, again;

	open_it();
	if (!read_counts(&found)) {
		proof_violation(
		    "%s: killed after %zu of %zu: the lock is not free", op->name, i, place->n);
		return;
	}
	if (!is_same(&found, &op->after) && (is_through || !is_same(&found, &op->before)))
		proof_violation("%s: killed after %zu of %zu: %u %u %u %u is counted", op->name,
		    i, place->n, found.n[0], found.n[1], found.n[2], found.n[3]);
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
check_after_kill(const struct place *place, size_t i, bool is_through)
{
	pid_t pid;
	int status;

	n_kills++;
	(void)fflush(stdout);
	if ((pid = fork()) == -1)
		proof_die("no process");
	if (pid == 0) {
		check(place, i, is_through);
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
	struct stepper stepper;
	int64_t since = proof_now_ns();

	stepper_record(
	    &stepper, &(struct stepper_job){ child_prepare, child_run, &place, NULL });
	place.n = stepper.n_steps;
	for (size_t i = 0;; i = i + stride < place.n ? i + stride : place.n) {
		stepper_kill(stepper_run_to(&stepper, i));
		check_after_kill(&place, i, i == place.n);
		if (i == place.n)
			break;
	}
	printf("%s: %zu instructions, every %zu. killed, %llu detours, %.1f s\n", op->name,
	    place.n, stride, (unsigned long long)stepper.n_detours,
	    (double)(proof_now_ns() - since) / 1e9);
	stepper_free(&stepper);
}

static void
run_read(void)
{
	struct counts counts;

	must(read_counts(&counts), "read");
}

/* One dies in a change, the next one in what it does about that. */
static void
recover(size_t first_stride, size_t stride)
{
	const struct op *op = &ops[N_OPS - 1];
	const struct op next = { "recover", NULL, run_read, op->before, op->after };
	struct place first = { .op = op }, second = { .op = &next, .is_recovery = true };
	struct stepper dying, recovering;
	size_t n_kills_before = n_kills;

	stepper_record(&dying, &(struct stepper_job){ child_prepare, child_run, &first, NULL });
	for (size_t k = 0; k <= dying.n_steps; k += first_stride) {
		stepper_kill(stepper_run_to(&dying, k));
		stepper_record(&recovering,
		    &(struct stepper_job){ child_prepare, child_run, &second, NULL });
		second.n = recovering.n_steps;
		for (size_t i = k % stride; i <= recovering.n_steps; i += stride) {
			stepper_kill(stepper_run_to(&dying, k));
			stepper_kill(stepper_run_to(&recovering, i));
			check_after_kill(&second, i, false);
		}
		stepper_free(&recovering);
	}
	printf("recover: %zu kills\n", (size_t)n_kills - n_kills_before);
	stepper_free(&dying);
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
	recover(is_long ? 11 : 151, is_long ? 11 : 61);
	printf("%llu kills\n", (unsigned long long)n_kills);
	return proof_finish("a table of failures, killed at any instruction");
}
