/*
 * own_sessions.h - a user's own login sessions, for the API and the pages alike
 *
 * Purpose    Those of every AUTH_TYPE and every site, as these are whom the user wants to know of.
 * Errors     AUTHN_SESSIONLESS: there are none by this AUTH_TYPE, or there is no user; AUTHN_NO_SESSION;
 *            negative errno, for 503.
 */
#ifndef APP_OWN_SESSIONS_H
#define APP_OWN_SESSIONS_H

#include "app/exchange.h"
#include "model/session_list.h"

/* session_list_fini() ends the list, unless this failed. */
int own_sessions_read(struct exchange *x, struct session_list *list);

/* Is it the one of this request? */
bool own_sessions_is_current(const struct exchange *x, const struct table_entry *entry);

/* How long it lives, seconds from its beginning; 0: for ever. */
int64_t own_sessions_lifetime_s(const struct exchange *x, const struct table_entry *entry);

/* Where and with what it began, as far as that is kept. */
void own_sessions_details(
    const struct exchange *x, const struct table_entry *entry, struct details_text *ret);

/* The one with that handle; if it is this request's, the response expires its cookie. */
int own_sessions_end(struct exchange *x, struct str handle);

/* All but this request's, or all. */
int own_sessions_end_many(struct exchange *x, bool all, uint64_t *ret_n);

#endif
