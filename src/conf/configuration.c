/* configuration.c - see configuration.h */
#include "conf/configuration.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG_VARIABLE SETTINGS_VARIABLE_PREFIX "CONFIG"

static bool
is_known(struct str name)
{
	for (size_t i = 0; i < settings_n; i++)
		if ((settings_table[i].scope & SETTINGS_REQUEST_ONLY) == 0 &&
		    str_eq_z(name, settings_variable(&settings_table[i])))
			return true;
	return str_eq_z(name, CONFIG_VARIABLE);
}

/* A misspelt variable would silently be a default. */
static int
check_names(struct err *err)
{
	extern char **environ;

	for (char **entry = environ; *entry != NULL; entry++) {
		struct str name = str_mem(*entry, strcspn(*entry, "="));

		if (str_starts_with(name, STR_LIT(SETTINGS_VARIABLE_PREFIX)) && !is_known(name))
			return err_set(err, -EINVAL, "no setting is called %.*s: see --help",
			    STR_FMT(name));
	}
	return 0;
}

static int
set_from_environment(struct settings *settings, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < settings_n; i++) {
		const struct setting *setting = &settings_table[i];
		const char *value = !settings_is_of_request(setting)
					? getenv(settings_variable(setting))
					: NULL;

		if (value != NULL)
			r = settings_set(settings, setting->name, value, err);
	}
	return r;
}

/* The file's variables are in the environment from now on. */
static int
read_file(struct configuration *conf, const struct buf *text, struct err *err)
{
	int r;

	if (conf->path == NULL && (conf->path = getenv(CONFIG_VARIABLE)) == NULL)
		return 0;
	r = text != NULL ? env_file_parse(conf->path, buf_str(text), &conf->file, err)
			 : env_file_read(conf->path, &conf->file, err);
	if (r == 0 && (r = env_file_apply(&conf->file)) != 0)
		return err_set(err, r, "%s: %s", conf->path, strerror(-r));
	return r;
}

int
configuration_read(struct configuration *ret_conf, const char *path, const struct buf *text,
    const struct command_line *line, struct err *err)
{
	struct configuration conf = { .path = path, .file = ENV_FILE_EMPTY };
	int r;

	settings_init(&conf.settings);
	if ((r = read_file(&conf, text, err)) != 0 ||
	    (line != NULL && (r = check_names(err)) != 0) ||
	    (r = set_from_environment(&conf.settings, err)) != 0 ||
	    (line != NULL && (r = command_line_apply(line, &conf.settings, err)) != 0)) {
		configuration_free(&conf);
		return r;
	}
	*ret_conf = conf;
	return 0;
}

void
configuration_free(struct configuration *conf)
{
	env_file_free(&conf->file);
}
