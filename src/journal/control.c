/* control.c - see control.h */
#include "journal/control.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/robust.h"

static const char control_magic[8] = "SGJRNL1";

/* Bump the version with every change of struct jrn_control or of what a field means. */
#define LAYOUT_VERSION 3u
#define LAYOUT                                                              \
	(LAYOUT_VERSION << 24 | (uint32_t)sizeof(struct jrn_control) << 8 | \
	    (uint32_t)sizeof(pthread_mutex_t))

_Static_assert(sizeof(struct jrn_control) <= 4096, "one page, so blocks are allocated at once");

/*
 * Btrfs writes every change of a page to a new place, so blocks allocated before are no promise
 * there unless the file opts out.  Elsewhere this fails, and is not needed.
 */
static void
ask_for_writing_in_place(int fd)
{
	int flags;

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 && (flags & FS_NOCOW_FL) == 0) {
		flags |= FS_NOCOW_FL;
		(void)ioctl(fd, FS_IOC_SETFLAGS, &flags);
	}
}

int
jrn_control_open(
    int lock_fd, const char *path, struct jrn_control **ret_control, struct err *err)
{
	struct stat st;
	void *p;
	int r;

	if (fstat(lock_fd, &st) == -1)
		return err_set(err, -errno, "cannot look at %s: %s", path, strerror(errno));
	if (st.st_size == 0)
		ask_for_writing_in_place(lock_fd);
	/* Two processes may come at once: allocating twice does no harm. */
	if (st.st_size < (off_t)sizeof(struct jrn_control)) {
		do
			r = posix_fallocate(lock_fd, 0, sizeof(struct jrn_control));
		while (r == EINTR);
		if (r != 0)
			return err_set(err, -r, "cannot allocate %zu bytes for %s: %s",
			    sizeof(struct jrn_control), path, strerror(r));
	}
	p = mmap(
	    NULL, sizeof(struct jrn_control), PROT_READ | PROT_WRITE, MAP_SHARED, lock_fd, 0);
	if (p == MAP_FAILED)
		return err_set(err, -errno, "cannot map %s: %s", path, strerror(errno));
	*ret_control = p;
	return 0;
}

void
jrn_control_close(struct jrn_control *control)
{
	if (control != NULL)
		(void)munmap(control, sizeof(*control));
}

static bool
is_ours(const struct jrn_control *control)
{
	return atomic_load(&control->is_ready) == CONTROL_READY &&
	       memcmp(control->magic, control_magic, sizeof(control_magic)) == 0 &&
	       control->layout == LAYOUT;
}

bool
jrn_control_is_ready(
    const struct jrn_control *control, const uint8_t boot_id[HOST_BOOT_ID_BYTES])
{
	return is_ours(control) &&
	       memcmp(control->boot_id, boot_id, sizeof(control->boot_id)) == 0;
}

uint64_t
jrn_control_old_synced(const struct jrn_control *control, uint64_t inode, uint64_t header_crc)
{
	const struct jrn_control_slot *slot = &control->slots[control->generation & 1];

	return is_ours(control) && slot->inode == inode && slot->header_crc == header_crc
		   ? control->synced
		   : 0;
}

uint64_t
jrn_control_peek_synced(int lock_fd, uint64_t inode, uint64_t header_crc)
{
	/*
	 * Not mapped: if the file is too short, the rest reads as it would once it is made
	 * longer.
	 */
	struct jrn_control control = { .layout = 0 };

	if (pread(lock_fd, &control, sizeof(control), 0) == -1)
		return 0;
	return jrn_control_old_synced(&control, inode, header_crc);
}

