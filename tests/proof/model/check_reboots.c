/*
 * check_reboots.c - login sessions begin and end, processes are killed, the table goes, and
 * nobody lives again
 *
 * Processes begin sessions of a few users, who may have one, two or three each, so that most
 * begin at another's expense; they end them, one or all of a user, purge, compact the journal,
 * make the table grow, close everything and open it again.  One after the other is killed
 * wherever it happens to be.  Now and then all are killed, or asked to finish, the clock goes on,
 * and often the machine is "booted": another boot id, or an empty run directory, or both; the
 * table comes again from the journal.  What was told about each session (told.h) must hold all
 * the while, and table and journal together at every rest.
 *
 * check_reboots [long [kills [seed]]]   2,000 kills; long: 100,000.  The order of things is the
 * kernel's: the seed repeats the choices, not the run.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/account.h"
#include "proof/journal/shim.h"
#include "proof/journal/workload.h"
#include "proof/model/told.h"
#include "proof/table/proof.h"

#define N_PROCESSES   6
#define KILLS_A_ROUND 200
#define KILLS_A_REST  24 /* at most */
#define STEPS_A_KILL  40 /* at most */
#define DEEDS_A_DEATH 32 /* on average */
#define FILLERS_MAX   20000
#define FILLER_LANE   2
#define RETRY_MS      1500
#define PATIENCE_S    600 /* something has come to a halt: not that a machine is busy */

static const struct digest_key key = { { 7 } };

/* What a process has open. */
struct site {
	struct table *table;
	struct user_sessions *sessions;
	uint64_t random;
	bool is_new; /* the table has been brought in line just now */
};

static uint32_t
draw(struct site *s, uint32_t n)
{
	return (uint32_t)(proof_random(&s->random) % n);
}

/* As app_open() does.  The first one after a boot is the program that starts. */
static void
site_open(struct site *s, bool at_start)
{
	struct table_config table = proof_config("table", UINT64_C(1) << 20);
	struct user_sessions_restored restored = { 0 };
	struct journal_config journal;
	struct err err = { "" };

	table.max_per_owner = board->max_per_owner;
	table.replace_stale = true;
	s->table = proof_open(&table);
	s->is_new = !user_sessions_is_restored(&key, s->table);
	at_start = at_start || s->is_new;
	journal = (struct journal_config){ .dir_fd = proof_dir_fd,
		.dir_path = proof_dir,
		.name = "UserSession",
		.key_check = { 1 },
		.is_passing = !at_start };
	if (user_sessions_open(&s->sessions, &journal, &err) != 0 ||
	    (at_start && user_sessions_restore(s->sessions, proof_dir_fd, &key, s->table, true,
			     &restored, &err) != 0))
		proof_die("%s", err.text);
}

static void
site_close(struct site *s)
{
	user_sessions_close(s->sessions);
	table_close(s->table);
}

/* -------------------------------------------------------------------- a process */

/*
 * Refused for the load of the machine; or since somebody died over a flush, or over the new file
 * after that, which is tried again a second later: nobody was told anything.
 */
static bool
is_refused(const char *what, int r)
{
	if (r == -ETIMEDOUT || r == -EROFS) {
		board->n_refused++;
		told_pass_time_ms(RETRY_MS);
	} else if (r < 0)
		proof_violation("%s: %s", what, strerror(-r));
	return r < 0;
}

static void
do_begin(struct site *s)
{
	uint32_t n = told_begin(&s->random);
	struct user_session session;
	struct table_entry entry;
	char id[TOLD_TEXT_MAX];
	struct told *told;
	int r;

	if (n == UINT32_MAX)
		return;
	told = &board->session[n];
	entry = told_entry(n);
	told_owner_id(told->owner, id);
	if (user_session_init(&session, str_of(id), &entry.tag, entry.lifetime_s) != 0)
		proof_die("no session");
	session.base.created_ms = session.base.updated_ms = told->created_ms;
	board->n_begins[told->owner]++;
	r = user_sessions_begin(s->sessions, s->table,
	    entry.kind == TABLE_KIND_STORED ? &session : NULL, &entry, 0);
	if (is_refused("begin", r))
		return;
	told->state = TOLD_LIVE;
	board->n_begins_done[told->owner]++;
	board->n_begun++;
}

/* One of the last, which may live. */
static uint32_t
choose(struct site *s)
{
	uint32_t n = board->n < TOLD_MAX ? board->n : TOLD_MAX, back;

	if (n == 0)
		return UINT32_MAX;
	back = draw(s, 8) == 0 ? n : n < 24 ? n : 24;
	return n - 1 - draw(s, back);
}

static void
do_look(struct site *s)
{
	uint32_t n = choose(s);

	if (n != UINT32_MAX)
		told_look(s->table, n);
}

static void
do_end(struct site *s)
{
	uint32_t n = choose(s);
	struct digest_tag tag;
	struct told *told;
	int r;

	for (unsigned i = 0; n != UINT32_MAX && i < 8 && board->session[n].is_gone; i++)
		n = choose(s);
	if (n == UINT32_MAX || board->session[n].state != TOLD_LIVE)
		return;
	told = &board->session[n];
	tag = told_tag(n);
	told->is_ending = true;
	r = told->kind == TABLE_KIND_STORED ? user_sessions_end(s->sessions, s->table, &tag)
					    : table_remove(s->table, &tag);
	if (is_refused("end", r))
		return;
	told->is_gone = true;
	board->n_ended++;
}

