/* fuzz_json.c - a JSON body: what is accepted can be written, and read again as the same */
#include "http/json.h"

#include <json-c/json.h>

#include "core/utf8.h"
#include "fuzz/fuzz.h"
#include "http/json_write.h"

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
		fuzz_promise((text.p[i] >= ' ' && text.p[i] <= 0x7f) || text.p[i] == '\n');
	fuzz_promise(str_ends_with(text, STR_LIT("\n")));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str body = str_mem(data, size);
	struct json_object *value = NULL, *again = NULL;
	char *copy = fuzz_copy(body);
	struct buf one, two;

	body.p = copy;
	buf_init(&one, 16 << 20);
	buf_init(&two, 16 << 20);
	if (parse(body, &value) == 0) {
		check_value(value, 0);
		json_write(&one, value);
		fuzz_promise(buf_error(&one) == 0);
		check_text(buf_str(&one));
		/* Escapes and indentation make it longer, perhaps longer than a body may be. */
		if (one.n <= REQUEST_BODY_MAX_BYTES) {
			fuzz_promise(parse(buf_str(&one), &again) == 0);
			json_write(&two, again);
			fuzz_promise(str_eq(buf_str(&one), buf_str(&two)));
		}
	}
	json_write_string(&two, body);
	buf_add_char(&two, '\n');
	check_text(buf_str(&two));
	json_wipe(value);
	json_wipe(again);
	buf_fini(&one);
	buf_fini(&two);
	free(copy);
	return 0;
}
