/*
 * echo_app.c - sessiongate with another application, for tests
 *
 * Calling    Linked with src/sessiongate.c, to which this is app/app.c and app/dispatch.c.  The
 *            variables ECHO_GREETING (what /constant answers), ECHO_GATE and ECHO_LOG_EACH (off: what
 *            lasts is not said each time) are its settings.
 * Purpose    The proofs of serving need answers that tell which request they belong to, that are
 *            slow or long on demand, and no users.  The last part of the path says what:
 *            /constant            always the same short answer
 *            /echo?TEXT           TEXT, the number of bytes of the body and their sum
 *            /status-N?TEXT       the same with status N
 *            /slow-MS?TEXT        the same after MS milliseconds, where that keeps nobody
 *            /hold-N?TEXT         the same, where that keeps nobody, when there is a file
 *                                 GATE-N; a line on standard error says when it begins to wait
 *            /long-N              N bytes, where that keeps nobody
 *            /exit                the worker dies
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "app/app.h"
#include "app/dispatch.h"
#include "app/pages.h"
#include "app/preflight.h"
#include "core/log_lasting.h"

static const char *greeting, *gate;

static bool
number_behind(struct str path, const char *prefix, long *ret)
{
	char text[32];
	struct str p = str_of(prefix);
	ptrdiff_t slash;

	while ((slash = str_index(str_skip(path, 1), '/')) != -1)
		path = str_skip(path, (size_t)slash + 1);
	if (!str_starts_with(path, p))
		return false;
	path = str_skip(path, p.n);
	(void)snprintf(text, sizeof(text), "%.*s", STR_FMT(path));
	*ret = strtol(text, NULL, 10);
	return true;
}

static void
echo(const struct request *request, int status, struct response *response)
{
	unsigned long sum = 0;
	char text[256];

	for (size_t i = 0; i < request->body.n; i++)
		sum = sum * 31 + (unsigned char)request->body.p[i];
	(void)snprintf(text, sizeof(text), "query=%.*s n=%zu sum=%lu pid=%d\n",
	    STR_FMT(str_take(request->query, 100)), request->body.n, sum & 0xffffffff,
	    (int)getpid());
	response->status = status;
	response_set_body(response, STR_LIT("text/plain"), str_of(text));
}

static void
hold(const struct request *request, long n)
{
	struct timespec ts = { 0, 1000000 };
	struct stat st;
	char path[256];

	(void)snprintf(path, sizeof(path), "%s-%ld", gate, n);
	(void)dprintf(
	    STDERR_FILENO, "event=held query=%.*s\n", STR_FMT(str_take(request->query, 100)));
	while (stat(path, &st) == -1)
		(void)nanosleep(&ts, NULL);
}

static enum handler_next
handle(void *arg, const struct request *request, struct handler_permit permit,
    struct response *response)
{
	long n = 0;

	(void)arg;
	if (request->role != REQUEST_RESPONDER) {
		echo(request, 501, response);
	} else if (request->refusal != 0) {
		echo(request, request->refusal, response);
	} else if (number_behind(request->path, "/status-", &n)) {
		echo(request, (int)n, response);
	} else if (number_behind(request->path, "/slow-", &n)) {
		struct timespec ts = { n / 1000, n % 1000 * 1000000 };

		if (!permit.may_wait)
			return HANDLER_WAIT;
		(void)nanosleep(&ts, NULL);
		echo(request, 200, response);
	} else if (number_behind(request->path, "/hold-", &n)) {
		if (!permit.may_wait)
			return HANDLER_WAIT;
		hold(request, n);
		echo(request, 200, response);
	} else if (number_behind(request->path, "/long-", &n)) {
		if (!permit.may_be_long)
			return HANDLER_LONG;
		response_set_body(response, STR_LIT("text/plain"), STR_NULL);
		for (; n > 0; n -= 26)
			buf_add(&response->body, "abcdefghijklmnopqrstuvwxyz",
			    n < 26 ? (size_t)n : 26);
	} else if (number_behind(request->path, "/constant", &n)) {
		response_set_body(response, STR_LIT("text/plain"), str_of(greeting));
	} else if (number_behind(request->path, "/exit", &n)) {
		_exit(3);
	} else {
		echo(request, 200, response);
	}
	return HANDLER_ANSWERED;
}

static const char *
variable(const char *name, const char *fallback)
{
	const char *value = getenv(name);

	return value != NULL ? value : fallback;
}

/* Whoever counts deaths counts lines. */
__attribute__((constructor)) static void
log_each_time(void)
{
	if (strcmp(variable("ECHO_LOG_EACH", "on"), "on") == 0)
		log_lasting_every(0);
}

int
app_open(struct app *app, const struct settings *settings, bool at_start, struct err *err)
{
	(void)app, (void)settings;
	greeting = variable("ECHO_GREETING", "hello");
	gate = variable("ECHO_GATE", "/nonexistent");
	if (strcmp(greeting, "fail-in-worker") == 0 && !at_start)
		return err_set(err, -EIO, "as told");
	if (strcmp(greeting, "fail-at-start") == 0)
		return err_set(err, -EINVAL, "as told");
	if (greeting[0] == '\0')
		return err_set(err, -EINVAL, "greeting is empty");
	return 0;
}

void
app_close(struct app *app)
{
	(void)app;
}

void
app_warm(struct app *app)
{
	(void)app;
}

void
app_count_replacement(struct app *app)
{
	(void)app;
}

int
pages_open(const struct settings *settings, struct page_files **ret, struct err *err)
{
	(void)settings, (void)err;
	*ret = NULL;
	return 0;
}

struct handler
dispatch_handler(struct app *app)
{
	(void)app;
	return (struct handler){ .handle = handle };
}

void
preflight(const struct settings *settings, struct checklist *list)
{
	(void)settings, (void)list;
}
