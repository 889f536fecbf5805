/* fail_alloc.c - see fail_alloc.h */
#include "unit/fail_alloc.h"

#include <stdbool.h>
#include <stddef.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

const char *__asan_default_options(void);

/* Under AddressSanitizer too, an allocation that is too large is NULL and not the end. */
const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static unsigned n_left;

void
fail_alloc_at(unsigned nth)
{
	n_left = nth;
}

static bool
fails(void)
{
	return n_left > 0 && --n_left == 0;
}

void *
__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}
