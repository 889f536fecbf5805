/*
 * bench_table.c - what a look-up costs, beside what it could cost and what others cost
 *
 * In one run and in interleaved rounds: the session table, a bare probe of an open-addressing
 * table of that size in the same memory, a hash behind a mutex, LMDB.  Medians of the rounds,
 * nanoseconds.  "apart" look-ups do not wait for each other, so that the processor overlaps
 * them; in a "chain" each needs the result of the one before.  With two processes both do the
 * same at once, and the mean of both counts.
 *
 * bench_table [largest number of sessions, default 1000000]
 *
 * BENCH_IDLE=on gives all sessions an idle limit, which each look-up has to judge.
 * BENCH_CLOCK=cpu in the environment counts processor time in the place of the wall clock: for
 * a machine that has other work, though waiting for a mutex is not seen then.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/table/side.h"
#include "proof/table/proof.h"

#define SERIES    1
#define NOBODY    2 /* a series that is never inserted */
#define N_LOOKUPS 100000
#define N_ROUNDS  9
#define N_SIDES   4
#define MAX_N     UINT64_C(1000000)

static const struct side *const sides[N_SIDES] = { &side_bare, &side_table, &side_mutex,
	&side_lmdb };

enum mode {
	MODE_HIT,
	MODE_MISS,
	MODE_CHAIN,
	N_MODES,
};

static const char *const mode_names[N_MODES] = { "hit, apart", "miss, apart", "hit, chain" };

static void *handles[N_SIDES];

/* ------------------------------------------------------------------- one measurement */

static clockid_t clock_id = CLOCK_MONOTONIC;

