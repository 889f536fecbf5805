/* media.c - see media.h */
#include "http/media.h"

struct str
media_type(struct str header)
{
	struct str type, rest;

	(void)str_split(header, ';', &type, &rest);
	return str_trim(type);
}

/* How long the quoted string at the start of text is, both quotes included; 0: it never ends.
 */
static size_t
quoted_length(struct str text)
{
	for (size_t i = 1; i < text.n; i++) {
		if (text.p[i] == '\\')
			i++;
		else if (text.p[i] == '"')
			return i + 1;
	}
	return 0;
}

/* Where the parameter at the start of text ends: at a `;` outside quotes, or at the end. */
static size_t
parameter_length(struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == ';')
			return i;
		if (text.p[i] == '"') {
			size_t n = quoted_length(str_skip(text, i));

			if (n == 0)
				return text.n;
			i += n - 1;
		}
	}
	return text.n;
}

/*
 * Only \" and \\ are escapes.  Browsers before 2010 sent whole paths with bare backslashes in
 * quotes, and parsers have been lenient since.
 */
static void
add_unquoted(struct str value, struct buf *out)
{
	if (value.n == 0 || value.p[0] != '"' || quoted_length(value) != value.n) {
		buf_add_str(out, value);
		return;
	}
	for (size_t i = 1; i + 1 < value.n; i++) {
		if (value.p[i] == '\\' && (value.p[i + 1] == '"' || value.p[i + 1] == '\\'))
			i++;
		buf_add_char(out, value.p[i]);
	}
}

bool
media_parameter(struct str header, struct str name, struct buf *out)
{
	struct str rest = str_skip(header, parameter_length(header));

	while (rest.n > 0) {
		struct str key, value;
		size_t n;

		rest = str_skip(rest, 1); /* the `;` */
		n = parameter_length(rest);
		if (str_split(str_take(rest, n), '=', &key, &value) &&
		    str_eq_nocase(str_trim(key), name)) {
			if (out != NULL)
				add_unquoted(str_trim(value), out);
			return true;
		}
		rest = str_skip(rest, n);
	}
	return false;
}
