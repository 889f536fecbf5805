/* harden.c - see harden.h */
#include "core/harden.h"

#include <sys/prctl.h>
#include <sys/resource.h>

void
harden(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
