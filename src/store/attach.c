/* attach.c - see attach.h */
#include "store/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/host.h"
#include "store/aside.h"
#include "store/compact.h"
#include "store/place.h"
#include "store/policy.h"
#include "store/snapshot.h"

#define OPEN_WAIT_MS   10000 /* another one may be reading a million records */
#define ALONE_WAIT_MS  1000
#define NAME_MAX_BYTES 40

static bool
is_zero(const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

int
attach_new(const struct store_config *config, struct store **ret_store, struct err *err)
{
	struct store *store;
	const char *name = config->name;

	if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL ||
	    strlen(name) > NAME_MAX_BYTES)
		return err_set(err, -EINVAL, "\"%s\" is no name for a journal", name);
	if ((store = calloc(1, sizeof(*store))) == NULL)
		return err_set(err, -ENOMEM, "%s: no memory", name);
	store->config = *config;
	(void)snprintf(store->name, sizeof(store->name), "%s", name);
	store->config.name = store->name;
	store->config.dir_path = strdup(config->dir_path);
	store->config.dir_fd = fcntl(config->dir_fd, F_DUPFD_CLOEXEC, 0);
	store->lock = LOCK_NULL;
	(void)pthread_mutex_init(&store->files_mutex, NULL);
	(void)snprintf(store->file_name, sizeof(store->file_name), "%s.jsonl", name);
	(void)snprintf(store->lock_name, sizeof(store->lock_name), "%s.jsonl.lock", name);
	(void)snprintf(store->new_name, sizeof(store->new_name), "%s.jsonl.new", name);
	(void)snprintf(store->mend_name, sizeof(store->mend_name), "%s.jsonl.mend", name);
	(void)snprintf(
	    store->path, sizeof(store->path), "%s/%s", config->dir_path, store->file_name);
	(void)snprintf(store->lock_path, sizeof(store->lock_path), "%s/%s", config->dir_path,
	    store->lock_name);
	if (store->config.dir_path == NULL || store->config.dir_fd == -1) {
		int r = store->config.dir_path == NULL ? -ENOMEM : -errno;

		attach_free(store);
		return err_set(err, r, "%s: %s", name, strerror(-r));
	}
	*ret_store = store;
	return 0;
}

void
attach_free(struct store *store)
{
	jfile_unref(store->reader.file);
	jfile_unref(store->current);
	control_close(store->control);
	lock_close(&store->lock);
	(void)pthread_mutex_destroy(&store->files_mutex);
	if (store->config.dir_fd != -1)
		(void)close(store->config.dir_fd);
	free((char *)store->config.dir_path);
	free(store);
}

/* The first file: a header and nothing else, flushed before it has the name. */
static int
create(struct store *store, struct err *err)
{
	struct line_header header = { 0 };
	struct snapshot snap;
	int r;

	memcpy(header.key_check, store->config.key_check, sizeof(header.key_check));
	r = snapshot_open(&snap, store->config.dir_fd, store->mend_name, &header);
	if (r == 0 && (r = snapshot_sync(&snap)) != 0)
		snapshot_abort(&snap);
	if (r == 0 && (r = snapshot_publish(&snap, store->file_name)) != 0 &&
	    snap.is_published && unlinkat(store->config.dir_fd, store->file_name, 0) == -1)
		control_distrust(store->control);
	return r == 0 ? 0 : err_set(err, r, "cannot make %s: %s", store->path, strerror(-r));
}

static int
open_or_create(struct store *store, int *ret_fd, struct err *err)
{
	int r = file_open(store->config.dir_fd, store->config.dir_path, store->file_name,
	    O_RDWR, 0, ret_fd, err);

	if (r != -ENOENT)
		return r;
	/* A person has removed it: what the block knows is of no use any more. */
	control_forget(store->control);
	if ((r = create(store, err)) != 0)
		return r;
	return file_open(store->config.dir_fd, store->config.dir_path, store->file_name, O_RDWR,
	    0, ret_fd, err);
}

int
attach_check_key(const struct store *store, const struct scan *scan, struct err *err)
{
	const uint8_t *ours = store->config.key_check, *theirs = scan->header.key_check;

	if (is_zero(ours, LINE_KEY_CHECK_BYTES) || is_zero(theirs, LINE_KEY_CHECK_BYTES) ||
	    memcmp(ours, theirs, LINE_KEY_CHECK_BYTES) == 0)
		return 0;
	return err_set(err, -EKEYREJECTED,
	    "%s was written with another key: put back the key file that belongs to it, or "
	    "move the journal away",
	    store->path);
}

static int
cut_torn_tail(
    struct store *store, int fd, const struct scan *scan, bool is_known, struct err *err)
{
	char name[ASIDE_NAME_BYTES];
	int r;

