/* env_file.c - see env_file.h */
#include "conf/env_file.h"

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
add(struct env_file *file, struct str name, struct str value, int number)
{
	size_t n = file->n + 1;
	char **names = realloc(file->names, n * sizeof(*names));
	char **values;
	int *lines;

	if (names == NULL)
		return -ENOMEM;
	file->names = names;
	if ((values = realloc(file->values, n * sizeof(*values))) == NULL)
		return -ENOMEM;
	file->values = values;
	if ((lines = realloc(file->lines, n * sizeof(*lines))) == NULL)
		return -ENOMEM;
	file->lines = lines;
	lines[n - 1] = number;
	names[n - 1] = str_dup(name);
	values[n - 1] = str_dup(value);
	file->n = n;
	return names[n - 1] != NULL && values[n - 1] != NULL ? 0 : -ENOMEM;
}

static int
read_line(struct env_file *file, struct str line, const char *path, int number, struct err *err)
{
	struct str name, value;

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
	return add(file, name, value, number);
}

int
env_file_parse(const char *path, struct str text, struct env_file *ret_file, struct err *err)
{
	struct env_file file = ENV_FILE_EMPTY;
	int r = 0;

	for (int number = 1; r == 0 && text.n > 0; number++) {
		ptrdiff_t newline = str_index(text, '\n');
		size_t n = newline != -1 ? (size_t)newline : text.n;

		r = read_line(&file, str_take(text, n), path, number, err);
		text = str_skip(text, newline != -1 ? n + 1 : n);
	}
	if (r != 0)
		env_file_free(&file);
	else
		*ret_file = file;
	return r;
}

int
env_file_load(const char *path, struct buf *ret_text, struct err *err)
{
	FILE *file = fopen(path, "re");
	char chunk[4096];
	size_t n;
	int r = 0;

	if (file == NULL)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		buf_add(ret_text, chunk, n);
	if (ferror(file))
		r = err_set(err, -EIO, "%s: cannot be read", path);
	else if (buf_error(ret_text) != 0)
		r = err_set(
		    err, buf_error(ret_text), "%s: %s", path, strerror(-buf_error(ret_text)));
	(void)fclose(file);
	return r;
}

int
env_file_read(const char *path, struct env_file *ret_file, struct err *err)
{
	struct buf text;
	int r;

	buf_init(&text, ENV_FILE_MAX_BYTES);
	if ((r = env_file_load(path, &text, err)) == 0)
		r = env_file_parse(path, buf_str(&text), ret_file, err);
	buf_fini(&text);
	return r;
}

int
env_file_apply(struct env_file *file)
{
	if (file->n == 0)
		return 0;
	file->saved = calloc(file->n, sizeof(file->saved[0]));
	if (file->saved == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < file->n; i++) {
		const char *before = getenv(file->names[i]);

		if (before != NULL && (file->saved[i] = str_dup(str_of(before))) == NULL)
			goto no_memory;
		if (setenv(file->names[i], file->values[i], 1) == -1) {
			free(file->saved[i]);
			goto no_memory;
		}
		file->n_applied++;
	}
	return 0;
no_memory:
	env_file_undo(file);
	return -ENOMEM;
}

void
env_file_undo(struct env_file *file)
{
	/* Backwards: a name that came twice gets its first value back. */
	while (file->n_applied > 0) {
		size_t i = --file->n_applied;

		if (file->saved[i] != NULL)
			(void)setenv(file->names[i], file->saved[i], 1);
		else
			(void)unsetenv(file->names[i]);
		free(file->saved[i]);
	}
	free(file->saved);
	file->saved = NULL;
}

void
env_file_free(struct env_file *file)
{
	env_file_undo(file);
	for (size_t i = 0; i < file->n; i++) {
		free(file->names[i]);
		free(file->values[i]);
	}
	free(file->names);
	free(file->values);
	free(file->lines);
	*file = ENV_FILE_EMPTY;
}
