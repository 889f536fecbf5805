/* pages.c - see pages.h */
#include "app/pages.h"

#include <errno.h>

#include "app/notice.h"
#include "app/page.h"
#include "core/log_lasting.h"

#define ARENA_BYTES    (32 * 1024)
#define BODY_MAX_BYTES (16 * 1024)

struct row {
	struct str path;
	void (*get)(struct page *page);  /* NULL: 405 */
	void (*post)(struct page *page); /* NULL: 405 */
	/* What they do that keeps others waiting, as in router.h. */
	enum handler_next get_needs, post_needs;
	bool takes_all; /* methods: the web server came from elsewhere */
};

static const struct row rows[] = {
	{ STR_INIT("login"), page_login, page_login_post, 0, 0, false },
	{ STR_INIT("logout"), page_logout, page_logout_post, 0, HANDLER_WAIT, false },
	{ STR_INIT(""), page_account, NULL, HANDLER_LONG, 0, false },
	{ STR_INIT("end"), NULL, page_end_post, 0, HANDLER_LONG, false },
	{ STR_INIT("password"), page_password, page_password_post, 0, 0, false },
	{ STR_INIT("denied"), page_denied, page_denied, 0, 0, true },
};

/* NULL: there is no such page. */
static const struct row *
find_row(struct str path)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (str_eq(path, rows[i].path))
			return &rows[i];
	return NULL;
}

/* ------------------------------------------------------------------- what is known before */

static int
choose_language(const struct exchange *x)
{
	const struct texts *texts = page_files_texts(x->app->page_files);
	struct str name = x->settings.gate_language;
	int lang = str_eq_z(name, "auto") ? -1 : texts_find_lang(texts, name);

	return lang >= 0
		   ? lang
		   : texts_choose(texts, x->request->vars.values[CGI_HTTP_ACCEPT_LANGUAGE]);
}

/* Who is signed in, if anybody is.  0 or negative errno. */
static int
find_user(struct exchange *x)
{
	int r;

	if (!x->auth.ops->has_sessions || str_is_null(x->auth.session_id))
		return 0;
	r = x->auth.ops->current_user(&x->auth, &x->user);
	return r > 0 ? 0 : r;
}

static void
set_user(struct page *page)
{
	const struct user *user = page->x->user;
	struct template_values *values = &page->view.values;
	struct str groups, name;
	size_t from = page->arena.n;

	if (user == NULL)
		return;
	values->of[PAGE_USER] = user->email;
	user_display_name(user, &page->arena);
	if (!str_eq(page_kept(page, from), user->email))
		values->of[PAGE_USER_NAME] = page_kept(page, from);
	from = page->arena.n;
	groups = user->groups;
	while (!str_is_null(name = groups_next(&groups))) {
		if (page->arena.n > from)
			buf_add_z(&page->arena, ", ");
		buf_add_str(&page->arena, name);
	}
	values->of[PAGE_GROUPS] = page_kept(page, from);
}

/* Of the site: as the operator calls it, or its host. */
static void
begin(struct page *page, struct exchange *x)
{
	struct template_values *values = &page->view.values;

	*page = (struct page){ .x = x, .rd = STR_INIT("") };
	buf_init(&page->arena, ARENA_BYTES);
	(void)buf_reserve(&page->arena, ARENA_BYTES);
	page->view.lang = choose_language(x);
	values->of[PAGE_LANG] =
	    texts_lang(page_files_texts(x->app->page_files), page->view.lang);
	values->of[PAGE_PREFIX] = x->settings.gate_prefix;
	values->of[PAGE_SITE] =
	    str_is_empty(x->settings.realm) ? x->request->host : x->settings.realm;
}

static void
end(struct page *page)
{
	form_wipe(&page->form);
	buf_fini(&page->arena);
}

/* ------------------------------------------------------------------------- which page */

static bool
is_permitted(const struct exchange *x, enum handler_next needs)
{
	return needs == HANDLER_WAIT   ? x->permit.may_wait
	       : needs == HANDLER_LONG ? x->permit.may_be_long
				       : true;
}

static void
refuse_method(struct page *page, const struct row *row)
{
	response_add_header(page->x->response, STR_LIT("Allow"),
	    row->post == NULL  ? STR_LIT("GET, HEAD")
	    : row->get == NULL ? STR_LIT("POST")
			       : STR_LIT("GET, HEAD, POST"));
	page_error(page, 405, "wrong_method");
}

