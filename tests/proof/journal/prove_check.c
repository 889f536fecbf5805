/*
 * prove_check.c - --check and a start say the same of every damaged journal
 *
 * Usage: prove_check [n_copies [seed]]
 *
 * One journal is written and closed.  Each copy of it, and of its lock file, is damaged in one of
 * the ways in which files are: bytes changed in place, cut, repeated, zeroed, lines exchanged, an
 * older state written over it or put beside it, the lock file old, damaged or absent.  Then
 * journal_examine() and journal_open() must agree to refuse or to begin, and with what; what has
 * begun must be readable to the end, as many lines as were announced; and "nothing that was
 * acknowledged is lost" may only be said when that is so.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "journal/journal.h"

#define N_DEFAULT 400
#define MAX_BYTES (256 * 1024)
#define N_CHANGES 60

struct bytes {
	char p[MAX_BYTES];
	size_t n;
};

static char dir[64];
static int dir_fd;
static struct journal_config config;
static char notices[4096];
static struct bytes whole, old, lock_whole, lock_old, now, lock_now;
static uint64_t state, n_whole_puts;
static const char *way;

static void
die(const char *what)
{
	(void)fprintf(stderr, "prove_check: %s\n%s", what, notices);
	exit(1);
}

static uint64_t
draw(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % below;
}

static void
on_notice(void *arg, bool is_lasting, const char *text)
{
	size_t n = strlen(notices);

	(void)arg;
	(void)is_lasting;
	(void)snprintf(notices + n, sizeof(notices) - n, "%s\n", text);
}

static void
load(const char *name, struct bytes *ret)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? -1 : read(fd, ret->p, sizeof(ret->p));

	if (n < 0 || n == (ssize_t)sizeof(ret->p))
		die("cannot load a file");
	ret->n = (size_t)n;
	(void)close(fd);
}

/* In place: the same inode, where there is one. */
static void
save(const char *name, const struct bytes *bytes)
{
	int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd == -1 || file_write_all(fd, bytes->p, bytes->n) != 0)
		die("cannot save a file");
	(void)close(fd);
}

/* ---------------------------------------------------------------------- the journal */

static int
ignore(void *arg, const struct journal_record *record)
{
	uint64_t *n = arg;

	*n += record->op != JOURNAL_RESET;
	return 0;
}

/* Changes of one to three lines, some flushed each, some together. */
static void
write_journal(void)
{
	struct err err = { "" };
	struct journal *journal;
	uint64_t seq = 0, n = 0;

	if (journal_open(&config, &journal, &err) != 0)
		die(err.text);
	for (unsigned i = 0; i < N_CHANGES; i++) {
		char keys[3][16], values[3][200];
		struct journal_record records[3];
		size_t n_records = 1 + draw(3);

		for (size_t k = 0; k < n_records; k++) {
			bool is_del = draw(4) == 0;

			(void)snprintf(keys[k], sizeof(keys[k]), "k%u", (unsigned)draw(20));
			(void)snprintf(values[k], sizeof(values[k]), "{\"v\":\"%.*s\"}",
			    (int)draw(100),
			    "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeaaaaaaaaaabbbbbb"
			    "bbbbccccccccccddddddddddeeeeeeeeee");
			records[k] =
			    (struct journal_record){ is_del ? JOURNAL_DEL : JOURNAL_PUT,
				    str_of(keys[k]), is_del ? STR_NULL : str_of(values[k]) };
		}
		if (journal_lock(journal, 2000) != 0 ||
		    journal_catch_up(journal, ignore, &n) != 0 ||
		    journal_append(journal, records, n_records, &seq) != 0)
			die("cannot append");
		journal_unlock(journal);
		if ((draw(3) == 0 || i == N_CHANGES - 1) && journal_sync(journal, seq) != 0)
			die("cannot flush");
		if (i == N_CHANGES / 2) {
			(void)journal_sync(journal, seq);
			load("User.jsonl", &old);
			load("User.jsonl.lock", &lock_old);
		}
	}
	journal_close(journal);
	load("User.jsonl", &whole);
	load("User.jsonl.lock", &lock_whole);
	n_whole_puts = seq;
}

