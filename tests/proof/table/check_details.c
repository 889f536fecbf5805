/*
 * check_details.c - the details file: killed at machine instructions, and in a storm
 *
 * Step: for each operation and each i a child does i instructions of it and is killed.  Then what
 * was acknowledged is shown as it was given, the interrupted one as it was given or not at all, and
 * the next writer works at once.  In "recover" the next writer is killed as well.
 *
 * Storm: processes begin and end sessions, with details, in one table, which grows meanwhile; one
 * of them is killed now and then, wherever it is.  At any moment a session is shown with its own
 * details or with none, and with its own while it lives once they were acknowledged.
 *
 * check_details [long]   50 instructions of each operation, recovery from the states of a sweep, 100
 *                        kills; long: every instruction, recovery from all states, 20,000 kills.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/random.h"
#include "proof/table/proof.h"
#include "proof/table/stepper.h"
#include "table/details.h"

#define NAME          "table"
#define SERIES        1
#define START_MS      INT64_C(50000000)
#define SHORT_STRIDE  97
#define SHORT_RECOVER 1009
#define LONG_RECOVER  17
#define N_BASE        30 /* sessions with details, before */
#define OVER          5  /* of them this one is over, and not swept */
#define FRESH         100
#define NEXT          101

/* The salt of a table decides where entries go; here it must be the same each time. */
int __wrap_random_fill(void *ret_bytes, size_t n);

int
__wrap_random_fill(void *ret_bytes, size_t n)
{
	memset(ret_bytes, 0x5a, n);
	return 0;
}

static struct table_config config;
static struct table *table;
static struct details *details;
static const struct digest_key key = { { 7 } };

/* --------------------------------------------------------------- sessions by number */

static void
open_both(void)
{
	table = proof_open(&config);
	if (details_open(&details, proof_dir_fd, proof_dir, &key, table) != 0)
		proof_die("no memory");
}

static void
close_both(void)
{
	details_close(details);
	table_close(table);
}

static void
texts_of(uint64_t n, struct details_text *ret)
{
	(void)snprintf(ret->client, sizeof(ret->client), "10.%u.%u.%u",
	    (unsigned)(n >> 16 & 255), (unsigned)(n >> 8 & 255), (unsigned)(n & 255));
	(void)snprintf(
	    ret->agent, sizeof(ret->agent), "browser %llu of many", (unsigned long long)n);
}

static int
put(uint64_t n)
{
	struct digest_tag tag = proof_tag(SERIES, n);
	struct details_text text;

	texts_of(n, &text);
	return details_put(details, &tag, str_of(text.client), str_of(text.agent));
}

static void
begin(uint64_t n)
{
	struct table_entry entry = proof_entry(SERIES, n);

	entry.created_ms = START_MS;
	entry.lifetime_s = 0;
	entry.idle_s = 0;
	if (table_insert(table, &entry) != 0)
		proof_die("insert");
}

static void
end(uint64_t n)
{
	struct digest_tag tag = proof_tag(SERIES, n);

	if (table_remove(table, &tag) != 0)
		proof_die("remove");
}

/* Is it shown?  With anything but its own details that is a violation. */
static bool
is_shown(uint64_t n, const char *when, size_t i)
{
	struct digest_tag tag = proof_tag(SERIES, n);
	struct details_text got, want;

	texts_of(n, &want);
	details_get(details, &tag, &got);
	if (got.client[0] == '\0' && got.agent[0] == '\0')
		return false;
	if (strcmp(got.client, want.client) != 0 || strcmp(got.agent, want.agent) != 0)
		proof_violation("%s, %zu: session %llu is shown as %s, %s", when, i,
		    (unsigned long long)n, got.client, got.agent);
	return true;
}

/* --------------------------------------------------------------------------- step */

static void
remove_files(void)
{
	(void)unlinkat(proof_dir_fd, NAME, 0);
	(void)unlinkat(proof_dir_fd, DETAILS_FILE, 0);
	(void)unlinkat(proof_dir_fd, DETAILS_FILE ".lock", 0);
}

/* No details yet, and no file of them. */
static void
prepare_table(void)
{
	remove_files();
	open_both();
	for (uint64_t n = 1; n <= N_BASE; n++)
		begin(n);
	begin(FRESH);
	begin(NEXT);
}

