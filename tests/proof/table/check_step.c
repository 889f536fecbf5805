/*
 * check_step.c - killed at every machine instruction
 *
 * For each operation of the table and each i: a child prepares a table, executes i instructions
 * of the operation and is killed.  Then another process attaches, and everything the table
 * promises must hold: its invariants, every acknowledged entry found and whole, no acknowledged
 * removal undone, the interrupted change wholly there or wholly absent, and the next writer at
 * work at once.  In "recover" the child inherits the lock of one that was killed before, and is
 * killed in turn.
 *
 * check_step [long [OPERATION | recover [OPERATION]]]
 *     The short version steps over the three central operations, some of their instructions
 *     left out.  The long one takes all of all, and a death at every instruction of the
 *     recovery from every state that an insert leaves; from other operations some of both.
 *     Over an hour; or only the operation that is named, or the recovery (from what is named).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/random.h"
#include "proof/table/proof.h"
#include "proof/table/stepper.h"
#include "table/format.h"

#define NAME         "table"
#define SERIES       1
#define START_MS     INT64_C(50000000)
#define SHORT_STRIDE 7
#define N_BASE       20 /* entries in the table before */
#define N_REMOVED    4  /* removed before */
#define N_OWNED      3  /* entries of one owner, at his limit */
#define OWNED        500
#define REMOVED      600
#define EXPIRING     700
#define UNUSED       701
#define FRESH        1000
#define NEXT         2000
#define EXPIRY_MS    INT64_C(2000000)
#define TOUCH_MS     INT64_C(180000)

/* The salt of a table decides where entries go; here it must be the same each time. */
int __wrap_random_fill(void *ret_bytes, size_t n);

int
__wrap_random_fill(void *ret_bytes, size_t n)
{
	memset(ret_bytes, 0x5a, n);
	return 0;
}

static struct table_config config;
static struct table *table; /* the child's; the checking process has its own */

/* ------------------------------------------------------------------- what is promised */

enum state {
	STATE_ABSENT,
	STATE_OLD, /* there, as first inserted */
	STATE_NEW, /* there, with another lifetime */
};

struct change {
	uint64_t n;
	enum state before, after;
};

struct op {
	const char *name;
	void (*prepare)(void);
	void (*run)(void);
	struct change changes[4]; /* ends with n 0 */
	uint64_t n_filled;        /* entries 1 ... n_filled are there before and after */
	int64_t later_ms;         /* the clock moves on by this before the operation */
	uint32_t max_per_owner;
	bool is_short; /* part of the short version */
};

static struct table_entry
entry_of(uint64_t n, enum state state)
{
	struct table_entry entry = proof_entry(SERIES, n);

	entry.created_ms += START_MS;
	if (n >= OWNED && n < OWNED + 10)
		memset(&entry.owner, 0x77, sizeof(entry.owner));
	if (n == EXPIRING)
		entry.lifetime_s = 1000;
	if (n == UNUSED)
		entry.idle_s = 1000;
	if (state == STATE_NEW)
		entry.lifetime_s = 77777;
	return entry;
}

static bool
is_same(const struct table_entry *a, const struct table_entry *b)
{
	return memcmp(&a->tag, &b->tag, sizeof(a->tag)) == 0 &&
	       memcmp(&a->owner, &b->owner, sizeof(a->owner)) == 0 &&
	       a->created_ms == b->created_ms && a->lifetime_s == b->lifetime_s &&
	       a->idle_s == b->idle_s && a->kind == b->kind &&
	       a->is_remembered == b->is_remembered;
}

/* ------------------------------------------------------------------- in the child */

static void
must(int r, const char *what)
{
	if (r != 0) {
		(void)fprintf(stderr, "%s: %d\n", what, r);
		_exit(98);
	}
}

static void
insert(uint64_t n, enum state state)
{
	struct table_entry entry = entry_of(n, state);

	must(table_insert(table, &entry), "insert");
}

static void
do_remove(uint64_t n)
{
	struct digest_tag tag = proof_tag(SERIES, n);

	must(table_remove(table, &tag), "remove");
}