void
jrn_control_init(struct jrn_control *control, const uint8_t boot_id[HOST_BOOT_ID_BYTES],
    uint64_t inode, const struct jrn_scan *scan, bool has_failed)
{
	struct jrn_control_slot *slot;

	jrn_control_forget(control);
	memset(control, 0, sizeof(*control));
	/* With these attributes it cannot fail on Linux. */
	(void)robust_init(&control->append_mutex);
	(void)robust_init(&control->sync_mutex);
	memcpy(control->magic, control_magic, sizeof(control_magic));
	control->layout = LAYOUT;
	memcpy(control->boot_id, boot_id, sizeof(control->boot_id));
	control->change = 1;
	control->generation = 1;
	control->appended = scan->last_n;
	control->synced = scan->flushed_n;
	slot = jrn_control_slot(control, 1);
	slot->inode = inode;
	slot->header_crc = scan->header.crc;
	slot->good_len = scan->good_len;
	slot->prev_len = CONTROL_UNKNOWN;
	slot->generation = 1;
	control->has_failed = has_failed;
	atomic_store(&control->is_ready, CONTROL_READY);
}

void
jrn_control_forget(struct jrn_control *control)
{
	atomic_store(&control->is_ready, CONTROL_NOT_READY);
}

void
jrn_control_distrust(struct jrn_control *control)
{
	atomic_store(&control->is_ready, CONTROL_DISTRUSTS);
}

bool
jrn_control_is_distrusted(const struct jrn_control *control)
{
	return atomic_load(&control->is_ready) == CONTROL_DISTRUSTS;
}

struct jrn_control_slot *
jrn_control_slot(struct jrn_control *control, uint64_t generation)
{
	return &control->slots[generation & 1];
}

struct jrn_control_view
jrn_control_look(const struct jrn_control *control)
{
	struct jrn_control_view view;

	/*
	 * A slot is written over only after the generation has moved on from it, so a
	 * generation that is the same before and after makes the look consistent.
	 */
	do {
		const struct jrn_control_slot *slot;

		view.generation = control->generation;
		slot = &control->slots[view.generation & 1];
		view.inode = slot->inode;
		view.header_crc = slot->header_crc;
		view.good_len = slot->good_len;
		view.prev_len = slot->prev_len;
		view.prev_n = slot->prev_n;
		view.start_len = slot->start_len;
		view.start_n = slot->start_n;
	} while (control->generation != view.generation);
	return view;
}

void
jrn_control_prepare(struct jrn_control *control, const struct jrn_control_view *next)
{
	uint64_t generation = control->generation + 1;
	struct jrn_control_slot *slot = jrn_control_slot(control, generation);

	slot->generation = 0;
	slot->inode = next->inode;
	slot->header_crc = next->header_crc;
	slot->good_len = next->good_len;
	slot->prev_len = next->prev_len;
	slot->prev_n = next->prev_n;
	slot->start_len = next->start_len;
	slot->start_n = next->start_n;
	slot->synced_n = 0;
	slot->generation = generation;
}

void
jrn_control_unprepare(struct jrn_control *control)
{
	jrn_control_slot(control, control->generation + 1)->generation = 0;
}

static void
set_pending(struct jrn_control *control, uint64_t generation, uint64_t good_len, uint64_t n)
{
	control->pending_generation = 0;
	control->pending_len = good_len;
	control->pending_n = n;
	control->pending_change = control->change + 1;
	control->pending_generation = generation;
}

void
jrn_control_repair(struct jrn_control *control)
{
	struct jrn_control_slot *slot = jrn_control_slot(control, control->generation);

	if (control->pending_generation != control->generation ||
	    control->pending_len != slot->good_len)
		return;
	control->appended = control->pending_n;
	jrn_control_raise_synced(control, slot->synced_n);
	control->change = control->pending_change;
}

void
jrn_control_switch(struct jrn_control *control, bool is_flushed)
{
	uint64_t next = control->generation + 1;
	struct jrn_control_slot *slot = jrn_control_slot(control, next);

	/*
	 * In this order: a flush reads `appended` and then the generation.  With a number
	 * of the new file it must see the new generation, or it would flush the old file for
	 * it.
	 */
	if (is_flushed)
		slot->synced_n = (uint64_t)slot->start_n;
	set_pending(control, next, slot->good_len, slot->start_n);
	control->generation = next;
	jrn_control_repair(control);
}

