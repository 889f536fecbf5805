/* request.c - see request.h */
#include "http/request.h"

#include <errno.h>

#include "core/cgi_vars.h"

static const char *const methods[] = {
	[METHOD_UNKNOWN] = "",
	[METHOD_GET] = "GET",
	[METHOD_HEAD] = "HEAD",
	[METHOD_POST] = "POST",
	[METHOD_PUT] = "PUT",
	[METHOD_PATCH] = "PATCH",
	[METHOD_DELETE] = "DELETE",
	[METHOD_OPTIONS] = "OPTIONS",
	[METHOD_OTHER] = "",
};

/* The rest of IANA's registry (RFC 9110 section 16.1): TRACE, WebDAV and its extensions. */
static const char *const other_methods[] = { "ACL", "BASELINE-CONTROL", "BIND", "CHECKIN",
	"CHECKOUT", "CONNECT", "COPY", "LABEL", "LINK", "LOCK", "MERGE", "MKACTIVITY",
	"MKCALENDAR", "MKCOL", "MKREDIRECTREF", "MKWORKSPACE", "MOVE", "ORDERPATCH", "PRI",
	"PROPFIND", "PROPPATCH", "REBIND", "REPORT", "SEARCH", "TRACE", "UNBIND", "UNCHECKOUT",
	"UNLINK", "UNLOCK", "UPDATE", "UPDATEREDIRECTREF", "VERSION-CONTROL" };

#define N(array) (sizeof(array) / sizeof((array)[0]))

const char *
method_name(enum method method)
{
	return methods[method];
}

/* RFC 9110 section 9.1: methods are case-sensitive. */
static enum method
method_of(struct str text)
{
	for (enum method method = METHOD_GET; method < METHOD_OTHER; method++)
		if (str_eq_z(text, methods[method]))
			return method;
	for (size_t i = 0; i < N(other_methods); i++)
		if (str_eq_z(text, other_methods[i]))
			return METHOD_OTHER;
	return METHOD_UNKNOWN;
}

/* An empty value of a CGI variable means the same as its absence. */
static struct str
or_null(struct str value)
{
	return value.n > 0 ? value : STR_NULL;
}

/* nginx before 1.23 hands over each Cookie line as a parameter of its own. */
static int
join_cookies(struct request *request, const char *const *params)
{
	struct str prefix = STR_LIT("HTTP_COOKIE=");
	size_t room = 0;

	for (const char *const *p = params; *p != NULL; p++)
		if (str_starts_with(str_of(*p), prefix))
			room += strlen(*p);
	if (buf_reserve(&request->cookie_memory, room) == NULL)
		return -ENOMEM;
	for (const char *const *p = params; *p != NULL; p++) {
		if (!str_starts_with(str_of(*p), prefix))
			continue;
		if (request->cookie_memory.n > 0)
			buf_add_z(&request->cookie_memory, "; ");
		buf_add_str(&request->cookie_memory, str_skip(str_of(*p), prefix.n));
	}
	request->cookies = buf_str(&request->cookie_memory);
	return 0;
}

static void
read_content_length(struct request *request, struct str text)
{
	int64_t n = 0;

	if (text.n == 0 || str_eq_z(text, "-1"))
		return;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9' || __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, text.p[i] - '0', &n)) {
			request->refusal = 400;
			return;
		}
	}
	request->content_length = n;
	request->has_content_length = true;
	if (n > REQUEST_BODY_MAX_BYTES)
		request->refusal = 413;
}

/* QUERY_STRING, else what follows the first `?` of REQUEST_URI. */
static struct str
query_of(struct str query_string, struct str request_uri)
{
	struct str path, query;

	if (query_string.n > 0)
		return query_string;
	(void)str_split(request_uri, '?', &path, &query);
	return query;
}

/* RFC 9110 section 5.5: no part of the value.  nginx takes away blanks and leaves tabs. */
static struct str
trim_end(struct str value)
{
	while (value.n > 0 && (value.p[value.n - 1] == ' ' || value.p[value.n - 1] == '\t'))
		value.n--;
	return value;
}

int
request_init(struct request *request, const char *const *params)
{
	struct str script_name, path_info, request_uri, query_string, content_length, https;
	size_t n_authorizations, n_cookies;
	struct request *q = request;
	int r;
	const struct cgi_vars_want wants[] = {
		{ STR_LIT("REQUEST_METHOD"), &q->method_text, NULL },
		{ STR_LIT("SCRIPT_NAME"), &script_name, NULL },
		{ STR_LIT("PATH_INFO"), &path_info, NULL },
		{ STR_LIT("REQUEST_URI"), &request_uri, NULL },
		{ STR_LIT("QUERY_STRING"), &query_string, NULL },
		{ STR_LIT("HTTP_AUTHORIZATION"), &q->authorization, &n_authorizations },
		{ STR_LIT("HTTP_COOKIE"), &q->cookies, &n_cookies },
		{ STR_LIT("CONTENT_TYPE"), &q->content_type, NULL },
		{ STR_LIT("CONTENT_LENGTH"), &content_length, NULL },
		{ STR_LIT("HTTP_ORIGIN"), &q->origin, NULL },
		{ STR_LIT("HTTP_ACCESS_CONTROL_REQUEST_METHOD"),
		    &q->access_control_request_method, NULL },
		{ STR_LIT("HTTP_ACCESS_CONTROL_REQUEST_HEADERS"),
		    &q->access_control_request_headers, NULL },
		{ STR_LIT("REMOTE_ADDR"), &q->remote_addr, NULL },
		{ STR_LIT("REQUEST_ID"), &q->request_id, NULL },
		{ STR_LIT("HTTPS"), &https, NULL },
	};

	*request = (struct request){ .params = params };
	/* The bound is what came: every copy is made of parameters. */
	buf_init(&q->memory, SIZE_MAX);
	buf_init(&q->cookie_memory, SIZE_MAX);
	cgi_vars_collect(params, wants, N(wants));
	q->method = method_of(q->method_text);
	q->query = query_of(query_string, request_uri);
	q->has_two_authorizations = n_authorizations > 1;
	q->authorization = or_null(trim_end(q->authorization));
	q->content_type = or_null(q->content_type);
	q->origin = or_null(q->origin);
	q->access_control_request_method = or_null(q->access_control_request_method);
	q->access_control_request_headers = or_null(q->access_control_request_headers);
	q->request_id = or_null(q->request_id);
	q->is_https = str_eq_nocase(https, STR_LIT("on"));
	read_content_length(q, content_length);
	r = path_resolve(
	    script_name, path_info, request_uri, &q->memory, &q->path, &q->asked_path);
	if (r == 0 && n_cookies > 1)
		r = join_cookies(q, params);
	q->cookies = or_null(q->cookies);
	if (r != 0)
		request_fini(q);
	return r;
}

void
request_set_body(struct request *request, struct str body, bool is_over_limit)
{
	if (request->refusal != 0)
		return;
	if (is_over_limit || body.n > REQUEST_BODY_MAX_BYTES)
		request->refusal = 413;
	else if (request->has_content_length && body.n != (uint64_t)request->content_length)
		request->refusal = 400;
	else
		request->body = body;
}

void
request_fini(struct request *request)
{
	/* Cookies hold login sessions. */
	buf_fini(&request->memory);
	buf_wipe(&request->cookie_memory);
}