/* ------------------------------------------------------------------------- damage */

static void
change_byte(struct bytes *b)
{
	if (b->n > 0)
		b->p[draw(b->n)] = (char)draw(256);
}

static void
change_bit(struct bytes *b)
{
	if (b->n > 0)
		b->p[draw(b->n)] ^= (char)(1u << draw(8));
}

/* Near the end, where it matters whether a crash can have done it. */
static void
change_late(struct bytes *b)
{
	size_t n = b->n < 300 ? b->n : 300;

	if (n > 0)
		b->p[b->n - 1 - draw(n)] ^= (char)(1 + draw(255));
}

static void
cut(struct bytes *b)
{
	b->n = draw(b->n + 1);
}

static void
cut_late(struct bytes *b)
{
	b->n -= draw(b->n < 300 ? b->n + 1 : 300);
}

static void
zero(struct bytes *b)
{
	size_t at = draw(b->n + 1), n = draw(b->n - at + 1);

	memset(b->p + at, 0, n);
}

static void
take_out(struct bytes *b)
{
	size_t at = draw(b->n + 1), n = draw(b->n - at + 1);

	memmove(b->p + at, b->p + at + n, b->n - at - n);
	b->n -= n;
}

static void
add_junk(struct bytes *b)
{
	size_t n = draw(500);

	if (b->n + n > sizeof(b->p))
		return;
	for (size_t i = 0; i < n; i++)
		b->p[b->n++] = draw(2) == 0 ? '\0' : (char)draw(256);
}

/* Line breaks of another system. */
static void
add_returns(struct bytes *b)
{
	static struct bytes to;

	to.n = 0;
	for (size_t i = 0; i < b->n && to.n + 2 < sizeof(to.p); i++) {
		if (b->p[i] == '\n')
			to.p[to.n++] = '\r';
		to.p[to.n++] = b->p[i];
	}
	*b = to;
}

/* Offset of the nth line; of the end when there are fewer. */
static size_t
line_at(const struct bytes *b, size_t nth)
{
	size_t at = 0;

	while (nth-- > 0) {
		const char *feed = memchr(b->p + at, '\n', b->n - at);

		if (feed == NULL)
			return b->n;
		at = (size_t)(feed - b->p) + 1;
	}
	return at;
}

static void
take_line_out(struct bytes *b)
{
	size_t nth = draw(N_CHANGES), at = line_at(b, nth), end = line_at(b, nth + 1);

	memmove(b->p + at, b->p + end, b->n - end);
	b->n -= end - at;
}

static void
repeat_line(struct bytes *b)
{
	size_t nth = draw(N_CHANGES), at = line_at(b, nth), n = line_at(b, nth + 1) - at;

	if (b->n + n > sizeof(b->p))
		return;
	memmove(b->p + at + n, b->p + at, b->n - at);
	b->n += n;
}

static void
write_old(struct bytes *b)
{
	*b = b == &lock_now ? lock_old : old;
}

static void
leave(struct bytes *b)
{
	(void)b;
}

static const struct {
	const char *name;
	void (*fn)(struct bytes *b);
} ways[] = {
	{ "change a byte", change_byte },
	{ "change a bit", change_bit },
	{ "change a late byte", change_late },
	{ "cut", cut },
	{ "cut late", cut_late },
	{ "zero a stretch", zero },
	{ "take a stretch out", take_out },
	{ "add junk", add_junk },
	{ "carriage returns", add_returns },
	{ "take a line out", take_line_out },
	{ "repeat a line", repeat_line },
	{ "an older state", write_old },
	{ "an older state, cut late", write_old },
	{ "nothing", leave },
};
#define N_WAYS (sizeof(ways) / sizeof(ways[0]))