void
jrn_control_extend(struct jrn_control *control, uint64_t good_len, uint64_t last_n)
{
	set_pending(control, control->generation, good_len, last_n);
	jrn_control_slot(control, control->generation)->good_len = good_len;
	jrn_control_repair(control);
}

void
jrn_control_raise_synced(struct jrn_control *control, uint64_t n)
{
	uint64_t old = control->synced;

	while (old < n && !atomic_compare_exchange_weak(&control->synced, &old, n))
		;
}

/* ------------------------------------------------------------------------- locks */

#define NS_PER_MS   1000000L
#define POLL_MIN_NS 20000L
#define POLL_MAX_NS (2 * NS_PER_MS)

int
jrn_lock_open(
    struct jrn_lock *lock, int dir_fd, const char *dir_path, const char *name, struct err *err)
{
	int r = file_open(dir_fd, dir_path, name, O_RDWR | O_CREAT, 0600, &lock->fd, err);

	if (r == 0)
		lock->pid = getpid();
	return r;
}

void
jrn_lock_close(struct jrn_lock *lock)
{
	if (lock->fd != -1)
		(void)close(lock->fd);
	*lock = LOCK_NULL;
}

static int
set(struct jrn_lock *lock, enum jrn_lock_range range, short type)
{
	struct flock how = {
		.l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)range, .l_len = 1
	};

	return fcntl(lock->fd, F_OFD_SETLK, &how) == -1 ? -errno : 0;
}

int
jrn_lock_try(struct jrn_lock *lock, enum jrn_lock_range range, bool is_shared)
{
	int r = set(lock, range, is_shared ? F_RDLCK : F_WRLCK);

	return r == -EACCES ? -EAGAIN : r;
}

bool
jrn_lock_is_held(const struct jrn_lock *lock, enum jrn_lock_range range)
{
	struct flock how = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)range, .l_len = 1
	};

	return fcntl(lock->fd, F_OFD_GETLK, &how) == 0 && how.l_type != F_UNLCK;
}

void
jrn_lock_drop(struct jrn_lock *lock, enum jrn_lock_range range)
{
	(void)set(lock, range, F_UNLCK);
}

static int64_t
deadline_in(int timeout_ms)
{
	return clock_steady_ns() + timeout_ms * NS_PER_MS;
}

static int
poll_until(struct jrn_lock *lock, enum jrn_lock_range range, int64_t deadline_ns)
{
	struct timespec pause = { 0, POLL_MIN_NS };
	int r;

	while ((r = jrn_lock_try(lock, range, false)) == -EAGAIN) {
		if (clock_steady_ns() >= deadline_ns)
			return -ETIMEDOUT;
		(void)nanosleep(&pause, NULL);
		if (pause.tv_nsec < POLL_MAX_NS)
			pause.tv_nsec *= 2;
	}
	return r;
}

int
jrn_lock_poll(struct jrn_lock *lock, enum jrn_lock_range range, int timeout_ms)
{
	int64_t deadline_ns = deadline_in(timeout_ms);

	return poll_until(lock, range, deadline_ns);
}

int
jrn_lock_append(struct jrn_lock *lock, struct jrn_control *control, int timeout_ms)
{
	int64_t deadline_ns = deadline_in(timeout_ms);
	int r = robust_lock(&control->append_mutex, timeout_ms);

	/* Its owner died.  What it left in the block is finished by jrn_control_repair(). */
	if (r == EOWNERDEAD)
		r = pthread_mutex_consistent(&control->append_mutex);
	if (r != 0)
		return -r;
	/* Free as a rule, except while a process opens the journal for the first time. */
	if ((r = poll_until(lock, LOCK_APPEND, deadline_ns)) != 0)
		(void)pthread_mutex_unlock(&control->append_mutex);
	return r;
}

void
jrn_lock_append_drop(struct jrn_lock *lock, struct jrn_control *control)
{
	jrn_lock_drop(lock, LOCK_APPEND);
	(void)pthread_mutex_unlock(&control->append_mutex);
}
