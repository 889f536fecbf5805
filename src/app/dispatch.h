/*
 * dispatch.h - what the server calls: one request, housekeeping
 *
 * Purpose    The order of an answer: bad input, settings, filter, router, what every answer
 *            carries; and where it stops, because what comes next would have to wait: a hash
 *            that is noted (hasher.h), or a route that may wait (router.c).  arg is the struct
 *            app.
 */
#ifndef APP_DISPATCH_H
#define APP_DISPATCH_H

#include "server/handler.h"

enum handler_next dispatch_request(void *arg, const struct request *request,
    struct handler_permit permit, struct response *ret_response);
void dispatch_refuse(
    void *arg, const struct request *request, int status, struct response *ret_response);
bool dispatch_tick(void *arg);

#endif
