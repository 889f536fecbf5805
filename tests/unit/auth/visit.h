/*
 * visit.h - one request with its settings and its auth object, for tests
 *
 * Calling    visit("session_auth", "HTTP_COOKIE=...", NULL, NULL) fills the one visit; the next
 *            call ends it.
 */
#ifndef UNIT_AUTH_VISIT_H
#define UNIT_AUTH_VISIT_H

#include "auth/registry.h"
#include "unit/site.h"

struct visit {
	char type[64], path[128], a[20000], b[512], c[512];
	const char *params[8];
	struct request_settings settings;
	struct request request;
	struct auth object;
	const struct auth *auth;
};

/* GET path with up to three more parameters. */
struct visit *visit_path(
    const char *auth_type, const char *path, const char *a, const char *b, const char *c);

/* The same for a path that needs a credential. */
struct visit *visit(const char *auth_type, const char *a, const char *b, const char *c);

/* "HTTP_COOKIE=_my_session_id=<id>"; two results live at a time. */
const char *visit_cookie(const char *session_id);

/* "HTTP_AUTHORIZATION=Basic <Base64 of text>" */
const char *visit_basic(const char *text);

#endif
