/*
 * cors.h - which other origins' pages may read the answer
 *
 * Source     The Fetch standard, section 3.2 (CORS protocol).
 * Purpose    Every path under /api/v1, every status, what the path rules refuse too.  Never with credentials: a page of
 *            another origin cannot use a visitor's cookie.
 */
#ifndef APP_CORS_H
#define APP_CORS_H

#include "conf/request_settings.h"
#include "http/request.h"
#include "http/response.h"

void cors_add(const struct request *request, const struct request_settings *settings,
    struct response *response);

#endif