static void
prepare_files(void)
{
	prepare_table();
	for (uint64_t n = 1; n <= N_BASE; n++)
		if (put(n) != 0)
			_exit(98);
	end(OVER);
}

static void
run_put(void)
{
	if (put(FRESH) != 0)
		_exit(98);
}

static void
run_put_next(void)
{
	if (put(NEXT) != 0)
		_exit(98);
}

static void
run_sweep(void)
{
	if (details_tick(details) != 0)
		_exit(98);
}

static const struct op {
	const char *name;
	void (*prepare)(void);
	void (*run)(void);
	uint64_t puts;  /* the session whose details it puts; 0: none */
	bool has_files; /* with details, before */
} ops[] = {
	{ "first put", prepare_table, run_put, FRESH, false },
	{ "put", prepare_files, run_put, FRESH, true },
	{ "sweep", prepare_files, run_sweep, 0, true },
};
#define N_OPS (sizeof(ops) / sizeof(ops[0]))

static void
child_prepare(void *arg)
{
	const struct op *op = arg;

	op->prepare();
}

static void
child_run(void *arg)
{
	const struct op *op = arg;

	op->run();
}

static void
check_after_kill(void *arg, size_t i, size_t n_steps)
{
	const struct op *op = arg;

	open_both();
	for (uint64_t n = 1; n <= N_BASE; n++)
		if (n != OVER && is_shown(n, op->name, i) != op->has_files)
			proof_violation("%s, %zu: session %llu is%s shown", op->name, i,
			    (unsigned long long)n, op->has_files ? " not" : "");
	(void)is_shown(OVER, op->name, i);
	(void)is_shown(FRESH, op->name, i);
	if (op->puts != 0 && i == n_steps && !is_shown(op->puts, op->name, i))
		proof_violation("%s: it was acknowledged, and is not shown", op->name);
	if (put(NEXT) != 0 || !is_shown(NEXT, op->name, i))
		proof_violation("%s, %zu: the next one cannot be kept", op->name, i);
	for (int64_t s = 1; s <= 70; s++) {
		clock_freeze(START_MS + s * 1000, 0);
		if (details_tick(details) != 0)
			proof_violation("%s, %zu: the next one cannot sweep", op->name, i);
	}
	clock_freeze(START_MS, 0);
	if (op->has_files && is_shown(OVER, op->name, i))
		proof_violation("%s, %zu: what is over is not wiped", op->name, i);
	close_both();
}

static void
step(const struct op *op, size_t n_kills_max)
{
	stepper_sweep(&(struct stepper_sweep){ .name = op->name,
	    .job = { child_prepare, child_run, (void *)(uintptr_t)op, NULL },
	    .n_kills_max = n_kills_max,
	    .check = check_after_kill });
}

static uint64_t
digest(void)
{
	return stepper_digest_file(DETAILS_FILE, NULL) ^
	       stepper_digest_file(DETAILS_FILE ".lock", NULL);
}

/* One dies in an operation, the next one in a put that finds what is left of it. */
static void
recover(const struct op *first, size_t n_states_max, size_t n_kills_max)
{
	const struct op next = { "recover", open_both, run_put_next, NEXT, first->has_files };

	stepper_recover(&(struct stepper_recovery){ .name = first->name,
	    .first = { child_prepare, child_run, (void *)(uintptr_t)first, NULL },
	    .digest = digest,
	    .n_states_max = n_states_max,
	    .next = { .job = { child_prepare, child_run, (void *)(uintptr_t)&next, NULL },
		.n_kills_max = n_kills_max,
		.check = check_after_kill } });
}

/* -------------------------------------------------------------------------- storm */

#define N_WORKERS 4
#define N_MAX     (1u << 20) /* sessions ever */
#define N_LIVE    200u       /* of a worker, at once, about */

enum told { TOLD_NOTHING, TOLD_PUT, TOLD_ENDING };

/* Shared by all; written before and after what it tells of. */
struct board {
	_Atomic uint32_t n_begun;
	_Atomic bool is_over;
	_Atomic uint64_t n_puts, n_looks, n_late;
	_Atomic uint8_t told[N_MAX];
};

static struct board *board;

