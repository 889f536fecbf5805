/* run.c - see run.h */
#include "server/run.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/harden.h"
#include "core/process.h"
#include "server/adopt.h"
#include "server/processes.h"
#include "server/configuration.h"
#include "server/activation.h"
#include "server/log_file.h"
#include "server/program.h"
#include "server/supervisor.h"
#include "server/takeover.h"

/* For a worker and a few connections. */
#define FILES_LEAST 64

struct run {
	struct configuration conf;
	char program[PATH_MAX]; /* what to become at SIGHUP */
	char *log_path;         /* of the file that standard error is; NULL: none */
};

static int
fail(const struct run_app *app, int status, const struct err *err)
{
	const char *prefix = log_prefix(LOG_LEVEL_ERROR);

	(void)fprintf(stderr, "%s%s: %s\n", prefix, app->name, err->text);
	if (status == SUPERVISOR_EXIT_USAGE)
		(void)fprintf(stderr, "%sTry: %s --help\n", prefix, app->name);
	return status;
}

static int
ops_prepare(void *arg, struct err *err)
{
	const struct configuration *conf = &((struct run *)arg)->conf;
	const struct run_app *app = conf->app;
	struct handler unused;
	int r = app->open(app->arg, true, &unused, err);

	if (r == 0)
		app->close(app->arg);
	return r;
}

static int
ops_start(void *arg, struct handler *ret_app, struct err *err)
{
	const struct run_app *app = ((struct run *)arg)->conf.app;
	int r = app->open(app->arg, false, ret_app, err);

	if (r == 0 && app->warm != NULL)
		app->warm(app->arg);
	return r;
}

static void
ops_replaced(void *arg)
{
	const struct configuration *conf = &((struct run *)arg)->conf;

	if (conf->app->replaced != NULL)
		conf->app->replaced(conf->app->arg);
}

static void
ops_stop(void *arg)
{
	const struct configuration *conf = &((struct run *)arg)->conf;

	conf->app->close(conf->app->arg);
}

static void
ops_reopen_log(void *arg)
{
	const struct run *run = arg;
	struct err err = { "" };
	int r = run->log_path != NULL ? log_file_reopen(run->log_path, &err) : 0;

	if (r < 0)
		log_warn("log-file", log_z("problem", err.text),
		    log_z("effect", "lines go on to the file that was open"),
		    log_z("action",
			"let the program's user make that file, or use copytruncate "
			"of logrotate(8)"));
}

/* What is at the path of the file of variables now: the trial and the takeover read the same. */
static int
read_config(const char *path, struct buf *text, struct err *err)
{
	FILE *file = fopen(path, "re");
	char chunk[4096];
	size_t n;
	int r = 0;

	if (file == NULL)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		buf_add(text, chunk, n);
	if (ferror(file))
		r = err_set(err, -EIO, "%s: cannot be read", path);
	else if (buf_error(text) != 0)
		r = err_set(err, buf_error(text), "%s: %s", path, strerror(-buf_error(text)));
	(void)fclose(file);
	return r;
}

static int
ops_record(void *arg, struct takeover *takeover, struct err *err)
{
	const struct run *run = arg;
	const struct run_app *app = run->conf.app;
	int r;

	for (size_t i = 0; app->fixed != NULL && app->fixed[i] != NULL; i++)
		if (!takeover_add_fixed(
			takeover, app->fixed[i], app->get(app->arg, app->fixed[i])))
			return err_set(err, -ENOMEM, "%s", strerror(ENOMEM));
	if ((run->log_path != NULL &&
		(takeover->log_path = str_dup(str_of(run->log_path))) == NULL) ||
	    (takeover->program = str_dup(str_of(run->program))) == NULL)
		return err_set(err, -ENOMEM, "%s", strerror(ENOMEM));
	if ((r = program_file_open(run->program, &takeover->file, err)) != 0)
		return r;
	if (run->conf.config_path == NULL)
		return 0;
	takeover->has_config = true;
	return read_config(run->conf.config_path, &takeover->config, err);
}

static int
ops_become(
    void *arg, const struct takeover *takeover, int record_fd, bool is_trial, struct err *err)
{
	struct run *run = arg;
	struct err why = { "" };
	int r;

	/* The file's variables are read anew; those that are gone from it shall be gone. */
	environment_undo(&run->conf.environment);
	if ((r = takeover_set_env(record_fd, is_trial)) != 0)
		err_set(&why, r, "%s", strerror(-r));
	else
		r = program_file_execute(&takeover->file, run->conf.argv, &why);
	(void)takeover_set_env(-1, false);
	(void)environment_apply(&run->conf.environment);
	return err_set(err, r, "%.255s: %.250s", run->program, why.text);
}

