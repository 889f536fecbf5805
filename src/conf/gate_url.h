/*
 * gate_url.h - where the gate's pages are: GATE_PREFIX and GATE_LOGIN_URL
 *
 * Threads    No state.
 */
#ifndef CONF_GATE_URL_H
#define CONF_GATE_URL_H

#include <stdbool.h>

#include "core/str.h"

#define GATE_URL_PREFIX_MAX_BYTES 64
#define GATE_URL_LOGIN_MAX_BYTES  512

/* In words that follow "must be ". */
#define GATE_URL_PREFIX_RULE                                                            \
	"a path of 2 to 64 letters, digits and . _ ~ / - that begins and ends with /, " \
	"without // or a segment of dots"
#define GATE_URL_LOGIN_RULE \
	"empty, or a URL without ? and #, such as https://login.example.org/_gate/login"

bool gate_url_is_prefix(struct str text);

/* Or empty. */
bool gate_url_is_login(struct str text);

#endif
