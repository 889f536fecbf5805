/* salvage.c - see salvage.h */
#include "store/salvage.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "store/aside.h"
#include "store/attach.h"
#include "store/compact.h"
#include "store/lines.h"

#define HEADER_MAX_BYTES 4096

_Static_assert(sizeof(((struct store_salvage *)0)->saved_as) == ASIDE_NAME_BYTES, "same name");

/* An editor of another system ends lines with CR LF: what stands before that is whole. */
static struct str
without_return(struct str text)
{
	return text.n > 0 && text.p[text.n - 1] == '\r' ? str_mem(text.p, text.n - 1) : text;
}

/* Every intact line counts, in the order of the file, whatever its number. */
static int
salvage_lines(int fd, uint64_t from, uint64_t end, struct live *live, uint64_t *ret_last_n,
    struct store_salvage *report)
{
	struct lines lines;
	struct line line;
	struct str text;
	uint64_t offset;
	int r = 0, found;

	if ((r = lines_open(&lines, fd, from, end)) != 0)
		return r;
	while (r == 0 && (found = lines_next(&lines, &text, &offset)) != 0) {
		if (found > 0)
			text = without_return(text);
		if (found < 0) {
			r = found;
		} else if (found != LINES_WHOLE || line_parse(text, &line) != 0) {
			report->n_bad++;
		} else {
			report->n_kept++;
			if (line.n > *ret_last_n)
				*ret_last_n = line.n;
			if (line.record.op == STORE_PUT)
				r = live_put(
				    live, line.record.key, offset, (uint32_t)text.n + 1);
			else
				live_del(live, line.record.key);
		}
	}
	lines_close(&lines);
	return r;
}

/* The header with a carriage return. */
static bool
read_returned_header(int fd, struct scan *ret_scan)
{
	struct scan scan = { 0 };
	struct lines lines;
	struct str text;
	uint64_t offset;
	bool is_read;

	if (lines_open(&lines, fd, 0, HEADER_MAX_BYTES) != 0)
		return false;
	is_read = lines_next(&lines, &text, &offset) == LINES_WHOLE &&
		  line_parse_header(without_return(text), &scan.header) == 0;
	scan.start = lines_offset(&lines);
	scan.last_n = scan.header.n;
	lines_close(&lines);
	if (is_read)
		*ret_scan = scan;
	return is_read;
}

/* The header, or one in its place: the key check is then the caller's. */
static int
salvage_header(struct store *store, int fd, struct scan *ret_scan, struct err *err)
{
	struct err said = { "" };
	int r = scan_header(fd, store->path, ret_scan, &said);

	if (r == 0)
		return 0;
	if (r != -EBADMSG)
		return err_set(err, r, "%s", said.text);
	if (read_returned_header(fd, ret_scan))
		return 0;
	*ret_scan = (struct scan){ 0 };
	memcpy(ret_scan->header.key_check, store->config.key_check, LINE_KEY_CHECK_BYTES);
	return 0;
}

static int
salvage_file(struct store *store, int fd, struct store_salvage *report, struct err *err)
{
	struct snapshot snap;
	struct live live;
	struct scan scan;
	struct stat st;
	uint64_t end;
	int r;

	if (fstat(fd, &st) == -1)
		return err_set(
		    err, -errno, "cannot look at %s: %s", store->path, strerror(errno));
	end = (uint64_t)st.st_size;
	if ((r = salvage_header(store, fd, &scan, err)) != 0)
		return r;
	if ((r = live_init(&live)) != 0)
		return err_set(err, r, "no randomness: %s", strerror(-r));
	r = salvage_lines(fd, scan.start, end, &live, &scan.last_n, report);
	if (r != 0)
		err_set(err, r, "cannot read %s: %s", store->path, strerror(-r));
	else
		r = aside_save(store->config.dir_fd, store->config.dir_path, store->file_name,
		    "damaged", fd, 0, end, report->saved_as, err);
	if (r == 0) {
		report->n_live = live.n_live;
		r = compact_write(
		    store, fd, &scan.header, scan.last_n, store->mend_name, &live, &snap);
		if (r == 0)
			r = snapshot_publish(&snap, store->file_name);
		if (r != 0)
			err_set(err, r, "cannot write %s: %s", store->path, strerror(-r));
	}
	live_fini(&live);
	return r;
}

int
salvage_run(
    const struct store_config *config, struct store_salvage *ret_report, struct err *err)
{
	struct store_salvage report = { 0 };
	struct store *store;
	int fd, r;

	if ((r = attach_new(config, &store, err)) != 0)
		return r;
	if ((r = attach_alone(store, err)) != 0)
		goto out;
	r = file_open(store->config.dir_fd, store->config.dir_path, store->file_name, O_RDWR, 0,
	    &fd, err);
	if (r == -ENOENT)
		err_set(err, r, "there is no %s", store->path);
	if (r != 0)
		goto out;
	if ((r = salvage_file(store, fd, &report, err)) == 0) {
		/* What the block knew was about the damaged file. */
		control_forget(store->control);
		*ret_report = report;
	}
	(void)close(fd);
out:
	attach_free(store);
	return r;
}
