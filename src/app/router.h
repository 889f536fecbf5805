/*
 * router.h - which view answers this path and method
 */
#ifndef APP_ROUTER_H
#define APP_ROUTER_H

#include "app/exchange.h"

/* 404 for an unknown path, 405 for a wrong method, OPTIONS by itself, else the view. */
void router_run(struct exchange *x);

/* May its answer take longer the more users there are? */
bool router_is_long(const struct request *request);

#endif
