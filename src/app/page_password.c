/* page_password.c - the own password; see page.h */
#include "app/page.h"
#include "app/password_change.h"

#define PASSWORD "password"

static void
prepare(struct page *page)
{
	size_t from;

	page->view.values.of[PAGE_ACTION] = page_path(page, PASSWORD);
	from = page->arena.n;
	if (page->x->settings.password_min > 0)
		buf_add_number(&page->arena, page->x->settings.password_min);
	page->view.values.of[PAGE_PASSWORD_MIN] = page_kept(page, from);
}

static void
show(struct page *page, int status)
{
	page_show(page, PAGE_PASSWORD, status, PASSWORD);
}

void
page_password(struct page *page)
{
	if (page->x->user == NULL) {
		page_redirect(page, 302, page_path(page, "login"));
		return;
	}
	prepare(page);
	show(page, 200);
}

/* NULL: it may be the new one. */
static const char *
find_problem(const struct page *page, struct str current, struct str new_password)
{
	struct exchange *x = page->x;
	struct password_policy policy = app_password_policy(x->app, &x->settings);
	const struct blocklist *blocklist = policy.blocklist;
	struct err why;

	if (current.n == 0)
		return "password_missing";
	if (new_password.n == 0)
		return "new_missing";
	if (account_password_problem(current) != NULL)
		return "wrong_current";
	if (account_password_problem(new_password) != NULL)
		return "password_unusable";
	if (!str_eq(new_password, page_field(page, "again")))
		return "not_alike";
	policy.blocklist = NULL;
	if (!password_policy_allows(&policy, new_password, x->user->email, &why))
		return "password_short";
	policy.blocklist = blocklist;
	return password_policy_allows(&policy, new_password, x->user->email, &why)
		   ? NULL
		   : "password_known";
}

static void
change(struct page *page, struct str current, struct str new_password)
{
	struct exchange *x = page->x;
	struct user *user;
	int r = password_change(x, current, new_password, &user);

	if (r == 0) {
		page_redirect(page, 303, page_path(page, "?done=password"));
		user_unref(user);
	} else if (r == AUTHN_THROTTLED) {
		page_set_wait(page, x->auth.attempt->wait_s);
		page_set_error(page, "throttled");
		show(page, 429);
	} else if (r == AUTHN_WRONG_PASSWORD) {
		page_set_error(page, "wrong_current");
		show(page, 403);
	} else if (r > 0) {
		page_redirect(page, 303, page_path(page, "login"));
	} else {
		page_unavailable(page, PAGE_PASSWORD, PASSWORD, "password", r);
	}
}

void
page_password_post(struct page *page)
{
	struct str current = page_field(page, "current"),
		   new_password = page_field(page, "new");
	const char *problem;

	if (page->x->user == NULL) {
		page_redirect(page, 303, page_path(page, "login"));
		return;
	}
	prepare(page);
	if (!page_is_genuine(page, PASSWORD)) {
		show(page, 403);
	} else if ((problem = find_problem(page, current, new_password)) != NULL) {
		page_set_error(page, problem);
		show(page, 400);
	} else {
		change(page, current, new_password);
	}
}
