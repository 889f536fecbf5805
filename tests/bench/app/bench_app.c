/*
 * bench_app.c - the application's own part of a request: from the CGI variables to the bytes of
 * the answer, without a transport
 *
 * Prints ns per request, the median of several rounds, for the requests that matter.  Run by
 * `make bench-app`; it never fails for being slow.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "app/dispatch.h"
#include "auth/auth_session.h"
#include "core/clock.h"
#include "core/log.h"

#define N_ROUNDS   9
#define N_REQUESTS 200000

static const char *const common[] = { "GATEWAY_INTERFACE=CGI/1.1",
	"SERVER_SOFTWARE=nginx/1.22.1", "SERVER_PROTOCOL=HTTP/1.1", "SERVER_NAME=_",
	"SERVER_ADDR=127.0.0.1", "SERVER_PORT=5000", "REMOTE_ADDR=127.0.0.1",
	"REMOTE_PORT=40000", "REQUEST_SCHEME=http", "DOCUMENT_ROOT=/usr/share/nginx/html",
	"REDIRECT_STATUS=200", "CONTENT_TYPE=", "CONTENT_LENGTH=", "QUERY_STRING=",
	"REQUEST_ID=5c0b2f2c5d1e4c1f9d2a7f0c3b6e8a91", "AUTH_TYPE=session_auth",
	"SESSION_NAME=_my_session_id", "SESSION_DURATION=60", "HTTP_HOST=127.0.0.1:5000",
	"HTTP_USER_AGENT=curl/7.88.1", "HTTP_ACCEPT=*/*", NULL };

struct request_case {
	const char *name, *method, *path, *extra, *more;
};

static double
round_ns(const struct handler *app, const char *const *params)
{
	struct buf answer;
	int64_t begin;

	buf_init(&answer, 1 << 20);
	begin = clock_boot_ns();
	for (int i = 0; i < N_REQUESTS; i++) {
		buf_clear(&answer);
		if (memory_run(app, params, STR_NULL, &answer) != 0)
			exit(EXIT_FAILURE);
	}
	begin = clock_boot_ns() - begin;
	buf_fini(&answer);
	return (double)begin / N_REQUESTS;
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
measure(const struct handler *app, const struct request_case *request)
{
	const char *params[64];
	char method[64], path[128], uri[128];
	double ns[N_ROUNDS];
	size_t n = 0;

	for (size_t i = 0; common[i] != NULL; i++)
		params[n++] = common[i];
	(void)snprintf(method, sizeof(method), "REQUEST_METHOD=%s", request->method);
	(void)snprintf(path, sizeof(path), "SCRIPT_NAME=%s", request->path);
	(void)snprintf(uri, sizeof(uri), "REQUEST_URI=%s", request->path);
	params[n++] = method;
	params[n++] = path;
	params[n++] = uri;
	if (request->extra != NULL)
		params[n++] = request->extra;
	if (request->more != NULL)
		params[n++] = request->more;
	params[n] = NULL;
	(void)round_ns(app, params);
	for (size_t i = 0; i < N_ROUNDS; i++)
		ns[i] = round_ns(app, params);
	qsort(ns, N_ROUNDS, sizeof(ns[0]), compare);
	(void)printf("%-34s %8.0f %8.0f %8.0f\n", request->name, ns[0], ns[N_ROUNDS / 2],
	    ns[N_ROUNDS - 1]);
}

static int
sign_in(struct app *app, char cookie[128])
{
	const struct account account = { STR_LIT("bob@hbtn.io"), STR_LIT("fake pwd"), STR_NULL,
		STR_NULL };
	const struct account_env env = app_account_env(app, NULL);
	struct request_settings settings = { .auth_type = STR_LIT("session_auth"),
		.is_usable = true };
	struct auth auth;
	char id[IDENT_SESSION_BYTES];
	struct user *user;
	int r;

	if ((r = account_add(&env, &account, &user)) != 0)
		return r;
	auth_init(&auth, &auth_session_ops, &app->env, &settings, NULL, NULL);
	r = auth_session_create_session(&auth, str_of(user->base.id), id);
	user_unref(user);
	(void)snprintf(cookie, 128, "HTTP_COOKIE=_my_session_id=%s", id);
	return r;
}

int
main(void)
{
	char dir[] = "/tmp/bench-app.XXXXXX", data[64], run[64], command[96], cookie[128];
	struct settings settings;
	struct handler handler;
	struct err err = { "" };
	struct app app;

	if (sodium_init() == -1 || mkdtemp(dir) == NULL)
		return EXIT_FAILURE;
	(void)snprintf(data, sizeof(data), "%s/data", dir);
	(void)snprintf(run, sizeof(run), "%s/run", dir);
	settings_init(&settings);
	settings.data_dir = data;
	settings.run_dir = run;
	settings.hash_cost = 1;
	log_configure(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	if (app_open(&app, &settings, true, &err) != 0 || sign_in(&app, cookie) != 0) {
		(void)fprintf(stderr, "bench_app: %s\n", err.text);
		return EXIT_FAILURE;
	}
	handler = dispatch_handler(&app);
	(void)printf("%-34s %8s %8s %8s\n", "ns per request", "min", "median", "max");
	const struct request_case cases[] = {
		{ "GET /users/me with a session", "GET", "/api/v1/users/me", cookie, NULL },
		{ "GET /users/me without", "GET", "/api/v1/users/me", NULL, NULL },
		{ "GET /users/me, unknown session", "GET", "/api/v1/users/me",
		    "HTTP_COOKIE=_my_session_id=5535d4d7-3d77-4d06-8281-495dc3acfe76", NULL },
		{ "GET /status", "GET", "/api/v1/status", NULL, NULL },
		{ "a check with a session", "GET", "/_gate/check", cookie, "GATE=nginx" },
		{ "a check without", "GET", "/_gate/check", "HTTP_COOKIE=a=b", "GATE=nginx" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		measure(&handler, &cases[i]);
	app_close(&app);
	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