/* Whoever begins meanwhile may be ended too. */
static void
do_end_all(struct site *s)
{
	static bool was_live[TOLD_MAX];
	struct account_env env = { .user_sessions = s->sessions, .table = s->table };
	unsigned owner = draw(s, TOLD_OWNERS);
	uint32_t n_before = board->n;
	char id[TOLD_TEXT_MAX];
	int r;

	told_owner_id(owner, id);
	board->n_end_alls[owner]++;
	for (uint32_t n = 0; n < n_before && n < TOLD_MAX; n++)
		was_live[n] =
		    board->session[n].owner == owner && board->session[n].state == TOLD_LIVE;
	r = account_end_sessions(&env, str_of(id), NULL);
	for (uint32_t n = 0; n < board->n && n < TOLD_MAX; n++) {
		if (board->session[n].owner == owner)
			board->session[n].is_ending = true;
		if (r == 0 && n < n_before && was_live[n])
			board->session[n].is_gone = true;
	}
	board->n_end_alls_done[owner]++;
	if (!is_refused("end all", r))
		board->n_ended_all++;
}

/* Of many owners, and only in memory: the table grows, and owners share what is counted. */
static void
do_fill(struct site *s)
{
	for (unsigned i = 0; i < 8 && board->n_fillers < FILLERS_MAX; i++) {
		struct table_entry entry = proof_entry(FILLER_LANE, 2 * board->n_fillers++);

		(void)is_refused("fill", table_insert(s->table, &entry));
	}
}

static void
do_purge(struct site *s)
{
	struct err err = { "" };
	size_t n = 0;

	if (!is_refused("purge", user_sessions_purge(s->sessions, s->table, &n, &err)))
		board->n_purged += n;
}

static void
do_tick(struct site *s)
{
	(void)is_refused("tick", user_sessions_tick(s->sessions));
	(void)is_refused("table tick", table_tick(s->table));
	board->n_ticks++;
}

static void
do_reopen(struct site *s)
{
	site_close(s);
	site_open(s, draw(s, 2) == 0);
}

/*
 * Sometimes die in the middle of a call that changes the data directory: where only a few
 * instructions lie between the journal and the table, a kill from outside seldom finds them.
 */
static void
arm(struct site *s)
{
	struct shim_plan plan = { .calls = SHIM_WRITE | SHIM_FLUSH | SHIM_RENAME |
					   SHIM_TRUNCATE | SHIM_UNLINK,
		.nth = 1 + draw(s, 2) * draw(s, 4),
		.how = SHIM_DIE };

	if (!board->is_calm && draw(s, DEEDS_A_DEATH) == 0)
		shim_arm(&plan);
}

static void
step(struct site *s)
{
	static const struct {
		void (*fn)(struct site *s);
		uint32_t share;
	} deeds[] = {
		{ do_begin, 28 },
		{ do_look, 12 },
		{ do_end, 10 },
		{ do_fill, 6 },
		{ do_tick, 3 },
		{ do_purge, 2 },
		{ do_end_all, 2 },
		{ do_reopen, 1 },
	};
	uint32_t dice = draw(s, 64);
	unsigned i = 0;

	while (dice >= deeds[i].share)
		dice -= deeds[i++].share;
	arm(s);
	deeds[i].fn(s);
	(void)shim_disarm();
	board->n_steps++;
}

static void
work(uint64_t seed)
{
	struct site s = { .random = seed };

	told_set_clock();
	shim_set_boot((uint8_t)(1 + board->boot_id % 255));
	site_open(&s, draw(&s, 2) == 0);
	while (!board->is_over)
		step(&s);
	site_close(&s);
	exit(EXIT_SUCCESS);
}

/* ------------------------------------------------------------------- the storm */

struct storm {
	pid_t pid[N_PROCESSES];
	struct site judge;
	uint64_t n_deaths, n_rests, n_boots;
};

static pid_t
spawn(struct storm *storm)
{
	uint64_t seed = proof_random(&storm->judge.random);
	pid_t pid = fork();

	if (pid == -1)
		proof_die("fork: %s", strerror(errno));
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* no storm without us */
		work(seed);
	}
	return pid;
}

/* It has ended: as it should? */
static void
examine(struct storm *storm, int status, bool was_asked)
{
	bool has_died = (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) ||
			(WIFEXITED(status) && WEXITSTATUS(status) == SHIM_DIED_STATUS);

	storm->n_deaths += has_died;
	if (!has_died && !(was_asked && status == 0))
		proof_violation("a process ended badly (status %x)", (unsigned)status);
}

static void
bury(struct storm *storm, unsigned i)
{
	int status;

	if (waitpid(storm->pid[i], &status, 0) != storm->pid[i])
		proof_die("waitpid: %s", strerror(errno));
	examine(storm, status, board->is_over);
}

