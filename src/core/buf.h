/*
 * buf.h - bytes that grow up to a hard maximum
 *
 * Purpose    Building answers, journal lines and log lines without a length to forget.
 * Calling    buf_init(); any number of buf_add*(); look at buf_error() once; buf_fini().
 * Ownership  The buffer owns its bytes; buf_str() lends them until the next change.
 * Errors     Sticky: after the first failure (no memory: -ENOMEM, over the maximum:
 *            -EMSGSIZE, a format that fails: -EINVAL) every add does nothing, so a ladder of
 *            adds needs one check.
 * Threads    No global state.
 */
#ifndef CORE_BUF_H
#define CORE_BUF_H

#include <stdarg.h>
#include <stddef.h>

#include "core/str.h"

struct buf {
	char *p;
	size_t n;   /* bytes in use */
	size_t cap; /* bytes allocated */
	size_t max; /* bytes it may ever hold */
	int error;  /* 0, -ENOMEM, -EMSGSIZE or -EINVAL */
};

void buf_init(struct buf *buf, size_t max_bytes);

/* Free the bytes.  Accepts a zeroed struct; may be called twice. */
void buf_fini(struct buf *buf);

/* buf_fini() for bytes that were a secret: wiped first. */
void buf_wipe(struct buf *buf);

/* Forget the content and the error, keep the memory. */
void buf_clear(struct buf *buf);

void buf_add_growing(struct buf *buf, const void *p, size_t n);

/* Mostly there is room, and n is known to the compiler. */
static inline void
buf_add(struct buf *buf, const void *p, size_t n)
{
	if (n == 0 || n > buf->cap - buf->n || buf->error != 0) {
		buf_add_growing(buf, p, n);
		return;
	}
	memcpy(buf->p + buf->n, p, n);
	buf->n += n;
}

static inline void
buf_add_str(struct buf *buf, struct str s)
{
	buf_add(buf, s.p, s.n);
}

static inline void
buf_add_z(struct buf *buf, const char *z)
{
	buf_add(buf, z, strlen(z));
}

static inline void
buf_add_char(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void buf_add_number(struct buf *buf, uint64_t number); /* decimal */
void buf_addf(struct buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Room for n more bytes: where to write them, or NULL (sticky error).  Then buf_advance(). */
char *buf_reserve(struct buf *buf, size_t n);
void buf_advance(struct buf *buf, size_t n);

static inline int
buf_error(const struct buf *buf)
{
	return buf->error;
}

static inline struct str
buf_str(const struct buf *buf)
{
	return (struct str){ buf->p != NULL ? buf->p : "", buf->n };
}

#endif
