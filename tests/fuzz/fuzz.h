/*
 * fuzz.h - what every fuzz harness includes
 *
 * Each fuzz_X.c defines LLVMFuzzerTestOneInput(): any bytes in, abort() when a promise of the
 * parser is broken.  `make fuzz` builds them with libFuzzer; `make check` builds them with
 * replay_main.c, which feeds the committed corpus and mutants of it.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/buf.h"
#include "core/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Stays in every build. */
#define fuzz_promise(condition)                                                             \
	do {                                                                                \
		if (!(condition)) {                                                         \
			fprintf(                                                            \
			    stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                            \
		}                                                                           \
	} while (0)

/* inner is a view into outer (an empty one may be anywhere). */
static inline int
fuzz_is_inside(struct str inner, struct str outer)
{
	return inner.n == 0 || (inner.p >= outer.p && inner.n <= outer.n &&
				   (size_t)(inner.p - outer.p) <= outer.n - inner.n);
}

/* An exact copy on the heap: the sanitizer sees the first byte read too far. */
static inline char *
fuzz_copy(struct str s)
{
	char *copy = malloc(s.n > 0 ? s.n : 1);

	fuzz_promise(copy != NULL);
	if (s.n > 0)
		memcpy(copy, s.p, s.n);
	return copy;
}

#endif
