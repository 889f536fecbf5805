/* views_session.c - signing in and out; see views.h */
#include "app/views.h"

#include <assert.h>

#include "app/answer.h"
#include "app/sign_in.h"
#include "http/form.h"

static_assert(FORM_FIELDS_MAX == 1000, "the text of the refusal says so");

static void
login(struct exchange *x, struct str email, struct str password)
{
	const struct sign_in how = { email, password, .hides_unknown = x->settings.is_strict,
		.ends_former = x->settings.replaces_session };
	struct user *user;
	int r = sign_in(x, &how, &user);

	if (r > 0) {
		answer_refused(x, r, email);
	} else if (r != 0) {
		answer_unavailable(x, sign_in_failure(x, r), r);
	} else {
		answer_user(x, 200, user);
		user_unref(user);
	}
}

static void
log_in(struct exchange *x)
{
	struct str email, password, remember;
	struct form form;
	int r = form_init(&form, x->request->content_type, x->request->body);

	if (r < 0)
		answer_unavailable(x, "memory", r);
	else if (r == FORM_E_TOO_MANY)
		answer_error(x, 400, STR_LIT("more than 1000 form fields"));
	/* What is no form has no fields. */
	else if (form_find(&form, STR_LIT("email"), &email) != 0 || str_is_empty(email))
		answer_error(x, 400, STR_LIT("email missing"));
	else if (form_find(&form, STR_LIT("password"), &password) != 0 ||
		 str_is_empty(password))
		answer_error(x, 400, STR_LIT("password missing"));
	else {
		x->auth.is_remembered = x->settings.session_remember_s > 0 &&
					form_find(&form, STR_LIT("remember"), &remember) == 0 &&
					str_eq(remember, STR_LIT("1"));
		login(x, email, password);
	}
	form_wipe(&form);
}

static void
log_out(struct exchange *x)
{
	int r = sign_out(x);

	/* One that ended after the filter saw it gets what the filter says of such a session. */
	if (r > 0)
		answer_refused(x, r, STR_NULL);
	else if (r != 0)
		answer_unavailable(x, "logout", r);
	else
		answer_json(x, 200, STR_LIT("{}\n"));
}

const struct route views_session_routes[] = {
	{ STR_INIT("/auth_session/login"), .is_public = true, .is_login = true,
	    .on = { [METHOD_POST] = { .view = log_in } } },
	{ STR_INIT("/auth_session/logout"),
	    .on = { [METHOD_DELETE] = { .view = log_out, .needs = HANDLER_WAIT } } },
	{ .path = STR_INIT("") },
};
