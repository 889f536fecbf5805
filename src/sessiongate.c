/*
 * sessiongate.c - the program: session authentication behind a web server
 *
 * From main() on: what it was started as, settings, checks, the socket, and then the supervisor,
 * whose workers open the application.  What that does for a request is in app/; how requests reach
 * it, and how processes live, in server/.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/dispatch.h"
#include "app/pages.h"
#include "app/preflight.h"
#include "auth/registry.h"
#include "conf/configuration.h"
#include "conf/explain.h"
#include "conf/request_settings.h"
#include "core/harden.h"
#include "core/log.h"
#include "core/process.h"
#include "server/activation.h"
#include "server/log_file.h"
#include "server/processes.h"
#include "server/supervisor.h"
#include "server/takeover.h"
#include "server/txn.h"

#define NAME "sessiongate"

/* Its own options, beside the settings. */
enum { OWN_CONFIG, OWN_CHECK, OWN_HELP, OWN_VERSION };

static const struct command_line_option own[] = {
	[OWN_CONFIG] = { "config", "FILE", "read NAME=value lines; again at SIGHUP" },
	[OWN_CHECK] = { "check", NULL, "look at all that a start would open, and end" },
	[OWN_HELP] = { "help", NULL, "print this, and end" },
	[OWN_VERSION] = { "version", NULL, "print the version, and end" },
	{ NULL, NULL, NULL },
};

struct program {
	char **argv;
	struct command_line line;
	struct configuration conf;
	struct takeover takeover; /* what the program before handed over */
	char path[PATH_MAX];      /* of what SIGHUP executes */
	char *log_path;           /* of the file that standard error is; NULL: none */
	struct page_files *page_files;
	struct app app; /* of a worker */
};

static int
fail(int status, const struct err *err)
{
	const char *prefix = log_prefix(LOG_LEVEL_ERROR);

	(void)fprintf(stderr, "%s" NAME ": %s\n", prefix, err->text);
	if (status == SUPERVISOR_EXIT_USAGE)
		(void)fprintf(stderr, "%sTry: " NAME " --help\n", prefix);
	return status;
}

static int
help(void)
{
	(void)printf(NAME
	    " - session authentication behind a web server\n\n"
	    "usage: " NAME " --listen unix:/PATH [options]   open a socket and serve FastCGI\n"
	    "       " NAME " [options]                       serve an inherited socket "
	    "(spawn-fcgi, lighttpd, systemd)\n"
	    "       as a CGI program                            answer one request\n\n"
	    "serving:\n");
	command_line_help_settings(stdout, SETTINGS_SERVING);
	(void)printf("\napplication:\n");
	command_line_help_settings(stdout, SETTINGS_APPLICATION);
	(void)printf("\nother:\n");
	command_line_help_options(stdout, own);
	(void)printf("\nEach option is also a variable: --data-dir is SESSIONGATE_DATA_DIR.  "
		     "Options win over\n"
		     "--config, which wins over the environment.\n\n"
		     "for each request, from the web server, else from the environment:\n");
	command_line_help_settings(stdout, SETTINGS_REQUEST);
	(void)printf("from the web server alone:\n");
	command_line_help_settings(stdout, SETTINGS_REQUEST_ONLY);
	(void)printf("\n%s.\n", registry_must_be());
	(void)printf("\nExit status: 0 ended as told, 1 failure, 2 wrong usage, 78 wrong "
		     "settings.\n");
	return SUPERVISOR_EXIT_OK;
}

static int
version(void)
{
	(void)printf(NAME " %s\n", PACKAGE_VERSION);
	return SUPERVISOR_EXIT_OK;
}

static void
use_settings(const struct settings *settings)
{
	log_configure((enum log_level)settings->log_level,
	    (enum log_format)settings->log_format, (enum log_target)settings->log_target);
	txn_configure(settings->access_log);
}

