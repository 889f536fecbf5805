/* json.c - see json.h */
#include "http/json.h"

#include <errno.h>

#include <json-c/json_object.h>
#include <json-c/json_object_iterator.h>
#include <json-c/json_tokener.h>
#include <sodium.h>

#include "core/json_write.h"
#include "core/utf8.h"
#include "http/media.h"
#include "http/request.h"

#define INT64_DIGITS 18 /* so many always fit */

static bool
is_json_type(struct str content_type)
{
	struct str type = media_type(content_type);
	struct str prefix = STR_LIT("application/"), suffix = STR_LIT("+json");

	if (str_eq_nocase(type, STR_LIT("application/json")))
		return true;
	return type.n > prefix.n + suffix.n &&
	       str_eq_nocase(str_take(type, prefix.n), prefix) &&
	       str_eq_nocase(str_skip(type, type.n - suffix.n), suffix);
}

static bool
is_digit(struct str text)
{
	return text.n > 0 && text.p[0] >= '0' && text.p[0] <= '9';
}

static struct str
skip_digits(struct str text)
{
	while (is_digit(text))
		text = str_skip(text, 1);
	return text;
}

/* How long the number at the start of text is; 0 when it is bad (RFC 8259 section 6). */
static size_t
number_length(struct str text)
{
	struct str rest = text;

	if (rest.p[0] == '-')
		rest = str_skip(rest, 1);
	if (!is_digit(rest))
		return 0;
	rest = rest.p[0] == '0' ? str_skip(rest, 1) : skip_digits(rest);
	if (rest.n > 0 && rest.p[0] == '.') {
		rest = str_skip(rest, 1);
		if (!is_digit(rest))
			return 0;
		rest = skip_digits(rest);
	}
	if (rest.n > 0 && (rest.p[0] | 0x20) == 'e') {
		rest = str_skip(rest, 1);
		if (rest.n > 0 && (rest.p[0] == '+' || rest.p[0] == '-'))
			rest = str_skip(rest, 1);
		if (!is_digit(rest))
			return 0;
		rest = skip_digits(rest);
	}
	/* 01, 1-2, 1.5.5: one number ends where another character would go on with it. */
	if (is_digit(rest) || (rest.n > 0 && (rest.p[0] == '-' || rest.p[0] == '.')))
		return 0;
	return text.n - rest.n;
}

