/* pair.c - see pair.h */
#include "unit/journal/pair.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "unit/journal/fault.h"

struct fixture f;
struct replica *a, *b;
struct journal *one, *two;
const struct journal_record del_k1 = { JOURNAL_DEL, { "k1", 2 }, { NULL, 0 } };
const struct journal_record put_k9 = { JOURNAL_PUT, { "k9", 2 }, { "{}", 2 } };

void
pair_set_up(void)
{
	fixture_open(&f);
	a = replica_new();
	b = replica_new();
	one = fixture_journal(&f);
	two = fixture_journal(&f);
	ck_assert_int_eq(journal_catch_up(two, replica_apply, b), 0);
	(void)fixture_put(one, a, "k1", "{\"v\":1}");
}

void
pair_tear_down(void)
{
	fault_clear();
	clock_thaw();
	journal_close(one);
	journal_close(two);
	replica_free(a);
	replica_free(b);
	fixture_close(&f);
}

void
pair_lock(struct journal *journal)
{
	ck_assert_int_eq(journal_lock(journal, 1000), 0);
	ck_assert_int_eq(journal_catch_up(journal, replica_apply, journal == one ? a : b), 0);
}

void
pair_grow(void)
{
	char *big = malloc(BIG_BYTES + 1);

	memset(big, ' ', BIG_BYTES);
	big[0] = '{';
	big[BIG_BYTES - 1] = '}';
	big[BIG_BYTES] = '\0';
	/* No compaction by the writer, so that it is there for the tick. */
	one->control->compact_at_ms = UINT64_MAX;
	for (int i = 0; i < 8; i++)
		(void)fixture_put(one, a, "big", big);
	(void)fixture_put(one, a, "big", "{}");
	free(big);
}

void
pair_assert_works(void)
{
	struct journal_stats stats;

	fault_clear();
	one->control->retry_at_ms = 0;
	ck_assert_int_eq(journal_sync(one, fixture_put(one, a, "last", "{}")), 0);
	ck_assert_int_eq(journal_catch_up(two, replica_apply, b), 0);
	ck_assert_str_eq(replica_text(b), replica_text(a));
	journal_stats(one, &stats);
	ck_assert(!stats.has_failed);
}

void
pair_replace_file(void)
{
	struct journal *other = fixture_journal(&f);

	other->control->has_failed = 1;
	other->control->retry_at_ms = 0;
	ck_assert_int_eq(journal_lock(other, 100), 0);
	journal_close(other);
}

void
pair_append_elsewhere(void)
{
	struct journal *other = fixture_journal(&f);
	uint64_t seq;

	ck_assert_int_eq(journal_lock(other, 100), 0);
	ck_assert_int_eq(journal_append(other, &put_k9, 1, &seq), 0);
	journal_close(other);
}

void
pair_append_junk(void)
{
	int fd = openat(f.dir_fd, "User.jsonl", O_WRONLY | O_APPEND | O_CLOEXEC);

	ck_assert_int_eq(write(fd, "junk", 4), 4);
	(void)close(fd);
}

static int said[2], resumed[2];

pid_t
pair_fork(void (*run)(struct journal *journal))
{
	char c;
	pid_t pid;

	ck_assert_int_eq(pipe(said), 0);
	ck_assert_int_eq(pipe(resumed), 0);
	if ((pid = fork()) == 0) {
		struct journal *journal = NULL;

		if (journal_open(&f.config, &journal, NULL) != 0)
			_exit(1);
		run(journal);
		_exit(0);
	}
	ck_assert_int_gt(pid, 0);
	(void)close(said[1]);
	(void)close(resumed[0]);
	/* Nothing to read: it ended instead. */
	ck_assert_int_eq(read(said[0], &c, 1), 1);
	(void)close(said[0]);
	return pid;
}

void
pair_pause(void)
{
	char c;

	(void)close(resumed[1]);
	if (write(said[1], "x", 1) != 1 || read(resumed[0], &c, 1) != 1)
		_exit(1);
}

void
pair_resume(void)
{
	ck_assert_int_eq(write(resumed[1], "x", 1), 1);
}

void
pair_kill(pid_t pid)
{
	int status;

	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	(void)close(resumed[1]);
}

void
pair_hold_append(struct journal *journal)
{
	if (journal_lock(journal, 1000) == 0)
		pair_pause();
}

void
pair_hold_sync(struct journal *journal)
{
	if (pthread_mutex_lock(&journal->control->sync_mutex) == 0)
		pair_pause();
}
