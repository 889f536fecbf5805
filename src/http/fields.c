/* fields.c - see fields.h */
#include "http/fields.h"

#include <json-c/json.h>

#include "http/json.h"

static int
from_form(struct fields *fields, const struct request *request)
{
	int r = form_init(&fields->form, request->content_type, request->body);

	if (r == FORM_E_TOO_MANY)
		return FIELDS_E_TOO_MANY;
	return r > 0 ? FIELDS_E_FORMAT : r;
}

int
fields_init(struct fields *fields, const struct request *request)
{
	int r;

	*fields = (struct fields){ .json = NULL };
	r = json_parse_body(request, &fields->json);
	if (r == JSON_E_TYPE)
		return from_form(fields, request);
	if (r == 0 && json_object_is_type(fields->json, json_type_object))
		return 0;
	json_wipe(fields->json);
	fields->json = NULL;
	return r < 0 ? r : FIELDS_E_FORMAT;
}

int
fields_find(const struct fields *fields, const char *name, struct str *ret_text)
{
	struct json_object *value;

	*ret_text = STR_NULL;
	if (fields->json == NULL) {
		(void)form_find(&fields->form, str_of(name), ret_text);
	} else if (json_object_object_get_ex(fields->json, name, &value)) {
		if (!json_object_is_type(value, json_type_string))
			return FIELDS_E_NO_TEXT;
		*ret_text = str_mem(
		    json_object_get_string(value), (size_t)json_object_get_string_len(value));
	}
	return str_is_empty(*ret_text) ? FIELDS_E_ABSENT : 0;
}

void
fields_wipe(struct fields *fields)
{
	json_wipe(fields->json);
	fields->json = NULL;
	form_wipe(&fields->form);
}
