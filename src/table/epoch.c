/* epoch.c - see epoch.h */
#include "table/epoch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "table/change.h"
#include "table/sealed.h"

#define LINES_PER_PAGE      (FORMAT_PAGE_BYTES / sizeof(struct tbl_reader))
#define PAGES_MAX           (FORMAT_READERS_MAX / LINES_PER_PAGE)
#define LOOKUPS_UNTIL_RETRY 1000
#define MARK_BYTES          ((size_t)sysconf(_SC_PAGESIZE))

/* Linux has no thread ids of more than 22 bits (PID_MAX_LIMIT). */
#define WHO_TID_BITS 22
#define WHO_TID_MASK ((UINT64_C(1) << WHO_TID_BITS) - 1)

_Thread_local struct tbl_epoch_self tbl_epoch_self = { .id = UINT64_MAX };

/* Numbers the handles of this process. */
static _Atomic uint32_t last_number;

static long
membarrier(int command)
{
	return syscall(SYS_membarrier, command, 0, 0);
}

/* ----------------------------------------------------------------- identity of threads */

#define NOBODY      0
#define CANNOT_TELL UINT64_MAX

/* /proc may hide a thread that is there (hidepid=, proc(5)); kill(2) does not. */
static uint64_t
nobody_if_gone(uint64_t tid)
{
	return kill((pid_t)tid, 0) == -1 && errno == ESRCH ? NOBODY : CANNOT_TELL;
}

/* Identity of a thread: its id, and when it started, as ids are used again. */
static uint64_t
identify(uint64_t tid)
{
	char path[40], text[1024], *p;
	unsigned long long start;
	char state;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%llu/stat", (unsigned long long)tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return nobody_if_gone(tid);
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (n == -1)
		return nobody_if_gone(tid);
	text[n] = '\0';
	/* "id (name) state …", where name may hold anything; start time is field 22 (proc(5)).
	 */
	p = strrchr(text, ')');
	if (p == NULL ||
	    sscanf(p + 1,
		" %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d "
		"%llu",
		&state, &start) != 2)
		return CANNOT_TELL;
	/* Dead, and not yet collected by its parent. */
	if (state == 'Z' || state == 'X')
		return NOBODY;
	return (uint64_t)start << WHO_TID_BITS | tid;
}

static bool
is_dead(uint64_t who)
{
	uint64_t now = identify(who & WHO_TID_MASK);

	return now != CANNOT_TELL && now != who;
}

/* -------------------------------------------------------------------- lines */

/* false: how many there are is not known, nor which of them have storage. */
static bool
count_lines(struct table *t, uint64_t *ret_n)
{
	uint64_t n_pages;

	if (!tbl_sealed_unpack(WORD_LOAD(&t->control->n_reader_pages), &n_pages))
		return false;
	*ret_n = (n_pages < PAGES_MAX ? n_pages : PAGES_MAX) * LINES_PER_PAGE;
	return true;
}

static bool
take_line(struct table *t, struct tbl_reader *line, uint64_t expected, uint64_t me)
{
	TABLE_STEP("reader who");
	if (!atomic_compare_exchange_strong(&line->who, &expected, me))
		return false;
	WORD_STORE(&line->active, READER_NOT_ACTIVE, "reader fresh");
	WORD_STORE(&line->handle, atomic_load(t->fork_mark), "reader handle");
	return true;
}

/* A line that is mine already (this thread uses several tables), or free, or a dead one's. */
static struct tbl_reader *
find_line(struct table *t, uint64_t n, uint64_t me)
{
	uint64_t id = atomic_load(t->fork_mark);

	for (uint64_t i = 0; i < n; i++)
		if (WORD_LOAD(&t->readers[i].who) == me &&
		    WORD_LOAD(&t->readers[i].handle) == id)
			return &t->readers[i];
	for (uint64_t i = 0; i < n; i++)
		if (WORD_LOAD(&t->readers[i].who) == 0 && take_line(t, &t->readers[i], 0, me))
			return &t->readers[i];
	for (uint64_t i = 0; i < n; i++) {
		uint64_t who = WORD_LOAD(&t->readers[i].who);

		if (is_dead(who) && take_line(t, &t->readers[i], who, me))
			return &t->readers[i];
	}
	return NULL;
}

/*
 * Storage for another page of lines.  The second thread that comes finds the page of the first.
 * When the number of pages is lost: storage for all there may be, as any of them may be in use.
 */
