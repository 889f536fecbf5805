/*
 * sessiongate.c - the program: session authentication behind a web server
 *
 * What it does for a request is in app/; how requests reach it, and how its processes live, in
 * server/.  This file introduces one to the other.
 */
#include <errno.h>
#include <string.h>

#include "app/dispatch.h"
#include "app/preflight.h"
#include "auth/registry.h"
#include "conf/request_settings.h"
#include "server/run.h"
#include "model/users.h"

struct program {
	struct settings settings, next; /* in force, and being read */
	struct app app;
};

static void
begin(void *arg)
{
	struct program *program = arg;

	settings_init(&program->next);
}

static int
set(void *arg, const char *name, const char *value, struct err *err)
{
	struct program *program = arg;

	return settings_set(&program->next, name, value, err);
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
	struct program *program = arg;
	const struct settings *now = &program->settings, *next = &program->next;

	/* In force already: this is a reload. */
	if (now->data_dir != NULL && (strcmp(now->data_dir, next->data_dir) != 0 ||
					 strcmp(now->run_dir, next->run_dir) != 0))
		return err_set(err, -EINVAL,
		    "data-dir and run-dir cannot change while serving (login sessions would be "
		    "lost): restart the program");
	request_settings_prepare();
	program->settings = program->next;
	return 0;
}

static const char *const fixed[] = { "data-dir", "run-dir", NULL };

static const char *
get(void *arg, const char *name)
{
	const struct program *program = arg;

	return strcmp(name, "data-dir") == 0 ? program->settings.data_dir
					     : program->settings.run_dir;
}

static void
examine(void *arg, struct checklist *list)
{
	const struct program *program = arg;

	preflight(&program->settings, list);
}

static int
open_app(void *arg, bool at_start, struct handler *ret_app, struct err *err)
{
	struct program *program = arg;
	int r = app_open(&program->app, &program->settings, at_start, err);

	if (r != 0)
		return r;
	*ret_app = dispatch_handler(&program->app);
	return 0;
}

/* All users are read: no check waits for that.  What cannot be read is told by each request. */
static void
warm(void *arg)
{
	struct program *program = arg;
	uint64_t n;

	(void)users_count(program->app.env.users, &n);
}

static void
close_app(void *arg)
{
	struct program *program = arg;

	app_close(&program->app);
}

static void
count_replacement(void *arg)
{
	struct program *program = arg;

	counters_add(program->app.counters, COUNTER_WORKER_RESTARTS);
}

int
main(int argc, char **argv)
{
	static struct program program;
	const struct run_app app = {
		.name = "sessiongate",
		.version = PACKAGE_VERSION,
		.summary = "session authentication behind a web server",
		.options = settings_options,
		.n_options = settings_n_options,
		.begin = begin,
		.set = set,
		.commit = commit,
		.fixed = fixed,
		.get = get,
		.check = check,
		.examine = examine,
		.open = open_app,
		.close = close_app,
		.warm = warm,
		.replaced = count_replacement,
		.arg = &program,
	};

	return run_main(argc, argv, &app);
}