static void
prepare_nothing(void)
{
	(void)unlinkat(proof_dir_fd, NAME, 0);
}

static void
prepare_closed(void)
{
	prepare_nothing();
	table = proof_open(&config);
	for (uint64_t n = 1; n <= N_BASE; n++)
		insert(n, STATE_OLD);
	for (uint64_t n = 0; n < N_REMOVED; n++)
		insert(REMOVED + n, STATE_OLD);
	for (uint64_t n = 0; n < N_REMOVED; n++)
		do_remove(REMOVED + n);
	for (uint64_t n = 0; n < N_OWNED; n++)
		insert(OWNED + n, STATE_OLD);
	table_close(table);
	table = NULL;
}

static void
prepare_some(void)
{
	struct table_entry entry;
	struct digest_tag tag = proof_tag(SERIES, NEXT);

	prepare_closed();
	table = proof_open(&config);
	/* A look-up, so that what it does only once is done. */
	if (table_find(table, &tag, &entry) != TABLE_E_ABSENT)
		_exit(98);
}

static void
prepare_expired(void)
{
	prepare_some();
	insert(EXPIRING, STATE_OLD);
	insert(UNUSED, STATE_OLD);
	clock_freeze(START_MS + EXPIRY_MS, 0);
}

static void
prepare_unused(void)
{
	prepare_some();
	insert(UNUSED, STATE_OLD);
	clock_freeze(START_MS + EXPIRY_MS, 0);
}

static void
prepare_touch(void)
{
	prepare_some();
	clock_freeze(START_MS + TOUCH_MS, 0);
}

static void
fill_to(uint64_t n_entries)
{
	prepare_some();
	for (uint64_t n = N_BASE + 1; n <= n_entries; n++)
		insert(n, STATE_OLD);
}

/* How many entries make it grow: found once, by dry_run(). */
static uint64_t n_to_grow;

static void
prepare_before_growth(void)
{
	fill_to(n_to_grow - 1);
}

static void
prepare_growing(void)
{
	fill_to(n_to_grow);
}

static void
run_open(void)
{
	table = proof_open(&config);
}

static void
run_close(void)
{
	table_close(table);
}

static void
run_insert(void)
{
	insert(FRESH, STATE_OLD);
}

static void
run_replace(void)
{
	insert(1, STATE_NEW);
}

static void
run_evict(void)
{
	insert(OWNED + N_OWNED, STATE_OLD);
}

static void
run_grow(void)
{
	insert(n_to_grow, STATE_OLD);
}

static void
run_remove(void)
{
	do_remove(1);
}

static void
run_find(void)
{
	struct digest_tag tag = proof_tag(SERIES, 1);
	struct table_entry entry;

	must(table_find(table, &tag, &entry), "lookup");
}

static void
run_touch(void)
{
	struct digest_tag tag = proof_tag(SERIES, 1);

	must(table_touch(table, &tag), "touch");
}

/* Too late: the entry has ended, and is to stay so. */
static void
run_touch_unused(void)
{
	struct digest_tag tag = proof_tag(SERIES, UNUSED);

	if (table_touch(table, &tag) != TABLE_E_ABSENT)
		_exit(98);
}

static void
run_tick(void)
{
	must(table_tick(table), "tick");
}

#define OP(its_name, its_prepare, its_run, ...)                                       \
	{                                                                             \
		.name = its_name, .prepare = its_prepare, .run = its_run, __VA_ARGS__ \
	}
#define CHANGE(its_n, from, to)                                         \
	{                                                               \
		.n = its_n, .before = STATE_##from, .after = STATE_##to \
	}

