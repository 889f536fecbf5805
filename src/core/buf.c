/* buf.c - see buf.h */
#include "core/buf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#define BUF_FIRST_BYTES 256

void
buf_init(struct buf *buf, size_t max_bytes)
{
	*buf = (struct buf){ .max = max_bytes };
}

void
buf_fini(struct buf *buf)
{
	free(buf->p);
	*buf = (struct buf){ .max = buf->max };
}

void
buf_wipe(struct buf *buf)
{
	if (buf->p != NULL)
		sodium_memzero(buf->p, buf->cap);
	buf_fini(buf);
}

void
buf_clear(struct buf *buf)
{
	buf->n = 0;
	buf->error = 0;
}

/*
 * Growing copies by hand instead of realloc(): realloc() may leave a second copy of the
 * bytes, perhaps a password, in freed memory.
 */
static int
grow(struct buf *buf, size_t need)
{
	size_t cap = buf->cap != 0 ? buf->cap : BUF_FIRST_BYTES;
	char *p;

	while (cap < need)
		cap = cap <= buf->max / 2 ? cap * 2 : buf->max;
	if (cap > buf->max)
		cap = buf->max; /* buf_add() looks at the room alone */
	if ((p = malloc(cap > 0 ? cap : 1)) == NULL)
		return -ENOMEM;
	if (buf->p != NULL) {
		memcpy(p, buf->p, buf->n);
		sodium_memzero(buf->p, buf->n);
		free(buf->p);
	}
	buf->p = p;
	buf->cap = cap;
	return 0;
}

char *
buf_reserve(struct buf *buf, size_t n)
{
	if (buf->error != 0)
		return NULL;
	if (n > buf->max - buf->n) {
		buf->error = -EMSGSIZE;
		return NULL;
	}
	if ((n > buf->cap - buf->n || buf->p == NULL) &&
	    (buf->error = grow(buf, buf->n + n)) != 0)
		return NULL;
	return buf->p + buf->n;
}

void
buf_advance(struct buf *buf, size_t n)
{
	buf->n += n;
}

void
buf_add_growing(struct buf *buf, const void *p, size_t n)
{
	char *to = buf_reserve(buf, n);

	if (to == NULL || n == 0)
		return;
	memcpy(to, p, n);
	buf->n += n;
}

void
buf_add_number(struct buf *buf, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number != 0);
	buf_add(buf, digits + at, sizeof(digits) - at);
}

void
buf_addf(struct buf *buf, const char *fmt, ...)
{
	va_list ap;
	int n;
	char *to;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		buf->error = -EINVAL;
		return;
	}
	/* One more for the NUL of vsnprintf, which is not counted in. */
	if ((to = buf_reserve(buf, (size_t)n + 1)) == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(to, (size_t)n + 1, fmt, ap);
	va_end(ap);
	buf->n += (size_t)n;
}
