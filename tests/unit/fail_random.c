/* fail_random.c - see fail_random.h */
#include "unit/fail_random.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

int __real_random_fill(void *ret_bytes, size_t n);
int __wrap_random_fill(void *ret_bytes, size_t n);

static unsigned n_left;

void
fail_random_at(unsigned nth)
{
	n_left = nth;
}

int
__wrap_random_fill(void *ret_bytes, size_t n)
{
	if (n_left == 0 || --n_left > 0)
		return __real_random_fill(ret_bytes, n);
	memset(ret_bytes, 0, n);
	return -EIO;
}
