/*
 * views.h - one function per route and method
 *
 * Each fills the response of its exchange.  views_index.c, views_users.c and views_session.c
 * follow the original's three view files.
 */
#ifndef APP_VIEWS_H
#define APP_VIEWS_H

#include "app/exchange.h"

void views_status(struct exchange *x);
void views_unauthorized(struct exchange *x);
void views_forbidden(struct exchange *x);
void views_stats(struct exchange *x);

void views_users_list(struct exchange *x);
void views_users_add(struct exchange *x);
void views_user_get(struct exchange *x);
void views_user_rename(struct exchange *x);
void views_user_delete(struct exchange *x);

void views_login(struct exchange *x);
void views_logout(struct exchange *x);

#endif
