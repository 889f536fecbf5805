/*
 * fuzz_request.c - any NAME=value lines, an empty line, a body: one request
 */
#include "http/request.h"

#include "fuzz/fuzz.h"
#include "http/cookie.h"

/* The first value of that name. */
static struct str
first_of(const char *const *params, struct str name)
{
	for (; *params != NULL; params++)
		if (str_starts_with(str_of(*params), name) && (*params)[name.n] == '=')
			return str_of(*params + name.n + 1);
	return STR_NULL;
}

#define PARAMS_MAX 64

static void
check_path(const struct request *q)
{
	struct str rest = q->path, segment, uri = q->vars.values[CGI_REQUEST_URI];

	fuzz_promise(!str_is_null(q->path));
	if (q->path.n == 0)
		return;
	fuzz_promise(q->path.p[0] == '/' && q->path.n <= REQUEST_PATH_MAX_BYTES);
	fuzz_promise(str_index(q->path, '\0') < 0);
	while (!str_is_null(rest)) {
		(void)str_split(rest, '/', &segment, &rest);
		fuzz_promise(!str_eq_z(segment, ".") && !str_eq_z(segment, ".."));
	}
	/* When the path was taken from it, no escape in it was a slash. */
	if (q->vars.values[CGI_SCRIPT_NAME].n == 0 && q->vars.values[CGI_PATH_INFO].n == 0 &&
	    !str_is_null(uri)) {
		size_t n_slashes = 0, n_raw = 0;

		for (size_t i = 0; i < q->path.n; i++)
			n_slashes += q->path.p[i] == '/';
		for (size_t i = 0; i < uri.n && uri.p[i] != '?' && uri.p[i] != '#'; i++)
			n_raw += uri.p[i] == '/';
		/* http://host/ has two more. */
		fuzz_promise(n_slashes == n_raw - (uri.p[0] == '/' ? 0 : 2));
	}
}

static void
check_request(const char *const *params, struct str body)
{
	struct request q;
	struct str value, length = first_of(params, STR_LIT("CONTENT_LENGTH"));

	fuzz_promise(request_init(&q, params) == 0);
	for (enum cgi_var i = 0; i < CGI_VARS_N; i++) {
		struct str first = first_of(params, str_of(cgi_vars_name(i)));

		fuzz_promise(i == CGI_HTTP_COOKIE || str_eq(q.vars.values[i], first));
		fuzz_promise(str_is_null(q.vars.values[i]) == str_is_null(first));
	}
	check_path(&q);
	fuzz_promise(q.refusal == 0 || q.refusal == 400 || q.refusal == 413);
	fuzz_promise(q.content_length >= 0 && (q.has_content_length || q.content_length == 0));
	fuzz_promise(q.refusal != 0 || q.content_length <= REQUEST_BODY_MAX_BYTES);
	for (size_t i = 0; i < length.n && q.has_content_length; i++)
		fuzz_promise(length.p[i] >= '0' && length.p[i] <= '9');
	fuzz_promise(q.method == METHOD_UNKNOWN || q.method == METHOD_OTHER ||
		     str_eq_z(q.method_text, method_name(q.method)));
	/* Whatever one line would find first is found in all of them joined. */
	if (cookie_find(first_of(params, STR_LIT("HTTP_COOKIE")), STR_NULL, STR_LIT("sid"),
		&value) == 0) {
		struct str joined;

		fuzz_promise(cookie_find(q.cookies, STR_NULL, STR_LIT("sid"), &joined) == 0);
		fuzz_promise(str_eq(value, joined));
	}
	request_set_body(&q, body, false);
	fuzz_promise(q.refusal != 0 || str_eq(q.body, body));
	fuzz_promise(q.refusal == 0 || str_is_null(q.body));
	fuzz_promise(
	    q.refusal != 0 || !q.has_content_length || body.n == (uint64_t)q.content_length);
	request_fini(&q);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *params[PARAMS_MAX + 1], *copy;
	struct str rest = str_mem(data, size), line;
	size_t n = 0;

	while (!str_is_null(rest) && n < PARAMS_MAX) {
		(void)str_split(rest, '\n', &line, &rest);
		if (line.n == 0)
			break;
		params[n] = str_dup(line);
		fuzz_promise(params[n++] != NULL);
	}
	params[n] = NULL;
	copy = fuzz_copy(rest);
	check_request((const char *const *)params, str_mem(copy, rest.n));
	free(copy);
	while (n > 0)
		free(params[--n]);
	return 0;
}
