/* page.c - see page.h */
#include "app/page.h"

#include <stdio.h>

#include "app/session_cookie.h"
#include "auth/auth_session.h"
#include "core/clock.h"
#include "core/log_lasting.h"
#include "gate/form_token.h"
#include "gate/page_files.h"
#include "gate/return_url.h"
#include "http/origin.h"

#define RETRY_AFTER_S   "2"
#define TOKEN_MAX_BYTES 256 /* of the names in it */
#define CSP_MAX_BYTES   16384

static const struct str FORM_COOKIE_SUFFIX = STR_INIT("_form");

const struct template *
page_template(const struct exchange *x)
{
	const struct template *template =
	    page_files_template(x->app->page_files, x->settings.gate_pages);

	return template != NULL ? template
				: page_files_template(x->app->page_files, STR_LIT("default"));
}

/* ---------------------------------------------------------------------------- values */

struct str
page_kept(const struct page *page, size_t from)
{
	return str_skip(buf_str(&page->arena), from);
}

struct str
page_path(struct page *page, const char *below)
{
	size_t from = page->arena.n;

	buf_add_str(&page->arena, page->x->settings.gate_prefix);
	buf_add_z(&page->arena, below);
	return page_kept(page, from);
}

struct str
page_login_url(struct page *page)
{
	struct str url = page->x->settings.gate_login_url;

	return str_is_empty(url) ? page_path(page, "login") : url;
}

struct str
page_field(const struct page *page, const char *name)
{
	struct str value;

	return form_find(&page->form, str_of(name), &value) == 0 ? value : STR_LIT("");
}

void
page_take_rd(struct page *page, struct str url)
{
	char room[SETTINGS_RETURN_HOSTS_BYTES];
	const struct return_url_rules rules = { page->x->settings.gate_prefix,
		request_settings_return_hosts(&page->x->settings, room),
		page->x->request->is_https };
	size_t from = page->arena.n;

	page->rd = STR_LIT("");
	/* What is written anew comes back with the form, and must be taken then. */
	if (return_url_rewrite(url, &rules, &page->arena) &&
	    page->arena.n - from <= RETURN_URL_MAX_BYTES)
		page->rd = page_kept(page, from);
}

static struct str
text_of(struct page *page, const char *key)
{
	const struct texts *texts = page_files_texts(page->x->app->page_files);
	int its = texts_find_key(texts, str_of(key));
	size_t from = page->arena.n;

	template_fill_text(its >= 0 ? texts_get(texts, page->view.lang, its) : str_of(key),
	    &page->view.values, &page->arena);
	return page_kept(page, from);
}

void
page_set_error(struct page *page, const char *key)
{
	page->view.values.of[PAGE_ERROR_TEXT] = text_of(page, key);
}

void
page_set_notice(struct page *page, const char *key)
{
	page->view.values.of[PAGE_NOTICE] = text_of(page, key);
}

void
page_set_wait(struct page *page, unsigned seconds)
{
	size_t from = page->arena.n;

	buf_add_number(&page->arena, seconds);
	page->view.values.of[PAGE_WAIT_SECONDS] = page_kept(page, from);
	response_add_header(
	    page->x->response, STR_LIT("Retry-After"), page->view.values.of[PAGE_WAIT_SECONDS]);
}

/* ------------------------------------------------------------------ whose form it is */

static struct str
form_cookie_name(struct page *page)
{
	size_t from = page->arena.n;

	buf_add_str(&page->arena, page->x->settings.session_name);
	buf_add_str(&page->arena, FORM_COOKIE_SUFFIX);
	return page_kept(page, from);
}

/* The one that the browser has; or a new one, which the answer sets.  0 or negative errno. */
static int
form_cookie(struct page *page, struct str *ret)
{
	char room[FORM_COOKIE_BYTES];
	struct str name = form_cookie_name(page);
	size_t from = page->arena.n;
	int r;

	*ret = session_cookie_find_own(page->x, name);
	if (form_cookie_is_sound(*ret))
		return 0;
	if ((r = form_cookie_make(room)) != 0)
		return r;
	buf_add_z(&page->arena, room);
	*ret = page_kept(page, from);
	session_cookie_set_own(page->x, name, *ret);
	return 0;
}

/* tag: room for that of the session. */
static struct form_token_use
use_of(const struct page *page, struct str cookie, const char *action, struct digest_tag *tag)
{
	const struct exchange *x = page->x;
	struct form_token_use use = { .cookie = cookie,
		.realm = x->settings.realm,
		.action = str_of(action),
		.rd = page->rd };

	/* Whoever is signed in already, a form to sign in is the same. */
	if (x->user != NULL && !str_eq_z(use.action, PAGE_FORM_LOGIN)) {
		*tag = auth_session_tag(&x->auth, x->auth.session_id);
		use.session = str_mem(tag->bytes, sizeof(tag->bytes));
	}
	return use;
}

static int
set_token(struct page *page, const char *action)
{
	char room[FORM_TOKEN_BYTES];
	struct form_token_use use;
	struct digest_tag tag;
	struct str cookie;
	size_t from;
	int r = form_cookie(page, &cookie);

	if (r != 0)
		return r;
	use = use_of(page, cookie, action, &tag);
	form_token_make(&page->x->app->env.key, &use, clock_wall_s(), room);
	from = page->arena.n;
	buf_add_z(&page->arena, room);
	page->view.values.of[PAGE_TOKEN] = page_kept(page, from);
	return 0;
}

