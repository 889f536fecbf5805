/*
 * body.h - the JSON object in the body of a request, and its members
 */
#ifndef APP_BODY_H
#define APP_BODY_H

#include "app/exchange.h"

struct json_object;

/* The object, which ends with json_wipe(); or NULL, and an answer was given. */
struct json_object *body_take_object(struct exchange *x);

enum body_member { BODY_ABSENT, BODY_NULL, BODY_TEXT, BODY_OTHER };

/* ret_text: BODY_TEXT's; else STR_NULL. */
enum body_member body_member(struct json_object *body, const char *name, struct str *ret_text);

#endif
