/*
 * cgi_vars.h - the variables of one request, as CGI and FastCGI hand them over
 *
 * Purpose    A request brings some thirty variables, of which the program knows those named
 *            here.  One pass puts each value in its place; whoever needs one finds it there.
 * Calling    cgi_vars_init(); cgi_vars_add() for each variable, or cgi_vars_add_all();
 *            cgi_vars_error(); at the end cgi_vars_fini().  Of zeros: no variables.
 * Source     RFC 3875 section 4.1; FastCGI 1.0 section 6.2.
 * Ownership  Values are borrowed from the caller, except cookies that had to be joined.
 * Threads    A set of variables belongs to one thread at a time.
 */
#ifndef CORE_CGI_VARS_H
#define CORE_CGI_VARS_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/str.h"

#define CGI_VARS(X)                            \
	X(CONTENT_LENGTH)                      \
	X(CONTENT_TYPE)                        \
	X(HTTPS)                               \
	X(HTTP_ACCEPT)                         \
	X(HTTP_ACCEPT_LANGUAGE)                \
	X(HTTP_ACCESS_CONTROL_REQUEST_HEADERS) \
	X(HTTP_ACCESS_CONTROL_REQUEST_METHOD)  \
	X(HTTP_AUTHORIZATION)                  \
	X(HTTP_COOKIE)                         \
	X(HTTP_HOST)                           \
	X(HTTP_ORIGIN)                         \
	X(HTTP_REFERER)                        \
	X(HTTP_SEC_FETCH_DEST)                 \
	X(HTTP_SEC_FETCH_MODE)                 \
	X(HTTP_SEC_FETCH_SITE)                 \
	X(HTTP_SEC_WEBSOCKET_VERSION)          \
	X(HTTP_UPGRADE)                        \
	X(HTTP_USER_AGENT)                     \
	X(HTTP_X_FORWARDED_METHOD)             \
	X(HTTP_X_REQUESTED_WITH)               \
	X(PATH_INFO)                           \
	X(QUERY_STRING)                        \
	X(REMOTE_ADDR)                         \
	X(REQUEST_ID)                          \
	X(REQUEST_METHOD)                      \
	X(REQUEST_SCHEME)                      \
	X(REQUEST_URI)                         \
	X(SCRIPT_NAME)                         \
	X(SERVER_ADDR)

/* Those, and the settings that may come with a request. */
#define CGI_VARS_ENUM(name)           CGI_##name,
#define REQUEST(scope, variable, ...) CGI_##variable,
/* clang-format off */
enum cgi_var {
	CGI_VARS(CGI_VARS_ENUM)
#include "core/request_settings_list.h"
	CGI_VARS_N
};
/* clang-format on */
#undef CGI_VARS_ENUM

/* Some of them, one bit each. */
#define CGI_VAR_SET_WORDS (((size_t)CGI_VARS_N + 63) / 64)
struct cgi_var_set {
	uint64_t words[CGI_VAR_SET_WORDS];
};

struct cgi_vars {
	/* STR_NULL: absent.  Of several the first one's, but all of HTTP_COOKIE, joined. */
	struct str values[CGI_VARS_N];
	struct cgi_var_set repeated; /* came more than once */
	struct buf cookies;          /* those that had to be joined */
	/*
	 * A name that looks like a setting and is none: the first, but one of those that a check
	 * has (cgi_vars_is_of_gate()) before others.  STR_NULL: all are settings.
	 */
	struct str stranger;
};

void cgi_vars_init(struct cgi_vars *vars);

/* A value ends before its first NUL, as in the environment.  False: nobody wants it. */
bool cgi_vars_add(struct cgi_vars *vars, struct str name, struct str value);

/* From a NULL-terminated array of "NAME=value": the environment, FCGX_Request.envp. */
void cgi_vars_add_all(struct cgi_vars *vars, const char *const *params);

/* 0 or -ENOMEM: cookies could not be joined. */
int cgi_vars_error(const struct cgi_vars *vars);

/* Cookies are wiped: they hold login sessions.  May be called twice. */
void cgi_vars_fini(struct cgi_vars *vars);

/*
 * Might the name be meant for one of the settings that say whom a check lets pass?  Those of a client's
 * headers, which begin with HTTP_, are not.
 */
bool cgi_vars_is_of_gate(struct str name);

const char *cgi_vars_name(enum cgi_var var);

/* Did it come over https?  HTTPS=on, or REQUEST_SCHEME, which Apache sets earlier. */
bool cgi_vars_is_https(const struct cgi_vars *vars);

static inline void
cgi_var_set_put(struct cgi_var_set *set, enum cgi_var var, bool is_in)
{
	uint64_t bit = UINT64_C(1) << var % 64;

	if (is_in)
		set->words[var / 64] |= bit;
	else
		set->words[var / 64] &= ~bit;
}

/* The first that is in both; CGI_VARS_N: none. */
static inline enum cgi_var
cgi_var_set_first(const struct cgi_var_set *a, const struct cgi_var_set *b)
{
	for (size_t i = 0; i < CGI_VAR_SET_WORDS; i++)
		if ((a->words[i] & b->words[i]) != 0)
			return (enum cgi_var)(
			    i * 64 + (size_t)__builtin_ctzll(a->words[i] & b->words[i]));
	return CGI_VARS_N;
}

static inline bool
cgi_vars_is_repeated(const struct cgi_vars *vars, enum cgi_var var)
{
	return (vars->repeated.words[var / 64] >> var % 64 & 1) != 0;
}

#endif
