/*
 * permission.h - who may do what with users, by USERS_API
 *
 * Purpose    The filter says who somebody is.  This says which of the routes of users there are for
 *            such a request, and what of them this one may do:
 *            open   all, for whoever the filter lets pass
 *            self   their own user alone, which is also /users/me
 *            admin  the same; members of ADMIN_GROUP all
 *            off    there are none
 */
#ifndef APP_PERMISSION_H
#define APP_PERMISSION_H

#include "app/exchange.h"

/* What a method of a route asks for, unless USERS_API is open. */
enum permission {
	PERMISSION_NONE,  /* nothing more than the filter did */
	PERMISSION_OWN,   /* the id is one's own; or as below */
	PERMISSION_ADMIN, /* who asks is an administrator */
};

/* Is the route there with these settings? */
bool permission_has_route(const struct request_settings *settings, const struct route *route);

/* May this be done?  The id "me" becomes that of the current user, unless USERS_API is open. */
bool permission_check(struct exchange *x, enum permission permission);

/* 403, counted and logged. */
void permission_refuse(struct exchange *x);

/*
 * The group that must not lose its last enabled member over the API; STR_NULL: none.  See
 * users_remove().
 */
struct str permission_kept_group(const struct exchange *x);

#endif