/* The value of the escape \uXXXX at the start of text, or -1. */
static int32_t
unicode_escape(struct str text)
{
	int32_t code = 0;

	if (text.n < 6 || text.p[0] != '\\' || text.p[1] != 'u')
		return -1;
	for (size_t i = 2; i < 6; i++) {
		char c = text.p[i];

		if (c >= '0' && c <= '9')
			code = code * 16 + (c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			code = code * 16 + ((c | 0x20) - 'a' + 10);
		else
			return -1;
	}
	return code;
}

/*
 * How long the string at the start of text is, its quotes included; 0 when it is bad.  Of
 * escapes other than \u, json-c judges the letter.
 */
static size_t
string_length(struct str text)
{
	for (size_t i = 1; i < text.n; i++) {
		int32_t code;

		if (text.p[i] == '"')
			return i + 1;
		if (text.p[i] >= 0 && text.p[i] < ' ')
			return 0;
		if (text.p[i] != '\\')
			continue;
		code = unicode_escape(str_skip(text, i));
		i++;
		if (code < 0)
			continue;
		if (code >= 0xd800 && code <= 0xdbff) {
			int32_t low = unicode_escape(str_skip(text, i + 5));

			if (low < 0xdc00 || low > 0xdfff)
				return 0;
			i += 6;
		} else if (code >= 0xdc00 && code <= 0xdfff) {
			return 0;
		}
		i += 4;
	}
	return 0;
}

/* Does text begin with a colon, after white space? */
static bool
is_before_colon(struct str text)
{
	size_t i = 0;

	while (i < text.n && memchr(" \t\r\n", text.p[i], 4) != NULL)
		i++;
	return i < text.n && text.p[i] == ':';
}

/*
 * Append a string that string_length() found to be good, in ASCII.  In the name of a member an
 * escaped NUL becomes U+FFFD: json-c ends the name there, and so would make it another one.
 */
static void
add_string(struct buf *out, struct str string, bool is_name)
{
	while (string.n > 0) {
		uint32_t code;
		size_t n = utf8_next(string, &code);

		if (n > 1) {
			json_write_escape(out, code);
		} else if (code != '\\') {
			buf_add_char(out, string.p[0]);
		} else if (is_name && unicode_escape(string) == 0) {
			buf_add_z(out, "\\ufffd");
			n = 6;
		} else {
			buf_add(out, string.p, n = 2);
		}
		string = str_skip(string, n);
	}
}

/*
 * Append a number that number_length() found to be good.  The strict mode of json-c 0.17 and
 * 0.18 refuses an integer of more than 64 bits; as a fraction every version takes it.
 */
static void
add_number(struct buf *out, struct str number)
{
	bool is_integer = true;

	for (size_t i = 0; i < number.n; i++)
		is_integer &= number.p[i] != '.' && (number.p[i] | 0x20) != 'e';
	buf_add_str(out, number);
	if (is_integer && number.n > INT64_DIGITS)
		buf_add_z(out, ".0");
}

/*
 * Write the body to out in ASCII, for json-c to parse.  False: it is no JSON.
 *
 * In ASCII, because the strict mode of json-c 0.17 and 0.18 takes every byte above 0x7f for a
 * control character.  Refused here is what the strict mode of one version or another accepts
 * though RFC 8259 does not: NaN and Infinity, names in single quotes, `1.`, `-.5`, `00`,
 * control characters in strings, bytes that are no UTF-8, and a NUL as the end of everything.
 * So are the surrogates and depths that json.h names.  The rest is left to json-c.
 */
static bool
to_ascii(struct str body, struct buf *out)
{
	size_t depth = 0;

	if (!utf8_is_valid(body))
		return false;
	while (body.n > 0) {
		size_t n = 1;

		switch (body.p[0]) {
		case '"':
			if ((n = string_length(body)) == 0)
				return false;
			add_string(out, str_take(body, n), is_before_colon(str_skip(body, n)));
			body = str_skip(body, n);
			continue;
		case '[':
		case '{':
			if (++depth > JSON_DEPTH_MAX)
				return false;
			break;
		case ']':
		case '}':
			/* One too many is json-c's to refuse. */
			depth -= depth > 0;
			break;
		case '-':
		case '0' ... '9':
			if ((n = number_length(body)) == 0)
				return false;
			add_number(out, str_take(body, n));
			body = str_skip(body, n);
			continue;
		case 'N':
		case 'I':
		case '\'':
		case '\0':
			return false;
		default:
			if (body.p[0] < 0)
				return false; /* beyond ASCII only in strings */
			break;
		}
		buf_add(out, body.p, n);
		body = str_skip(body, n);
	}
	return true;
}

/* 0 and ret_value, JSON_E_SYNTAX or -ENOMEM. */
static int
parse(struct str text, struct json_object **ret_value)
{
	/* One more than we allow: json-c counts the innermost value, too. */
	struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH_MAX + 1);
	struct json_object *value;
	enum json_tokener_error error;
	bool is_whole;

	if (tokener == NULL)
		return -ENOMEM;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	value = json_tokener_parse_ex(tokener, text.p, (int)text.n);
	is_whole = json_tokener_get_parse_end(tokener) == text.n;
	/* A number or a word may go on; its end is told by a NUL. */
	if (json_tokener_get_error(tokener) == json_tokener_continue)
		value = json_tokener_parse_ex(tokener, "", 1);
	error = json_tokener_get_error(tokener);
	json_tokener_free(tokener);
	if (error != json_tokener_success || !is_whole) {
		json_wipe(value);
		return JSON_E_SYNTAX;
	}
	*ret_value = value;
	return 0;
}

int
json_parse_body(const struct request *request, struct json_object **ret_value)
{
	struct str body = request->body;
	struct buf text;
	int r;

	if (!is_json_type(request->content_type))
		return JSON_E_TYPE;
	if (body.n == 0 || body.n > REQUEST_BODY_MAX_BYTES)
		return JSON_E_SYNTAX;
	/* A character of two bytes becomes an escape of six. */
	buf_init(&text, 3 * REQUEST_BODY_MAX_BYTES);
	if (!to_ascii(body, &text))
		r = JSON_E_SYNTAX;
	else if ((r = buf_error(&text)) == 0)
		r = parse(buf_str(&text), ret_value);
	buf_wipe(&text); /* it may hold a password */
	return r;
}

static void
wipe_string(struct json_object *value)
{
	/* json-c lends the bytes as const; they are its own heap memory. */
	if (json_object_is_type(value, json_type_string))
		sodium_memzero((void *)(uintptr_t)json_object_get_string(value),
		    (size_t)json_object_get_string_len(value));
}

void
json_wipe(struct json_object *value)
{
	if (json_object_is_type(value, json_type_object)) {
		struct json_object_iterator at = json_object_iter_begin(value);
		struct json_object_iterator end = json_object_iter_end(value);

		for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at))
			wipe_string(json_object_iter_peek_value(&at));
	}
	wipe_string(value);
	(void)json_object_put(value);
}
