/*
 * template_ops.h - a template that was read: what template_render.c does, one after another
 */
#ifndef GATE_TEMPLATE_OPS_H
#define GATE_TEMPLATE_OPS_H

#include "gate/template.h"

struct op {
	enum op_kind {
		OP_TEXT,  /* n bytes of the content from at */
		OP_VALUE, /* what: a page_name */
		OP_KEY,   /* what: a key of the texts */
		OP_IF,    /* what: a page_name; next: behind its end */
		OP_UNLESS,
		OP_EACH,
		OP_END,
	} kind;
	int what;
	size_t at, n, next;
};

struct template
{
	const struct texts *texts;
	struct buf content; /* its line ends are LF, as browsers make them */
	struct op *ops;
	size_t n_ops, n_room;
	struct buf styles; /* style-src */
};

#endif
