/*
 * check_stop.c - a writer is stopped with the lock in its hands
 *
 * At several instructions between lock and unlock a writer gets SIGSTOP.  Look-ups must not
 * notice; writers must be refused with -ETIMEDOUT in bounded time; and when the stopped one
 * goes on, or is killed instead, all must be as if nothing had been.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/random.h"
#include "proof/table/proof.h"
#include "proof/table/stepper.h"

#define SERIES         1
#define N_ENTRIES      30
#define FRESH          100 /* what the stopped writer inserts */
#define NEXT           200 /* what another one tries to */
#define WRITE_LIMIT_NS INT64_C(2500000000)
#define N_ROUNDS       2000
#define N_PLACES       3
#define START_MS       INT64_C(50000000)

/* The salt and the clock must be the same each time, or the path to a place is another one. */
int __wrap_random_fill(void *ret_bytes, size_t n);

int
__wrap_random_fill(void *ret_bytes, size_t n)
{
	memset(ret_bytes, 0x5a, n);
	return 0;
}

static struct table_config config;
static struct table *child_table;

static void
prepare(void *arg)
{
	struct table_entry entry;
	struct digest_tag tag = proof_tag(SERIES, NEXT);

	(void)arg;
	(void)unlinkat(proof_dir_fd, config.name, 0);
	child_table = proof_open(&config);
	for (uint64_t n = 0; n < N_ENTRIES; n++) {
		entry = proof_entry(SERIES, n);
		if (table_insert(child_table, &entry) != 0)
			_exit(98);
	}
	if (table_find(child_table, &tag, &entry) != TABLE_E_ABSENT)
		_exit(98);
}

static void
run(void *arg)
{
	struct table_entry entry = proof_entry(SERIES, FRESH);

	(void)arg;
	if (table_insert(child_table, &entry) != 0)
		_exit(98);
}

static void
report(void *arg, const char *line)
{
	proof_violation("%s: %s", (const char *)arg, line);
}

static void
check_lookups(struct table *table, const char *where)
{
	int64_t since = proof_now_ns();
	struct table_entry entry;

	for (unsigned i = 0; i < N_ROUNDS; i++) {
		struct digest_tag absent = proof_tag(SERIES, NEXT);
		uint64_t n = i % N_ENTRIES;
		struct digest_tag tag = proof_tag(SERIES, n);
		int r = table_find(table, &tag, &entry);

		if (r != 0 || !proof_entry_is(&entry, SERIES, n))
			proof_violation("%s: look-up: %d", where, r);
		if ((r = table_find(table, &absent, &entry)) != TABLE_E_ABSENT)
			proof_violation("%s: look-up of nothing: %d", where, r);
	}
	printf("%s: a look-up takes %lld ns\n", where,
	    (long long)(proof_now_ns() - since) / (2 * N_ROUNDS));
}

static void
check_refused(struct table *table, const char *where)
{
	struct table_entry next = proof_entry(SERIES, NEXT);
	int64_t since = proof_now_ns(), ns;
	int r = table_insert(table, &next);

	ns = proof_now_ns() - since;
	if (r != -ETIMEDOUT)
		proof_violation("%s: a writer got %d", where, r);
	if (ns > WRITE_LIMIT_NS)
		proof_violation("%s: a writer waited %lld ms", where, (long long)ns / 1000000);
	printf("%s: a writer is refused after %lld ms\n", where, (long long)ns / 1000000);
}

static void
check_after(struct table *table, const char *where, bool was_killed)
{
	struct table_entry entry, next = proof_entry(SERIES, NEXT);
	struct digest_tag fresh = proof_tag(SERIES, FRESH);
	uint64_t n;
	int r;

	if ((r = table_insert(table, &next)) != 0)
		proof_violation("%s: the next writer: %d", where, r);
	if ((r = table_find(table, &next.tag, &entry)) != 0 ||
	    !proof_entry_is(&entry, SERIES, NEXT))
		proof_violation("%s: the next entry: %d", where, r);
	r = table_find(table, &fresh, &entry);
	if ((r == 0 && !proof_entry_is(&entry, SERIES, FRESH)) || (r != 0 && !was_killed))
		proof_violation("%s: the interrupted entry: %d", where, r);
	if ((r = table_check(table, report, (void *)(uintptr_t)where, &n)) != 0)
		proof_violation("%s: table_check: %d", where, r);
}

static void
stop_at(struct stepper *stepper, size_t i, bool is_killed)
{
	char where[80];
	int status = 0;
	pid_t pid = stepper_run_to(stepper, i);
	struct table *table = proof_open(&config);

	(void)snprintf(where, sizeof(where), "stopped at %zu of %zu, then %s", i,
	    stepper->n_steps, is_killed ? "killed" : "continued");
	stepper_release_stopped(pid);
	check_lookups(table, where);
	check_refused(table, where);
	if (kill(pid, is_killed ? SIGKILL : SIGCONT) == -1 || waitpid(pid, &status, 0) != pid)
		proof_die("cannot continue the child: %s", strerror(errno));
	if (!is_killed && status != 0)
		proof_violation("%s: it ended with status %x", where, (unsigned)status);
	check_after(table, where, is_killed);
	table_close(table);
}

int
main(int argc, char **argv)
{
	bool is_long = proof_init(argc, argv);
	struct stepper stepper;
	size_t first, last, n_places;

	if (!stepper_is_possible()) {
		(void)fprintf(
		    stderr, "no single-stepping here: wrong processor, or no ptrace\n");
		return PROOF_SKIP;
	}
	config = proof_config("table", 1000);
	clock_freeze(START_MS, 0);
	stepper_record(&stepper, &(struct stepper_job){ prepare, run, NULL, NULL });
	first = stepper_find(&stepper, (const void *)pthread_mutex_trylock, 0);
	last = stepper_find(&stepper, (const void *)pthread_mutex_unlock, first);
	if (last > stepper.n_steps)
		proof_die("no lock and unlock on the way");
	/* The first place is a few calls after the lock was taken. */
	first += (last - first) / 4;
	n_places = is_long ? 20 : N_PLACES;
	for (size_t k = 0; k < n_places; k++)
		stop_at(&stepper, first + (last - first) * k / (n_places - 1), k % 2 == 1);
	stepper_free(&stepper);
	return proof_finish("stopped with the lock");
}
