/*
 * check.h - a web server asks about a request of somebody else: who sent it, and may it pass?
 *
 * Purpose    The answer to a check, in the form that its web server understands.  Nothing is read
 *            of what belongs to that other request: body, length, type, query, path.
 */
#ifndef APP_CHECK_H
#define APP_CHECK_H

#include "app/exchange.h"

/* x->kind is EXCHANGE_CHECK.  The answer, whole; or x->next, for a hash. */
void check_run(struct exchange *x);

/* The server itself has to answer: 503, 403 or 500. */
void check_refuse(struct exchange *x, int status);

#endif
