/* views_password.c - the user's own password; see views.h */
#include "app/views.h"

#include "app/answer.h"
#include "app/password_change.h"
#include "http/fields.h"

struct passwords {
	struct str current, new;
};

/* All members, or the answer says which is not there. */
static bool
find(struct exchange *x, const struct fields *fields, const char *name, struct str *ret_text)
{
	int r = fields_find(fields, name, ret_text);
	struct err text;

	if (r == 0)
		return true;
	(void)err_set(
	    &text, r, "%s %s", name, r == FIELDS_E_ABSENT ? "missing" : "is not a string");
	answer_error(x, 400, str_of(text.text));
	return false;
}

static void
change(struct exchange *x, const struct passwords *passwords)
{
	struct user *user;
	int r = password_change(x, passwords->current, passwords->new, &user);

	if (r == AUTHN_WRONG_PASSWORD) {
		answer_error(x, 403, STR_LIT("wrong password"));
	} else if (r == AUTHN_THROTTLED) {
		answer_throttled(x);
	} else if (r > 0) {
		answer_status(x, 403);
	} else if (r != 0) {
		answer_unavailable(x, "password", r);
	} else {
		answer_user(x, 200, user);
		user_unref(user);
	}
}

static void
change_from_fields(struct exchange *x, const struct fields *fields)
{
	struct passwords passwords;
	struct err why;

	if (!find(x, fields, "current_password", &passwords.current) ||
	    !find(x, fields, "new_password", &passwords.new))
		return;
	if (answer_takes_password(x, passwords.new, x->user->email, &why)) {
		change(x, &passwords);
	} else {
		struct buf text;

		buf_init(&text, sizeof(why.text) + 4);
		buf_addf(&text, "new_%s", why.text);
		answer_error(x, 400, buf_str(&text));
		buf_fini(&text);
	}
}

static void
put_password(struct exchange *x)
{
	struct fields fields;
	int r;

	if (x->user == NULL) {
		answer_status(x, 404);
		return;
	}
	if ((r = fields_init(&fields, x->request)) < 0)
		answer_unavailable(x, "memory", r);
	else if (r == FIELDS_E_TOO_MANY)
		answer_error(x, 400, STR_LIT("more than 1000 form fields"));
	else if (r != 0)
		answer_error(x, 400, STR_LIT("Wrong format"));
	else
		change_from_fields(x, &fields);
	fields_wipe(&fields);
}

const struct route views_password_routes[] = {
	{ STR_INIT("/users/me/password"), .is_of_users = true,
	    .on = { [METHOD_PUT] = { .view = put_password } } },
	{ .path = STR_INIT("") },
};
