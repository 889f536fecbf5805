/*
 * scan.h - is this file a journal, and how far does it hold?
 *
 * Purpose    The reading that comes before everything else: after a crash, before a file is
 *            adopted, by salvage.  It tells a torn tail, which a crash may leave and which is
 *            cut, from damage, which no crash explains and which only a person may pass over.
 *
 *            The difference: what was flushed cannot be missing after a crash.  Every line says
 *            how many lines before it were not flushed yet when it was written ("unflushed"),
 *            so every intact line proves lines before it.  Where the first bad line stands at
 *            a number that is proven, something was damaged; otherwise the rest was still on
 *            its way when the machine stopped, whatever of it has arrived.
 * Errors     Negative errno with a message.
 */
#ifndef JOURNAL_SCAN_H
#define JOURNAL_SCAN_H

#include "core/err.h"
#include "journal/line.h"
#include "journal/live_index.h"

struct jrn_scan {
	struct jrn_line_header header;
	uint64_t start;     /* offset behind the header */
	uint64_t good_len;  /* whole changes end here */
	uint64_t last_n;    /* the number of the last line before good_len */
	uint64_t end;       /* of the file */
	uint64_t flushed_n; /* proven to have been flushed once */
	uint64_t n_behind;  /* intact lines behind the first bad one */
	uint64_t bad_at;    /* offset of the first bad line; good_len < end only */
};

/*
 * Read the file up to its end.  flushed_n: the caller's own knowledge of what was flushed, or
 * 0.  path is for messages.
 */
int jrn_scan_file(
    int fd, const char *path, uint64_t flushed_n, struct jrn_scan *ret_scan, struct err *err);

/*
 * The same, and what is alive added to live; where the file is torn, perhaps too much: lines of
 * a change whose last one is missing.
 */
int jrn_scan_and_count(int fd, const char *path, uint64_t flushed_n, struct jrn_scan *ret_scan,
    struct jrn_live_index *live, struct err *err);

/* Only the header: sets header and start, and good_len and last_n to there. */
int jrn_scan_header(int fd, const char *path, struct jrn_scan *ret_scan, struct err *err);

/*
 * The part of jrn_scan_file() behind the header: go on from scan->good_len and last_n, where
 * another reading ended.
 */
int jrn_scan_tail(int fd, struct jrn_scan *scan);

/*
 * A damaged journal is refused: what is wrong, and the way out.  -EBADMSG.  path is that of the
 * journal, and how the salvage command will name it.
 */
int jrn_scan_refuse(const struct jrn_scan *scan, const char *path, struct err *err);

/* "sessiongatectl ... journal salvage User" for the journal at path. */
#define SCAN_COMMAND_BYTES 600
void jrn_scan_salvage_command(const char *path, char ret_command[SCAN_COMMAND_BYTES]);

/* Bytes are missing or wrong that a crash cannot have taken. */
static inline bool
jrn_scan_is_damaged(const struct jrn_scan *scan)
{
	return scan->last_n < scan->flushed_n;
}

/* There is something behind good_len. */
static inline bool
jrn_scan_is_torn(const struct jrn_scan *scan)
{
	return scan->good_len < scan->end;
}

#endif
