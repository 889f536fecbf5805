/* cgi_vars.c - see cgi_vars.h */
#include "core/cgi_vars.h"

#include <assert.h>
#include <pthread.h>

#define N_BUCKETS 256
#define NONE      (-1)

static_assert(CGI_VARS_N <= INT8_MAX, "first[] and next[] have their numbers in a byte");

#define CGI_VARS_NAME(name)           STR_INIT(#name),
#define REQUEST(scope, variable, ...) STR_INIT(#variable),
static const struct str names[CGI_VARS_N] = { CGI_VARS(CGI_VARS_NAME)
#include "core/request_settings_list.h"
};

/* Known names by length and ends, chained: most variables that come are none of them. */
static int8_t first[N_BUCKETS], next[CGI_VARS_N];
static pthread_once_t index_once = PTHREAD_ONCE_INIT;

static inline unsigned
bucket_of(struct str name)
{
	return ((unsigned)name.n * 8 ^ (unsigned char)name.p[0] ^
		   (unsigned)(unsigned char)name.p[name.n - 1] * 4) %
	       N_BUCKETS;
}

/*
 * How settings begin: their names, which make_index() cuts behind the first `_`.  But not what comes
 * with a request alone: beside SESSIONGATE_STATUS the environment has SESSIONGATE_DATA_DIR.
 */
#define BEGINNING_REQUEST(name) STR_INIT(name),
#define BEGINNING_REQUEST_ONLY(name)
#define REQUEST(scope, variable, ...) BEGINNING_##scope(#variable)
static struct str beginnings[] = {
#include "core/request_settings_list.h"
};
static size_t n_beginnings;

/* By their first three letters: most variables begin like none of them, and cost one look. */
#define N_BEGINNING_BUCKETS 1024
static bool may_be_setting[N_BEGINNING_BUCKETS];

static inline unsigned
bucket_of_beginning(struct str name)
{
	const unsigned char *p = (const unsigned char *)name.p;

	return (p[0] * 961U + p[1] * 31U + p[2]) % N_BEGINNING_BUCKETS;
}

/* Of a setting; each once. */
static void
add_beginning(struct str name)
{
	ptrdiff_t underscore = str_index(name, '_');

	name.n = (size_t)(underscore + 1);
	for (size_t i = 0; i < n_beginnings; i++)
		if (str_eq(beginnings[i], name))
			return;
	if (name.n > 0) {
		beginnings[n_beginnings++] = name;
		may_be_setting[bucket_of_beginning(name)] = true;
	}
}

static void
make_index(void)
{
	memset(first, NONE, sizeof(first));
	for (int i = 0; i < CGI_VARS_N; i++) {
		next[i] = first[bucket_of(names[i])];
		first[bucket_of(names[i])] = (int8_t)i;
	}
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		add_beginning(beginnings[i]);
}

/* NONE: the program does not know it. */
static inline int
find(struct str name)
{
	int i = first[bucket_of(name)];

	while (i != NONE && !str_eq(names[i], name))
		i = next[i];
	return i;
}

static bool
begins_like_setting(struct str name)
{
	if (!may_be_setting[bucket_of_beginning(name)])
		return false;
	for (size_t i = 0; i < n_beginnings; i++)
		if (str_starts_with(name, beginnings[i]))
			return true;
	return false;
}

/* A misspelt setting would silently be its default: who wants to know finds it. */
static void
note_stranger(struct cgi_vars *vars, struct str name)
{
	if (name.n < 5 || (!begins_like_setting(name) && !cgi_vars_is_of_gate(name)))
		return;
	if (str_is_null(vars->stranger) ||
	    (cgi_vars_is_of_gate(name) && !cgi_vars_is_of_gate(vars->stranger)))
		vars->stranger = name;
}

/* nginx before 1.23 hands over each Cookie line as a variable of its own. */
static void
join_cookie(struct cgi_vars *vars, struct str value)
{
	struct str *cookie = &vars->values[CGI_HTTP_COOKIE];

	if (!cgi_vars_is_repeated(vars, CGI_HTTP_COOKIE))
		buf_add_str(&vars->cookies, *cookie);
	if (vars->cookies.n > 0)
		buf_add_z(&vars->cookies, "; ");
	buf_add_str(&vars->cookies, value);
	*cookie = buf_str(&vars->cookies);
}

static void
add(struct cgi_vars *vars, int i, struct str value)
{
	if (str_is_null(vars->values[i])) {
		vars->values[i] = value;
		return;
	}
	if (i == CGI_HTTP_COOKIE)
		join_cookie(vars, value);
	cgi_var_set_put(&vars->repeated, (enum cgi_var)i, true);
}

void
cgi_vars_init(struct cgi_vars *vars)
{
	(void)pthread_once(&index_once, make_index);
	memset(vars, 0, sizeof(*vars));
	/* The bound is what came. */
	buf_init(&vars->cookies, SIZE_MAX);
}

bool
cgi_vars_add(struct cgi_vars *vars, struct str name, struct str value)
{
	int i = name.n > 0 ? find(name) : NONE;

	if (i == NONE) {
		note_stranger(vars, name);
		return false;
	}
	add(vars, i, value.n > 0 ? str_mem(value.p, strnlen(value.p, value.n)) : STR_LIT(""));
	return true;
}

void
cgi_vars_add_all(struct cgi_vars *vars, const char *const *params)
{
	for (; *params != NULL; params++) {
		const char *equals = strchr(*params, '=');
		int i;

		if (equals == NULL || equals == *params)
			continue;
		i = find(str_mem(*params, (size_t)(equals - *params)));
		if (i != NONE)
			add(vars, i, str_of(equals + 1));
		else
			note_stranger(vars, str_mem(*params, (size_t)(equals - *params)));
	}
}

int
cgi_vars_error(const struct cgi_vars *vars)
{
	return buf_error(&vars->cookies);
}

void
cgi_vars_fini(struct cgi_vars *vars)
{
	buf_wipe(&vars->cookies);
}

static bool
contains(struct str name, struct str word)
{
	for (; name.n >= word.n; name = str_skip(name, 1))
		if (str_eq_nocase(str_take(name, word.n), word))
			return true;
	return false;
}

/* Of those that web servers and the other modules of Apache send. */
static bool
is_of_others(struct str name)
{
	return str_eq_z(name, "GATEWAY_INTERFACE") || str_eq_z(name, "AUTHORIZATION") ||
	       str_starts_with(name, STR_LIT("AUTHENTICATE_")) ||
	       str_starts_with(name, STR_LIT("REDIRECT_"));
}

/* auth_require, AUTH-REQUIRE, REQUIRE: by their first letter most names are none of them. */
bool
cgi_vars_is_of_gate(struct str name)
{
	switch (name.n > 0 ? name.p[0] | 0x20 : 0) {
	case 'a':
	case 'g':
	case 'r':
		return (contains(name, STR_LIT("AUTH")) || contains(name, STR_LIT("REQUIRE")) ||
			   (name.n > 4 && str_eq_nocase(str_take(name, 4), STR_LIT("GATE")))) &&
		       !is_of_others(name);
	default:
		return false;
	}
}

const char *
cgi_vars_name(enum cgi_var var)
{
	return names[var].p;
}

bool
cgi_vars_is_https(const struct cgi_vars *vars)
{
	return str_eq_nocase(vars->values[CGI_HTTPS], STR_LIT("on")) ||
	       str_eq_nocase(vars->values[CGI_REQUEST_SCHEME], STR_LIT("https"));
}