static struct op ops[] = {
	OP("insert", prepare_some, run_insert, .changes = { CHANGE(FRESH, ABSENT, OLD) },
	    .is_short = true),
	OP("remove", prepare_some, run_remove, .changes = { CHANGE(1, OLD, ABSENT) },
	    .is_short = true),
	OP("replace", prepare_some, run_replace, .changes = { CHANGE(1, OLD, NEW) }),
	OP("evict the oldest of an owner", prepare_some, run_evict,
	    .changes = { CHANGE(OWNED, OLD, ABSENT), CHANGE(OWNED + N_OWNED, ABSENT, OLD) },
	    .max_per_owner = N_OWNED),
	OP("find", prepare_some, run_find, .n_filled = 0),
	OP("touch", prepare_touch, run_touch, .later_ms = TOUCH_MS),
	OP("touch too late", prepare_unused, run_touch_unused, .later_ms = EXPIRY_MS),
	OP("sweep", prepare_expired, run_tick, .later_ms = EXPIRY_MS),
	OP("grow", prepare_before_growth, run_grow, .is_short = true),
	OP("migrate", prepare_growing, run_tick, .n_filled = 0),
	OP("insert while growing", prepare_growing, run_insert,
	    .changes = { CHANGE(FRESH, ABSENT, OLD) }),
	OP("remove while growing", prepare_growing, run_remove,
	    .changes = { CHANGE(1, OLD, ABSENT) }),
	OP("replace while growing", prepare_growing, run_replace,
	    .changes = { CHANGE(1, OLD, NEW) }),
	OP("create", prepare_nothing, run_open, .n_filled = 0),
	OP("attach", prepare_closed, run_open, .n_filled = 0),
	OP("detach", prepare_some, run_close, .n_filled = 0),
};
#define N_OPS (sizeof(ops) / sizeof(ops[0]))

/* ------------------------------------------------------------------- the check */

static int64_t longest_write_ns;

struct place {
	const struct op *first; /* killed before, in "recover" */
	size_t first_i;
	const struct op *op;
	size_t i, n;
};

static const char *
describe(const struct place *place)
{
	static char text[160];

	if (place->first != NULL)
		(void)snprintf(text, sizeof(text),
		    "%s after %s died at %zu, killed at %zu of %zu", place->op->name,
		    place->first->name, place->first_i, place->i, place->n);
	else
		(void)snprintf(text, sizeof(text), "%s, killed at %zu of %zu", place->op->name,
		    place->i, place->n);
	return text;
}

static const struct change *
change_of(const struct op *op, uint64_t n)
{
	for (size_t k = 0; op != NULL && k < 4 && op->changes[k].n != 0; k++)
		if (op->changes[k].n == n)
			return &op->changes[k];
	return NULL;
}

/* May n be in this state now? */
static bool
is_allowed(const struct place *place, uint64_t n, enum state state)
{
	const struct change *change = change_of(place->op, n);
	const struct change *first = change_of(place->first, n);
	const struct op *base = place->first != NULL ? place->first : place->op;
	uint64_t n_filled = base->n_filled != 0 ? base->n_filled : N_BASE;

	/* A job that came to its end has acknowledged. */
	if (change != NULL)
		return state == change->after ||
		       (place->i < place->n && state == change->before) ||
		       (first != NULL && place->i < place->n && state == first->after);
	if (first != NULL)
		return state == first->before || state == first->after;
	if (base->prepare == prepare_nothing)
		return state == STATE_ABSENT;
	if ((n >= 1 && n <= n_filled) || (n >= OWNED && n < OWNED + N_OWNED))
		return state == STATE_OLD;
	return state == STATE_ABSENT;
}

static void
check_one(struct table *t, const struct place *place, uint64_t n)
{
	struct table_entry entry, old = entry_of(n, STATE_OLD), new = entry_of(n, STATE_NEW);
	enum state state = STATE_ABSENT;
	int r = table_find(t, &old.tag, &entry);

	if (r == 0 && is_same(&entry, &old))
		state = STATE_OLD;
	else if (r == 0 && is_same(&entry, &new))
		state = STATE_NEW;
	else if (r != TABLE_E_ABSENT)
		proof_violation("%s: entry %llu: %s", describe(place), (unsigned long long)n,
		    r == 0 ? "torn" : "look-up failed");
	/* Before, by a touch, or just now: when recovering from "sweep" this is later. */
	if (r == 0 && entry.last_seen_ms / 60000 != START_MS / 60000 &&
	    entry.last_seen_ms / 60000 != (START_MS + TOUCH_MS) / 60000 &&
	    entry.last_seen_ms / 60000 != (START_MS + place->op->later_ms) / 60000)
		proof_violation("%s: entry %llu was seen at %lld", describe(place),
		    (unsigned long long)n, (long long)entry.last_seen_ms);
	if (!is_allowed(place, n, state))
		proof_violation("%s: entry %llu is %s", describe(place), (unsigned long long)n,
		    state == STATE_ABSENT ? "lost" : "there");
}

