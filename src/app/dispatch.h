/*
 * dispatch.h - what the server calls: one request
 *
 * Purpose    The order of an answer: bad input, settings, filter, router, what every answer
 *            carries; and where it stops, because what comes next would have to wait: a hash
 *            that is noted (hasher.h), or a route that may wait (router.h).
 */
#ifndef APP_DISPATCH_H
#define APP_DISPATCH_H

#include "app/app.h"

/* What the server serves; valid as long as the app.  From many threads at once. */
struct handler dispatch_handler(struct app *app);

#endif
