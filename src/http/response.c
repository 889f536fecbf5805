/* response.c - see response.h */
#include "http/response.h"

#include <errno.h>

void
response_init(struct response *response)
{
	*response = (struct response){ .status = 200 };
	buf_init(&response->headers, RESPONSE_HEADERS_MAX_BYTES);
	buf_init(&response->body, RESPONSE_BODY_MAX_BYTES);
}

void
response_fini(struct response *response)
{
	buf_fini(&response->headers);
	buf_fini(&response->body);
}

void
response_clear(struct response *response)
{
	response->status = 200;
	response->is_bodiless = false;
	response->error = 0;
	buf_clear(&response->headers);
	response->content_type = STR_NULL;
	buf_clear(&response->body);
}

/* RFC 9110 section 5.5: no control character but the tab. */
static bool
is_field_value(struct str value)
{
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static bool
is_ours(struct str name)
{
	return str_eq_nocase(name, STR_LIT("Status")) ||
	       str_eq_nocase(name, STR_LIT("Content-Type")) ||
	       str_eq_nocase(name, STR_LIT("Content-Length"));
}

void
response_add_header(struct response *response, struct str name, struct str value)
{
	if (!str_is_token(name) || is_ours(name) || !is_field_value(value)) {
		response->error = -EINVAL;
		return;
	}
	buf_add_str(&response->headers, name);
	buf_add_z(&response->headers, ": ");
	buf_add_str(&response->headers, value);
	buf_add_z(&response->headers, "\r\n");
}

void
response_add_fixed(struct response *response, struct str lines)
{
	buf_add_str(&response->headers, lines);
}

void
response_set_body(struct response *response, struct str content_type, struct str body)
{
	if (!is_field_value(content_type)) {
		response->error = -EINVAL;
		return;
	}
	response->content_type = content_type;
	buf_clear(&response->body);
	buf_add_str(&response->body, body);
}

int
response_error(const struct response *response)
{
	if (response->error != 0)
		return response->error;
	if (buf_error(&response->headers) != 0)
		return buf_error(&response->headers);
	if (buf_error(&response->body) != 0)
		return buf_error(&response->body);
	return response->status < 200 || response->status > 599 ? -EINVAL : 0;
}

void
response_format(const struct response *response, bool without_body, struct buf *out)
{
	int error = response_error(response);

	if (error != 0) {
		out->error = error;
		return;
	}
	buf_add_z(out, "Status: ");
	buf_add_number(out, (uint64_t)response->status);
	buf_add_char(out, ' ');
	buf_add_z(out, status_reason(response->status));
	buf_add_z(out, "\r\n");
	if (response->content_type.n > 0) {
		buf_add_z(out, "Content-Type: ");
		buf_add_str(out, response->content_type);
		buf_add_z(out, "\r\n");
	}
	buf_add_str(out, buf_str(&response->headers));
	if (!response->is_bodiless) {
		buf_add_z(out, "Content-Length: ");
		buf_add_number(out, response->body.n);
		buf_add_z(out, "\r\n");
	}
	buf_add_z(out, "\r\n");
	if (!without_body && !response->is_bodiless)
		buf_add_str(out, buf_str(&response->body));
}

const char *
status_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 204, "No Content" },
		{ 302, "Found" },
		{ 303, "See Other" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 409, "Conflict" },
		{ 411, "Length Required" },
		{ 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 429, "Too Many Requests" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 503, "Service Unavailable" },
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}
