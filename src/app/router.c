/* router.c - see router.h */
#include "app/router.h"

#include "app/answer.h"
#include "app/views.h"
#include "auth/filter.h"

#define N_METHODS (METHOD_OPTIONS + 1)

typedef void (*view_fn)(struct exchange *x);

static const struct route {
	struct str path; /* below the prefix */
	bool has_id;     /* one more segment follows: the id */
	bool is_long;    /* the answer to GET grows with what is stored */
	view_fn views[N_METHODS];
} routes[] = {
	{ STR_INIT("/status"), false, false, { [METHOD_GET] = views_status } },
	{ STR_INIT("/unauthorized"), false, false, { [METHOD_GET] = views_unauthorized } },
	{ STR_INIT("/forbidden"), false, false, { [METHOD_GET] = views_forbidden } },
	{ STR_INIT("/stats"), false, false, { [METHOD_GET] = views_stats } },
	{ STR_INIT("/users"), false, true,
	    { [METHOD_GET] = views_users_list, [METHOD_POST] = views_users_add } },
	{ STR_INIT("/users/"), true, false,
	    { [METHOD_GET] = views_user_get,
		[METHOD_PUT] = views_user_rename,
		[METHOD_DELETE] = views_user_delete } },
	{ STR_INIT("/auth_session/login"), false, false, { [METHOD_POST] = views_login } },
	{ STR_INIT("/auth_session/logout"), false, false, { [METHOD_DELETE] = views_logout } },
};

/* One trailing slash more or less makes no difference; there is no redirect. */
static bool
matches(const struct route *route, struct str path, struct str *ret_id)
{
	if (!str_starts_with(path, STR_LIT(API_PREFIX)))
		return false;
	path = str_skip(path, strlen(API_PREFIX));
	if (path.n > 1 && str_ends_with(path, STR_LIT("/")))
		path.n--;
	if (!route->has_id)
		return str_eq(path, route->path);
	if (!str_starts_with(path, route->path))
		return false;
	*ret_id = str_skip(path, route->path.n);
	return ret_id->n > 0 && str_index(*ret_id, '/') < 0;
}

/* What does not give 405, sorted: HEAD comes with GET, OPTIONS always. */
static void
write_allow(const struct route *route, struct buf *out)
{
	static const enum method sorted[] = { METHOD_DELETE, METHOD_GET, METHOD_HEAD,
		METHOD_OPTIONS, METHOD_POST, METHOD_PUT };

	for (size_t i = 0; i < sizeof(sorted) / sizeof(sorted[0]); i++) {
		enum method method = sorted[i];

		if (method != METHOD_OPTIONS &&
		    route->views[method == METHOD_HEAD ? METHOD_GET : method] == NULL)
			continue;
		if (out->n > 0)
			buf_add_z(out, ", ");
		buf_add_z(out, method_name(method));
	}
}

static void
answer_without_view(struct exchange *x, const struct route *route)
{
	struct buf allow;

	buf_init(&allow, 256);
	write_allow(route, &allow);
	if (x->request->method == METHOD_OPTIONS) {
		x->response->status = 200;
		response_set_body(
		    x->response, STR_LIT("text/html; charset=utf-8"), STR_LIT(""));
		response_add_header(x->response, STR_LIT("Allow"), buf_str(&allow));
	} else {
		answer_method_not_allowed(x, buf_str(&allow));
	}
	buf_fini(&allow);
}

bool
router_is_long(const struct request *request)
{
	struct str id;

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (routes[i].is_long && matches(&routes[i], request->path, &id))
			return true;
	return false;
}

void
router_run(struct exchange *x)
{
	enum method method =
	    x->request->method == METHOD_HEAD ? METHOD_GET : x->request->method;

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		const struct route *route = &routes[i];

		if (!matches(route, x->request->path, &x->id))
			continue;
		if (route->views[method] != NULL)
			route->views[method](x);
		else
			answer_without_view(x, route);
		return;
	}
	answer_status(x, 404);
}