/* ------------------------------------------------------------------------ one copy */

static void
complain(uint64_t copy, const char *what, int examined, int opened, const struct err *err)
{
	(void)fprintf(stderr, "prove_check: copy %llu (%s): %s: --check %d, start %d\n%s\n%s",
	    (unsigned long long)copy, way, what, examined, opened, err->text, notices);
	exit(1);
}

static void
remove_saved(void)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	while (d != NULL && (entry = readdir(d)) != NULL)
		if (strstr(entry->d_name, ".torn-") != NULL)
			(void)unlinkat(dir_fd, entry->d_name, 0);
	(void)closedir(d);
}

static void
judge(uint64_t copy, bool may_trust_claim)
{
	struct journal_examination found = { .n_lines = 0 }, after = { .n_lines = 0 };
	struct err err = { "" };
	struct journal *journal;
	uint64_t n = 0;
	int examined, opened;

	notices[0] = '\0';
	examined = journal_examine(&config, &found, &err);
	opened = journal_open(&config, &journal, &err);
	if (examined != opened)
		complain(copy, "they disagree", examined, opened, &err);
	if (opened != 0)
		return;
	if (journal_catch_up(journal, ignore, &n) != 0)
		complain(copy, "it began and cannot be read", examined, opened, &err);
	if (n != found.n_lines)
		complain(copy, "other lines than announced", examined, opened, &err);
	if (may_trust_claim &&
	    strstr(notices, "nothing that was acknowledged is lost") != NULL &&
	    n < n_whole_puts)
		complain(copy, "an untrue claim", examined, opened, &err);
	journal_close(journal);
	if (journal_examine(&config, &after, &err) != 0 || after.n_lines != found.n_lines ||
	    after.n_torn_bytes != 0)
		complain(copy, "the start left something", examined, opened, &err);
}

static void
run_copy(uint64_t copy)
{
	bool is_other_inode = draw(3) == 0;
	uint64_t lock_way = draw(8);
	size_t i = draw(N_WAYS);

	way = ways[i].name;
	now = whole;
	lock_now = lock_whole;
	ways[i].fn(&now);
	if (strcmp(way, "an older state, cut late") == 0)
		cut_late(&now);
	if (lock_way == 0)
		ways[draw(N_WAYS)].fn(&lock_now);
	if (lock_way == 1)
		lock_now = lock_old;
	if (is_other_inode && renameat(dir_fd, "User.jsonl", dir_fd, "kept") == -1)
		die("cannot put the file aside");
	save("User.jsonl", &now);
	save("User.jsonl.lock", &lock_now);
	if (lock_way == 2)
		(void)unlinkat(dir_fd, "User.jsonl.lock", 0);
	judge(copy, lock_way > 1);
	remove_saved();
	if (is_other_inode && renameat(dir_fd, "kept", dir_fd, "User.jsonl") == -1)
		die("cannot put the file back");
}

static void
remove_all(void)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	while (d != NULL && (entry = readdir(d)) != NULL)
		(void)unlinkat(dir_fd, entry->d_name, 0);
	(void)closedir(d);
	(void)rmdir(dir);
}

int
main(int argc, char **argv)
{
	uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : N_DEFAULT;
	struct err err = { "" };

	state = (argc > 2 ? strtoull(argv[2], NULL, 10) : 1) * 2654435769u + 1;
	(void)snprintf(dir, sizeof(dir), "%s/prove_check-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (mkdtemp(dir) == NULL || file_open_dir(dir, false, &dir_fd, &err) != 0)
		die("cannot make a directory");
	config = (struct journal_config){
		.dir_fd = dir_fd, .dir_path = dir, .name = "User", .notice = on_notice
	};
	write_journal();
	for (uint64_t copy = 0; copy < n; copy++)
		run_copy(copy);
	remove_all();
	(void)printf("prove_check: %llu damaged copies: --check and start agree\n",
	    (unsigned long long)n);
	return 0;
}
