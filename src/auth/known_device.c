/* known_device.c - see known_device.h */
#include "auth/known_device.h"

#include <stdio.h>

#include "http/cookie.h"

struct str
known_device_name(const struct request_settings *settings, char room[KNOWN_DEVICE_NAME_BYTES])
{
	int n;

	if (!settings->has_device_cookie)
		return STR_NULL;
	n = snprintf(room, KNOWN_DEVICE_NAME_BYTES, "%.*s_d", STR_FMT(settings->session_name));
	return n < KNOWN_DEVICE_NAME_BYTES ? str_mem(room, (size_t)n) : STR_NULL;
}

bool
known_device_find(const struct auth *auth, struct str user_id, struct device *ret_device)
{
	char room[KNOWN_DEVICE_NAME_BYTES];
	struct str name = known_device_name(auth->settings, room), value;

	return !str_is_null(name) && !str_is_null(auth->request->cookies) &&
	       cookie_find(
		   auth->request->cookies, auth->settings->cookie_prefix, name, &value) == 0 &&
	       device_read(&auth->env->key, user_id, value, ret_device);
}