	r = aside_save(store->config.dir_fd, store->config.dir_path, store->file_name, "torn",
	    fd, scan->good_len, scan->end, name, err);
	if (r != 0)
		return r;
	if (ftruncate(fd, (off_t)scan->good_len) == -1)
		return err_set(err, -errno, "cannot cut the torn end of %s: %s", store->path,
		    strerror(errno));
	inner_notice(store,
	    "%s: the end was torn by a crash: %llu bytes cut at byte %llu and saved as %s; %s",
	    store->path, (unsigned long long)(scan->end - scan->good_len),
	    (unsigned long long)scan->good_len, name,
	    is_known ? "nothing that was acknowledged is lost"
		     : "its .lock file speaks of another file, or of none, so nobody knows "
		       "whether that was acknowledged: look at what was saved");
	return 0;
}

/* Read to the end and, where torn, cut.  flushed_n 0: nothing is known of this file. */
static int
read_through(struct store *store, int fd, uint64_t flushed_n, struct scan *ret_scan,
    struct live *ret_live, struct err *err)
{
	struct live live;
	struct scan scan;
	int r;

	if ((r = live_init(&live)) != 0)
		return err_set(err, r, "cannot read %s: %s", store->path, strerror(-r));
	if ((r = scan_and_count(fd, store->path, flushed_n, &scan, &live, err)) == 0 &&
	    scan_is_damaged(&scan))
		r = scan_refuse(&scan, store->path, err);
	if (r == 0 && scan_is_torn(&scan) &&
	    (r = cut_torn_tail(store, fd, &scan, flushed_n != 0, err)) == 0) {
		/* It may have counted lines of the change that was cut. */
		live_fini(&live);
		live = (struct live){ .entries = NULL };
		if ((r = compact_count(fd, scan.start, scan.good_len, &live)) != 0)
			err_set(err, r, "cannot read %s: %s", store->path, strerror(-r));
	}
	if (r != 0) {
		live_fini(&live);
		return r;
	}
	*ret_live = live;
	*ret_scan = scan;
	return 0;
}

/* The file as it is now, whose header is known, is what everybody will see. */
static int
take_over(struct store *store, int fd, const uint8_t *boot_id, const struct scan *header,
    struct err *err)
{
	struct control *control = store->control;
	/* Of this boot: memory may hold what the disk does not, be it from a flush in which its
	 * process died, which may have failed. */
	bool has_failed =
	    control_is_distrusted(control) ||
	    (control_is_ready(control, boot_id) &&
		(control->has_failed || control->flush_begun != control->flush_ended));
	struct live live;
	struct scan scan;
	struct stat st;
	int r;

	if (fstat(fd, &st) == -1)
		return err_set(
		    err, -errno, "cannot look at %s: %s", store->path, strerror(errno));
	r = read_through(store, fd, control_old_synced(control, st.st_ino, header->header.crc),
	    &scan, &live, err);
	if (r != 0)
		return r;
	control_init(control, boot_id, st.st_ino, &scan, has_failed);
	policy_set_count(control, &live, scan.good_len, live.live_bytes, false);
	live_fini(&live);
	/*
	 * What was read may be in memory only.  If it cannot be flushed it can still be read;
	 * the first writer then begins with a whole new file.
	 */
	if (fsync(fd) == -1 || fsync(store->config.dir_fd) == -1)
		inner_fail(store, "cannot flush", -errno);
	else
		control_raise_synced(control, scan.last_n);
	return 0;
}

/* The control block speaks of the file that is there; its header is scan's. */
static bool
is_known(const struct store *store, int fd, const struct scan *scan)
{
	struct control_view view = control_look(store->control);
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_ino == view.inode &&
	       scan->header.crc == view.header_crc && (uint64_t)st.st_size >= view.good_len;
}

/*
 * Somebody is here who has read the file, and all is as it was then: no need to wait for
 * anybody, who might be stopped.  False: look again with the lock.
 */
static bool
join(struct store *store, const uint8_t *boot_id, struct err *err, int *ret_result)
{
	struct scan scan;
	bool is_same;
	int fd;

	if (!control_is_ready(store->control, boot_id) ||
	    !(store->config.is_passing || lock_is_held(&store->lock, LOCK_PRESENCE)) ||
	    lock_try(&store->lock, LOCK_PRESENCE, true) != 0 ||
	    !control_is_ready(store->control, boot_id) ||
	    file_open(store->config.dir_fd, store->config.dir_path, store->file_name, O_RDWR, 0,
		&fd, NULL) != 0)
		return false;
	is_same = scan_header(fd, store->path, &scan, NULL) == 0 && is_known(store, fd, &scan);
	(void)close(fd);
	if (is_same)
		*ret_result = attach_check_key(store, &scan, err);
	return is_same;
}

