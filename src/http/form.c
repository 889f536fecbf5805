/* form.c - see form.h */
#include "http/form.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/percent.h"
#include "http/media.h"

#define CHARSET_MAX_BYTES 40 /* RFC 2978 section 2.3 */

/* Without the CR that a line split at LF may end in. */
static struct str
without_cr(struct str line)
{
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

enum line_kind {
	LINE_OTHER,
	LINE_DELIMITER,
	LINE_CLOSE,
};

static enum line_kind
line_kind(const struct multipart *multipart, struct str line)
{
	struct str after = str_skip(line, multipart->n_delimiter);

	if (!str_starts_with(line, str_mem(multipart->delimiter, multipart->n_delimiter)))
		return LINE_OTHER;
	if (str_starts_with(after, STR_LIT("--")))
		return LINE_CLOSE;
	return str_trim(without_cr(after)).n == 0 ? LINE_DELIMITER : LINE_OTHER;
}

/*
 * Go past the next delimiter: true, and ret_before is what stood before it, without the line
 * end that belongs to the delimiter.  A delimiter needs its own line end; the closing one
 * does not.
 */
static bool
next_delimiter(struct multipart *multipart, struct str *ret_before)
{
	struct str from = multipart->rest;

	while (!str_is_null(multipart->rest)) {
		struct str line, rest;
		size_t n_before = (size_t)(multipart->rest.p - from.p);
		bool has_end = str_split(multipart->rest, '\n', &line, &rest);
		enum line_kind kind = line_kind(multipart, line);

		multipart->rest = rest;
		if (kind == LINE_OTHER || (kind == LINE_DELIMITER && !has_end))
			continue;
		multipart->is_closed = kind == LINE_CLOSE;
		/* Before it: nothing, or text and its LF or CRLF. */
		*ret_before = str_take(from, n_before > 0 ? n_before - 1 : 0);
		*ret_before = without_cr(*ret_before);
		return true;
	}
	return false;
}

int
multipart_init(struct multipart *multipart, struct str content_type, struct str body)
{
	struct buf boundary;
	struct str preamble;
	int r = MULTIPART_E_MALFORMED;

	*multipart = (struct multipart){ .rest = body };
	buf_init(&boundary, MULTIPART_BOUNDARY_MAX_BYTES);
	if (!media_parameter(content_type, STR_LIT("boundary"), &boundary))
		goto out;
	if (buf_error(&boundary) == -ENOMEM) {
		r = -ENOMEM;
		goto out;
	}
	if (buf_error(&boundary) != 0 || boundary.n == 0)
		goto out;
	memcpy(multipart->delimiter, "--", 2);
	memcpy(multipart->delimiter + 2, boundary.p, boundary.n);
	multipart->n_delimiter = 2 + boundary.n;
	if (next_delimiter(multipart, &preamble))
		r = 0;
out:
	buf_fini(&boundary);
	return r;
}

/* The part's headers up to its blank line; the body stays in part, which is null without one.
 */
static int
read_headers(struct str *part, struct multipart_part *ret_part)
{
	while (!str_is_null(*part)) {
		struct str line, name, value;

		(void)str_split(*part, '\n', &line, part);
		line = without_cr(line);
		if (line.n == 0)
			return str_is_null(ret_part->disposition) ? MULTIPART_E_MALFORMED : 0;
		/* RFC 9112 section 5.2: a folded line may be refused; it could hide a filename.
		 */
		if (line.p[0] == ' ' || line.p[0] == '\t')
			return MULTIPART_E_MALFORMED;
		if (!str_split(line, ':', &name, &value))
			continue;
		name = str_trim(name);
		if (str_eq_nocase(name, STR_LIT("content-disposition")) &&
		    str_is_null(ret_part->disposition))
			ret_part->disposition = str_trim(value);
		else if (str_eq_nocase(name, STR_LIT("content-type")) &&
			 str_is_null(ret_part->type))
			ret_part->type = str_trim(value);
	}
	return MULTIPART_E_MALFORMED;
}

static bool
is_ascii(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] > 0x7f)
			return false;
	return true;
}

/* RFC 7578 section 5.1: text is UTF-8 unless the part says otherwise; then it is not read. */
static int
check_charset(const struct multipart_part *part)
{
	struct buf charset;
	int r = 0;

	if (part->has_filename || str_is_null(part->type) || is_ascii(part->body))
		return 0;
	buf_init(&charset, CHARSET_MAX_BYTES);
	if (media_parameter(part->type, STR_LIT("charset"), &charset) &&
	    !str_eq_nocase(buf_str(&charset), STR_LIT("utf-8")))
		r = buf_error(&charset) == -ENOMEM ? -ENOMEM : MULTIPART_E_MALFORMED;
	buf_fini(&charset);
	return r;
}