struct seen {
	const struct place *place;
	uint64_t n_entries;
};

static bool
see(void *arg, const struct table_entry *entry)
{
	struct seen *seen = arg;

	seen->n_entries++;
	for (uint64_t n = 1; n <= NEXT; n++) {
		struct digest_tag tag = proof_tag(SERIES, n);

		if (memcmp(&tag, &entry->tag, sizeof(tag)) == 0)
			return true; /* check_one() looks closer */
	}
	proof_violation("%s: an entry that nobody inserted", describe(seen->place));
	return true;
}

static void
report(void *arg, const char *line)
{
	proof_violation("%s: %s", describe(arg), line);
}

static void
check_invariants(struct table *t, struct place *place)
{
	uint64_t n;
	int r = table_check(t, report, place, &n);

	if (r != 0)
		proof_violation("%s: table_check: %d", describe(place), r);
}

static void
check_after_kill(void *arg, size_t i, size_t n_steps)
{
	struct place *place = arg;
	struct table *t = NULL;
	struct table_entry next = entry_of(NEXT, STATE_OLD);
	struct seen seen = { place, 0 };
	struct err err = { "" };
	int64_t since, ns;
	int r;

	place->i = i;
	place->n = n_steps;
	clock_freeze(START_MS + place->op->later_ms, 0);
	if ((r = table_open(&config, &t, NULL, &err)) != 0) {
		proof_violation(
		    "%s: the next process cannot attach: %d: %s", describe(place), r, err.text);
		return;
	}
	/* First as it was left: readers must be right before any repair. */
	for (uint64_t n = 1; n <= n_to_grow; n++)
		check_one(t, place, n);
	for (uint64_t n = 0; n < 10; n++) {
		check_one(t, place, OWNED + n);
		check_one(t, place, REMOVED + n);
		check_one(t, place, EXPIRING + n);
		check_one(t, place, FRESH + n);
	}
	since = proof_now_ns();
	r = table_insert(t, &next);
	ns = proof_now_ns() - since;
	if (ns > longest_write_ns)
		longest_write_ns = ns;
	if (r != 0)
		proof_violation("%s: the next writer: %d", describe(place), r);
	check_invariants(t, place);
	(void)table_each(t, see, &seen);
	/* The count includes what has expired and is not swept yet. */
	if (table_count(t) < seen.n_entries ||
	    table_count(t) > seen.n_entries + (place->op->later_ms == EXPIRY_MS ? 2 : 0))
		proof_violation("%s: count %llu, but %llu entries", describe(place),
		    (unsigned long long)table_count(t), (unsigned long long)seen.n_entries);
	if ((r = table_remove(t, &next.tag)) != 0)
		proof_violation("%s: cannot remove the next entry: %d", describe(place), r);
	if ((r = table_tick(t)) != 0)
		proof_violation("%s: tick: %d", describe(place), r);
	for (uint64_t n = 1; n <= n_to_grow; n++)
		check_one(t, place, n);
	check_one(t, place, FRESH);
	check_one(t, place, OWNED);
	check_one(t, place, OWNED + N_OWNED);
	check_invariants(t, place);
	table_close(t);
	clock_freeze(START_MS, 0);
}

/* ------------------------------------------------------------------- the sweep over i */

static void
child_prepare(void *arg)
{
	const struct place *place = arg;

	if (place->first == NULL)
		place->op->prepare();
	else
		table = proof_open(&config); /* as the dead one left it */
	clock_freeze(START_MS + place->op->later_ms, 0);
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

	config.max_per_owner = op->max_per_owner;
	stepper_sweep(&(struct stepper_sweep){ .name = op->name,
	    .job = { child_prepare, child_run, &place, NULL },
	    .stride = stride,
	    .check = check_after_kill });
}

