/* wiping_free.c - see wiping_free.h */
#include "core/wiping_free.h"

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if WIPING_FREE_IS_ON

/* The C library's own; an ABI since its version 2.2. */
extern void __libc_free(void *p);

/* clang: they are declared nowhere but in stdlib.h */
void free(void *p);
void *realloc(void *p, size_t n);

/* explicit_bzero() would be three calls in place of one: this is half of what free() takes. */
static inline void
zero(void *p, size_t n)
{
	memset(p, 0, n);
	__asm__ volatile("" : : "r"(p) : "memory");
}

static __attribute__((noinline)) void
wipe_large(void *p, size_t n)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), at = (uintptr_t)p;
	uintptr_t from = (at + page - 1) / page * page, to = (at + n) / page * page;
	int saved = errno;

	if (madvise((void *)from, to - from, MADV_DONTNEED) == 0) {
		zero(p, from - at);
		zero((void *)to, at + n - to);
	} else {
		zero(p, n);
	}
	errno = saved;
}

static inline void
wipe(void *p, size_t n)
{
	if (n < WIPING_FREE_LARGE_BYTES)
		zero(p, n);
	else
		wipe_large(p, n);
}

void
free(void *p)
{
	if (p == NULL)
		return;
	wipe(p, malloc_usable_size(p));
	__libc_free(p);
}

void *
realloc(void *p, size_t n)
{
	size_t n_now = p != NULL ? malloc_usable_size(p) : 0;
	void *grown;

	if (p != NULL && n == 0) {
		free(p);
		return NULL;
	}
	/* It fits, and not much would be gained. */
	if (p != NULL && n <= n_now && n >= n_now / 2)
		return p;
	if ((grown = malloc(n)) != NULL && p != NULL) {
		memcpy(grown, p, n < n_now ? n : n_now);
		free(p);
	}
	return grown;
}

#endif
