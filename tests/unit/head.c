/* head.c - see head.h */
#include "unit/head.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "unit/unit.h"

struct field {
	const char *name, *value;
	int n_name, n_value;
};

static bool
is_token(const char *name, int n)
{
	for (int i = 0; i < n; i++)
		if (!isalnum((unsigned char)name[i]) &&
		    strchr("!#$%&'*+-.^_`|~", name[i]) == NULL)
			return false;
	return n > 0;
}

/* The field that begins there, and what follows it; false at the empty line or the end. */
static bool
next_field(const char **at, struct field *ret)
{
	const char *line = *at, *end, *colon;

	if (line[0] == '\0' || strncmp(line, "\r\n", 2) == 0)
		return false;
	ck_assert_msg((end = strstr(line, "\r\n")) != NULL, "no end of line: %.80s", line);
	colon = memchr(line, ':', (size_t)(end - line));
	ck_assert_msg(colon != NULL && is_token(line, (int)(colon - line)), "no field: %.*s",
	    (int)(end - line), line);
	ret->name = line;
	ret->n_name = (int)(colon - line);
	for (colon++; colon < end && *colon == ' '; colon++)
		;
	ret->value = colon;
	ret->n_value = (int)(end - colon);
	for (int i = 0; i < ret->n_value; i++)
		ck_assert_msg((unsigned char)colon[i] >= ' ' && colon[i] != 0x7f,
		    "a control character in %.*s", (int)(end - line), line);
	*at = end + 2;
	return true;
}

static bool
has_name(const struct field *field, const char *name, int n)
{
	return field->n_name == n && strncasecmp(field->name, name, (size_t)n) == 0;
}

static const char *
skip_fields(const char *fields)
{
	const char *at = fields;
	struct field field, other;

	while (next_field(&at, &field)) {
		const char *behind = at;

		if (has_name(&field, "Set-Cookie", 10))
			continue;
		while (next_field(&behind, &other))
			ck_assert_msg(!has_name(&other, field.name, field.n_name),
			    "%.*s comes twice", field.n_name, field.name);
	}
	return at;
}

void
head_check_fields(const char *fields)
{
	ck_assert_int_eq(*skip_fields(fields), '\0');
}

const char *
head_body(const char *answer)
{
	const char *at = answer;
	struct field status;

	ck_assert_msg(next_field(&at, &status) && has_name(&status, "Status", 6) &&
			  status.n_value > 4 && status.value[3] == ' ' &&
			  atoi(status.value) >= 200 && atoi(status.value) <= 599,
	    "no Status: %.40s", answer);
	at = skip_fields(answer);
	ck_assert_msg(strncmp(at, "\r\n", 2) == 0, "no end of the head");
	return at + 2;
}

const char *
head_value(const char *answer, const char *name)
{
	static char values[8][2048];
	static unsigned turn;
	const char *at = answer;
	struct field field;

	while (next_field(&at, &field)) {
		char *value = values[turn % 8];

		if (!has_name(&field, name, (int)strlen(name)))
			continue;
		turn++;
		(void)snprintf(value, sizeof(values[0]), "%.*s", field.n_value, field.value);
		return value;
	}
	return NULL;
}
