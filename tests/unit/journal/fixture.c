/* fixture.c - see fixture.h */
#include "unit/journal/fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"

static void
on_notice(void *arg, bool is_lasting, const char *text)
{
	struct fixture *f = arg;
	size_t n = strlen(f->notices);

	f->n_lasting += is_lasting;
	(void)snprintf(f->notices + n, sizeof(f->notices) - n, "%s\n", text);
}

void
fixture_open(struct fixture *f)
{
	const char *tmp = getenv("TMPDIR");
	struct err err;

	*f = (struct fixture){ .dir_fd = -1 };
	/* Memory, where there is such a place: hundreds of tests flush, and wait for the disk. */
	if (tmp == NULL)
		tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	(void)snprintf(f->path, sizeof(f->path), "%.40s/journal-XXXXXX", tmp);
	ck_assert_ptr_nonnull(mkdtemp(f->path));
	ck_assert_int_eq(file_open_dir(f->path, false, &f->dir_fd, &err), 0);
	f->config = (struct journal_config){ .dir_fd = f->dir_fd,
		.dir_path = f->path,
		.name = "User",
		.notice = on_notice,
		.notice_arg = f };
}

void
fixture_close(struct fixture *f)
{
	DIR *dir = fdopendir(f->dir_fd);
	struct dirent *entry;

	ck_assert_ptr_nonnull(dir);
	rewinddir(dir);
	while ((entry = readdir(dir)) != NULL)
		(void)unlinkat(f->dir_fd, entry->d_name, 0);
	(void)closedir(dir);
	ck_assert_int_eq(rmdir(f->path), 0);
}

struct journal *
fixture_journal(struct fixture *f)
{
	struct journal *journal = NULL;
	struct err err = { "" };
	int r = journal_open(&f->config, &journal, &err);

	ck_assert_msg(r == 0, "journal_open: %d %s", r, err.text);
	return journal;
}

char *
fixture_read(struct fixture *f, const char *name, size_t *ret_n)
{
	int fd = openat(f->dir_fd, name, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *bytes;

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_ptr_nonnull(bytes = malloc((size_t)st.st_size + 1));
	ck_assert_int_eq(file_read_all(fd, bytes, (size_t)st.st_size), 0);
	bytes[st.st_size] = '\0';
	(void)close(fd);
	if (ret_n != NULL)
		*ret_n = (size_t)st.st_size;
	return bytes;
}

void
fixture_write(struct fixture *f, const char *name, const void *bytes, size_t n)
{
	int fd = openat(f->dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(file_write_all(fd, bytes, n), 0);
	ck_assert_int_eq(close(fd), 0);
}

int
fixture_truncate(struct fixture *f, const char *name, size_t n)
{
	int fd = openat(f->dir_fd, name, O_WRONLY | O_CLOEXEC);
	int r = ftruncate(fd, (off_t)n);

	(void)close(fd);
	return r;
}

int
fixture_count(struct fixture *f, const char *prefix)
{
	DIR *dir = opendir(f->path);
	struct dirent *entry;
	int n = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL)
		n += strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
	(void)closedir(dir);
	return n;
}

int
fixture_n_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n;
}

struct replica *
replica_new(void)
{
	struct replica *replica = calloc(1, sizeof(*replica));

	ck_assert_ptr_nonnull(replica);
	return replica;
}

static void
remove_at(struct replica *replica, size_t i)
{
	free(replica->items[i].value);
	memmove(&replica->items[i], &replica->items[i + 1],
	    (replica->n - i - 1) * sizeof(replica->items[0]));
	replica->n--;
}

void
replica_free(struct replica *replica)
{
	while (replica->n > 0)
		remove_at(replica, replica->n - 1);
	free(replica);
}

int
replica_apply(void *arg, const struct journal_record *record)
{
	struct replica *replica = arg;
	size_t i;

	replica->n_calls++;
	if (record->op == JOURNAL_RESET) {
		replica->n_resets++;
		while (replica->n > 0)
			remove_at(replica, replica->n - 1);
		return 0;
	}
	for (i = 0; i < replica->n; i++)
		if (str_eq_z(record->key, replica->items[i].key))
			break;
	if (record->op == JOURNAL_DEL) {
		if (i < replica->n)
			remove_at(replica, i);
		return 0;
	}
	ck_assert_uint_lt(i, FIXTURE_MAX);
	if (i < replica->n)
		free(replica->items[i].value);
	else
		replica->n++;
	(void)snprintf(
	    replica->items[i].key, sizeof(replica->items[i].key), "%.*s", STR_FMT(record->key));
	replica->items[i].value = str_dup(record->value);
	return 0;
}

const char *
replica_text(const struct replica *replica)
{
	static char text[64 * 1024];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < replica->n; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s=%.40s ",
		    replica->items[i].key, replica->items[i].value);
	return text;
}

static uint64_t
append(struct journal *journal, struct replica *replica, const struct journal_record *record)
{
	uint64_t seq = 0;
	int r;

	ck_assert_int_eq(journal_lock(journal, 2000), 0);
	ck_assert_int_eq(journal_catch_up(journal, replica_apply, replica), 0);
	r = journal_append(journal, record, 1, &seq);
	ck_assert_msg(r == 0, "journal_append: %d", r);
	ck_assert_int_eq(replica_apply(replica, record), 0);
	journal_unlock(journal);
	return seq;
}

uint64_t
fixture_put(
    struct journal *journal, struct replica *replica, const char *key, const char *value)
{
	struct journal_record record = { JOURNAL_PUT, str_of(key), str_of(value) };

	return append(journal, replica, &record);
}

uint64_t
fixture_del(struct journal *journal, struct replica *replica, const char *key)
{
	struct journal_record record = { JOURNAL_DEL, str_of(key), STR_NULL };

	return append(journal, replica, &record);
}
