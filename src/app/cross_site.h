/*
 * cross_site.h - did a page of another site make the browser send this?
 *
 * Purpose    A browser adds the session cookie whoever wrote the page, so a request that changes
 *            something with it, and each login, must not come from elsewhere.  Programs send
 *            neither Sec-Fetch-Site nor Origin, and are not concerned.
 * Source     Fetch Metadata Request Headers (W3C), section 2.4; the Fetch standard, section 3.1.
 */
#ifndef APP_CROSS_SITE_H
#define APP_CROSS_SITE_H

#include "app/exchange.h"

bool cross_site_is(const struct exchange *x);

/* Log and count it; once, when it is answered. */
void cross_site_note(const struct exchange *x);

#endif
