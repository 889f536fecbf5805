/*
 * known_device.h - DEVICE_COOKIE: where a user has signed in before, by a cookie
 *
 * Purpose    Its name, and whether a request brought a good one (throttle/device.h).
 */
#ifndef AUTH_KNOWN_DEVICE_H
#define AUTH_KNOWN_DEVICE_H

#include "auth/auth.h"
#include "throttle/device.h"

#define KNOWN_DEVICE_NAME_BYTES 256

/* SESSION_NAME and "_d", in room; STR_NULL: DEVICE_COOKIE is off, or it would be too long. */
struct str known_device_name(
    const struct request_settings *settings, char room[KNOWN_DEVICE_NAME_BYTES]);

/* user_id "": of nobody; there is none then. */
bool known_device_find(const struct auth *auth, struct str user_id, struct device *ret_device);

#endif
