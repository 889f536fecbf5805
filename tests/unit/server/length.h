/*
 * length.h - a handler for tests: it answers with the number of bytes of the body
 */
#ifndef UNIT_SERVER_LENGTH_H
#define UNIT_SERVER_LENGTH_H

#include "server/handler.h"

/* "n=3", with 200; or with the status of request->refusal. */
enum handler_next length_handle(void *arg, const struct request *request,
    struct handler_permit permit, struct response *ret_response);

#endif
