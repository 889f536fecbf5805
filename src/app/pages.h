/*
 * pages.h - what a browser is shown below GATE_PREFIX
 */
#ifndef APP_PAGES_H
#define APP_PAGES_H

#include "app/exchange.h"
#include "gate/page_files.h"

/*
 * The templates and texts of the settings, and of the environment's GATE_PAGES and GATE_LANGUAGE: those
 * must be there.  page_files_close() ends them.
 */
int pages_open(const struct settings *settings, struct page_files **ret, struct err *err);

/*
 * x->kind is EXCHANGE_PAGE, x->path what stands below GATE_PREFIX: "login".  Bad input
 * (request.refusal), who is signed in, other sites' pages: all is decided here, but not what dispatch.c
 * refuses.
 */
void pages_run(struct exchange *x);

/* A page with that status: 400, 403, 404, 413, 500, 503. */
void pages_refuse(struct exchange *x, int status);

/* The page of a check that lets x->user not pass, with all headers: where the web server shows it. */
void pages_denied(struct exchange *x);

/* What every page carries. */
void pages_finish(struct exchange *x);

#endif