int
multipart_next(struct multipart *multipart, struct multipart_part *ret_part)
{
	struct multipart_part part = { STR_NULL, STR_NULL, false, STR_NULL };
	struct str text;
	int r;

	if (multipart->is_closed)
		return MULTIPART_E_END;
	if (!next_delimiter(multipart, &text))
		return MULTIPART_E_MALFORMED;
	if ((r = read_headers(&text, &part)) != 0)
		return r;
	/* RFC 2046: after the blank line the delimiter may follow at once. */
	part.body = str_is_null(text) ? STR_LIT("") : text;
	part.has_filename = media_parameter(part.disposition, STR_LIT("filename"), NULL) ||
			    media_parameter(part.disposition, STR_LIT("filename*"), NULL);
	if ((r = check_charset(&part)) != 0)
		return r;
	*ret_part = part;
	return 0;
}

/* ------------------------------------------------------------------ the fields */

struct form_field {
	struct str name, value;
};

#define FIELDS_FIRST 8

static int
add_field(struct form *form, struct str name, struct str value)
{
	if (form->n_fields == FORM_FIELDS_MAX)
		return FORM_E_TOO_MANY;
	if (form->n_fields == form->n_room) {
		size_t n_room = form->n_room > 0 ? form->n_room * 2 : FIELDS_FIRST;
		struct form_field *fields =
		    realloc(form->fields, n_room * sizeof(form->fields[0]));

		if (fields == NULL)
			return -ENOMEM;
		form->fields = fields;
		form->n_room = n_room;
	}
	form->fields[form->n_fields++] = (struct form_field){ name, value };
	return 0;
}

static struct str
decoded(struct form *form, struct str text)
{
	size_t from = form->memory.n;

	percent_decode_form(text, &form->memory);
	return str_skip(buf_str(&form->memory), from);
}

static int
read_urlencoded(struct form *form, struct str body)
{
	int r;

	while (!str_is_null(body)) {
		struct str pair, name, value;

		(void)str_split(body, '&', &pair, &body);
		if (pair.n == 0)
			continue;
		(void)str_split(pair, '=', &name, &value);
		name = decoded(form, name);
		if ((r = add_field(form, name, decoded(form, value))) != 0)
			return r;
	}
	return 0;
}

static int
read_multipart(struct form *form, struct str content_type, struct str body)
{
	struct multipart multipart;
	struct multipart_part part;
	int r;

	if ((r = multipart_init(&multipart, content_type, body)) != 0)
		return r < 0 ? r : FORM_E_MALFORMED;
	while ((r = multipart_next(&multipart, &part)) == 0) {
		size_t from = form->memory.n;
		bool is_field =
		    media_parameter(part.disposition, STR_LIT("name"), &form->memory);
		struct str name = str_skip(buf_str(&form->memory), from);

		if (!is_field || part.has_filename)
			continue;
		if ((r = add_field(form, name, part.body)) != 0)
			return r;
	}
	return r == MULTIPART_E_END ? 0 : r < 0 ? r : FORM_E_MALFORMED;
}

int
form_init(struct form *form, struct str content_type, struct str body)
{
	struct str type = media_type(content_type);
	int r;

	/* Nothing decoded is longer than it was; reserved once, so that views stay. */
	*form = (struct form){ 0 };
	buf_init(&form->memory, body.n);
	if (buf_reserve(&form->memory, body.n) == NULL)
		return buf_error(&form->memory);
	if (str_eq_nocase(type, STR_LIT("application/x-www-form-urlencoded")))
		r = read_urlencoded(form, body);
	else if (str_eq_nocase(type, STR_LIT("multipart/form-data")))
		r = read_multipart(form, content_type, body);
	else
		r = FORM_E_TYPE;
	if (r != 0)
		form->n_fields = 0;
	return r;
}

int
form_find(const struct form *form, struct str name, struct str *ret_value)
{
	for (size_t i = 0; i < form->n_fields; i++) {
		if (str_eq(form->fields[i].name, name)) {
			*ret_value = form->fields[i].value;
			return 0;
		}
	}
	return FORM_E_ABSENT;
}

void
form_wipe(struct form *form)
{
	buf_wipe(&form->memory);
	free(form->fields);
	form->fields = NULL;
	form->n_fields = form->n_room = 0;
}