static void
replace_the_dead(struct storm *storm)
{
	int status;

	for (unsigned i = 0; i < N_PROCESSES; i++)
		if (waitpid(storm->pid[i], &status, WNOHANG) == storm->pid[i]) {
			examine(storm, status, false);
			storm->pid[i] = spawn(storm);
		}
}

/* Kills follow what is done, not the clock: a busy machine has the same storm. */
static void
wait_for_steps(struct storm *storm, uint64_t n)
{
	uint64_t until = board->n_steps + n;
	int64_t since = proof_now_ns();

	while (board->n_steps < until && proof_n_violations() == 0) {
		(void)usleep(50);
		replace_the_dead(storm);
		if (proof_now_ns() - since > PATIENCE_S * INT64_C(1000000000))
			proof_die("nothing goes on");
	}
}

/* Look at everything while nobody else is there. */
static void
judge(struct storm *storm)
{
	struct site *s = &storm->judge;

	told_set_clock();
	told_settle();
	shim_set_boot((uint8_t)(1 + board->boot_id % 255));
	site_open(s, false);
	told_judge(s->table, s->sessions, s->is_new);
	site_close(s);
	storm->n_rests++;
}

static void
boot(struct storm *storm)
{
	uint32_t how = draw(&storm->judge, 3); /* 0: boot id, 1: run directory, 2: both */

	if (how != 1)
		board->boot_id++;
	if (how != 0) {
		(void)unlinkat(proof_dir_fd, "table", 0);
		(void)unlinkat(proof_dir_fd, USER_SESSIONS_RESTORE_LOCK, 0);
	}
	told_start_boot();
	storm->n_boots++;
}

/* Until the next rest.  Without a death everything must agree to the last. */
static void
life(struct storm *storm)
{
	struct site *s = &storm->judge;
	unsigned n_kills = draw(s, 4) == 0 ? 0 : 1 + draw(s, KILLS_A_REST);

	board->is_over = false;
	board->is_calm = n_kills == 0;
	for (unsigned i = 0; i < N_PROCESSES; i++)
		storm->pid[i] = spawn(storm);
	for (unsigned i = 0; i < n_kills && proof_n_violations() == 0; i++) {
		unsigned victim = draw(s, N_PROCESSES);

		/* Sometimes while they open. */
		wait_for_steps(storm, draw(s, 8) == 0 ? 0 : 1 + draw(s, STEPS_A_KILL));
		(void)kill(storm->pid[victim], SIGKILL);
		bury(storm, victim);
		storm->pid[victim] = spawn(storm);
	}
	if (board->is_calm || draw(s, 2) == 0)
		wait_for_steps(storm, 4 * STEPS_A_KILL);
	else
		for (unsigned i = 0; i < N_PROCESSES; i++)
			(void)kill(storm->pid[i], SIGKILL);
	board->is_over = true;
	for (unsigned i = 0; i < N_PROCESSES; i++)
		bury(storm, i);
}

static void
round_of(struct storm *storm, uint64_t n_deaths)
{
	struct scratch dir = { .fd = proof_dir_fd };
	uint64_t until = storm->n_deaths + n_deaths;

	scratch_empty(&dir);
	board->boot_id++;
	told_start_round(1 + draw(&storm->judge, 3));
	while (storm->n_deaths < until && proof_n_violations() == 0) {
		life(storm);
		judge(storm);
		board->wall_ms += (int64_t)TOLD_LEAP_S * 1000;
		if (draw(&storm->judge, 3) != 0)
			boot(storm);
		/* Else those that come will bring it in line, and be killed over it. */
		if (draw(&storm->judge, 2) == 0)
			judge(storm);
	}
}

int
main(int argc, char **argv)
{
	unsigned long n_kills = proof_init(argc, argv) ? 100000 : 2000;
	struct storm storm = { .n_rests = 0 };
	int64_t since = proof_now_ns();

	storm.judge.random = (uint64_t)since;
	if (argc > 2)
		n_kills = strtoul(argv[2], NULL, 10);
	if (argc > 3)
		storm.judge.random = strtoull(argv[3], NULL, 10);
	printf("seed %llu\n", (unsigned long long)storm.judge.random);
	told_init();
	/* Both ways to compact: beside those who append, and by one of them. */
	shim_set_compaction(1, 60, 300);
	while (storm.n_deaths < n_kills && proof_n_violations() == 0)
		round_of(&storm, KILLS_A_ROUND);
	printf(
	    "%llu kills, %llu rests, %llu boots in %.1f s: %llu begun, %llu ended, %llu times "
	    "all of a user, %llu look-ups, %llu ticks, %llu purged, %llu refused\n",
	    (unsigned long long)storm.n_deaths, (unsigned long long)storm.n_rests,
	    (unsigned long long)storm.n_boots, (double)(proof_now_ns() - since) / 1e9,
	    (unsigned long long)board->n_begun, (unsigned long long)board->n_ended,
	    (unsigned long long)board->n_ended_all, (unsigned long long)board->n_looks,
	    (unsigned long long)board->n_ticks, (unsigned long long)board->n_purged,
	    (unsigned long long)board->n_refused);
	return proof_finish("reboots");
}
