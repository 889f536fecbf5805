/* side_journal.c - see side.h: our journal */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "core/file.h"
#include "side.h"
#include "side_journal.h"

#define LOCK_TIMEOUT_MS 60000

int
side_journal_ignore(void *arg, const struct journal_record *record)
{
	uint64_t *n = arg;

	if (record->op == JOURNAL_RESET)
		*n = 0;
	else
		(*n)++;
	return 0;
}

struct side_journal *
side_journal_open(const char *dir)
{
	struct side_journal *self = calloc(1, sizeof(*self));
	pthread_mutexattr_t attr;
	struct err err;
	struct journal_config config = { .dir_path = dir, .name = "Bench" };

	if (self == NULL || file_open_dir(dir, false, &config.dir_fd, &err) != 0)
		side_die(dir);
	self->dir_fd = config.dir_fd;
	if ((errno = -journal_open(&config, &self->journal, &err)) != 0)
		side_die(err.text);
	/* As src/model/collection.c has it. */
	(void)pthread_mutexattr_init(&attr);
	(void)pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ADAPTIVE_NP);
	(void)pthread_mutex_init(&self->mutex, &attr);
	(void)pthread_mutexattr_destroy(&attr);
	return self;
}

void
side_journal_close(struct side_journal *self)
{
	journal_close(self->journal);
	(void)pthread_mutex_destroy(&self->mutex);
	free(self);
}

void
side_journal_change(
    struct side_journal *self, const struct journal_record *records, size_t n, int is_flushed)
{
	uint64_t seq;

	(void)pthread_mutex_lock(&self->mutex);
	if ((errno = -journal_lock(self->journal, LOCK_TIMEOUT_MS)) != 0)
		side_die("journal_lock");
	if ((errno = -journal_catch_up(self->journal, side_journal_ignore, &self->n_known)) !=
	    0)
		side_die("journal_catch_up");
	if ((errno = -journal_append(self->journal, records, n, &seq)) != 0)
		side_die("journal_append");
	journal_unlock(self->journal);
	(void)pthread_mutex_unlock(&self->mutex);
	if (is_flushed && (errno = -journal_sync(self->journal, seq)) != 0)
		side_die("journal_sync");
}

static void
journal_side_login(void *self, uint64_t number)
{
	char key[SIDE_KEY_BYTES], value[SIDE_VALUE_BYTES];
	struct journal_record record = { .op = JOURNAL_PUT };
	size_t n;

	side_session(number, key, value, &n);
	record.key = str_of(key);
	record.value = str_mem(value, n);
	side_journal_change(self, &record, 1, 1);
}

static void *
journal_side_open(const char *dir)
{
	struct side_journal *self = side_journal_open(dir);

	if ((errno = -journal_catch_up(self->journal, side_journal_ignore, &self->n_known)) !=
	    0)
		side_die("journal_catch_up");
	return self;
}

static void
journal_side_close(void *self)
{
	side_journal_close(self);
}

static void
journal_side_prepare(const char *dir)
{
	side_journal_close(side_journal_open(dir));
}

const struct side side_journal = { "journal", journal_side_prepare, journal_side_open,
	journal_side_login, journal_side_close };
