/*
 * pages.h - what a browser is shown below GATE_PREFIX
 */
#ifndef APP_PAGES_H
#define APP_PAGES_H

#include "app/exchange.h"

/*
 * x->kind is EXCHANGE_PAGE, x->path what stands below GATE_PREFIX: "login".  Bad input
 * (request.refusal), the filter, other sites' pages: all is decided here, but not over plain http
 * under strict.
 */
void pages_run(struct exchange *x);

#endif
