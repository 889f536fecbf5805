/*
 * base.h - what every stored object has
 *
 * Purpose    The original's Base: id, created_at, updated_at.  Objects are immutable once they
 *            are shared and counted by reference: a change makes a new object, so that a
 *            reader never sees half of one and holds no lock while it looks.
 * Ownership  base_ref() adds an owner, base_unref() ends one; the last frees.
 * Units      Milliseconds since 1970 UTC (wall clock): for people, and for what must mean
 *            something after a reboot.
 * Threads    References from any thread.
 */
#ifndef MODEL_BASE_H
#define MODEL_BASE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/ident.h"
#include "core/str.h"

struct json_object;
struct base;

/* What a model is to the collection that keeps its objects. */
struct base_model {
	const char *name; /* of the journal and of the original's file: "User" */

	/* A new object (one reference) from the value of a journal record; NULL: malformed or
	 * no memory. */
	struct base *(*parse)(struct str json);

	/* The members after id, created_at and updated_at, each preceded by ','. */
	void (*write_members)(const struct base *base, struct buf *out);

	/* The least format of the journal that can hold this object; NULL: the first. */
	unsigned (*format)(const struct base *base);

	/* The value of a text attribute by its name; STR_NULL: null, or no such attribute. */
	struct str (*attribute)(const struct base *base, struct str name);

	void (*free)(struct base *base);
};

struct base {
	const struct base_model *model;
	atomic_uint n_refs;
	char id[IDENT_TEXT_BYTES];
	uint8_t uuid[IDENT_BYTES]; /* the same */
	int64_t created_ms, updated_ms;
	struct str key;           /* its name in the journal */
	struct str alternate_key; /* a second unique name, or STR_NULL */
};

/* Fresh id, both times now, one reference.  0, or negative errno (no randomness). */
int base_init(struct base *base, const struct base_model *model);

/* id, created_at and updated_at from a JSON object, one reference; false: malformed. */
bool base_init_from_json(
    struct base *base, const struct base_model *model, struct json_object *json);

struct base *base_ref(struct base *base);
void base_unref(struct base *base); /* accepts NULL */

/* One JSON object on one line: the form in the journal. */
void base_write(const struct base *base, struct buf *out);

/* id, created_at, updated_at, or what the model knows. */
struct str base_attribute(const struct base *base, struct str name);

#define BASE_TIME_BYTES sizeof("2017-10-16 04:23:04.000")

/* "2017-10-16 04:23:04.123"; the first 19 characters are what people see. */
void base_format_time(int64_t ms, char ret_text[BASE_TIME_BYTES]);

/* "2017-10-16 04:23:04", with 'T' in the place of the blank, with a fraction: all are read. */
bool base_parse_time(struct str text, int64_t *ret_ms);

#endif