/* 0, or the status of what is wrong. */
static int
read_form(struct page *page, bool is_post)
{
	const struct request *request = page->x->request;
	int r;

	if (!is_post)
		r = form_init(
		    &page->form, STR_LIT("application/x-www-form-urlencoded"), request->query);
	else if (request->refusal != 0)
		return request->refusal;
	else if (request->body.n > BODY_MAX_BYTES)
		return 413;
	else
		r = form_init(&page->form, request->content_type, request->body);
	/* What is no form has no fields. */
	return r < 0 ? 503 : r == FORM_E_TOO_MANY ? 400 : 0;
}

static void
refuse(struct page *page, int status)
{
	page_error(page, status,
	    status == 400   ? "bad_request"
	    : status == 403 ? "https_only"
	    : status == 404 ? "not_found"
	    : status == 413 ? "too_large"
	    : status == 503 ? "busy"
			    : "unusable");
}

static void
run(struct page *page)
{
	struct exchange *x = page->x;
	enum method method = x->request->method;
	const struct row *row = x->auth.ops->has_sessions ? find_row(x->path) : NULL;
	bool is_get = method == METHOD_GET || method == METHOD_HEAD;
	bool is_post = method == METHOD_POST;
	void (*fn)(struct page *);
	int r;

	if (row == NULL) {
		refuse(page, 404);
		return;
	}
	fn = is_get || row->takes_all ? row->get : is_post ? row->post : NULL;
	if (fn == NULL) {
		refuse_method(page, row);
		return;
	}
	if (!is_permitted(x, is_post ? row->post_needs : row->get_needs)) {
		x->next = is_post ? row->post_needs : row->get_needs;
		return;
	}
	if ((r = read_form(page, is_post && !row->takes_all)) != 0) {
		refuse(page, r);
		return;
	}
	if ((r = find_user(x)) != 0) {
		page_unavailable(page, PAGE_ERROR, NULL, "authentication", r);
		return;
	}
	set_user(page);
	fn(page);
}

/* -------------------------------------------------------------------------- from outside */

/* A wrong name would silently be another page, or language: which setting has one; NULL: none. */
static const char *
find_missing(const struct page_files *files, const struct request_settings *settings,
    struct str *ret_value)
{
	if (page_files_template(files, settings->gate_pages) == NULL) {
		*ret_value = settings->gate_pages;
		return "GATE_PAGES";
	}
	*ret_value = settings->gate_language;
	return str_eq_z(settings->gate_language, "auto") ||
		       texts_find_lang(page_files_texts(files), settings->gate_language) >= 0
		   ? NULL
		   : "GATE_LANGUAGE";
}

static bool
are_files_there(const struct exchange *x)
{
	struct str value;
	const char *name = find_missing(x->app->page_files, &x->settings, &value);

	if (name != NULL)
		log_lasting_error("settings-unusable", log_z("setting", name),
		    log_s("value", value),
		    log_z("problem",
			"there is no such file in --pages-dir, or was none at the start"));
	return name == NULL;
}

int
pages_open(const struct settings *settings, struct page_files **ret, struct err *err)
{
	struct request_settings environment;
	struct settings defaults;
	struct page_files *files;
	const char *name;
	struct str value;
	int r;

	/* That of the default need not be there. */
	settings_init(&defaults);
	r = page_files_open(settings->pages_dir,
	    strcmp(settings->pages_dir, defaults.pages_dir) == 0, &files, err);
	if (r != 0)
		return r;
	request_settings_read_for(REQUEST_OF_PAGE, &(const struct cgi_vars){ 0 }, &environment);
	if ((name = find_missing(files, &environment, &value)) == NULL) {
		*ret = files;
		return 0;
	}
	page_files_close(files);
	return err_set(err, -EINVAL, "%s is %.*s: there is no such file in %s", name,
	    STR_FMT(value), settings->pages_dir);
}

void
pages_run(struct exchange *x)
{
	struct page page;

	begin(&page, x);
	notice_settings(x->app->counters, &x->auth);
	if (!str_is_empty(x->settings.auth_type) && are_files_there(x))
		run(&page);
	else
		refuse(&page, 500);
	end(&page);
}

void
pages_refuse(struct exchange *x, int status)
{
	struct page page;

	begin(&page, x);
	refuse(&page, status);
	end(&page);
}

void
pages_denied(struct exchange *x)
{
	struct page page;

	begin(&page, x);
	set_user(&page);
	page_denied(&page);
	end(&page);
	page_add_headers(x);
}

void
pages_finish(struct exchange *x)
{
	page_add_headers(x);
}
