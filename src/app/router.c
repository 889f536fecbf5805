/* router.c - see router.h */
#include "app/router.h"

#include "app/answer.h"
#include "app/views.h"

static const struct route *const tables[] = { views_index_routes, views_users_routes,
	views_admin_routes, views_session_routes, views_sessions_routes,
	views_password_routes };

/* What of the path stands below the prefix; STR_NULL: it is not there. */
static struct str
below_prefix(struct str path)
{
	if (!str_starts_with(path, STR_LIT(API_PREFIX)))
		return STR_NULL;
	return str_skip(path, strlen(API_PREFIX));
}

bool
router_covers(struct str path)
{
	struct str below = below_prefix(path);

	return !str_is_null(below) && (below.n == 0 || below.p[0] == '/');
}

static bool
matches(const struct route *route, struct str path, struct str *ret_id)
{
	if (!route->has_id)
		return str_eq(path, route->path);
	if (!str_starts_with(path, route->path) || !str_ends_with(path, route->rest) ||
	    path.n <= route->path.n + route->rest.n)
		return false;
	*ret_id =
	    str_take(str_skip(path, route->path.n), path.n - route->path.n - route->rest.n);
	return str_index(*ret_id, '/') < 0;
}

void
router_find(struct exchange *x)
{
	struct str path = below_prefix(x->request->path);

	/* One trailing slash more or less makes no difference; there is no redirect. */
	if (path.n > 1 && str_ends_with(path, STR_LIT("/")))
		path.n--;
	x->path = path;
	for (size_t i = 0; path.n > 0 && i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct route *route = tables[i]; route->path.n > 0; route++)
			if (permission_has_route(&x->settings, route) &&
			    matches(route, path, &x->id)) {
				x->route = route;
				return;
			}
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
		    route->on[method == METHOD_HEAD ? METHOD_GET : method].view == NULL)
			continue;
		if (out->n > 0)
			buf_add_z(out, ", ");
		buf_add_z(out, method_name(method));
	}
}

static void
answer_without_view(struct exchange *x)
{
	struct buf allow;

	buf_init(&allow, 256);
	write_allow(x->route, &allow);
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

static bool
is_permitted(const struct exchange *x, enum handler_next needs)
{
	return needs == HANDLER_WAIT   ? x->permit.may_wait
	       : needs == HANDLER_LONG ? x->permit.may_be_long
				       : true;
}

void
router_run(struct exchange *x)
{
	enum method method =
	    x->request->method == METHOD_HEAD ? METHOD_GET : x->request->method;

	if (x->route == NULL)
		answer_status(x, 404);
	else if (x->route->on[method].view == NULL)
		answer_without_view(x);
	else if (!permission_check(x, x->route->on[method].who))
		permission_refuse(x);
	else if (!is_permitted(x, x->route->on[method].needs))
		x->next = x->route->on[method].needs;
	else
		x->route->on[method].view(x);
}
