/* explain.c - see explain.h */
#include "conf/explain.h"

#include <stdlib.h>
#include <string.h>

#include "conf/request_settings.h"

struct source {
	const char *value; /* NULL: unset */
	bool is_given;     /* by the operator */
	char from[128];
};

/* The last of several wins. */
static bool
find_option(const struct command_line *line, const struct setting *setting, struct source *ret)
{
	for (size_t i = line->n_given; i-- > 0;)
		if (strcmp(line->given[i].name, setting->name) == 0) {
			*ret = (struct source){ line->given[i].value, true, "command line" };
			return true;
		}
	return false;
}

static bool
find_in_file(
    const struct configuration *conf, const struct setting *setting, struct source *ret)
{
	const struct env_file *file = &conf->file;

	for (size_t i = file->n; i-- > 0;)
		if (strcmp(file->names[i], settings_variable(setting)) == 0) {
			*ret = (struct source){ file->values[i], true, "" };
			(void)snprintf(ret->from, sizeof(ret->from), "%s line %d", conf->path,
			    file->lines[i]);
			return true;
		}
	return false;
}

static void
find_source(const struct configuration *conf, const struct command_line *line,
    const struct setting *setting, bool is_strict, struct source *ret)
{
	if (setting->scope == SETTINGS_REQUEST_ONLY)
		*ret = (struct source){ NULL, false, "web server alone" };
	else if (find_option(line, setting, ret) || find_in_file(conf, setting, ret))
		return;
	else if ((ret->value = getenv(settings_variable(setting))) != NULL)
		*ret = (struct source){ ret->value, true, "environment" };
	else if (is_strict && setting->strict != NULL)
		*ret = (struct source){ setting->strict, false, "AUTH_PROFILE=strict" };
	else
		*ret = (struct source){ setting->fallback[0] != '\0' ? setting->fallback : NULL,
			false, "default" };
}

/* Why strict does not take it; NULL: it does. */
static const char *
strict_problem(const struct setting *setting, const char *value)
{
	struct cgi_vars vars = { 0 };
	struct request_settings settings;

	/* All else is as strict would have it. */
	for (size_t i = 0; i < settings_n; i++)
		if (settings_table[i].scope == SETTINGS_REQUEST)
			vars.values[settings_table[i].var] = str_of(
			    settings_table[i].strict != NULL ? settings_table[i].strict
							     : settings_table[i].fallback);
	vars.values[CGI_AUTH_TYPE] = STR_LIT("auth");
	vars.values[CGI_AUTH_PROFILE] = STR_LIT("strict");
	vars.values[setting->var] = str_of(value);
	request_settings_read(&vars, &settings);
	return !settings.is_usable && strcmp(settings.wrong_name, setting->name) == 0
		   ? settings.problem
		   : NULL;
}

static void
print_change(FILE *to, const struct setting *setting, const struct source *source)
{
	const char *problem;

	if (!settings_is_of_request(setting) || setting->var == CGI_AUTH_PROFILE)
		return;
	if (!source->is_given && setting->gate != NULL)
		(void)fprintf(to, "; pages and checks: %s", setting->gate);
	if (!source->is_given && setting->strict != NULL)
		(void)fprintf(
		    to, "; strict: %s", setting->strict[0] != '\0' ? setting->strict : "\"\"");
	else if (source->value != NULL &&
		 (problem = strict_problem(setting, source->value)) != NULL)
		(void)fprintf(to, "; strict refuses it: %s", problem);
	else if (setting->var == CGI_AUTH_TYPE && source->value == NULL)
		(void)fprintf(to, "; strict: the web server must send one");
}

void
explain_settings(FILE *to, const struct configuration *conf, const struct command_line *line)
{
	struct request_settings now;

	request_settings_read(&(struct cgi_vars){ 0 }, &now);
	for (size_t i = 0; i < settings_n; i++) {
		const struct setting *setting = &settings_table[i];
		bool is_option = !settings_is_of_request(setting);
		struct source source;

		if (setting->kind == SETTINGS_IGNORED)
			continue;
		find_source(conf, line, setting, now.is_strict, &source);
		(void)fprintf(to, "setting %s%s = %s (%s", is_option ? "--" : "", setting->name,
		    source.value == NULL      ? "unset"
		    : source.value[0] == '\0' ? "\"\""
					      : source.value,
		    source.from);
		if (!now.is_strict)
			print_change(to, setting, &source);
		(void)fputs(")\n", to);
	}
}