bool
page_is_of_this_host(const struct page *page)
{
	return str_eq(page->x->request->sec_fetch_site, STR_LIT("same-origin"));
}

/* No browser lets a page say that it is another; what is none says nothing. */
static bool
comes_from_here(const struct request *request)
{
	if (!str_is_null(request->sec_fetch_site))
		return str_eq(request->sec_fetch_site, STR_LIT("same-origin")) ||
		       str_eq(request->sec_fetch_site, STR_LIT("none"));
	return str_is_null(request->origin) ||
	       origin_is_host(request->origin, request->host, request->is_https);
}

static bool
has_good_token(struct page *page, const char *action)
{
	struct str cookie = session_cookie_find_own(page->x, form_cookie_name(page));
	struct digest_tag tag;
	struct form_token_use use = use_of(page, cookie, action, &tag);

	return form_token_is_good(
	    &page->x->app->env.key, &use, clock_wall_s(), page_field(page, "token"));
}

static struct log_field
detail(const char *key, struct str text)
{
	return log_detail(log_opt(key, str_is_null(text) ? text : str_take(text, 256)));
}

bool
page_is_genuine(struct page *page, const char *action)
{
	const struct request *request = page->x->request;
	bool is_from_here = comes_from_here(request);

	if (is_from_here && has_good_token(page, action))
		return true;
	if (!is_from_here)
		counters_add(page->x->app->counters, COUNTER_CROSS_SITE);
	log_lasting_warn("form-refused", log_z("form", action),
	    log_z("problem",
		is_from_here ? "its token is old, of another form or rd, or without its cookie"
			     : "a page of another site sent it"),
	    detail("sec-fetch-site", request->sec_fetch_site),
	    detail("origin", request->origin), detail("host", request->host));
	page_set_error(page, "stale");
	return false;
}

/* -------------------------------------------------------------------------- answering */

void
page_show(struct page *page, enum page_name name, int status, const char *action)
{
	struct exchange *x = page->x;
	struct response *response = x->response;

	if (action != NULL && set_token(page, action) != 0) {
		page_error(page, 503, "busy");
		return;
	}
	page->view.values.of[name] = STR_LIT("1");
	page->view.values.of[PAGE_RD] = page->rd;
	response->status = status;
	if (status == 503)
		response_add_header(response, STR_LIT("Retry-After"), STR_LIT(RETRY_AFTER_S));
	response_set_body(response, STR_LIT("text/html; charset=utf-8"), STR_NULL);
	template_render(page_template(x), &page->view, &response->body);
	if (buf_error(&page->arena) != 0)
		response->error = buf_error(&page->arena);
}

void
page_error(struct page *page, int status, const char *key)
{
	page_set_error(page, key);
	page_show(page, PAGE_ERROR, status, NULL);
}

void
page_unavailable(
    struct page *page, enum page_name name, const char *action, const char *what, int failure)
{
	if (failure == HASHER_LATER) {
		page->x->next = HANDLER_HASH;
		return;
	}
	log_lasting_warn(
	    "unavailable", log_z("what", what), log_z("reason", journal_words(failure)));
	page_set_error(page, "busy");
	page_show(page, name, 503, action);
}

void
page_redirect(struct page *page, int status, struct str where)
{
	page->x->response->status = status;
	response_add_header(page->x->response, STR_LIT("Location"), where);
	if (buf_error(&page->arena) != 0)
		page->x->response->error = buf_error(&page->arena);
}

/* -------------------------------------------------------------------------- the headers */

static void
add_host(struct buf *csp, struct str host, bool is_https)
{
	if (!is_https) {
		buf_add_z(csp, " http://");
		buf_add_str(csp, host);
	}
	buf_add_z(csp, " https://");
	buf_add_str(csp, host);
}

/* Chromium looks at where a redirection after the form leads to, too. */
static void
add_form_action(struct buf *csp, const struct exchange *x)
{
	char room[SETTINGS_RETURN_HOSTS_BYTES];
	struct str hosts = request_settings_return_hosts(&x->settings, room), host;
	struct str login = x->settings.gate_login_url;

	buf_add_z(csp, "form-action 'self'");
	while (!str_is_null(hosts)) {
		(void)str_split(hosts, ' ', &host, &hosts);
		if (host.n > 0)
			add_host(csp, host, x->request->is_https);
	}
	if (login.n > 0) {
		buf_add_char(csp, ' ');
		buf_add_str(csp, login);
	}
}

void
page_add_headers(struct exchange *x)
{
	struct buf csp;

	buf_init(&csp, CSP_MAX_BYTES);
	buf_add_z(&csp, "default-src 'none'; style-src ");
	buf_add_str(&csp, template_style_sources(page_template(x)));
	buf_add_z(&csp, "; img-src 'self' data:; ");
	add_form_action(&csp, x);
	buf_add_z(&csp, "; base-uri 'none'; frame-ancestors 'none'");
	if (buf_error(&csp) == 0)
		response_add_header(
		    x->response, STR_LIT("Content-Security-Policy"), buf_str(&csp));
	else
		x->response->error = buf_error(&csp);
	buf_fini(&csp);
	/* no-referrer would make browsers send "Origin: null" with our own form. */
	response_add_fixed(
	    x->response, STR_LIT("X-Content-Type-Options: nosniff\r\n"
				 "Cache-Control: no-store\r\n"
				 "X-Frame-Options: DENY\r\n"
				 "Referrer-Policy: same-origin\r\n"
				 "Cross-Origin-Opener-Policy: same-origin\r\n"
				 "Cross-Origin-Resource-Policy: same-origin\r\n"));
}
