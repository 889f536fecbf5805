/* run.c - see run.h */
#include "gateway/run.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "core/harden.h"
#include "gateway/adopt.h"
#include "gateway/configuration.h"
#include "gateway/inherit.h"
#include "gateway/supervisor.h"

static int
fail(const struct run_app *app, int status, const struct err *err)
{
	(void)fprintf(stderr, "%s: %s\n", app->name, err->text);
	if (status == SUPERVISOR_EXIT_USAGE)
		(void)fprintf(stderr, "Try: %s --help\n", app->name);
	return status;
}

static int
ops_prepare(void *arg, struct err *err)
{
	const struct configuration *conf = arg;
	const struct run_app *app = conf->app;
	struct gateway_app unused;
	int r = app->open(app->arg, true, &unused, err);

	if (r == 0)
		app->close(app->arg);
	return r;
}

static int
ops_start(void *arg, struct gateway_app *ret_app, struct err *err)
{
	const struct configuration *conf = arg;

	return conf->app->open(conf->app->arg, false, ret_app, err);
}

static void
ops_replaced(void *arg)
{
	const struct configuration *conf = arg;

	if (conf->app->replaced != NULL)
		conf->app->replaced(conf->app->arg);
}

static void
ops_stop(void *arg)
{
	const struct configuration *conf = arg;

	conf->app->close(conf->app->arg);
}

static int
ops_reload(void *arg, struct supervisor_settings *ret_settings, struct err *err)
{
	struct configuration *conf = arg;
	int r = configuration_read(conf, err);

	if (r != 0)
		return r;
	configuration_use_logs(conf);
	*ret_settings = conf->options.supervisor;
	return 0;
}

static int
run_cgi(struct configuration *conf)
{
	const struct run_app *app = conf->app;
	struct gateway_app gateway = { 0 };
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
		r = app->open(app->arg, false, &gateway, &err);
	}
	if (r != 0) {
		(void)printf("Status: 503 Service Unavailable\r\n"
			     "Content-Type: application/json\r\n\r\n"
			     "{\n  \"error\": \"Service Unavailable\"\n}\n");
		(void)fflush(stdout);
		return fail(app, SUPERVISOR_EXIT_FAILURE, &err);
	}
	r = gateway_cgi(&gateway);
	app->close(app->arg);
	return r == 0 ? SUPERVISOR_EXIT_OK : SUPERVISOR_EXIT_FAILURE;
}

static int
open_socket(const struct options *options, struct listen_socket *ret_socket, struct err *err)
{
	struct err why = { "" };
	int fd = inherit_socket(&why);

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

static int
serve(struct configuration *conf)
{
	struct supervisor_ops ops = {
		.prepare = ops_prepare,
		.start = ops_start,
		.replaced = ops_replaced,
		.stop = ops_stop,
		.reload = ops_reload,
		.arg = conf,
	};
	struct listen_socket listen_socket = LISTEN_SOCKET_NONE;
	struct err err = { "" };
	int r;

	if ((r = open_socket(&conf->options, &listen_socket, &err)) != 0)
		return fail(conf->app,
		    r == -EDESTADDRREQ || r == -EINVAL || r == -EPERM ? SUPERVISOR_EXIT_USAGE
								      : SUPERVISOR_EXIT_FAILURE,
		    &err);
	r = supervisor_run(&ops, &conf->options.supervisor, &listen_socket);
	listen_close(&listen_socket);
	return r;
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
	if (list.n_bad == 0)
		(void)printf("%s: it can start\n", app->name);
	else
		(void)printf("%s: it cannot start: %u of %u checks failed\n", app->name,
		    list.n_bad, list.n);
	return list.n_bad == 0 ? SUPERVISOR_EXIT_OK : SUPERVISOR_EXIT_FAILURE;
}

int
run_main(int argc, char **argv, const struct run_app *app)
{
	struct configuration configuration = { .app = app, .argc = argc, .argv = argv };
	struct err err = { "" };
	int r;

	harden();
	if (inherit_is_cgi()) {
		r = run_cgi(&configuration);
	} else if ((r = configuration_look(&configuration, &err)) > 0) {
		r = r == CONFIGURATION_E_TOLD ? SUPERVISOR_EXIT_OK
					      : fail(app, SUPERVISOR_EXIT_USAGE, &err);
	} else if (r < 0 || (r = configuration_read(&configuration, &err)) != 0) {
		r = fail(app, SUPERVISOR_EXIT_CONFIG, &err);
	} else if (configuration.is_check) {
		r = check(&configuration);
	} else {
		configuration_use_logs(&configuration);
		r = serve(&configuration);
	}
	configuration_free(&configuration);
	return r;
}
