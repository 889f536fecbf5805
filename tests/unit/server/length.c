/* length.c - see length.h */
#include "unit/server/length.h"

#include <stdio.h>

enum handler_next
length_handle(void *arg, const struct request *request, struct handler_permit permit,
    struct response *ret_response)
{
	char text[64];

	(void)arg, (void)permit;
	ret_response->status = request->refusal != 0 ? request->refusal : 200;
	(void)snprintf(text, sizeof(text), "n=%zu", request->body.n);
	response_set_body(ret_response, STR_LIT("text/plain"), str_of(text));
	return HANDLER_ANSWERED;
}
