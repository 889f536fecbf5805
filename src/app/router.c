/* router.c - see router.h */
#include "app/router.h"

#include "app/answer.h"
#include "app/views.h"
#include "auth/filter.h"

#define N_METHODS (METHOD_OTHER + 1)

typedef void (*view_fn)(struct exchange *x);

/*
 * A view that may wait, or takes long, runs where that keeps nobody.  Those that hash first need no mark: the hash
 * that they ask for is noted (hasher.h), and they begin again when it is there, where they may
 * wait.  So what they refuse before the hash is refused at once.
 */
struct way {
	view_fn view;            /* NULL: 405 */
	enum handler_next needs; /* HANDLER_ANSWERED: nothing */
};

static const struct route {
	struct str path; /* below the prefix */
	bool has_id;     /* one more segment follows: the id */
	struct way ways[N_METHODS];
} routes[] = {
	{ STR_INIT("/status"), false, { [METHOD_GET] = { views_status, HANDLER_ANSWERED } } },
	{ STR_INIT("/unauthorized"), false,
	    { [METHOD_GET] = { views_unauthorized, HANDLER_ANSWERED } } },
	{ STR_INIT("/forbidden"), false,
	    { [METHOD_GET] = { views_forbidden, HANDLER_ANSWERED } } },
	{ STR_INIT("/stats"), false, { [METHOD_GET] = { views_stats, HANDLER_ANSWERED } } },
	{ STR_INIT("/users"), false,
	    { /* as long as there are users */
		[METHOD_GET] = { views_users_list, HANDLER_LONG },
		[METHOD_POST] = { views_users_add, HANDLER_ANSWERED } } },
	{ STR_INIT("/users/"), true,
	    { [METHOD_GET] = { views_user_get, HANDLER_ANSWERED },
		[METHOD_PUT] = { views_user_rename, HANDLER_WAIT },
		[METHOD_DELETE] = { views_user_delete, HANDLER_WAIT } } },
	{ STR_INIT("/auth_session/login"), false,
	    { [METHOD_POST] = { views_login, HANDLER_ANSWERED } } },
	{ STR_INIT("/auth_session/logout"), false,
	    { [METHOD_DELETE] = { views_logout, HANDLER_WAIT } } },
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
		    route->ways[method == METHOD_HEAD ? METHOD_GET : method].view == NULL)
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

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		const struct route *route = &routes[i];

		if (!matches(route, x->request->path, &x->id))
			continue;
		if (route->ways[method].view == NULL)
			answer_without_view(x, route);
		else if (!is_permitted(x, route->ways[method].needs))
			x->next = route->ways[method].needs;
		else
			route->ways[method].view(x);
		return;
	}
	answer_status(x, 404);
}
