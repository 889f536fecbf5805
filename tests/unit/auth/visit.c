/* visit.c - see visit.h */
#include "unit/auth/visit.h"

#include <stdio.h>

#include <sodium.h>

#include "unit/unit.h"

struct visit *
visit_path(const char *auth_type, const char *path, const char *a, const char *b, const char *c)
{
	static struct visit v;
	size_t n = 0;

	request_fini(&v.request);
	v.params[n++] = "REQUEST_METHOD=GET";
	(void)snprintf(v.path, sizeof(v.path), "SCRIPT_NAME=%s", path);
	v.params[n++] = v.path;
	if (auth_type != NULL) {
		(void)snprintf(v.type, sizeof(v.type), "AUTH_TYPE=%s", auth_type);
		v.params[n++] = v.type;
	}
	if (a != NULL) {
		(void)snprintf(v.a, sizeof(v.a), "%s", a);
		v.params[n++] = v.a;
	}
	if (b != NULL) {
		(void)snprintf(v.b, sizeof(v.b), "%s", b);
		v.params[n++] = v.b;
	}
	if (c != NULL) {
		(void)snprintf(v.c, sizeof(v.c), "%s", c);
		v.params[n++] = v.c;
	}
	v.params[n] = NULL;
	ck_assert_int_eq(request_init(&v.request, v.params), 0);
	request_settings_read(&v.request.vars, &v.settings);
	auth_init(&v.object, registry_find(v.settings.auth_type), &site.app.env, &v.settings,
	    &v.request, NULL);
	v.auth = &v.object;
	return &v;
}

struct visit *
visit(const char *auth_type, const char *a, const char *b, const char *c)
{
	return visit_path(auth_type, "/api/v1/users", a, b, c);
}

const char *
visit_cookie(const char *session_id)
{
	static char text[2][256];
	static unsigned turn;
	char *p = text[turn++ % 2];

	(void)snprintf(p, sizeof(text[0]), "HTTP_COOKIE=_my_session_id=%s", session_id);
	return p;
}

const char *
visit_basic(const char *text)
{
	static char param[20000];
	size_t n = strlen("HTTP_AUTHORIZATION=Basic ");

	(void)strcpy(param, "HTTP_AUTHORIZATION=Basic ");
	ck_assert_ptr_nonnull(sodium_bin2base64(param + n, sizeof(param) - n,
	    (const unsigned char *)text, strlen(text), sodium_base64_VARIANT_ORIGINAL));
	return param;
}
