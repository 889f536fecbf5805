/* program.c - see program.h */
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "core/log.h"
#include "server/run.h"

void
program_must(int r, const char *what)
{
	if (r == 0)
		return;
	(void)fprintf(stderr, "%s: %s\n", what, r < 0 ? strerror(-r) : "refused");
	exit(EXIT_FAILURE);
}

static void
must(int r, const struct err *err)
{
	if (r == 0)
		return;
	(void)fprintf(stderr, "%s\n", err->text);
	exit(EXIT_FAILURE);
}

static void
read_site(struct program *program)
{
	request_settings_prepare();
	request_settings_read(&(struct cgi_vars){ 0 }, &program->site);
	auth_init(&program->auth, registry_find(program->site.auth_type), &program->app.env,
	    &program->site, NULL, NULL);
}

/* What setup.sh gives; the program itself reads more (server/configuration.h). */
static void
read_settings(struct settings *settings)
{
	static const char *const given[][2] = {
		{ "data-dir", "SESSIONGATE_DATA_DIR" },
		{ "run-dir", "SESSIONGATE_RUN_DIR" },
	};
	struct err err = { "" };

	settings_init(settings);
	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		const char *value = getenv(given[i][1]);

		if (value != NULL)
			must(settings_set(settings, given[i][0], value, &err), &err);
	}
}

void
program_open(struct program *program)
{
	struct err err = { "" };

	if (sodium_init() == -1)
		program_must(-1, "sodium_init");
	/* The transcripts show what the programs say, and what goes wrong. */
	log_configure(LOG_LEVEL_WARN, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	read_settings(&program->settings);
	must(app_open(&program->app, &program->settings, true, &err), &err);
	read_site(program);
}

void
program_close(struct program *program)
{
	app_close(&program->app);
}

struct user *
program_make_user(struct program *program, const char *email, const char *password)
{
	struct account_env env = app_account_env(&program->app, NULL);
	struct account account = { .email = str_of(email), .password = str_of(password) };
	struct user *user;

	program_must(account_add(&env, &account, &user), email);
	return user;
}

/* ------------------------------------------------------------------- serving */

struct serving {
	struct program program;
	void (*once)(struct program *);
	void (*write_text)(struct program *, const struct auth *, struct buf *);
};

static enum handler_next
handle(void *arg, const struct request *request, struct handler_permit permit,
    struct response *ret_response)
{
	struct serving *serving = arg;
	struct request_settings site;
	struct auth auth;
	bool is_root = str_eq_z(request->path, "/");

	request_settings_read(&request->vars, &site);
	auth_init(&auth, registry_find(site.auth_type), &serving->program.app.env, &site,
	    request, permit.hashes);
	ret_response->status = is_root ? 200 : 404;
	response_set_body(ret_response, STR_LIT("text/html; charset=utf-8"),
	    is_root ? STR_NULL : STR_LIT("Not found\n"));
	if (is_root)
		serving->write_text(&serving->program, &auth, &ret_response->body);
	return HANDLER_ANSWERED;
}

static void
begin(void *arg)
{
	struct serving *serving = arg;

	settings_init(&serving->program.settings);
}

static int
set(void *arg, const char *name, const char *value, struct err *err)
{
	struct serving *serving = arg;

	return settings_set(&serving->program.settings, name, value, err);
}

static int
check(void *arg, struct err *err)
{
	(void)arg;
	return registry_check_environment(err);
}

static int
commit(void *arg, struct err *err)
{
	(void)arg;
	(void)err;
	return 0;
}

static int
open_app(void *arg, bool at_start, struct handler *ret_app, struct err *err)
{
	struct serving *serving = arg;
	struct program *program = &serving->program;
	int r = app_open(&program->app, &program->settings, at_start, err);

	if (r != 0)
		return r;
	read_site(program);
	if (at_start && serving->once != NULL)
		serving->once(program);
	*ret_app = (struct handler){ .handle = handle, .arg = serving };
	return 0;
}

static void
close_app(void *arg)
{
	struct serving *serving = arg;

	program_close(&serving->program);
}

int
program_serve(int argc, char **argv, const char *name, void (*once)(struct program *),
    void (*write_text)(struct program *, const struct auth *, struct buf *))
{
	static struct serving serving;
	struct run_app app = {
		.name = name,
		.version = "",
		.summary = "answers GET /",
		.options = settings_options,
		.n_options = settings_n_options,
		.begin = begin,
		.set = set,
		.commit = commit,
		.check = check,
		.open = open_app,
		.close = close_app,
		.arg = &serving,
	};

	serving.once = once;
	serving.write_text = write_text;
	return run_main(argc, argv, &app);
}
