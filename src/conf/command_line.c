/* command_line.c - see command_line.h */
#include "conf/command_line.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* What getopt_long() returns: a setting, or OWN and the place of an option. */
enum { SETTING = 256, OWN };

/* The table getopt_long() wants, made from ours. */
static struct option *
long_options(const struct command_line_option *own, unsigned scopes)
{
	struct option *table = calloc(settings_n + COMMAND_LINE_OWN_MAX + 1, sizeof(*table));
	size_t n = 0;

	if (table == NULL)
		return NULL;
	for (size_t i = 0; i < settings_n; i++)
		if ((settings_table[i].scope & scopes) != 0)
			table[n++] = (struct option){ settings_table[i].name, required_argument,
				NULL, SETTING };
	for (int i = 0; own[i].name != NULL; i++)
		table[n++] = (struct option){ own[i].name,
			own[i].argument != NULL ? required_argument : no_argument, NULL,
			OWN + i };
	return table;
}

static bool
may_repeat(const char *name)
{
	for (size_t i = 0; i < settings_n; i++)
		if (strcmp(settings_table[i].name, name) == 0)
			return settings_table[i].may_repeat;
	return false;
}

static int
note_setting(struct command_line *line, const char *name, const char *value, struct err *err)
{
	size_t i = 0;
	char *joined;

	while (i < line->n_given && strcmp(line->given[i].name, name) != 0)
		i++;
	if (i == line->n_given || !may_repeat(name)) {
		line->given[line->n_given].name = name;
		line->given[line->n_given++].value = value;
		return 0;
	}
	if (asprintf(&joined, "%s %s", line->given[i].value, value) == -1)
		return err_set(err, -ENOMEM, "no memory");
	free(line->given[i].joined);
	line->given[i].value = line->given[i].joined = joined;
	return 0;
}

int
command_line_read(int argc, char **argv, const struct command_line_option *options,
    unsigned scopes, struct command_line *ret_line, struct err *err)
{
	struct option *table = long_options(options, scopes);
	struct command_line line = { .given = calloc((size_t)argc + 1, sizeof(line.given[0])) };
	int which = 0, c, r = 0;

	if (table == NULL || line.given == NULL)
		r = err_set(err, -ENOMEM, "no memory");
	optind = 0; /* GNU: start over */
	while (r == 0 && (c = getopt_long(argc, argv, "", table, &which)) != -1) {
		if (c == SETTING) {
			r = note_setting(&line, table[which].name, optarg, err);
		} else if (c >= OWN) {
			line.own[c - OWN] = optarg != NULL ? optarg : "";
		} else {
			r = err_set(err, -EINVAL, "wrong usage");
		}
	}
	free(table);
	if (r != 0) {
		command_line_free(&line);
		return r;
	}
	line.words = argv + optind;
	line.n_words = argc - optind;
	*ret_line = line;
	return 0;
}

int
command_line_apply(const struct command_line *line, struct settings *settings, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < line->n_given; i++)
		r = settings_set(settings, line->given[i].name, line->given[i].value, err);
	return r;
}

void
command_line_free(struct command_line *line)
{
	for (size_t i = 0; i < line->n_given; i++)
		free(line->given[i].joined);
	free(line->given);
	*line = (struct command_line){ 0 };
}

static void
print(FILE *to, const char *hyphens, const char *name, const char *argument, const char *help,
    const char *fallback)
{
	char left[64];

	(void)snprintf(left, sizeof(left), "%s%s%s%s", hyphens, name,
	    argument != NULL ? " " : "", argument != NULL ? argument : "");
	(void)fprintf(to, "  %-30s  %s", left, help);
	if (fallback[0] != '\0')
		(void)fprintf(to, " [%s]", fallback);
	(void)fputc('\n', to);
}

void
command_line_help_settings(FILE *to, enum settings_scope scope)
{
	for (size_t i = 0; i < settings_n; i++) {
		const struct setting *setting = &settings_table[i];

		if (setting->scope == scope)
			print(to, settings_is_of_request(setting) ? "" : "--", setting->name,
			    setting->argument, setting->help, setting->fallback);
	}
}

void
command_line_help_options(FILE *to, const struct command_line_option *options)
{
	for (; options->name != NULL; options++)
		print(to, "--", options->name, options->argument, options->help, "");
}