static bool
add_lines(struct table *t, uint64_t n_before)
{
	uint64_t n_pages = 0, n, n_more = 1;
	bool is_done;

	if (n_before >= FORMAT_READERS_MAX || tbl_change_lock(t, LOCK_READER_MS) != 0)
		return false;
	if (!count_lines(t, &n)) {
		n_more = PAGES_MAX;
		n = 0;
	} else {
		n_pages = n / LINES_PER_PAGE;
	}
	is_done = n > n_before;
	if (!is_done) {
		TABLE_STEP("fallocate readers");
		is_done = fallocate(t->fd, 0,
			      FORMAT_READERS_OFFSET + (off_t)n_pages * FORMAT_PAGE_BYTES,
			      (off_t)n_more * FORMAT_PAGE_BYTES) == 0;
		if (is_done)
			WORD_STORE(&t->control->n_reader_pages,
			    tbl_sealed_pack(n_pages + n_more), "n_reader_pages");
	}
	tbl_change_unlock(t);
	return is_done;
}

/* The first look-up through this handle in this process, or the first since fork(). */
static uint64_t
renew_mark(struct table *t)
{
	uint64_t id = atomic_load(t->fork_mark), wiped = 0;

	if (id != 0)
		return id;
	/* Not the number of any other process's handle: it is also how lines are given back. */
	id = (uint64_t)getpid() << 32 | atomic_fetch_add(&last_number, 1);
	(void)membarrier(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED);
	return atomic_compare_exchange_strong(t->fork_mark, &wiped, id) ? id : wiped;
}

/* A free line, a dead one's, or one of a new page; NULL: none, or our identity is not known. */
static struct tbl_reader *
look_for_line(struct table *t)
{
	uint64_t me = identify((uint64_t)gettid());
	struct tbl_reader *line = NULL;
	uint64_t n;

	if (me == NOBODY || me == CANNOT_TELL)
		return NULL;
	do {
		if (!count_lines(t, &n))
			n = 0;
		line = find_line(t, n, me);
	} while (line == NULL && add_lines(t, n));
	return line;
}

struct tbl_reader *
tbl_epoch_claim(struct table *t)
{
	uint64_t id = renew_mark(t);
	struct tbl_reader *line;

	/* Looking for a line asks /proc about its owners: not at every look-up. */
	if (tbl_epoch_self.refused_id == id && tbl_epoch_self.n_wait > 0) {
		tbl_epoch_self.n_wait--;
		return NULL;
	}
	line = look_for_line(t);
	if (line != NULL) {
		tbl_epoch_self = (struct tbl_epoch_self){
			.id = id,
			.line = line,
			.word = READER_NO_WORD,
			.word_alone = READER_NO_WORD,
		};
	} else {
		tbl_epoch_self.refused_id = id;
		tbl_epoch_self.n_wait = LOOKUPS_UNTIL_RETRY;
	}
	return line;
}

/* ---------------------------------------------------------------- giving back */

bool
tbl_epoch_all_passed(struct table *t, uint32_t generation)
{
	uint64_t n;

	TABLE_STEP("membarrier");
	if (membarrier(MEMBARRIER_CMD_GLOBAL_EXPEDITED) == -1 || !count_lines(t, &n))
		return false;
	for (uint64_t i = 0; i < n; i++) {
		struct tbl_reader *line = &t->readers[i];
		uint64_t active = WORD_LOAD(&line->active), who = WORD_LOAD(&line->who);

		/* Generations are 32 bits and wrap. */
		if (who != 0 && active != READER_NOT_ACTIVE &&
		    (int32_t)((uint32_t)(active - 1) - generation) < 0 && !is_dead(who))
			return false;
	}
	return true;
}

/* ---------------------------------------------------------------- begin and end */

int
tbl_epoch_init(struct table *t)
{
	void *mark =
	    mmap(NULL, MARK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mark == MAP_FAILED)
		return -errno;
	if (madvise(mark, MARK_BYTES, MADV_WIPEONFORK) == -1) {
		int r = -errno;

		(void)munmap(mark, MARK_BYTES);
		return r;
	}
	t->fork_mark = mark;
	t->has_membarrier = membarrier(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED) == 0;
	(void)renew_mark(t);
	return 0;
}

/*
 * A line of a thread of ours that lives.  Those of the dead are left: another process may be
 * taking one over at this moment, and has put its own name there but not yet its handle.
 */
static void
give_line_back(struct tbl_reader *line, uint64_t id)
{
	uint64_t who = WORD_LOAD(&line->who);

	if (WORD_LOAD(&line->handle) != id ||
	    tgkill(getpid(), (pid_t)(who & WHO_TID_MASK), 0) == -1)
		return;
	TABLE_STEP("reader gone");
	(void)atomic_compare_exchange_strong(&line->who, &who, 0);
}

/* Give back the lines of all threads of this process. */
void
tbl_epoch_fini(struct table *t)
{
	uint64_t id, n;

	if (t->fork_mark == NULL)
		return;
	id = atomic_load(t->fork_mark);
	if (id == 0 || !count_lines(t, &n))
		n = 0;
	for (uint64_t i = 0; i < n; i++)
		give_line_back(&t->readers[i], id);
	(void)munmap((void *)(uintptr_t)t->fork_mark, MARK_BYTES);
	t->fork_mark = NULL;
}