/* --check */
static int
check(const struct configuration *conf, const struct command_line *line)
{
	const struct listen_options options = listen_options_of(&conf->settings);
	struct checklist list = { .to = stdout };

	explain_settings(stdout, conf, line);
	checklist_add(&list, true, "settings", "sound%s%s",
	    conf->path != NULL ? ", those of the file too: " : "",
	    conf->path != NULL ? conf->path : "");
	if (options.address != NULL)
		listen_set_check(&options, &list);
	else
		checklist_add(&list, true, "socket", "inherited at a start, and not looked at");
	preflight(&conf->settings, &list);
	if (list.n_bad > 0)
		(void)printf(
		    NAME ": it cannot start: %u of %u checks failed\n", list.n_bad, list.n);
	else if (list.n_remarks > 0)
		(void)printf(NAME ": it can start, with %u remark%s\n", list.n_remarks,
		    list.n_remarks == 1 ? "" : "s");
	else
		(void)printf(NAME ": it can start\n");
	return list.n_bad + list.n_remarks == 0 ? SUPERVISOR_EXIT_OK : SUPERVISOR_EXIT_FAILURE;
}

/* ------------------------------------------------------------------------ as a CGI program */

/*
 * Answer the request of the environment.  The command line may be the client's own words (RFC 3875
 * section 4.4: a query without "=" becomes arguments), so it is not looked at.
 */
static int
answer_one_request(struct program *program)
{
	struct handler handler;
	struct err err = { "" };
	int r;

	if ((r = configuration_read(&program->conf, NULL, NULL, NULL, &err)) == 0) {
		request_settings_prepare();
		use_settings(&program->conf.settings);
		if ((r = pages_open(&program->conf.settings, &program->page_files, &err)) == 0)
			r = app_open(&program->app, &program->conf.settings, false, &err);
	}
	if (r != 0) {
		(void)printf("Status: 503 Service Unavailable\r\n"
			     "Content-Type: application/json\r\n\r\n"
			     "{\n  \"error\": \"Service Unavailable\"\n}\n");
		(void)fflush(stdout);
		return fail(SUPERVISOR_EXIT_FAILURE, &err);
	}
	log_started();
	program->app.page_files = program->page_files;
	handler = dispatch_handler(&program->app);
	r = cgi_run(&handler);
	app_close(&program->app);
	page_files_close(program->page_files);
	configuration_free(&program->conf);
	return r == 0 ? SUPERVISOR_EXIT_OK : SUPERVISOR_EXIT_FAILURE;
}

/* ------------------------------------------------------ what the supervisor has the program do */

/* What has to be done once, before the workers. */
static int
prepare(void *arg, struct err *err)
{
	struct program *program = arg;
	int r = app_open(&program->app, &program->conf.settings, true, err);

	if (r == 0)
		app_close(&program->app);
	return r;
}

static int
start_worker(void *arg, struct handler *ret_handler, struct err *err)
{
	struct program *program = arg;
	int r = app_open(&program->app, &program->conf.settings, false, err);

	if (r != 0)
		return r;
	program->app.page_files = program->page_files;
	app_warm(&program->app);
	*ret_handler = dispatch_handler(&program->app);
	return 0;
}

static void
count_replacement(void *arg)
{
	app_count_replacement(&((struct program *)arg)->app);
}

static void
stop_worker(void *arg)
{
	app_close(&((struct program *)arg)->app);
}

static int
record(void *arg, struct takeover *takeover, struct err *err)
{
	const struct program *program = arg;

	return takeover_record(takeover, program->path, program->log_path, &program->conf, err);
}

static int
become(
    void *arg, const struct takeover *takeover, int record_fd, bool is_trial, struct err *err)
{
	struct program *program = arg;

	return takeover_execute(
	    takeover, program->argv, &program->conf.file, record_fd, is_trial, err);
}

static struct supervisor_ops
supervisor_ops(struct program *program)
{
	return (struct supervisor_ops){
		.prepare = prepare,
		.start = start_worker,
		.replaced = count_replacement,
		.stop = stop_worker,
		.record = record,
		.become = become,
		.arg = program,
	};
}

/* ------------------------------------------------------------------------------------- serving */