static int
ops_listen_again(void *arg, struct listen_socket *listen_socket, struct err *err)
{
	const struct run *run = arg;

	return listen_again(&run->conf.options.listen, listen_socket, err);
}

static struct supervisor_ops
run_ops(struct run *run)
{
	return (struct supervisor_ops){
		.prepare = ops_prepare,
		.start = ops_start,
		.replaced = ops_replaced,
		.stop = ops_stop,
		.reopen_log = ops_reopen_log,
		.record = ops_record,
		.become = ops_become,
		.listen_again = ops_listen_again,
		.arg = run,
	};
}

static int
run_cgi(struct configuration *conf)
{
	const struct run_app *app = conf->app;
	struct handler handler = { 0 };
	struct err err = { "" };
	int r;

	/*
	 * The command line of a CGI program may be the client's own words (RFC 3875
	 * section 4.4: a query without "=" becomes arguments), so it is not looked at.
	 */
	conf->argc = 1;
	conf->is_cgi = true;
	if ((r = configuration_read(conf, &err)) == 0) {
		configuration_use_logs(conf);
		r = app->open(app->arg, false, &handler, &err);
	}
	if (r != 0) {
		(void)printf("Status: 503 Service Unavailable\r\n"
			     "Content-Type: application/json\r\n\r\n"
			     "{\n  \"error\": \"Service Unavailable\"\n}\n");
		(void)fflush(stdout);
		return fail(app, SUPERVISOR_EXIT_FAILURE, &err);
	}
	log_started();
	r = cgi_run(&handler);
	app->close(app->arg);
	return r == 0 ? SUPERVISOR_EXIT_OK : SUPERVISOR_EXIT_FAILURE;
}

static int
open_socket(const struct options *options, struct listen_socket *ret_socket, struct err *err)
{
	struct err why = { "" };
	int fd = activation_socket(&why);

	if (fd == -EINVAL) {
		*err = why;
		return fd;
	}
	if (options->listen.address != NULL && fd >= 0)
		return err_set(err, -EINVAL,
		    "--listen %s, and a socket %s too: use one of them",
		    options->listen.address,
		    fd == STDIN_FILENO ? "on standard input" : "from systemd (LISTEN_FDS)");
	if (options->listen.address != NULL)
		return listen_open(&options->listen, ret_socket, err);
	if (fd >= 0)
		return adopt_socket(fd, options->listen.may_be_unsafe, ret_socket, err);
	return err_set(err, -EDESTADDRREQ,
	    "nothing to listen on%s%s: give --listen unix:/PATH, or start it from spawn-fcgi, "
	    "lighttpd (bin-path), systemd, or as a CGI program",
	    why.text[0] != '\0' ? ": " : "", why.text);
}

/*
 * As many descriptors as we may have: connections need them.  With very few not even the files can
 * be opened, and the message would be that of whichever came last.
 */
static int
raise_limit(struct err *err)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return 0;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max >= FILES_LEAST)
		return 0;
	return err_set(err, -EMFILE,
	    "the limit of open files is %ju, and at least %d are needed: raise it (ulimit -n, "
	    "LimitNOFILE= of the service)",
	    (uintmax_t)limit.rlim_max, FILES_LEAST);
}

/* A start, or what took the place of another program. */
static int
serve(struct run *run, const struct takeover *takeover)
{
	const struct configuration *conf = &run->conf;
	struct listen_socket listen_socket = LISTEN_SOCKET_NONE;
	struct supervisor_ops ops;
	struct err err = { "" };
	int r = 0;

	if (takeover != NULL)
		listen_socket = takeover->listen_socket;
	else if ((r = raise_limit(&err)) != 0 ||
		 (r = open_socket(&conf->options, &listen_socket, &err)) != 0)
		return fail(conf->app,
		    r == -EDESTADDRREQ || r == -EINVAL || r == -EPERM ? SUPERVISOR_EXIT_USAGE
								      : SUPERVISOR_EXIT_FAILURE,
		    &err);
	/* The name that the program before had is good, whatever has it by now. */
	if (takeover != NULL && takeover->program != NULL)
		(void)snprintf(run->program, sizeof(run->program), "%s", takeover->program);
	else
		program_find(conf->argv[0], run->program, sizeof(run->program));
	run->log_path = takeover != NULL && takeover->log_path != NULL
			    ? str_dup(str_of(takeover->log_path))
			    : log_file_find();
	ops = run_ops(run);
	r = supervisor_run(&ops, &conf->options.supervisor, &listen_socket, takeover);
	listen_close(&listen_socket);
	free(run->log_path);
	return r;
}

