/*
 * registry.h - every AUTH_TYPE there is, by its name
 */
#ifndef AUTH_REGISTRY_H
#define AUTH_REGISTRY_H

#include "auth/auth.h"

/* The type of that name; "" and STR_NULL: auth.  NULL: there is none. */
const struct auth_ops *registry_find(struct str name);

/* "AUTH_TYPE must be one of: " and their names. */
const char *registry_must_be(void);

/* Why nobody gets in with these settings, for the log; NULL: they are usable. */
const char *registry_problem(const struct request_settings *settings);

/* The settings in the environment alone must be usable: checked at start. */
int registry_check_environment(struct err *err);

#endif
