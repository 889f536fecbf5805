/*
 * router.h - which view answers this path and method
 *
 * Purpose    The rows of routes stand beside their views, in views_*.c.
 * Calling    router_find() when the exchange is prepared; router_run() once the filter let it
 *            pass.
 */
#ifndef APP_ROUTER_H
#define APP_ROUTER_H

#include "app/permission.h"

#define API_PREFIX "/api/v1" /* every route of the API begins so */

struct route {
	struct str path;   /* below the prefix */
	bool has_id;       /* one more segment follows: the id */
	struct str rest;   /* has_id: what follows the id, if anything: "/groups" */
	bool is_public;    /* nobody is asked for credentials */
	bool is_of_users;  /* not there under USERS_API=off */
	bool is_of_admins; /* there under USERS_API=admin alone */
	bool is_login;     /* it begins a session */
	struct {
		void (*view)(struct exchange *x); /* NULL: 405 */
		/*
		 * What the view does that may keep others waiting.  Those that hash first need no
		 * mark: the hash is noted (hasher.h), and they begin again when it is there,
		 * where they may wait.  So what they refuse before the hash is refused at once.
		 */
		enum handler_next needs; /* HANDLER_ANSWERED: nothing */
		enum permission who;
	} on[METHOD_OTHER + 1];
};

/* Sets path, route and id. */
void router_find(struct exchange *x);

/* Is the path below the prefix? */
bool router_covers(struct str path);

/*
 * 404 for an unknown path, 405 for a wrong method, OPTIONS by itself, 403 without the permission,
 * else the view; or x->next, where the view may wait and this thread may not.
 */
void router_run(struct exchange *x);

#endif
