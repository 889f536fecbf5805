/*
 * views.h - the routes, each with one function per method
 *
 * Each view fills the response of its exchange.  views_index.c, views_users.c and views_session.c
 * follow the original's three view files; views_sessions.c and views_password.c go beyond it.
 */
#ifndef APP_VIEWS_H
#define APP_VIEWS_H

#include "app/router.h"

/* Each ends with a route without a path. */
extern const struct route views_admin_routes[];
extern const struct route views_index_routes[];
extern const struct route views_password_routes[];
extern const struct route views_session_routes[];
extern const struct route views_sessions_routes[];
extern const struct route views_users_routes[];

#endif