/* ------------------------------------------------------------------- a death in recovery */

static uint64_t
digest(void)
{
	/* The lock and the readers' lines hold thread ids, different each time. */
	static const struct stepper_skip skip[2] = {
		{ FORMAT_CONTROL_OFFSET, sizeof(pthread_mutex_t) },
		{ FORMAT_READERS_OFFSET, FORMAT_PAGE_BYTES },
	};

	return stepper_digest_file(NAME, skip);
}

/*
 * One process dies in an operation, in every state that it can leave behind or in n_states_max of
 * them; the next one begins an insert, finds what it left, and dies too: at every instruction, or
 * at n_kills_max of them that are evenly apart, others for each state.
 */
static void
recover(const struct op *first, size_t n_states_max, size_t n_kills_max)
{
	const struct op next = OP("insert", NULL, run_insert,
	    .changes = { CHANGE(FRESH, ABSENT, OLD) }, .later_ms = first->later_ms);
	struct place dying = { .op = first }, recovering = { .first = first, .op = &next };

	config.max_per_owner = first->max_per_owner;
	stepper_recover(&(struct stepper_recovery){ .name = first->name,
	    .first = { child_prepare, child_run, &dying, NULL },
	    .digest = digest,
	    .n_states_max = n_states_max,
	    .next = { .job = { child_prepare, child_run, &recovering, NULL },
		.n_kills_max = n_kills_max,
		.check = check_after_kill },
	    .ret_first_i = &recovering.first_i });
}

/* ------------------------------------------------------------------- the whole */

/* Some operations begin where a growth begins: find out where that is. */
static void
dry_run(void)
{
	struct table_stats stats = { .is_growing = false };

	prepare_some();
	/* The second growth: the first one has so little to move that one change does it. */
	for (n_to_grow = N_BASE; !(stats.is_growing && stats.n_growths > 0);) {
		insert(++n_to_grow, STATE_OLD);
		must(table_stats(table, &stats), "stats");
	}
	table_close(table);
	printf("growth begins with entry %llu\n", (unsigned long long)n_to_grow);
}

/* After all operations, or after the one that is named. */
static void
recover_all(bool is_long, const char *after)
{
	for (size_t k = 0; k < (is_long ? N_OPS : 1); k++) {
		const struct op *op = &ops[k];

		if (op->run == run_open || op->run == run_close || op->run == run_find ||
		    (after != NULL && strcmp(after, op->name) != 0))
			continue;
		if (!is_long)
			recover(op, 5, 80);
		else if (k == 0)
			recover(op, SIZE_MAX, SIZE_MAX);
		else
			recover(op, 20, 500);
	}
}

int
main(int argc, char **argv)
{
	bool is_long = proof_init(argc, argv);
	const char *only = argc > 2 ? argv[2] : NULL; /* check_step long insert */

	if (!stepper_is_possible()) {
		(void)fprintf(
		    stderr, "no single-stepping here: wrong processor, or no ptrace\n");
		return PROOF_SKIP;
	}
	(void)setvbuf(stdout, NULL, _IOLBF, 0); /* progress, also into a file */
	config = proof_config(NAME, 1000);
	clock_freeze(START_MS, 0);
	dry_run();
	for (size_t k = 0; k < N_OPS; k++) {
		struct op *op = &ops[k];

		if (op->prepare == prepare_before_growth || op->prepare == prepare_growing)
			op->n_filled = n_to_grow - (op->prepare == prepare_before_growth);
		if (op->run == run_grow)
			op->changes[0] = (struct change){ n_to_grow, STATE_ABSENT, STATE_OLD };
		if (only != NULL ? strcmp(only, op->name) == 0 : is_long || op->is_short)
			sweep(op, is_long ? 1 : SHORT_STRIDE);
	}
	if (only == NULL || strcmp(only, "recover") == 0)
		recover_all(is_long, only != NULL && argc > 3 ? argv[3] : NULL);
	printf("%llu kills; the next write took at most %lld us\n",
	    (unsigned long long)stepper_n_kills, (long long)longest_write_ns / 1000);
	return proof_finish("killed at every instruction");
}
