/* question.c - see question.h */
#include "gate/question.h"

#include "core/host_list.h"
#include "gate/client.h"
#include "gate/return_url.h"
#include "http/origin.h"

/*
 * With more, nginx would not take the answer, whose header must fit in one page of memory
 * (fastcgi_buffer_size); and a login page would not take what is over 2048 bytes unquoted.
 */
#define LOGIN_MAX_BYTES 3000

struct question
question_of(const struct request *request, const struct request_settings *settings,
    enum gate_family family)
{
	return (struct question){ request, settings,
		family == GATE_CADDY ? request->vars.values[CGI_HTTP_X_FORWARDED_METHOD]
				     : request->method_text };
}

static bool
is_read(struct str method)
{
	return str_eq(method, STR_LIT("GET")) || str_eq(method, STR_LIT("HEAD"));
}

static bool
is_options(struct str method)
{
	return str_eq(method, STR_LIT("OPTIONS"));
}

bool
question_is_free(const struct question *question)
{
	const struct request *request = question->request;

	return question->settings->passes_preflights && is_options(question->method) &&
	       !str_is_empty(request->origin) &&
	       !str_is_empty(request->access_control_request_method);
}

/* Is its host one that the operator has named? */
static bool
is_named(struct str origin, const struct request_settings *settings)
{
	char room[SETTINGS_RETURN_HOSTS_BYTES];
	ptrdiff_t colon = str_index(origin, ':');

	return colon >= 0 && str_starts_with(str_skip(origin, (size_t)colon), STR_LIT("://")) &&
	       host_list_has(request_settings_return_hosts(settings, room),
		   str_skip(origin, (size_t)colon + 3));
}

bool
question_is_cross_site(const struct question *question)
{
	const struct request *request = question->request;
	enum auth_cross_site how = (enum auth_cross_site)question->settings->auth_cross_site;
	bool is_change = !is_read(question->method) && !is_options(question->method);
	struct str site = request->sec_fetch_site;

	if (how == AUTH_CROSS_SITE_ALLOW ||
	    (!is_change && !client_is_websocket(&request->vars)))
		return false;
	if (str_eq(site, STR_LIT("same-origin")) || str_eq(site, STR_LIT("none")))
		return false;
	if (str_eq(site, STR_LIT("same-site")))
		return how == AUTH_CROSS_SITE_SAME_ORIGIN;
	if (str_eq(site, STR_LIT("cross-site")))
		return true;
	/* No browser of today, not over https, or a WebSocket: then there is the Origin alone. */
	return !str_is_null(request->origin) &&
	       !origin_is_host(request->origin, request->host, request->is_https) &&
	       (how == AUTH_CROSS_SITE_SAME_ORIGIN ||
		   !is_named(request->origin, question->settings));
}

/* ------------------------------------------------------------------- where to come back to */

/* What follows the host of "https://www.example.org/a?b"; STR_NULL: it is no such URL. */
static struct str
without_origin(struct str url, struct str *ret_origin)
{
	ptrdiff_t colon = str_index(url, ':'), slash;
	size_t n;

	if (colon < 0 || !str_starts_with(str_skip(url, (size_t)colon), STR_LIT("://")))
		return STR_NULL;
	n = (size_t)colon + 3;
	slash = str_index(str_skip(url, n), '/');
	*ret_origin = slash < 0 ? url : str_take(url, n + (size_t)slash);
	return slash < 0 ? STR_LIT("/") : str_skip(url, n + (size_t)slash);
}

static struct str
place_of(const struct question *question)
{
	const struct request *request = question->request;
	struct str uri = request->vars.values[CGI_REQUEST_URI], origin = STR_NULL, referer;

	if (is_read(question->method)) {
		if (str_starts_with(uri, STR_LIT("/")) || str_starts_with(uri, STR_LIT("\\")))
			return uri;
		/* RFC 9112 section 3.2.2: servers must take http://host/path. */
		uri = without_origin(uri, &origin);
		return str_is_null(uri) ? STR_LIT("/") : uri;
	}
	referer = without_origin(request->vars.values[CGI_HTTP_REFERER], &origin);
	return !str_is_null(referer) && origin_is_host(origin, request->host, request->is_https)
		   ? referer
		   : STR_LIT("/");
}

/* For a login page on another host: which one is this? */
static void
write_origin(const struct question *question, struct buf *out)
{
	if (str_is_empty(question->settings->gate_login_url))
		return;
	buf_add_z(out, question->request->is_https ? "https://" : "http://");
	buf_add_str(out, question->request->host);
}

void
question_write_login(const struct question *question, struct buf *out)
{
	const struct request_settings *settings = question->settings;
	struct str url = settings->gate_login_url, place = place_of(question);
	size_t n_before = out->n, n_page;
	struct buf origin;

	if (str_is_empty(url)) {
		buf_add_str(out, settings->gate_prefix);
		url = STR_LIT("login");
	}
	buf_add_str(out, url);
	/* Without a host, another one would take the path for its own. */
	if (!str_is_empty(settings->gate_login_url) &&
	    !host_list_is_host(question->request->host))
		return;
	buf_add_z(out, "?rd=");
	buf_init(&origin, 1024);
	write_origin(question, &origin);
	n_page = out->n;
	/* Quoted it is no shorter, and may be more than out takes. */
	if (place.n > LOGIN_MAX_BYTES)
		place = STR_LIT("/");
	return_url_quote(buf_str(&origin), place, out);
	if (buf_error(out) == 0 && out->n - n_before > LOGIN_MAX_BYTES) {
		out->n = n_page;
		return_url_quote(buf_str(&origin), STR_LIT("/"), out);
	}
	buf_fini(&origin);
}
