/* permission.c - see permission.h */
#include "app/permission.h"

#include "app/answer.h"
#include "app/router.h"

bool
permission_has_route(const struct request_settings *settings, const struct route *route)
{
	return !(route->is_of_users && settings->users_api == USERS_API_OFF) &&
	       !(route->is_of_admins && settings->users_api != USERS_API_ADMIN);
}

static bool
is_admin(const struct exchange *x)
{
	return x->settings.users_api == USERS_API_ADMIN && x->user != NULL &&
	       user_in_group(x->user, x->settings.admin_group);
}

bool
permission_check(struct exchange *x, enum permission permission)
{
	bool is_own;

	if (x->settings.users_api == USERS_API_OPEN)
		return true;
	/* Where everybody gets in, "me" stays what it is: nobody. */
	is_own = str_eq(x->id, STR_LIT("me"));
	if (x->user != NULL && is_own)
		x->id = str_of(x->user->base.id);
	else if (x->user != NULL)
		is_own = str_eq_z(x->id, x->user->base.id);
	return permission == PERMISSION_NONE || (permission == PERMISSION_OWN && is_own) ||
	       is_admin(x);
}

void
permission_refuse(struct exchange *x)
{
	counters_add(x->app->counters, COUNTER_DENIED);
	log_info("permission-denied", answer_actor(x),
	    log_z("method", method_name(x->request->method)), log_s("path", x->path));
	answer_status(x, 403);
}

struct str
permission_kept_group(const struct exchange *x)
{
	return x->settings.users_api == USERS_API_OPEN ? STR_NULL : x->settings.admin_group;
}
