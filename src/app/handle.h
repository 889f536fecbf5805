/*
 * handle.h - what the gateway calls: one request, is it slow, housekeeping
 *
 * Purpose    The order of an answer: bad input, settings, filter, router, what every answer
 *            carries.  arg is the struct app.
 */
#ifndef APP_HANDLE_H
#define APP_HANDLE_H

#include "http/request.h"
#include "http/response.h"

void handle_request(void *arg, const struct request *request, struct response *ret_response);
void handle_refuse(
    void *arg, const struct request *request, int status, struct response *ret_response);
bool handle_is_slow(void *arg, const struct request *request);
bool handle_tick(void *arg);

#endif
