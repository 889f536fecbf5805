/* check.c - see check.h */
#include "app/check.h"

void
check_refuse(struct exchange *x, int status)
{
	response_clear(x->response);
	x->response->status = status;
	response_add_fixed(x->response, STR_LIT("Cache-Control: no-store\r\n"));
}

void
check_run(struct exchange *x)
{
	check_refuse(x, 503);
}
