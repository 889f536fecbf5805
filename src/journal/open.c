/*
 * open.c - journal_open() and journal_close()
 *
 * A process that comes when no other has the journal open reads it to its end, whatever the
 * control block says (the file may have been changed meanwhile), cuts a torn tail, flushes, and
 * sets up the control block.  Those that join later only map it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/host.h"
#include "journal/rewrite.h"
#include "journal/usage.h"

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
jrn_open_new(const struct journal_config *config, struct journal **ret_journal, struct err *err)
{
	struct journal *journal;
	const char *name = config->name;

	if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL ||
	    strlen(name) > NAME_MAX_BYTES)
		return err_set(err, -EINVAL, "\"%s\" is no name for a journal", name);
	if ((journal = calloc(1, sizeof(*journal))) == NULL)
		return err_set(err, -ENOMEM, "%s: no memory", name);
	journal->config = *config;
	(void)snprintf(journal->name, sizeof(journal->name), "%s", name);
	journal->config.name = journal->name;
	journal->config.dir_path = strdup(config->dir_path);
	journal->config.dir_fd = fcntl(config->dir_fd, F_DUPFD_CLOEXEC, 0);
	journal->lock = LOCK_NULL;
	(void)pthread_mutex_init(&journal->files_mutex, NULL);
	(void)snprintf(journal->file_name, sizeof(journal->file_name), "%s.jsonl", name);
	(void)snprintf(journal->lock_name, sizeof(journal->lock_name), "%s.jsonl.lock", name);
	(void)snprintf(journal->new_name, sizeof(journal->new_name), "%s.jsonl.new", name);
	(void)snprintf(
	    journal->recover_name, sizeof(journal->recover_name), "%s.jsonl.recover", name);
	(void)snprintf(journal->path, sizeof(journal->path), "%s/%s", config->dir_path,
	    journal->file_name);
	(void)snprintf(journal->lock_path, sizeof(journal->lock_path), "%s/%s",
	    config->dir_path, journal->lock_name);
	if (journal->config.dir_path == NULL || journal->config.dir_fd == -1) {
		int r = journal->config.dir_path == NULL ? -ENOMEM : -errno;

		jrn_open_free(journal);
		return err_set(err, r, "%s: %s", name, strerror(-r));
	}
	*ret_journal = journal;
	return 0;
}

void
jrn_open_free(struct journal *journal)
{
	jrn_generation_unref(journal->replay.file);
	jrn_generation_unref(journal->current);
	jrn_control_close(journal->control);
	jrn_lock_close(&journal->lock);
	(void)pthread_mutex_destroy(&journal->files_mutex);
	if (journal->config.dir_fd != -1)
		(void)close(journal->config.dir_fd);
	free((char *)journal->config.dir_path);
	free(journal);
}

/* The first file: a header and nothing else, flushed before it has the name. */
static int
create(struct journal *journal, struct err *err)
{
	struct jrn_line_header header = { 0 };
	const struct jrn_live_index nothing = { .n_live = 0 };
	struct jrn_rewrite snap;
	int r;

	memcpy(header.key_check, journal->config.key_check, sizeof(header.key_check));
	r = jrn_rewrite_live(journal, -1, &header, 0, journal->recover_name, &nothing, &snap);
	if (r == 0 && (r = jrn_rewrite_publish(&snap, journal->file_name)) != 0 &&
	    snap.is_published && unlinkat(journal->config.dir_fd, journal->file_name, 0) == -1)
		jrn_control_distrust(journal->control);
	return r == 0 ? 0 : err_set(err, r, "cannot make %s: %s", journal->path, strerror(-r));
}

static int
open_or_create(struct journal *journal, int *ret_fd, struct err *err)
{
	int r = file_open(journal->config.dir_fd, journal->config.dir_path, journal->file_name,
	    O_RDWR, 0, ret_fd, err);

	if (r != -ENOENT)
		return r;
	/* A person has removed it: what the block knows is of no use any more. */
	jrn_control_forget(journal->control);
	if ((r = create(journal, err)) != 0)
		return r;
	return file_open(journal->config.dir_fd, journal->config.dir_path, journal->file_name,
	    O_RDWR, 0, ret_fd, err);
}

int
jrn_open_check_key(const struct journal *journal, const struct jrn_scan *scan, struct err *err)
{
	const uint8_t *ours = journal->config.key_check, *theirs = scan->header.key_check;

	if (is_zero(ours, LINE_KEY_CHECK_BYTES) || is_zero(theirs, LINE_KEY_CHECK_BYTES) ||
	    memcmp(ours, theirs, LINE_KEY_CHECK_BYTES) == 0)
		return 0;
	return err_set(err, -EKEYREJECTED,
	    "%s was written with another key: put back the key file that belongs to it, or "
	    "move the journal away",
	    journal->path);
}

static int
cut_torn_tail(struct journal *journal, int fd, const struct jrn_scan *scan, bool is_known,
    struct err *err)
{
	char name[QUARANTINE_NAME_BYTES];
	int r;

