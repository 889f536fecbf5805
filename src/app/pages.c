/* pages.c - see pages.h */
#include "app/pages.h"

#include "app/answer.h"

void
pages_run(struct exchange *x)
{
	answer_status(x, 404);
}
