/*
 * device.h - the text of a cookie that says: this browser has signed in as this user before
 *
 * Purpose    It opens nothing.  Who guesses from everywhere does not have it, so who has it need
 *            not wait because of others.
 * Source     "Slow Down Online Guessing Attacks with Device Cookies", owasp.org.
 * Calling    device_make() at a sign-in; device_read() of what comes with a later one.
 */
#ifndef THROTTLE_DEVICE_H
#define THROTTLE_DEVICE_H

#include "core/digest.h"

#define DEVICE_TEXT_BYTES (43 + 1)
#define DEVICE_LIFE_S     (INT64_C(365) * 24 * 60 * 60)

struct device {
	uint8_t bytes[16]; /* when it was made, and what tells it from others */
};

/* 0, or negative errno: no randomness. */
int device_make(
    const struct digest_key *key, struct str user_id, char ret_text[DEVICE_TEXT_BYTES]);

/* Was it made here, for this user, within the last year? */
bool device_read(const struct digest_key *key, struct str user_id, struct str text,
    struct device *ret_device);

#endif
