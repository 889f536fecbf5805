/* request.c - see request.h */
#include "http/request.h"

static const struct str methods[] = {
	[METHOD_UNKNOWN] = STR_INIT(""),
	[METHOD_GET] = STR_INIT("GET"),
	[METHOD_HEAD] = STR_INIT("HEAD"),
	[METHOD_POST] = STR_INIT("POST"),
	[METHOD_PUT] = STR_INIT("PUT"),
	[METHOD_PATCH] = STR_INIT("PATCH"),
	[METHOD_DELETE] = STR_INIT("DELETE"),
	[METHOD_OPTIONS] = STR_INIT("OPTIONS"),
	[METHOD_OTHER] = STR_INIT(""),
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
	return methods[method].p;
}

/* RFC 9110 section 9.1: methods are case-sensitive. */
static enum method
method_of(struct str text)
{
	for (enum method method = METHOD_GET; method < METHOD_OTHER; method++)
		if (str_eq(text, methods[method]))
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
	request_begin(request);
	cgi_vars_add_all(&request->vars, params);
	return request_read(request);
}

void
request_begin(struct request *request)
{
	memset(request, 0, offsetof(struct request, vars));
	request->role = REQUEST_RESPONDER;
	cgi_vars_init(&request->vars);
	/* The bound is what came: every copy is made of variables. */
	buf_init(&request->memory, SIZE_MAX);
}

int
request_read(struct request *q)
{
	const struct str *values = q->vars.values;
	int r;

	q->method_text = values[CGI_REQUEST_METHOD];
	q->method = method_of(q->method_text);
	/* Which of two counts must not be left to guesses. */
	q->gate = cgi_vars_is_repeated(&q->vars, CGI_GATE) ? STR_LIT("") : values[CGI_GATE];
	q->query = query_of(values[CGI_QUERY_STRING], values[CGI_REQUEST_URI]);
	q->has_two_authorizations = cgi_vars_is_repeated(&q->vars, CGI_HTTP_AUTHORIZATION);
	q->authorization = or_null(trim_end(values[CGI_HTTP_AUTHORIZATION]));
	q->cookies = or_null(values[CGI_HTTP_COOKIE]);
	q->content_type = or_null(values[CGI_CONTENT_TYPE]);
	q->host = or_null(values[CGI_HTTP_HOST]);
	q->origin = or_null(values[CGI_HTTP_ORIGIN]);
	q->sec_fetch_site = or_null(values[CGI_HTTP_SEC_FETCH_SITE]);
	q->access_control_request_method =
	    or_null(values[CGI_HTTP_ACCESS_CONTROL_REQUEST_METHOD]);
	q->access_control_request_headers =
	    or_null(values[CGI_HTTP_ACCESS_CONTROL_REQUEST_HEADERS]);
	q->remote_addr = values[CGI_REMOTE_ADDR];
	q->user_agent = or_null(values[CGI_HTTP_USER_AGENT]);
	q->request_id = or_null(values[CGI_REQUEST_ID]);
	q->is_https = cgi_vars_is_https(&q->vars);
	read_content_length(q, values[CGI_CONTENT_LENGTH]);
	r = path_resolve(values[CGI_SCRIPT_NAME], values[CGI_PATH_INFO],
	    values[CGI_REQUEST_URI], &q->memory, &q->path, &q->asked_path);
	if (r == 0)
		r = cgi_vars_error(&q->vars);
	if (r != 0)
		request_fini(q);
	return r;
}

bool
request_is_check(const struct request *request)
{
	return request->role == REQUEST_AUTHORIZER || !str_is_null(request->gate);
}

void
request_set_body(struct request *request, struct str body, bool is_over_limit)
{
	if (request_is_check(request)) {
		request->refusal = 0;
		return;
	}
	if (request->refusal != 0)
		return;
	if (is_over_limit || body.n > REQUEST_BODY_MAX_BYTES)
		request->refusal = 413;
	else if (request->has_content_length && body.n != (uint64_t)request->content_length)
		request->refusal = 400;
	else
		request->body = body;
}

static bool
is_loopback(struct str address)
{
	return str_starts_with(address, STR_LIT("127.")) || str_eq(address, STR_LIT("::1")) ||
	       str_starts_with(address, STR_LIT("::ffff:127."));
}

bool
request_is_local(const struct request *request)
{
	struct str server = request->vars.values[CGI_SERVER_ADDR];

	return is_loopback(request->remote_addr) &&
	       (str_is_null(server) || is_loopback(server));
}

void
request_fini(struct request *request)
{
	buf_fini(&request->memory);
	cgi_vars_fini(&request->vars);
}
