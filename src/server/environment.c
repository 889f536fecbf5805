/* environment.c - see environment.h */
#include "server/environment.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/str.h"

static bool
is_name(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!isalpha((unsigned char)name.p[i]) && name.p[i] != '_' &&
		    (i == 0 || !isdigit((unsigned char)name.p[i])))
			return false;
	return name.n > 0;
}

static int
add(struct environment *environment, struct str name, struct str value)
{
	size_t n = environment->n + 1;
	char **names = realloc(environment->names, n * sizeof(*names));
	char **values;

	if (names == NULL)
		return -ENOMEM;
	environment->names = names;
	if ((values = realloc(environment->values, n * sizeof(*values))) == NULL)
		return -ENOMEM;
	environment->values = values;
	names[n - 1] = str_dup(name);
	values[n - 1] = str_dup(value);
	environment->n = n;
	return names[n - 1] != NULL && values[n - 1] != NULL ? 0 : -ENOMEM;
}

static int
read_line(struct environment *environment, struct str line, const char *path, int number,
    struct err *err)
{
	struct str name, value;

	if (line.n > 0 && line.p[line.n - 1] == '\n')
		line.n--;
	if (line.n > 0 &&
	    line.p[line.n - 1] == '\r') /* written by an editor of another system */
		line.n--;
	line = str_trim(line);
	if (line.n == 0 || line.p[0] == '#')
		return 0;
	if (!str_split(line, '=', &name, &value) || !is_name(name = str_trim(name)))
		return err_set(err, -EINVAL, "%s: line %d is not NAME=value", path, number);
	value = str_trim(value);
	if (value.n >= 2 && (value.p[0] == '"' || value.p[0] == '\'') &&
	    value.p[value.n - 1] == value.p[0])
		value = str_mem(value.p + 1, value.n - 2);
	if (memchr(value.p, '\0', value.n) != NULL)
		return err_set(err, -EINVAL, "%s: line %d has a NUL", path, number);
	return add(environment, name, value);
}

static int
read_lines(FILE *file, const char *path, struct environment *ret_environment, struct err *err)
{
	struct environment environment = ENVIRONMENT_EMPTY;
	char *line = NULL;
	size_t n_line = 0;
	ssize_t n;
	int r = 0;

	for (int number = 1; r == 0 && (n = getline(&line, &n_line, file)) != -1; number++)
		r = read_line(&environment, str_mem(line, (size_t)n), path, number, err);
	if (r == 0 && ferror(file))
		r = err_set(err, -EIO, "%s: cannot be read", path);
	free(line);
	if (r != 0)
		environment_free(&environment);
	else
		*ret_environment = environment;
	return r;
}

int
environment_read(const char *path, struct environment *ret_environment, struct err *err)
{
	FILE *file = fopen(path, "re");
	int r;

	if (file == NULL)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	r = read_lines(file, path, ret_environment, err);
	(void)fclose(file);
	return r;
}

int
environment_parse(
    const char *path, struct str text, struct environment *ret_environment, struct err *err)
{
	FILE *file;
	int r;

	*ret_environment = ENVIRONMENT_EMPTY;
	if (text.n == 0)
		return 0; /* fmemopen() refuses it */
	if ((file = fmemopen((void *)(uintptr_t)text.p, text.n, "r")) == NULL)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	r = read_lines(file, path, ret_environment, err);
	(void)fclose(file);
	return r;
}

int
environment_apply(struct environment *environment)
{
	if (environment->n == 0)
		return 0;
	environment->saved = calloc(environment->n, sizeof(environment->saved[0]));
	if (environment->saved == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < environment->n; i++) {
		const char *before = getenv(environment->names[i]);

		if (before != NULL && (environment->saved[i] = str_dup(str_of(before))) == NULL)
			goto no_memory;
		if (setenv(environment->names[i], environment->values[i], 1) == -1) {
			free(environment->saved[i]);
			goto no_memory;
		}
		environment->n_applied++;
	}
	return 0;
no_memory:
	environment_undo(environment);
	return -ENOMEM;
}

void
environment_undo(struct environment *environment)
{
	/* Backwards: a name that came twice gets its first value back. */
	while (environment->n_applied > 0) {
		size_t i = --environment->n_applied;

		if (environment->saved[i] != NULL)
			(void)setenv(environment->names[i], environment->saved[i], 1);
		else
			(void)unsetenv(environment->names[i]);
		free(environment->saved[i]);
	}
	free(environment->saved);
	environment->saved = NULL;
}

void
environment_free(struct environment *environment)
{
	environment_undo(environment);
	for (size_t i = 0; i < environment->n; i++) {
		free(environment->names[i]);
		free(environment->values[i]);
	}
	free(environment->names);
	free(environment->values);
	*environment = ENVIRONMENT_EMPTY;
}
