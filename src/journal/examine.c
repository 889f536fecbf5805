/* examine.c - see examine.h */
#include "journal/examine.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "journal/open.h"
#include "journal/fs_check.h"

/* As it would be opened, but never made: -ENOENT has no message. */
static int
open_there(const struct journal *journal, const char *name, int *ret_fd, struct err *err)
{
	return file_open(
	    journal->config.dir_fd, journal->config.dir_path, name, O_RDWR, 0, ret_fd, err);
}

/* What the lock file knows of this very file, or 0. */
static int
look_up_synced(const struct journal *journal, int fd, const struct jrn_scan *header,
    uint64_t *ret_synced, struct err *err)
{
	struct stat st;
	int lock_fd, r;

	*ret_synced = 0;
	if (fstat(fd, &st) == -1)
		return err_set(
		    err, -errno, "cannot look at %s: %s", journal->path, strerror(errno));
	if ((r = open_there(journal, journal->lock_name, &lock_fd, err)) != 0)
		return r == -ENOENT ? 0 : r;
	*ret_synced = jrn_control_peek_synced(lock_fd, st.st_ino, header->header.crc);
	(void)close(lock_fd);
	return 0;
}

static int
examine_file(const struct journal *journal, int fd, struct journal_examination *examination,
    struct err *err)
{
	uint64_t synced;
	struct jrn_scan scan;
	int r;

	/* First what was flushed, then what is there: others may go on writing. */
	if ((r = jrn_scan_header(fd, journal->path, &scan, err)) != 0 ||
	    (r = jrn_open_check_key(journal, &scan, err)) != 0 ||
	    (r = look_up_synced(journal, fd, &scan, &synced, err)) != 0 ||
	    (r = jrn_scan_file(fd, journal->path, synced, &scan, err)) != 0)
		return r;
	if (jrn_scan_is_damaged(&scan))
		return jrn_scan_refuse(&scan, journal->path, err);
	examination->n_lines = scan.last_n - scan.header.n;
	examination->n_torn_bytes = scan.end - scan.good_len;
	return 0;
}

int
jrn_examine_run(const struct journal_config *config,
    struct journal_examination *ret_examination, struct err *err)
{
	struct journal_examination examination = { 0 };
	struct journal *journal;
	int fd, r;

	if ((r = jrn_open_new(config, &journal, err)) != 0)
		return r;
	if ((r = jrn_fs_check_check(journal->config.dir_fd, journal->config.dir_path, err)) ==
	    0)
		r = open_there(journal, journal->file_name, &fd, err);
	if (r == -ENOENT) {
		examination.is_absent = true;
		r = 0;
	} else if (r == 0) {
		r = examine_file(journal, fd, &examination, err);
		(void)close(fd);
	}
	if (r == 0)
		*ret_examination = examination;
	jrn_open_free(journal);
	return r;
}