static int64_t
now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(clock_id, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

typedef bool find_fn(void *, const struct digest_tag *, struct table_entry *);

static uint64_t
pick(uint64_t random, uint64_t n)
{
	return (uint64_t)(((unsigned __int128)random * n) >> 64);
}

/* Which one is looked up next is known before the answer: they overlap. */
static uint64_t
look_up_apart(find_fn *find, void *handle, uint32_t series, uint64_t n, uint64_t seed)
{
	uint64_t rnd = seed, n_found = 0;
	struct table_entry entry;

	for (unsigned i = 0; i < N_LOOKUPS; i++) {
		struct digest_tag tag = proof_tag(series, pick(proof_random(&rnd), n));

		n_found += find(handle, &tag, &entry);
	}
	return n_found;
}

/* Each answer says what is looked up next.  A loop of its own: a condition in a common one
 * would become a dependency in both. */
static uint64_t
look_up_chain(find_fn *find, void *handle, uint32_t series, uint64_t n, uint64_t seed)
{
	uint64_t rnd = seed, link = seed, n_found = 0;
	struct table_entry entry;

	for (unsigned i = 0; i < N_LOOKUPS; i++) {
		struct digest_tag tag = proof_tag(series, pick(proof_random(&rnd) + link, n));

		if (!find(handle, &tag, &entry))
			break;
		n_found++;
		memcpy(&link, entry.owner.bytes, sizeof(link));
	}
	return n_found;
}

/* Nanoseconds per look-up. */
static double
measure(unsigned side, enum mode mode, uint64_t n, uint64_t seed)
{
	uint32_t series = mode == MODE_MISS ? NOBODY : SERIES;
	int64_t since = now_ns(), ns;
	uint64_t n_found = (mode == MODE_CHAIN ? look_up_chain : look_up_apart)(
	    sides[side]->find, handles[side], series, n, seed);

	ns = now_ns() - since;
	if (n_found != (mode == MODE_MISS ? 0 : N_LOOKUPS))
		proof_die("%s: %llu of %u found", sides[side]->name,
		    (unsigned long long)n_found, N_LOOKUPS);
	return (double)ns / N_LOOKUPS;
}

static int
compare_doubles(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static double
median(double *values, unsigned n)
{
	qsort(values, n, sizeof(*values), compare_doubles);
	return values[n / 2];
}

/* ------------------------------------------------------------------- the second process */

struct pauses {
	int64_t longest_ns;
	uint64_t n_slow;
};

/* What the two tell each other. */
struct board {
	_Atomic uint64_t n_orders; /* given */
	_Atomic uint64_t n_ready;  /* the helper stands at the start */
	_Atomic uint64_t n_go;
	_Atomic uint64_t n_done;
	unsigned side;
	enum mode mode;
	uint64_t n, seed;
	double ns;
	_Atomic bool is_filling;
	_Atomic uint64_t n_inserted;
	uint64_t n_growth_finds;
	struct pauses pauses[2]; /* of the session table, and of the bare one beside it */
};

#define SLOW_NS 50000

static struct board *board;

static void
wait_for(_Atomic uint64_t *word, uint64_t at_least)
{
	while (atomic_load(word) < at_least)
		(void)sched_yield();
}

static void
help(void)
{
	for (uint64_t order = 1;; order++) {
		wait_for(&board->n_orders, order);
		atomic_store(&board->n_ready, order);
		while (atomic_load(&board->n_go) < order)
			;
		board->ns = measure(board->side, board->mode, board->n, board->seed + 1);
		atomic_store(&board->n_done, order);
	}
}

static double
measure_both(unsigned side, enum mode mode, uint64_t n, uint64_t seed)
{
	uint64_t order = board->n_orders + 1;
	double ns;

	board->side = side;
	board->mode = mode;
	board->n = n;
	board->seed = seed;
	atomic_store(&board->n_orders, order);
	wait_for(&board->n_ready, order);
	atomic_store(&board->n_go, order);
	ns = measure(side, mode, n, seed);
	wait_for(&board->n_done, order);
	return (ns + board->ns) / 2;
}

static uint32_t idle_s;

static struct table_entry
entry_of(uint64_t n)
{
	struct table_entry entry = proof_entry(SERIES, n);

	entry.idle_s = idle_s;
	return entry;
}

/* As far as all sides keep it. */
static bool
is_entry(const struct table_entry *entry, uint64_t n)
{
	struct table_entry want = proof_entry(SERIES, n);

	return memcmp(&entry->tag, &want.tag, sizeof(want.tag)) == 0 &&
	       memcmp(&entry->owner, &want.owner, sizeof(want.owner)) == 0 &&
	       entry->created_ms == want.created_ms && entry->lifetime_s == want.lifetime_s &&
	       entry->kind == want.kind;
}

/* Attach, and touch all pages, so that none is met for the first time while measuring. */
static void
attach_all(uint64_t n)
{
	struct table_entry entry;

	for (unsigned s = 0; s < N_SIDES; s++) {
		handles[s] = sides[s]->attach();
		for (uint64_t i = 0; i < n; i++) {
			struct digest_tag tag = proof_tag(SERIES, i);

			if (!sides[s]->find(handles[s], &tag, &entry) || !is_entry(&entry, i))
				proof_die("%s: entry %llu is not there", sides[s]->name,
				    (unsigned long long)i);
		}
	}
}

static pid_t
start_helper(uint64_t n)
{
	pid_t pid;

	memset(board, 0, sizeof(*board));
	pid = fork();
	if (pid == -1)
		proof_die("fork: %s", strerror(errno));
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		attach_all(n);
		help();
	}
	return pid;
}

/* ------------------------------------------------------------------- filling */

/* Nanoseconds per insert. */
static double
fill(unsigned s, uint64_t n)
{
	void *handle;
	int64_t since, ns;

	sides[s]->make(n);
	handle = sides[s]->attach();
	since = now_ns();
	for (uint64_t i = 0; i < n; i++) {
		struct table_entry entry = entry_of(i);

		if (!sides[s]->insert(handle, &entry))
			proof_die("%s: insert failed", sides[s]->name);
	}
	ns = now_ns() - since;
	if (sides[s]->filled != NULL)
		sides[s]->filled(handle);
	sides[s]->detach(handle);
	return (double)ns / (double)n;
}

/* ------------------------------------------------------------------- the table of results */

static void
print_line(uint64_t n, const char *what, unsigned n_processes, const double *ns)
{
	printf("%9llu  %-12s %9u", (unsigned long long)n, what, n_processes);
	for (unsigned s = 0; s < N_SIDES; s++)
		printf("  %8.0f %6.2f", ns[s], ns[s] / ns[0]);
	(void)putchar('\n');
}

static void
bench_size(uint64_t n)
{
	double insert_ns[N_SIDES], ns[N_MODES][2][N_SIDES];
	static double all[N_MODES][2][N_SIDES][N_ROUNDS];
	uint64_t bytes[N_SIDES];
	pid_t helper;

	for (unsigned s = 0; s < N_SIDES; s++) {
		insert_ns[s] = fill(s, n);
		bytes[s] = sides[s]->bytes();
	}
	helper = start_helper(n);
	attach_all(n);
	/* The helper is ready when it takes its first order. */
	for (unsigned s = 0; s < N_SIDES; s++)
		(void)measure_both(s, MODE_HIT, n, 1);
	for (unsigned round = 0; round < N_ROUNDS; round++)
		for (unsigned m = 0; m < N_MODES; m++)
			for (unsigned s = 0; s < N_SIDES; s++) {
				uint64_t seed = (uint64_t)proof_now_ns();

				all[m][0][s][round] = measure(s, m, n, seed);
				all[m][1][s][round] = measure_both(s, m, n, seed);
			}
	(void)kill(helper, SIGKILL);
	(void)waitpid(helper, NULL, 0);
	for (unsigned m = 0; m < N_MODES; m++)
		for (unsigned p = 0; p < 2; p++) {
			for (unsigned s = 0; s < N_SIDES; s++)
				ns[m][p][s] = median(all[m][p][s], N_ROUNDS);
			print_line(n, mode_names[m], p + 1, ns[m][p]);
		}
	print_line(n, "insert", 1, insert_ns);
	printf("%9llu  %-12s %9s", (unsigned long long)n, "bytes each", "");
	for (unsigned s = 0; s < N_SIDES; s++) {
		printf("  %8.1f %6s", (double)bytes[s] / (double)n, "");
		sides[s]->detach(handles[s]);
	}
	(void)putchar('\n');
}

/* ------------------------------------------------------------------- growth */

static bool
timed_find(const struct side *side, void *handle, uint64_t n, struct pauses *pauses)
{
	struct digest_tag tag = proof_tag(SERIES, n);
	struct table_entry entry;
	int64_t since = proof_now_ns(), ns;
	bool is_found = side->find(handle, &tag, &entry);

	ns = proof_now_ns() - since;
	pauses->n_slow += ns > SLOW_NS;
	if (ns > pauses->longest_ns)
		pauses->longest_ns = ns;
	return is_found;
}

/* The bare table, filled before and not growing, shows what pauses the machine makes itself. */
static int
watch_growth(uint64_t n_bare)
{
	void *handle = side_table.attach(), *bare = side_bare.attach();
	uint64_t rnd = 7;

	for (uint64_t i = 0; i < n_bare; i++)
		(void)timed_find(&side_bare, bare, i, &board->pauses[1]);
	memset(board->pauses, 0, sizeof(board->pauses));
	atomic_store(&board->n_ready, 1);
	while (board->is_filling) {
		uint64_t n = board->n_inserted;

		if (n == 0)
			continue;
		if (!timed_find(
			&side_table, handle, proof_random(&rnd) % n, &board->pauses[0]) ||
		    !timed_find(
			&side_bare, bare, proof_random(&rnd) % n_bare, &board->pauses[1]))
			return EXIT_FAILURE;
		board->n_growth_finds++;
	}
	return EXIT_SUCCESS;
}

/*
 * The largest number of bytes per session on the way, while a growth goes on or its old
 * storage waits to be given back, and how many samples of a thousand are over 130.
 */
static void
grow_to(uint64_t n, double *ret_most, double *ret_over)
{
	void *handle = side_table.attach();
	struct table_stats stats;
	uint64_t n_samples = 0, n_over = 0;

	*ret_most = 0;
	for (uint64_t i = 0; i < n; i++) {
		struct table_entry entry = entry_of(i);
		double each;

		if (!side_table.insert(handle, &entry))
			proof_die("insert failed");
		board->n_inserted = i + 1;
		if (i < 1000 || i % 256 != 0 || table_stats(handle, &stats) != 0)
			continue;
		each = (double)stats.n_bytes / (double)stats.n_entries;
		n_samples++;
		n_over += each > 130;
		if (each > *ret_most)
			*ret_most = each;
	}
	*ret_over = n_samples != 0 ? (double)n_over * 1000 / (double)n_samples : 0;
	side_table.detach(handle);
}

/* From nothing to n while another process looks up all the while. */
static void
bench_growth(uint64_t n)
{
	double most, over;
	int status;
	pid_t pid;

	memset(board, 0, sizeof(*board));
	board->is_filling = true;
	side_table.make(n);
	side_table.detach(side_table.attach());
	pid = fork();
	if (pid == -1)
		proof_die("fork: %s", strerror(errno));
	if (pid == 0)
		_exit(watch_growth(n));
	wait_for(&board->n_ready, 1);
	grow_to(n, &most, &over);
	board->is_filling = false;
	if (waitpid(pid, &status, 0) != pid || status != 0)
		proof_die("a session was not found during growth");
	printf("\ngrowth from 0 to %llu under %llu look-ups of another process:\n",
	    (unsigned long long)n, (unsigned long long)board->n_growth_finds);
	for (unsigned i = 0; i < 2; i++)
		printf("%-13s  longest look-up %.1f us, %llu over %d us\n",
		    i == 0 ? "session table" : "bare probe",
		    (double)board->pauses[i].longest_ns / 1000,
		    (unsigned long long)board->pauses[i].n_slow, SLOW_NS / 1000);
	printf(
	    "most bytes per session from 1000 on: %.1f; more than 130 in %.0f of 1000 samples "
	    "(growths)\n",
	    most, over);
}

int
main(int argc, char **argv)
{
	uint64_t max = argc > 1 ? strtoull(argv[1], NULL, 10) : MAX_N;

	(void)proof_init(argc, argv);
	if (getenv("BENCH_CLOCK") != NULL && strcmp(getenv("BENCH_CLOCK"), "cpu") == 0)
		clock_id = CLOCK_THREAD_CPUTIME_ID;
	/* Long enough that none ends. */
	if (getenv("BENCH_IDLE") != NULL && strcmp(getenv("BENCH_IDLE"), "on") == 0)
		idle_s = UINT32_MAX;
	board = mmap(
	    NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (board == MAP_FAILED)
		proof_die("no memory");
	printf("%9s  %-12s %9s", "sessions", "ns", "processes");
	for (unsigned s = 0; s < N_SIDES; s++)
		printf("  %15s", sides[s]->name);
	(void)putchar('\n');
	for (uint64_t n = 1000; n <= max; n *= 10)
		bench_size(n);
	bench_growth(max);
	return EXIT_SUCCESS;
}