static void
begin_one(uint32_t *mine, unsigned at)
{
	uint32_t n = atomic_fetch_add(&board->n_begun, 1);
	int r;

	if (n >= N_MAX)
		return;
	begin(n);
	/* Others may hold the lock for 50 ms: on a busy machine. */
	if ((r = put(n)) == 0)
		atomic_store(&board->told[n], TOLD_PUT);
	else if (r == -ETIMEDOUT)
		atomic_fetch_add(&board->n_late, 1);
	else
		proof_violation("put: %d", r);
	atomic_fetch_add(&board->n_puts, 1);
	mine[at] = n;
}

static void
end_one(uint32_t *mine, unsigned at)
{
	atomic_store(&board->told[mine[at]], TOLD_ENDING);
	end(mine[at]);
	mine[at] = UINT32_MAX;
}

/* Anybody's. */
static void
look_at_one(uint64_t *random)
{
	uint32_t n_begun = atomic_load(&board->n_begun), n;
	bool was_put, is_there;

	if (n_begun == 0 || n_begun > N_MAX)
		return;
	n = n_begun - 1 - (uint32_t)(proof_random(random) % (n_begun < 4000 ? n_begun : 4000));
	was_put = atomic_load(&board->told[n]) == TOLD_PUT;
	is_there = is_shown(n, "storm", n);
	if (was_put && !is_there && atomic_load(&board->told[n]) == TOLD_PUT)
		proof_violation("storm: session %u was acknowledged, and is not shown", n);
	atomic_fetch_add(&board->n_looks, 1);
}

static void
worker(uint64_t random)
{
	uint32_t mine[N_LIVE];

	memset(mine, 0xff, sizeof(mine));
	open_both();
	while (!atomic_load(&board->is_over) && proof_n_violations() == 0) {
		unsigned at = (unsigned)(proof_random(&random) % N_LIVE);

		if (mine[at] == UINT32_MAX)
			begin_one(mine, at);
		else
			end_one(mine, at);
		for (int i = 0; i < 4; i++)
			look_at_one(&random);
	}
	_exit(0);
}

static pid_t
start_worker(uint64_t random)
{
	pid_t pid = fork();

	if (pid == -1)
		proof_die("cannot fork");
	if (pid == 0)
		worker(random);
	return pid;
}

static void
storm(unsigned n_kills)
{
	const struct timespec pause = { 0, 3 * 1000 * 1000 };
	uint64_t random = 4711;
	pid_t pids[N_WORKERS];

	remove_files();
	clock_thaw();
	board = mmap(
	    NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (board == MAP_FAILED)
		proof_die("no memory");
	for (unsigned w = 0; w < N_WORKERS; w++)
		pids[w] = start_worker(proof_random(&random));
	for (unsigned k = 0; k < n_kills && proof_n_violations() == 0; k++) {
		unsigned w = (unsigned)(proof_random(&random) % N_WORKERS);

		(void)nanosleep(&pause, NULL);
		(void)kill(pids[w], SIGKILL);
		(void)waitpid(pids[w], NULL, 0);
		pids[w] = start_worker(proof_random(&random));
	}
	atomic_store(&board->is_over, true);
	for (unsigned w = 0; w < N_WORKERS; w++)
		(void)waitpid(pids[w], NULL, 0);
	printf("storm: %u kills, %llu sessions, %llu looks, %llu too late for the lock\n",
	    n_kills, (unsigned long long)board->n_puts, (unsigned long long)board->n_looks,
	    (unsigned long long)board->n_late);
	(void)munmap(board, sizeof(*board));
}

int
main(int argc, char **argv)
{
	bool is_long = proof_init(argc, argv);

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	config = proof_config(NAME, 1000000);
	if (stepper_is_possible()) {
		clock_freeze(START_MS, 0);
		for (size_t k = 0; k < N_OPS; k++)
			step(&ops[k], is_long ? SIZE_MAX : 50);
		for (size_t k = 0; k < N_OPS; k++)
			if (is_long || ops[k].run == run_sweep)
				recover(&ops[k], SIZE_MAX, is_long ? 200 : 10);
	} else {
		printf("no single-stepping here: wrong processor, or no ptrace\n");
	}
	storm(is_long ? 20000 : 100);
	return proof_finish("the details file");
}
