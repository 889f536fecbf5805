/* fuzz_json.c - a JSON body: what is accepted can be written, and read again as the same */
#include "core/json_write.h"
#include "http/json.h"
#include "http/request.h"

#include <json-c/json.h>

#include "core/utf8.h"
#include "fuzz/fuzz.h"

static int
parse(struct str body, struct json_object **ret_value)
{
	struct request request = { .content_type = STR_LIT("application/json"), .body = body };

	return json_parse_body(&request, ret_value);
}

/* Every string is UTF-8; nothing is deeper than it may be. */
static void
check_value(struct json_object *value, size_t depth)
{
	if (json_object_is_type(value, json_type_string)) {
		fuzz_promise(utf8_is_valid(str_mem(
		    json_object_get_string(value), (size_t)json_object_get_string_len(value))));
	} else if (json_object_is_type(value, json_type_array)) {
		fuzz_promise(depth < JSON_DEPTH_MAX);
		for (size_t i = 0; i < json_object_array_length(value); i++)
			check_value(json_object_array_get_idx(value, i), depth + 1);
	} else if (json_object_is_type(value, json_type_object)) {
		fuzz_promise(depth < JSON_DEPTH_MAX);
		json_object_object_foreach(value, name, member)
		{
			fuzz_promise(utf8_is_valid(str_of(name)));
			check_value(member, depth + 1);
		}
	}
}

/* ASCII without control characters, but for the line ends. */
static void
check_text(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		fuzz_promise(text.p[i] >= ' ' && text.p[i] <= '~');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str body = str_mem(data, size);
	struct json_object *value = NULL, *again = NULL;
	char *copy = fuzz_copy(body);
	struct buf text;

	body.p = copy;
	if (parse(body, &value) == 0) {
		const char *one = json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);

		check_value(value, 0);
		/* Escapes make it longer, perhaps longer than a body may be. */
		if (strlen(one) <= REQUEST_BODY_MAX_BYTES) {
			fuzz_promise(parse(str_of(one), &again) == 0);
			fuzz_promise(strcmp(one, json_object_to_json_string_ext(
						     again, JSON_C_TO_STRING_PLAIN)) == 0);
		}
	}
	buf_init(&text, 16 << 20);
	json_write_string(&text, body);
	fuzz_promise(buf_error(&text) == 0);
	check_text(buf_str(&text));
	json_wipe(value);
	json_wipe(again);
	buf_fini(&text);
	free(copy);
	return 0;
}
