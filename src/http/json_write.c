/* json_write.c - see json_write.h */
#include "http/json_write.h"

#include <errno.h>
#include <stdlib.h>

#include <json-c/json_object_iterator.h>

#include "core/utf8.h"

#define INDENT 2

struct member {
	const char *name;
	struct json_object *value;
};

/* Stands for itself.  DEL does not: Python escapes it as well. */
static bool
is_plain(unsigned char c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

/* The letter of a two-character escape, or NUL. */
static char
short_escape(uint32_t code)
{
	switch (code) {
	case '"':
	case '\\':
		return (char)code;
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return '\0';
	}
}

void
json_write_escape(struct buf *out, uint32_t code)
{
	char letter = short_escape(code);

	if (letter != '\0') {
		buf_add_char(out, '\\');
		buf_add_char(out, letter);
	} else if (code > 0xffff) {
		code -= 0x10000;
		buf_addf(out, "\\u%04x\\u%04x", (unsigned)(0xd800 | code >> 10),
		    (unsigned)(0xdc00 | (code & 0x3ff)));
	} else {
		buf_addf(out, "\\u%04x", (unsigned)code);
	}
}

void
json_write_string(struct buf *out, struct str text)
{
	buf_add_char(out, '"');
	while (text.n > 0) {
		uint32_t code;
		size_t n = 0;

		while (n < text.n && is_plain((unsigned char)text.p[n]))
			n++;
		buf_add(out, text.p, n);
		text = str_skip(text, n);
		if (text.n == 0)
			break;
		if ((n = utf8_next(text, &code)) == 0) {
			code = 0xfffd;
			n = 1;
		}
		json_write_escape(out, code);
		text = str_skip(text, n);
	}
	buf_add_char(out, '"');
}

static void
write_line(struct buf *out, size_t level)
{
	buf_add_char(out, '\n');
	for (size_t i = 0; i < level * INDENT; i++)
		buf_add_char(out, ' ');
}

static void write_value(struct buf *out, struct json_object *value, size_t level);

static void
write_array(struct buf *out, struct json_object *array, size_t level)
{
	size_t n = json_object_array_length(array);

	if (n == 0) {
		buf_add_z(out, "[]");
		return;
	}
	buf_add_char(out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		write_line(out, level + 1);
		write_value(out, json_object_array_get_idx(array, i), level + 1);
	}
	write_line(out, level);
	buf_add_char(out, ']');
}

/* UTF-8 sorts by bytes as it does by code points, which is Python's order. */
static int
compare_members(const void *a, const void *b)
{
	return strcmp(((const struct member *)a)->name, ((const struct member *)b)->name);
}

static void
write_object(struct buf *out, struct json_object *object, size_t level)
{
	size_t n = (size_t)json_object_object_length(object), i = 0;
	struct json_object_iterator at, end;
	struct member *members;

	if (n == 0) {
		buf_add_z(out, "{}");
		return;
	}
	if ((members = calloc(n, sizeof(members[0]))) == NULL) {
		out->error = -ENOMEM;
		return;
	}
	at = json_object_iter_begin(object);
	end = json_object_iter_end(object);
	for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at))
		members[i++] = (struct member){ json_object_iter_peek_name(&at),
			json_object_iter_peek_value(&at) };
	qsort(members, n, sizeof(members[0]), compare_members);
	buf_add_char(out, '{');
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		write_line(out, level + 1);
		json_write_string(out, str_of(members[i].name));
		buf_add_z(out, ": ");
		write_value(out, members[i].value, level + 1);
	}
	write_line(out, level);
	buf_add_char(out, '}');
	free(members);
}

static void
write_value(struct buf *out, struct json_object *value, size_t level)
{
	const char *text;

	switch (json_object_get_type(value)) {
	case json_type_object:
		write_object(out, value, level);
		return;
	case json_type_array:
		write_array(out, value, level);
		return;
	case json_type_string:
		json_write_string(out, str_mem(json_object_get_string(value),
					   (size_t)json_object_get_string_len(value)));
		return;
	case json_type_null:
	case json_type_boolean:
	case json_type_double:
	case json_type_int:
	default:
		/* null, true, false and numbers look the same from json-c. */
		text = json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);
		if (text == NULL)
			out->error = -ENOMEM;
		else
			buf_add_z(out, text);
		return;
	}
}

void
json_write(struct buf *out, struct json_object *value)
{
	write_value(out, value, 0);
	buf_add_char(out, '\n');
}
