/* body.c - see body.h */
#include "app/body.h"

#include <json-c/json.h>

#include "app/answer.h"
#include "http/json.h"

struct json_object *
body_take_object(struct exchange *x)
{
	struct json_object *body = NULL;
	int r = json_parse_body(x->request, &body);

	if (r < 0) {
		answer_unavailable(x, "memory", r);
		return NULL;
	}
	if (r == 0 && json_object_is_type(body, json_type_object))
		return body;
	json_wipe(body);
	answer_error(x, 400, STR_LIT("Wrong format"));
	return NULL;
}

enum body_member
body_member(struct json_object *body, const char *name, struct str *ret_text)
{
	struct json_object *value;

	*ret_text = STR_NULL;
	if (!json_object_object_get_ex(body, name, &value))
		return BODY_ABSENT;
	if (value == NULL)
		return BODY_NULL;
	if (!json_object_is_type(value, json_type_string))
		return BODY_OTHER;
	*ret_text =
	    str_mem(json_object_get_string(value), (size_t)json_object_get_string_len(value));
	return BODY_TEXT;
}
