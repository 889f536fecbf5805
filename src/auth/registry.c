/* registry.c - see registry.h */
#include "auth/registry.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

/* Each is defined in a file of its own. */
#define TYPES(X)                \
	X(auth_none_ops)        \
	X(auth_ops)             \
	X(auth_basic_ops)       \
	X(auth_session_ops)     \
	X(auth_session_exp_ops) \
	X(auth_session_db_ops)

#define DECLARE(ops) extern const struct auth_ops ops;
TYPES(DECLARE)

#define ADDRESS(ops) &(ops),
static const struct auth_ops *const types[] = { TYPES(ADDRESS) };

#define N_TYPES (sizeof(types) / sizeof(types[0]))

const struct auth_ops *
registry_find(struct str name)
{
	if (name.n == 0)
		return &auth_ops;
	for (size_t i = 0; i < N_TYPES; i++)
		if (str_eq(name, types[i]->name))
			return types[i];
	return NULL;
}

static char must_be[512];
static pthread_once_t must_be_once = PTHREAD_ONCE_INIT;

static void
write_must_be(void)
{
	struct buf text;

	buf_init(&text, sizeof(must_be) - 1);
	buf_add_z(&text, "AUTH_TYPE must be one of: ");
	for (size_t i = 0; i < N_TYPES; i++) {
		if (i > 0)
			buf_add_z(&text, ", ");
		buf_add_str(&text, types[i]->name);
	}
	memcpy(must_be, buf_str(&text).p, text.n);
	buf_fini(&text);
}

const char *
registry_must_be(void)
{
	(void)pthread_once(&must_be_once, write_must_be);
	return must_be;
}

const char *
registry_problem(const struct request_settings *settings)
{
	if (registry_find(settings->auth_type) != NULL)
		return settings->problem;
	return registry_must_be();
}

int
registry_check_environment(struct err *err)
{
	struct request_settings settings;
	const char *problem;

	request_settings_prepare();
	request_settings_read(&(struct cgi_vars){ 0 }, &settings);
	if ((problem = registry_problem(&settings)) == NULL)
		return 0;
	/* The web server may send one. */
	if (settings.is_strict && problem == settings.problem &&
	    strcmp(settings.wrong_name, "AUTH_TYPE") == 0 && str_is_null(settings.wrong_value))
		return 0;
	if (problem != settings.problem)
		return err_set(err, -EINVAL, "%s (environment: AUTH_TYPE=%.*s)", problem,
		    STR_FMT(settings.auth_type));
	return err_set(err, -EINVAL, "%s (environment: %s=%.*s)", problem, settings.wrong_name,
	    STR_FMT(settings.wrong_value));
}
