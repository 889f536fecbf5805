/* cors.c - see cors.h */
#include "app/cors.h"

#include <stdlib.h>

#include "auth/filter.h"

#define ALL_METHODS    "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
#define N_HEADERS_MOST 64
#define TEXT_MAX_BYTES 2048 /* no browser sends more; the answer's headers have an end, too */

static bool
is_covered(struct str path)
{
	return str_starts_with(path, STR_LIT(API_PREFIX)) &&
	       (path.n == strlen(API_PREFIX) || path.p[strlen(API_PREFIX)] == '/');
}

/* The request's text goes into a header of ours: visible ASCII and blanks only. */
static bool
is_safe(struct str text)
{
	if (text.n > TEXT_MAX_BYTES)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < ' ' || text.p[i] > '~')
			return false;
	return true;
}

static bool
is_listed(struct str origins, struct str origin)
{
	while (origins.n > 0) {
		size_t n = 0;

		while (n < origins.n && origins.p[n] != ' ' && origins.p[n] != ',')
			n++;
		if (n > 0 && str_eq(str_take(origins, n), origin))
			return true;
		origins = str_skip(origins, n + 1);
	}
	return false;
}

static bool
is_known_method(struct str name)
{
	for (int m = METHOD_GET; m <= METHOD_OPTIONS; m++)
		if (str_eq_nocase(name, str_of(method_name((enum method)m))))
			return true;
	return false;
}

static int
compare(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	int r = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

	return r != 0 ? r : (x->n > y->n) - (x->n < y->n);
}

/* "b, A ,c" becomes "A, b, c": by byte, as the original sorts. */
static void
add_sorted(struct response *response, struct str list)
{
	struct str items[N_HEADERS_MOST], item, rest = list;
	size_t n = 0;
	struct buf value;

	while (!str_is_null(rest) && n < N_HEADERS_MOST) {
		(void)str_split(rest, ',', &item, &rest);
		item = str_trim(item);
		if (item.n > 0)
			items[n++] = item;
	}
	if (n == 0)
		return;
	qsort(items, n, sizeof(items[0]), compare);
	buf_init(&value, list.n * 2 + 2);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_add_z(&value, ", ");
		buf_add_str(&value, items[i]);
	}
	if (buf_error(&value) == 0)
		response_add_header(
		    response, STR_LIT("Access-Control-Allow-Headers"), buf_str(&value));
	buf_fini(&value);
}

void
cors_add(const struct request *request, const struct request_settings *settings,
    struct response *response)
{
	bool is_narrowed = !str_is_null(settings->cors_origins);
	struct str origin = request->origin;

	if (!is_covered(request->path.n > 0 ? request->path : request->asked_path))
		return;
	/* The answer depends on who asks: a cache must know. */
	if (is_narrowed || !str_is_empty(origin))
		response_add_header(response, STR_LIT("Vary"), STR_LIT("Origin"));
	if (is_narrowed && (str_is_empty(origin) || !is_listed(settings->cors_origins, origin)))
		return;
	if (str_is_empty(origin) || !is_safe(origin))
		origin = STR_LIT("*");
	response_add_header(response, STR_LIT("Access-Control-Allow-Origin"), origin);
	if (request->method != METHOD_OPTIONS ||
	    !is_known_method(request->access_control_request_method))
		return;
	response_add_header(
	    response, STR_LIT("Access-Control-Allow-Methods"), STR_LIT(ALL_METHODS));
	if (is_safe(request->access_control_request_headers))
		add_sorted(response, request->access_control_request_headers);
}
