/* program.c - see program.h */
#include "program.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "core/log.h"
#include "fcgi/stream.h"
#include "server/activation.h"
#include "server/worker.h"

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

/* With the settings that are there. */
static void
program_begin(struct program *program)
{
	struct err err = { "" };

	if (sodium_init() == -1)
		program_must(-1, "sodium_init");
	/* The transcripts show what the programs say, and what goes wrong. */
	log_configure(LOG_LEVEL_WARN, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	must(app_open(&program->app, &program->conf.settings, true, &err), &err);
	read_site(program);
}

void
program_open(struct program *program)
{
	struct err err = { "" };

	must(configuration_read(&program->conf, NULL, NULL, NULL, &err), &err);
	program_begin(program);
}

void
program_close(struct program *program)
{
	app_close(&program->app);
	configuration_free(&program->conf);
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
	void (*write_text)(struct program *, const struct auth *, struct buf *);
};

static enum handler_next
handle(void *arg, const struct request *request, struct handler_permit permit,
    struct response *ret_response)
{
	struct serving *serving = arg;
	struct request_settings site;
	struct auth auth;
	bool is_root = request->role == REQUEST_RESPONDER && str_eq_z(request->path, "/");

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

/* One process, and one request or one worker: what sessiongate has beyond that is not shown here. */
int
program_serve(int argc, char **argv, void (*once)(struct program *),
    void (*write_text)(struct program *, const struct auth *, struct buf *))
{
	static const struct command_line_option none[] = { { NULL, NULL, NULL } };
	static struct serving serving;
	const struct handler handler = { .handle = handle, .arg = &serving };
	struct program *program = &serving.program;
	struct listen_set listen;
	struct listen_options listen_options;
	struct worker_options options;
	struct command_line line;
	struct err err = { "" };
	sigset_t end;
	int r;

	serving.write_text = write_text;
	if (activation_is_cgi()) {
		program_open(program);
		r = cgi_run(&handler);
		program_close(program);
		return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	must(command_line_read(
		 argc, argv, none, SETTINGS_SERVING | SETTINGS_APPLICATION, &line, &err),
	    &err);
	must(configuration_read(&program->conf, NULL, NULL, &line, &err), &err);
	listen_options = listen_options_of(&program->conf.settings);
	must(activation_open(&listen_options, &listen, &err), &err);
	program_begin(program);
	if (once != NULL)
		once(program);

	/* The worker reads them; libfcgi has handlers of its own. */
	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigaddset(&end, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &end, NULL);
	must(fcgi_stream_library_init(&err), &err);
	options = worker_options_of(&program->conf.settings);
	options.listen[0].fd = listen.sockets[0].fd;
	must(worker_run(&handler, &options, &err), &err);

	app_close(&program->app);
	listen_set_close(&listen);
	configuration_free(&program->conf);
	command_line_free(&line);
	return EXIT_SUCCESS;
}
