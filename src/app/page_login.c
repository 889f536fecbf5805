/* page_login.c - signing in and out; see page.h */
#include "app/failed_login.h"
#include "app/page.h"
#include "app/session_cookie.h"
#include "app/sign_in.h"
#include "core/log_lasting.h"
#include "core/utf8.h"

#define LOGIN  PAGE_FORM_LOGIN
#define LOGOUT "logout"

/* ------------------------------------------------------------------------- signing in */

/* Where one goes who did not say: the account. */
static void
take_rd_or_account(struct page *page, struct str url)
{
	page_take_rd(page, url);
	if (page->rd.n == 0)
		page->rd = page->x->settings.gate_prefix;
}

static void
show_login(struct page *page, int status)
{
	page->view.values.of[PAGE_ACTION] = page_path(page, LOGIN);
	if (page->x->settings.session_remember_s > 0)
		page->view.values.of[PAGE_REMEMBER_OFFERED] = STR_LIT("1");
	page_show(page, PAGE_LOGIN, status, LOGIN);
}

/* Never a redirection: so whatever is set up wrongly, there is no loop. */
static void
show_signed_in(struct page *page)
{
	if (page_field(page, "rd").n > 0)
		log_lasting_warn("gate-loop",
		    log_z("problem",
			"a check sent a visitor to the sign-in who is signed in there"),
		    log_z("remedy",
			"let the web server send the same settings with the check and with "
			"the pages: AUTH_TYPE, SESSION_NAME, AUTH_REALM, COOKIE_PREFIX, "
			"COOKIE_DOMAIN"));
	page->view.values.of[PAGE_ACTION] = page_path(page, LOGIN);
	page_show(page, PAGE_SIGNED_IN, 200, NULL);
}

void
page_login(struct page *page)
{
	take_rd_or_account(page, page_field(page, "rd"));
	if (page->x->user != NULL && !str_eq_z(page_field(page, "switch"), "1")) {
		show_signed_in(page);
		return;
	}
	if (str_eq_z(page_field(page, "out"), "1"))
		page_set_notice(page, "signed_out");
	show_login(page, 200);
}

/*
 * The user's address as it is stored: as it was typed, or in small letters, as telephones do not.
 * Both are looked up, always.
 */
static struct str
find_address(struct page *page, struct str typed)
{
	struct users *users = page->x->app->env.users;
	struct user *user = NULL, *other = NULL;
	size_t from = page->arena.n;
	bool is_there;

	for (size_t i = 0; i < typed.n; i++)
		buf_add_char(&page->arena, typed.p[i] >= 'A' && typed.p[i] <= 'Z'
					       ? (char)(typed.p[i] | 0x20)
					       : typed.p[i]);
	is_there = users_find_by_email(users, typed, &user) == 0;
	if (users_find_by_email(users, page_kept(page, from), &other) == 0)
		user_unref(other);
	if (is_there)
		user_unref(user);
	return is_there ? typed : page_kept(page, from);
}

/* What nobody is called, nor has by mistake. */
static bool
is_showable(struct str email)
{
	return email.n <= USER_EMAIL_MAX_BYTES && !str_has_control(email) &&
	       utf8_is_valid(email);
}

/* NULL: they may be looked at; else what is wrong with them. */
static const char *
find_problem(struct str email, struct str password)
{
	if (email.n == 0)
		return "email_missing";
	if (password.n == 0)
		return "password_missing";
	if (!is_showable(email) || account_password_problem(password) != NULL)
		return "too_long";
	return NULL;
}

/* One text for an unknown address, a wrong password, a disabled user. */
static void
refuse_login(struct page *page, struct str email, int authn)
{
	if (failed_login_is(authn))
		failed_login_note(page->x, email, authn);
	if (authn == AUTHN_THROTTLED)
		page_set_wait(page, page->x->auth.attempt->wait_s);
	page_set_error(page, authn == AUTHN_THROTTLED ? "throttled" : "wrong");
	show_login(page, authn == AUTHN_THROTTLED ? 429 : 403);
}

static void
log_in(struct page *page, struct str email, struct str password)
{
	struct exchange *x = page->x;
	struct sign_in how = {
		.password = password, .hides_unknown = true, .ends_former = true
	};
	struct user *user;
	int r;

	how.email = find_address(page, email);
	x->auth.is_remembered =
	    x->settings.session_remember_s > 0 && str_eq_z(page_field(page, "remember"), "1");
	r = sign_in(x, &how, &user);
	if (r == 0) {
		page_redirect(page, 303, page->rd);
		user_unref(user);
	} else if (r > 0) {
		refuse_login(page, how.email, r);
	} else {
		page->view.values.of[PAGE_ACTION] = page_path(page, LOGIN);
		page_unavailable(page, PAGE_LOGIN, LOGIN, sign_in_failure(x, r), r);
	}
}

void
page_login_post(struct page *page)
{
	struct str email = str_trim(page_field(page, "email"));
	struct str password = page_field(page, "password");
	const char *problem = find_problem(email, password);

	take_rd_or_account(page, page_field(page, "rd"));
	if (is_showable(email))
		page->view.values.of[PAGE_EMAIL] = email;
	if (!page_is_genuine(page, LOGIN)) {
		show_login(page, 403);
	} else if (problem != NULL) {
		page_set_error(page, problem);
		show_login(page, 400);
	} else {
		log_in(page, email, password);
	}
}

/* ------------------------------------------------------------------------ signing out */

static void
show_logout(struct page *page, int status)
{
	page->view.values.of[PAGE_ACTION] = page_path(page, LOGOUT);
	page_show(page, PAGE_LOGOUT, status, LOGOUT);
}

void
page_logout(struct page *page)
{
	page_take_rd(page, page_field(page, "rd"));
	show_logout(page, 200);
}

void
page_logout_post(struct page *page)
{
	struct exchange *x = page->x;
	int r;

	page_take_rd(page, page_field(page, "rd"));
	/* An application may have its own button. */
	if (!page_is_of_this_host(page) && !page_is_genuine(page, LOGOUT)) {
		show_logout(page, 403);
		return;
	}
	if ((r = sign_out(x)) < 0) {
		page->view.values.of[PAGE_ACTION] = page_path(page, LOGOUT);
		page_unavailable(page, PAGE_LOGOUT, LOGOUT, "logout", r);
		return;
	}
	/* One that is not, or no more, alive: then its cookie goes. */
	if (r > 0)
		session_cookie_expire(x);
	/* Else the browser's Back shows what was behind the gate. */
	if (x->request->is_https)
		response_add_fixed(x->response, STR_LIT("Clear-Site-Data: \"cache\"\r\n"));
	page_redirect(page, 303, page->rd.n > 0 ? page->rd : page_path(page, "login?out=1"));
}
