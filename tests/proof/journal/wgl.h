/*
 * wgl.h - is a history of one key's operations linearizable?
 *
 * Purpose    Each operation has the moments of its call and its return.  There must be an
 *            order of all of them that keeps "returned before the other was called" and in
 *            which every get returns what the last change before it wrote.
 * Source     Wing and Gong, "Testing and Verifying Concurrent Objects" (1993), with Lowe's
 *            memory of states already tried (2017).
 */
#ifndef PROOF_JOURNAL_WGL_H
#define PROOF_JOURNAL_WGL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wgl_op {
	uint64_t called, returned;
	uint32_t value; /* written, or seen; 0: absent */
	bool is_get;
	bool is_open; /* it never returned: it may count, at any time after its call, or not */
};

/* Sorts ops.  1: linearizable from start on; 0: not; -1: no memory. */
int wgl_check(struct wgl_op *ops, size_t n, uint32_t start);

#endif
