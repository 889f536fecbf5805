/* form.c - see form.h */
#include "http/form.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/percent.h"
#include "http/media.h"
#include "http/multipart.h"

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