/* Would this program serve in place of the one that runs?  Its parent reads what is printed. */
static int
try_to_serve(struct program *program)
{
	const struct supervisor_ops ops = supervisor_ops(program);
	const struct supervisor_settings settings =
	    supervisor_settings_of(&program->conf.settings);
	struct err err = { "" };

	log_configure(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	if (processes_try(&ops, &settings.worker, &err) != 0)
		return fail(SUPERVISOR_EXIT_FAILURE, &err);
	(void)printf("%s\n", TAKEOVER_READY);
	return fflush(stdout) == 0 ? SUPERVISOR_EXIT_OK : SUPERVISOR_EXIT_FAILURE;
}

/* takeover NULL: this is a start. */
static int
serve(struct program *program, const struct takeover *takeover)
{
	const struct supervisor_ops ops = supervisor_ops(program);
	struct supervisor_settings settings = supervisor_settings_of(&program->conf.settings);
	struct listen_set listen = LISTEN_SET_EMPTY;
	struct err err = { "" };
	int r;

	if (takeover != NULL)
		listen = takeover->listen;
	else if ((r = process_raise_limit(&err)) != 0 ||
		 (r = activation_open(&settings.listen, &listen, &err)) != 0)
		return fail(r == -EDESTADDRREQ || r == -EINVAL || r == -EPERM
				? SUPERVISOR_EXIT_USAGE
				: SUPERVISOR_EXIT_FAILURE,
		    &err);
	/* The names that the program before had are good, whatever has them by now. */
	if (takeover != NULL && takeover->program != NULL)
		(void)snprintf(program->path, sizeof(program->path), "%s", takeover->program);
	else
		program_find(program->argv[0], program->path, sizeof(program->path));
	program->log_path = takeover != NULL && takeover->log_path != NULL
				? str_dup(str_of(takeover->log_path))
				: log_file_find();
	settings.log_path = program->log_path;

	r = supervisor_run(&ops, &settings, &listen, takeover);

	free(program->log_path);
	listen_set_close(&listen);
	return r;
}

static int
run(struct program *program, const struct takeover *takeover)
{
	struct configuration *conf = &program->conf;
	const struct command_line *line = &program->line;
	struct err err = { "" };

	if (configuration_read(conf, line->own[OWN_CONFIG],
		takeover != NULL && takeover->has_config ? &takeover->config : NULL, line,
		&err) != 0 ||
	    registry_check_environment(&err) != 0 ||
	    (takeover != NULL && takeover_check_fixed(takeover, &conf->settings, &err) != 0))
		return fail(SUPERVISOR_EXIT_CONFIG, &err);
	request_settings_prepare();
	if (takeover == NULL && line->own[OWN_CHECK] != NULL)
		return check(conf, line);
	/* Here, so that a worker that comes later has what the others have. */
	if (pages_open(&conf->settings, &program->page_files, &err) != 0)
		return fail(SUPERVISOR_EXIT_CONFIG, &err);
	if (takeover != NULL && takeover->is_trial)
		return try_to_serve(program);
	use_settings(&conf->settings);
	return serve(program, takeover);
}

int
main(int argc, char **argv)
{
	/* Its texts are borrowed by settings. */
	static struct program program;
	struct takeover *takeover = &program.takeover;
	struct err err = { "" };
	int r;

	process_begin();
	harden();
	program.argv = argv;

	/* What is this process: the one after another program, a CGI program, or a start? */
	if ((r = takeover_find(takeover, &err)) == -ENOENT)
		takeover = NULL;
	else if (r != 0)
		return fail(SUPERVISOR_EXIT_FAILURE, &err);
	if (takeover == NULL && activation_is_cgi())
		return answer_one_request(&program);
	if (takeover != NULL && takeover->program != NULL)
		program_set_name(takeover->program);

	r = command_line_read(
	    argc, argv, own, SETTINGS_SERVING | SETTINGS_APPLICATION, &program.line, &err);
	if (r == 0 && program.line.n_words > 0)
		r = err_set(&err, -EINVAL, "\"%s\" is no option", program.line.words[0]);
	if (r != 0)
		r = fail(SUPERVISOR_EXIT_USAGE, &err);
	else if (program.line.own[OWN_HELP] != NULL)
		r = help();
	else if (program.line.own[OWN_VERSION] != NULL)
		r = version();
	else
		r = run(&program, takeover);

	page_files_close(program.page_files);
	configuration_free(&program.conf);
	command_line_free(&program.line);
	if (takeover != NULL)
		takeover_fini(takeover);
	return r;
}
