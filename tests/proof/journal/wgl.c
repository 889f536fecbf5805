/* wgl.c - see wgl.h */
#include "wgl.h"

#include <stdlib.h>
#include <string.h>

/*
 * Calls and returns in one list in order of time.  An operation that is put in order is taken
 * out of the list with both; if the first entry of the list is a return, that operation
 * should have been put in order before, and the last decision is taken back.
 */
struct node {
	struct node *next, *prev, *match; /* match: of a call, its return; of a return, NULL */
	uint64_t at;
	uint32_t op;
};

struct tried {
	uint64_t digest; /* of the set of operations done, and the value: 0 is free */
};

struct search {
	struct node head;
	struct node *nodes;
	uint64_t *weight; /* a random number of each operation: a set's digest is their sum */
	struct tried *tried;
	size_t n_tried, room;
};

static int
by_call(const void *a, const void *b)
{
	const struct wgl_op *x = a, *y = b;

	return x->called < y->called ? -1 : x->called > y->called;
}

static int
by_time(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	/* At one moment: calls before returns, so that the two may overlap. */
	return (x->match == NULL) - (y->match == NULL);
}

static void
unlink_node(struct node *n)
{
	n->prev->next = n->next;
	if (n->next != NULL)
		n->next->prev = n->prev;
}

static void
relink_node(struct node *n)
{
	n->prev->next = n;
	if (n->next != NULL)
		n->next->prev = n;
}

static bool remember(struct search *s, uint64_t digest, bool *ret_is_new);

static bool
grow(struct search *s)
{
	struct tried *old = s->tried;
	size_t old_room = s->room;
	bool is_new;

	s->room = old_room == 0 ? 1024 : old_room * 4;
	if ((s->tried = calloc(s->room, sizeof(*s->tried))) == NULL) {
		free(old);
		return false;
	}
	s->n_tried = 0;
	for (size_t i = 0; i < old_room; i++)
		if (old[i].digest != 0)
			(void)remember(s, old[i].digest, &is_new);
	free(old);
	return true;
}

static bool
remember(struct search *s, uint64_t digest, bool *ret_is_new)
{
	size_t i;

	if (s->n_tried * 2 >= s->room && !grow(s))
		return false;
	for (i = digest % s->room; s->tried[i].digest != 0; i = (i + 1) % s->room) {
		if (s->tried[i].digest == digest) {
			*ret_is_new = false;
			return true;
		}
	}
	s->tried[i].digest = digest;
	s->n_tried++;
	*ret_is_new = true;
	return true;
}

static uint64_t
mix(uint64_t x)
{
	x = (x ^ x >> 31) * 0x7fb5d329728ea185u;
	x = (x ^ x >> 27) * 0x81dadef4bc2dd44du;
	return x ^ x >> 33;
}

static bool
list_build(struct search *s, const struct wgl_op *ops, size_t n)
{
	struct node **return_of = malloc((n + 1) * sizeof(struct node *));
	size_t m = 0;

	s->nodes = calloc(2 * n + 1, sizeof(struct node));
	s->weight = calloc(n + 1, sizeof(uint64_t));
	if (return_of == NULL || s->nodes == NULL || s->weight == NULL) {
		free(return_of);
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		s->weight[i] = mix(i + 1) | 1;
		s->nodes[m++] = (struct node){
			.at = ops[i].called, .op = (uint32_t)i, .match = &s->head
		}; /* a call, for the sorting */
		s->nodes[m++] =
		    (struct node){ .at = ops[i].is_open ? UINT64_MAX : ops[i].returned,
			    .op = (uint32_t)i };
	}
	qsort(s->nodes, m, sizeof(struct node), by_time);
	for (size_t i = 0; i < m; i++) {
		s->nodes[i].prev = i == 0 ? &s->head : &s->nodes[i - 1];
		s->nodes[i].next = i + 1 < m ? &s->nodes[i + 1] : NULL;
		if (s->nodes[i].match == NULL)
			return_of[s->nodes[i].op] = &s->nodes[i];
	}
	for (size_t i = 0; i < m; i++)
		if (s->nodes[i].match != NULL)
			s->nodes[i].match = return_of[s->nodes[i].op];
	s->head.next = m > 0 ? &s->nodes[0] : NULL;
	free(return_of);
	return true;
}

static int
search_run(struct search *s, const struct wgl_op *ops, size_t n, uint32_t start)
{
	struct {
		struct node *call;
		uint32_t value;
	} *stack = calloc(n + 1, sizeof(*stack));
	size_t depth = 0, n_closed = 0, n_closed_done = 0;
	uint64_t set = 0;
	uint32_t value = start;
	struct node *at = s->head.next;
	int r = stack == NULL ? -1 : 1;

	for (size_t i = 0; i < n; i++)
		n_closed += !ops[i].is_open;
	while (r == 1 && n_closed_done < n_closed) {
		bool is_new = false;

		if (at != NULL && at->match != NULL) {
			const struct wgl_op *op = &ops[at->op];
			uint32_t next = op->is_get ? value : op->value;

			if ((!op->is_get || op->value == value) &&
			    !remember(
				s, mix(set + s->weight[at->op]) + mix(next) * 3 + 1, &is_new))
				r = -1;
			if (!is_new) {
				at = at->next;
				continue;
			}
			stack[depth].call = at;
			stack[depth++].value = value;
			set += s->weight[at->op];
			value = next;
			n_closed_done += !op->is_open;
			unlink_node(at);
			unlink_node(at->match);
			at = s->head.next;
			continue;
		}
		/* A return stands first: whoever it belongs to came too late.  Take back. */
		if (depth == 0) {
			r = 0;
			break;
		}
		at = stack[--depth].call;
		value = stack[depth].value;
		set -= s->weight[at->op];
		n_closed_done -= !ops[at->op].is_open;
		relink_node(at->match);
		relink_node(at);
		at = at->next;
	}
	free(stack);
	return r;
}

int
wgl_check(struct wgl_op *ops, size_t n, uint32_t start)
{
	struct search s = { .nodes = NULL };
	int r;

	qsort(ops, n, sizeof(*ops), by_call);
	r = list_build(&s, ops, n) ? search_run(&s, ops, n, start) : -1;
	free(s.nodes);
	free(s.weight);
	free(s.tried);
	return r;
}