/* Would this program serve in place of the one that runs?  Its parent reads what is printed. */
static int
try_it(struct run *run)
{
	const struct supervisor_ops ops = run_ops(run);
	struct err err = { "" };
	int r;

	log_configure(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	r = processes_try(&ops, &run->conf.options.supervisor.worker, &err);
	if (r != 0)
		return fail(run->conf.app, SUPERVISOR_EXIT_FAILURE, &err);
	(void)printf("%s\n", TAKEOVER_READY);
	return fflush(stdout) == 0 ? SUPERVISOR_EXIT_OK : SUPERVISOR_EXIT_FAILURE;
}

/* The settings that the program before had and that cannot change are in force already. */
static int
set_fixed(const struct run_app *app, const struct takeover *takeover, struct err *err)
{
	int r = 0;

	if (takeover->n_fixed == 0)
		return 0;
	app->begin(app->arg);
	for (size_t i = 0; r == 0 && i < takeover->n_fixed; i += 2)
		r = app->set(app->arg, takeover->fixed[i], takeover->fixed[i + 1], err);
	return r != 0 ? r : app->commit(app->arg, err);
}

/* The program before has read the command line, and it is the same. */
static int
run_takeover(struct run *run, const struct takeover *takeover)
{
	struct configuration *conf = &run->conf;
	struct err err = { "" };
	int r = configuration_look(conf, &err);

	if (takeover->program != NULL)
		program_set_name(takeover->program);
	if (r != 0)
		return fail(conf->app, SUPERVISOR_EXIT_USAGE, &err);
	conf->config_text = takeover->has_config ? &takeover->config : NULL;
	if ((r = set_fixed(conf->app, takeover, &err)) != 0 ||
	    (r = configuration_read(conf, &err)) != 0)
		return fail(conf->app, SUPERVISOR_EXIT_CONFIG, &err);
	conf->config_text = NULL;
	if (takeover->is_trial)
		return try_it(run);
	configuration_use_logs(conf);
	return serve(run, takeover);
}

static int
check(struct configuration *conf)
{
	struct checklist list = { .to = stdout };
	const struct listen_options *options = &conf->options.listen;
	const struct run_app *app = conf->app;

	checklist_add(&list, true, "settings", "sound%s%s",
	    conf->config_path != NULL ? ", those of the file too: " : "",
	    conf->config_path != NULL ? conf->config_path : "");
	if (options->address != NULL)
		listen_check(options, &list);
	else
		checklist_add(&list, true, "socket",
		    "inherited from whoever starts it, and not looked at");
	if (app->examine != NULL)
		app->examine(app->arg, &list);
	if (list.n_bad > 0)
		(void)printf("%s: it cannot start: %u of %u checks failed\n", app->name,
		    list.n_bad, list.n);
	else if (list.n_remarks > 0)
		(void)printf("%s: it can start, with %u remark%s\n", app->name, list.n_remarks,
		    list.n_remarks == 1 ? "" : "s");
	else
		(void)printf("%s: it can start\n", app->name);
	return list.n_bad + list.n_remarks == 0 ? SUPERVISOR_EXIT_OK : SUPERVISOR_EXIT_FAILURE;
}

int
run_main(int argc, char **argv, const struct run_app *app)
{
	/* Its texts are borrowed by settings. */
	static struct run run;
	static struct takeover takeover;
	struct configuration *conf = &run.conf;
	struct err err = { "" };
	int r;

	process_begin();
	harden();
	run.conf = (struct configuration){ .app = app, .argc = argc, .argv = argv };
	if ((r = takeover_find(&takeover, &err)) == 0) {
		r = run_takeover(&run, &takeover);
		takeover_fini(&takeover);
	} else if (r != -ENOENT) {
		r = fail(app, SUPERVISOR_EXIT_FAILURE, &err);
	} else if (activation_is_cgi()) {
		r = run_cgi(conf);
	} else if ((r = configuration_look(conf, &err)) > 0) {
		r = r == CONFIGURATION_E_TOLD ? SUPERVISOR_EXIT_OK
					      : fail(app, SUPERVISOR_EXIT_USAGE, &err);
	} else if (r < 0 || (r = configuration_read(conf, &err)) != 0) {
		r = fail(app, SUPERVISOR_EXIT_CONFIG, &err);
	} else if (conf->is_check) {
		r = check(conf);
	} else {
		configuration_use_logs(conf);
		r = serve(&run, NULL);
	}
	configuration_free(conf);
	return r;
}
