/*
 * router.h - which view answers this path and method
 */
#ifndef APP_ROUTER_H
#define APP_ROUTER_H

#include "app/exchange.h"

/*
 * 404 for an unknown path, 405 for a wrong method, OPTIONS by itself, else the view; or x->next,
 * where the view may wait and this thread may not.
 */
void router_run(struct exchange *x);

#endif