	r = jrn_quarantine_save(journal->config.dir_fd, journal->config.dir_path,
	    journal->file_name, "torn", fd, scan->good_len, scan->end, name, err);
	if (r != 0)
		return r;
	if (ftruncate(fd, (off_t)scan->good_len) == -1)
		return err_set(err, -errno, "cannot cut the torn end of %s: %s", journal->path,
		    strerror(errno));
	jrn_internal_notice(journal,
	    "%s: the end was torn by a crash: %llu bytes cut at byte %llu and saved as %s; %s",
	    journal->path, (unsigned long long)(scan->end - scan->good_len),
	    (unsigned long long)scan->good_len, name,
	    is_known ? "nothing that was acknowledged is lost"
		     : "its .lock file speaks of another file, or of none, so nobody knows "
		       "whether that was acknowledged: look at what was saved");
	return 0;
}

/* Read to the end and, where torn, cut.  flushed_n 0: nothing is known of this file. */
static int
read_through(struct journal *journal, int fd, uint64_t flushed_n, struct jrn_scan *ret_scan,
    struct jrn_live_index *ret_live, struct err *err)
{
	struct jrn_live_index live;
	struct jrn_scan scan;
	int r;

	if ((r = jrn_live_index_init(&live)) != 0)
		return err_set(err, r, "cannot read %s: %s", journal->path, strerror(-r));
	if ((r = jrn_scan_and_count(fd, journal->path, flushed_n, &scan, &live, err)) == 0 &&
	    jrn_scan_is_damaged(&scan))
		r = jrn_scan_refuse(&scan, journal->path, err);
	if (r == 0 && jrn_scan_is_torn(&scan) &&
	    (r = cut_torn_tail(journal, fd, &scan, flushed_n != 0, err)) == 0) {
		/* It may have counted lines of the change that was cut. */
		jrn_live_index_fini(&live);
		live = (struct jrn_live_index){ .entries = NULL };
		if ((r = jrn_live_index_read(fd, scan.start, scan.good_len, &live)) != 0)
			err_set(err, r, "cannot read %s: %s", journal->path, strerror(-r));
	}
	if (r != 0) {
		jrn_live_index_fini(&live);
		return r;
	}
	*ret_live = live;
	*ret_scan = scan;
	return 0;
}

/* The file as it is now, whose header is known, is what everybody will see. */
static int
take_over(struct journal *journal, int fd, const uint8_t *boot_id,
    const struct jrn_scan *header, struct err *err)
{
	struct jrn_control *control = journal->control;
	/* Of this boot: memory may hold what the disk does not, be it from a flush in which its
	 * process died, which may have failed. */
	bool has_failed =
	    jrn_control_is_distrusted(control) ||
	    (jrn_control_is_ready(control, boot_id) &&
		(control->has_failed || control->flush_begun != control->flush_ended));
	struct jrn_live_index live;
	struct jrn_scan scan;
	struct stat st;
	int r;

	if (fstat(fd, &st) == -1)
		return err_set(
		    err, -errno, "cannot look at %s: %s", journal->path, strerror(errno));
	r = read_through(journal, fd,
	    jrn_control_old_synced(control, st.st_ino, header->header.crc), &scan, &live, err);
	if (r != 0)
		return r;
	jrn_control_init(control, boot_id, st.st_ino, &scan, has_failed);
	jrn_usage_set_count(control, &live, scan.good_len, live.live_bytes, false);
	jrn_live_index_fini(&live);
	/*
	 * What was read may be in memory only.  If it cannot be flushed it can still be read;
	 * the first writer then begins with a whole new file.
	 */
	if (fsync(fd) == -1 || fsync(journal->config.dir_fd) == -1)
		jrn_internal_fail(journal, "cannot flush", -errno);
	else
		jrn_control_raise_synced(control, scan.last_n);
	return 0;
}

/* The control block speaks of the file that is there; its header is scan's. */
static bool
is_known(const struct journal *journal, int fd, const struct jrn_scan *scan)
{
	struct jrn_control_view view = jrn_control_look(journal->control);
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_ino == view.inode &&
	       scan->header.crc == view.header_crc && (uint64_t)st.st_size >= view.good_len;
}

/*
 * Another process has read the file, and all is as it was then: no need to wait for one that
 * might be stopped.  False: look again with the lock.
 */
static bool
join(struct journal *journal, const uint8_t *boot_id, struct err *err, int *ret_result)
{
	struct jrn_scan scan;
	bool is_same;
	int fd;

	if (!jrn_control_is_ready(journal->control, boot_id) ||
	    !(journal->config.is_passing || jrn_lock_is_held(&journal->lock, LOCK_PRESENCE)) ||
	    jrn_lock_try(&journal->lock, LOCK_PRESENCE, true) != 0 ||
	    !jrn_control_is_ready(journal->control, boot_id) ||
	    file_open(journal->config.dir_fd, journal->config.dir_path, journal->file_name,
		O_RDWR, 0, &fd, NULL) != 0)
		return false;
	is_same = jrn_scan_header(fd, journal->path, &scan, NULL) == 0 &&
		  is_known(journal, fd, &scan);
	(void)close(fd);
	if (is_same)
		*ret_result = jrn_open_check_key(journal, &scan, err);
	return is_same;
}