/* With others here, their next writer deals with a file that was exchanged or removed. */
static int
set_up_with_others(struct store *store, struct err *err)
{
	struct scan scan;
	int fd, r;

	r = file_open(store->config.dir_fd, store->config.dir_path, store->file_name, O_RDWR, 0,
	    &fd, err);
	if (r == -ENOENT)
		return err_set(err, r,
		    "%s was removed while in use: put it back, or stop all programs that use "
		    "it",
		    store->path);
	if (r != 0)
		return r;
	if ((r = scan_header(fd, store->path, &scan, err)) == 0)
		r = attach_check_key(store, &scan, err);
	(void)close(fd);
	return r;
}

static int
set_up_alone(struct store *store, const uint8_t *boot_id, struct err *err)
{
	struct scan scan;
	int fd, r;

	/* What a killed compaction left. */
	(void)unlinkat(store->config.dir_fd, store->new_name, 0);
	(void)unlinkat(store->config.dir_fd, store->mend_name, 0);
	if ((r = open_or_create(store, &fd, err)) != 0)
		return r;
	if ((r = scan_header(fd, store->path, &scan, err)) == 0 &&
	    (r = attach_check_key(store, &scan, err)) == 0 &&
	    !(store->config.is_passing && control_is_ready(store->control, boot_id) &&
		is_known(store, fd, &scan)))
		r = take_over(store, fd, boot_id, &scan, err);
	(void)close(fd);
	return r;
}

/* With byte LOCK_APPEND held: nobody else is opening or writing. */
static int
set_up(struct store *store, const uint8_t *boot_id, struct err *err)
{
	int r = lock_try(&store->lock, LOCK_PRESENCE, false);

	if (r == 0)
		r = set_up_alone(store, boot_id, err);
	else if (r != -EAGAIN)
		err_set(err, r, "cannot lock %s: %s", store->lock_path, strerror(-r));
	else if (control_is_ready(store->control, boot_id))
		r = set_up_with_others(store, err);
	else
		r = err_set(err, -EBUSY,
		    "%s is in use by another version of this program: stop that one first",
		    store->path);
	if (r == 0 && (r = lock_try(&store->lock, LOCK_PRESENCE, true)) != 0)
		err_set(err, r, "cannot lock %s: %s", store->lock_path, strerror(-r));
	return r;
}

static int
open_control(struct store *store, struct err *err)
{
	struct stat st;
	int r;

	if ((r = place_check(store->config.dir_fd, store->config.dir_path, err)) != 0)
		return r;
	r = lock_open(
	    &store->lock, store->config.dir_fd, store->config.dir_path, store->lock_name, err);
	if (r != 0)
		return r;
	if (fstat(store->lock.fd, &st) == -1)
		return err_set(
		    err, -errno, "cannot look at %s: %s", store->lock_path, strerror(errno));
	store->lock_inode = st.st_ino;
	return control_open(store->lock.fd, store->lock_path, &store->control, err);
}

int
attach_begin(struct store *store, struct err *err)
{
	uint8_t boot_id[HOST_BOOT_ID_BYTES];
	int r;

	if ((r = host_boot_id(boot_id)) != 0)
		return err_set(err, r, "cannot tell which boot this is: %s", strerror(-r));
	if ((r = open_control(store, err)) != 0)
		return r;
	if (join(store, boot_id, err, &r))
		return r;
	if ((r = lock_poll(&store->lock, LOCK_APPEND, OPEN_WAIT_MS)) != 0)
		return err_set(err, r, "%s is held by a process that does not go on: %s",
		    store->lock_path, strerror(-r));
	r = set_up(store, boot_id, err);
	lock_drop(&store->lock, LOCK_APPEND);
	return r;
}

int
attach_alone(struct store *store, struct err *err)
{
	int r = open_control(store, err);

	if (r != 0)
		return r;
	if ((r = lock_poll(&store->lock, LOCK_APPEND, ALONE_WAIT_MS)) == 0)
		r = lock_poll(&store->lock, LOCK_PRESENCE, ALONE_WAIT_MS);
	if (r != 0)
		return err_set(err, r == -ETIMEDOUT ? -EBUSY : r,
		    "%s is in use: stop all programs that have it open first", store->path);
	return 0;
}

int
attach_again(struct store *store)
{
	struct lock lock = LOCK_NULL;
	struct stat st;
	struct err err;
	int r;

	r = lock_open(
	    &lock, store->config.dir_fd, store->config.dir_path, store->lock_name, &err);
	if (r != 0)
		return r;
	if (fstat(lock.fd, &st) == -1)
		r = -errno;
	else if (st.st_ino != store->lock_inode)
		r = -ESTALE;
	else
		r = lock_try(&lock, LOCK_PRESENCE, true);
	if (r != 0) {
		lock_close(&lock);
		return r;
	}
	/* Closing our copy does not drop what the parent holds. */
	lock_close(&store->lock);
	store->lock = lock;
	store->is_locked = false;
	return 0;
}
