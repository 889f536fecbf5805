/* transfer.c - see transfer.h */
#include "ctl/transfer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/audit.h"
#include "ctl/report.h"
#include "model/legacy_json.h"

static int
read_file(int fd, struct buf *out)
{
	ssize_t n = 1;

	while (n > 0) {
		char *room = buf_reserve(out, 65536);

		n = room != NULL ? read(fd, room, 65536) : 0;
		if (n > 0)
			buf_advance(out, (size_t)n);
		else if (n == -1 && errno == EINTR)
			n = 1;
	}
	if (n == -1)
		out->error = -errno;
	return buf_error(out);
}

static void
print_refusal(void *arg, struct str id, const char *reason)
{
	(void)arg;
	(void)fprintf(stderr, "sessiongatectl: ");
	report_plain(stderr, id);
	(void)fprintf(stderr, " not imported: %s\n", reason);
}

int
transfer_import(struct command *c, const char *path, bool is_users)
{
	struct legacy_json_report report = { .refused = print_refusal };
	struct err err = { "" };
	struct buf json;
	int r;

	buf_init(&json, LEGACY_JSON_MAX_BYTES);
	if ((r = read_file(c->file_fd, &json)) != 0)
		(void)err_set(&err, r, "cannot read: %s", strerror(-r));
	else if (is_users)
		r = legacy_json_read_users(c->env.users, buf_str(&json), &report, &err);
	else
		r = legacy_json_read_sessions(c->env.user_sessions, c->env.table,
		    &c->app.env.key, str_of(c->realm), buf_str(&json), &report, &err);
	buf_wipe(&json);
	/* Sessions come in some hundreds at a time: some may be there when one fails. */
	if (report.n_added > 0)
		audit(is_users ? "users-imported" : "sessions-imported",
		    log_i("n", (int64_t)report.n_added));
	if (r != 0) {
		if ((r != -EBADMSG && r != -EROFS) || !report_damage(c, "import"))
			(void)fprintf(stderr, "sessiongatectl: %s: %s\n", path, err.text);
		return EXIT_FAILURE;
	}
	(void)printf("%llu imported, %llu there already, %llu refused\n",
	    (unsigned long long)report.n_added, (unsigned long long)report.n_present,
	    (unsigned long long)report.n_refused);
	return report.n_refused == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
transfer_export(struct command *c, bool is_users)
{
	int status = EXIT_SUCCESS, r;
	struct buf json;

	buf_init(&json, LEGACY_JSON_MAX_BYTES);
	r = is_users ? legacy_json_write_users(c->env.users, &json)
		     : legacy_json_write_sessions(c->env.user_sessions, &json);
	if (r != 0) {
		status = report_journal_failed(c, "export", r);
	} else if (fwrite(json.p, 1, json.n, stdout) != json.n) {
		(void)fprintf(stderr, "sessiongatectl: cannot write: %s\n", strerror(errno));
		status = EXIT_FAILURE;
	}
	buf_wipe(&json);
	return status;
}