/* With others here, their next writer deals with a file that was exchanged or removed. */
static int
set_up_with_others(struct journal *journal, struct err *err)
{
	struct jrn_scan scan;
	int fd, r;

	r = file_open(journal->config.dir_fd, journal->config.dir_path, journal->file_name,
	    O_RDWR, 0, &fd, err);
	if (r == -ENOENT)
		return err_set(err, r,
		    "%s was removed while in use: put it back, or stop all programs that use "
		    "it",
		    journal->path);
	if (r != 0)
		return r;
	if ((r = jrn_scan_header(fd, journal->path, &scan, err)) == 0)
		r = jrn_open_check_key(journal, &scan, err);
	(void)close(fd);
	return r;
}

static int
set_up_alone(struct journal *journal, const uint8_t *boot_id, struct err *err)
{
	struct jrn_scan scan;
	int fd, r;

	/* What a killed compaction left. */
	(void)unlinkat(journal->config.dir_fd, journal->new_name, 0);
	(void)unlinkat(journal->config.dir_fd, journal->recover_name, 0);
	if ((r = open_or_create(journal, &fd, err)) != 0)
		return r;
	if ((r = jrn_scan_header(fd, journal->path, &scan, err)) == 0 &&
	    (r = jrn_open_check_key(journal, &scan, err)) == 0 &&
	    !(journal->config.is_passing && jrn_control_is_ready(journal->control, boot_id) &&
		is_known(journal, fd, &scan)))
		r = take_over(journal, fd, boot_id, &scan, err);
	(void)close(fd);
	return r;
}

/* With byte LOCK_APPEND held: nobody else is opening or writing. */
static int
set_up(struct journal *journal, const uint8_t *boot_id, struct err *err)
{
	int r = jrn_lock_try(&journal->lock, LOCK_PRESENCE, false);

	if (r == 0)
		r = set_up_alone(journal, boot_id, err);
	else if (r != -EAGAIN)
		err_set(err, r, "cannot lock %s: %s", journal->lock_path, strerror(-r));
	else if (jrn_control_is_ready(journal->control, boot_id))
		r = set_up_with_others(journal, err);
	else
		r = err_set(err, -EBUSY,
		    "%s is in use by another version of this program: stop that one first",
		    journal->path);
	if (r == 0 && (r = jrn_lock_try(&journal->lock, LOCK_PRESENCE, true)) != 0)
		err_set(err, r, "cannot lock %s: %s", journal->lock_path, strerror(-r));
	return r;
}

static int
open_control(struct journal *journal, struct err *err)
{
	struct stat st;
	int r;

	if ((r = jrn_fs_check(journal->config.dir_fd, journal->config.dir_path, err)) != 0)
		return r;
	r = jrn_lock_open(&journal->lock, journal->config.dir_fd, journal->config.dir_path,
	    journal->lock_name, err);
	if (r != 0)
		return r;
	if (fstat(journal->lock.fd, &st) == -1)
		return err_set(
		    err, -errno, "cannot look at %s: %s", journal->lock_path, strerror(errno));
	journal->lock_inode = st.st_ino;
	return jrn_control_open(journal->lock.fd, journal->lock_path, &journal->control, err);
}

static int
begin(struct journal *journal, struct err *err)
{
	uint8_t boot_id[HOST_BOOT_ID_BYTES];
	int r;

	if ((r = host_boot_id(boot_id)) != 0)
		return err_set(err, r, "cannot tell which boot this is: %s", strerror(-r));
	if ((r = open_control(journal, err)) != 0)
		return r;
	if (join(journal, boot_id, err, &r))
		return r;
	if ((r = jrn_lock_poll(&journal->lock, LOCK_APPEND, OPEN_WAIT_MS)) != 0)
		return err_set(err, r, "%s is held by a stopped process: %s",
		    journal->lock_path, strerror(-r));
	r = set_up(journal, boot_id, err);
	jrn_lock_drop(&journal->lock, LOCK_APPEND);
	return r;
}

int
journal_open(const struct journal_config *config, struct journal **ret_journal, struct err *err)
{
	struct journal *journal;
	int r;

	if ((r = jrn_open_new(config, &journal, err)) != 0)
		return r;
	if ((r = begin(journal, err)) != 0) {
		jrn_open_free(journal);
		return r;
	}
	*ret_journal = journal;
	return 0;
}

void
journal_close(struct journal *journal)
{
	if (journal == NULL)
		return;
	journal_unlock(journal);
	jrn_open_free(journal);
}

int
jrn_open_alone(struct journal *journal, struct err *err)
{
	int r = open_control(journal, err);

	if (r != 0)
		return r;
	if ((r = jrn_lock_poll(&journal->lock, LOCK_APPEND, ALONE_WAIT_MS)) == 0)
		r = jrn_lock_poll(&journal->lock, LOCK_PRESENCE, ALONE_WAIT_MS);
	if (r != 0)
		return err_set(err, r == -ETIMEDOUT ? -EBUSY : r,
		    "%s is in use: stop all programs that have it open first", journal->path);
	return 0;
}
