/* fail_part.c - see fail_part.h */
#include "unit/fail_part.h"

#include <stddef.h>
#include <string.h>

#include "password/admission.h"
#include "table/table.h"
#include "journal/journal.h"

static const char *failing;
static unsigned n_left;
static int failure;

static const char *awaited;
static void (*before)(void *arg);
static void *before_arg;

void
fail_part(const char *function, unsigned nth, int code)
{
	failing = function;
	n_left = nth;
	failure = code;
}

bool
fail_part_is_done(void)
{
	return n_left == 0;
}

void
fail_part_none(void)
{
	n_left = 0;
	awaited = NULL;
}

void
fail_part_before(const char *function, void (*fn)(void *arg), void *arg)
{
	awaited = function;
	before = fn;
	before_arg = arg;
}

static bool
fails(const char *function)
{
	if (awaited != NULL && strcmp(awaited, function) == 0) {
		awaited = NULL;
		before(before_arg);
	}
	return n_left > 0 && strcmp(failing, function) == 0 && --n_left == 0;
}

#define WRAP(name, params, args)                                    \
	int __real_##name params;                                   \
	int __wrap_##name params;                                   \
	int __wrap_##name params                                    \
	{                                                           \
		return fails(#name) ? failure : __real_##name args; \
	}

WRAP(journal_lock, (struct journal * s, int ms), (s, ms))
WRAP(journal_catch_up, (struct journal * s, journal_apply_fn fn, void *arg), (s, fn, arg))
WRAP(journal_append,
    (struct journal * s, const struct journal_record *records, size_t n, uint64_t *ret_seq),
    (s, records, n, ret_seq))
WRAP(journal_require_format, (struct journal * s, unsigned format), (s, format))
WRAP(journal_sync, (struct journal * s, uint64_t seq), (s, seq))
WRAP(table_insert, (struct table * t, const struct table_entry *entry), (t, entry))
WRAP(table_insert_after,
    (struct table * t, const struct table_entry *entry, uint32_t max,
	struct table_victims *victims),
    (t, entry, max, victims))
WRAP(table_insert_over, (struct table * t, const struct table_entry *entry, bool *ret_is_over),
    (t, entry, ret_is_over))
WRAP(table_foresee,
    (struct table * t, const struct table_owner *owner, uint32_t max,
	struct table_victims *ret_victims),
    (t, owner, max, ret_victims))
WRAP(table_find,
    (struct table * t, const struct digest_tag *tag, struct table_entry *ret_entry),
    (t, tag, ret_entry))
WRAP(table_find_at,
    (struct table * t, const struct digest_tag *tag, int64_t now_ms,
	struct table_entry *ret_entry),
    (t, tag, now_ms, ret_entry))
WRAP(table_remove, (struct table * t, const struct digest_tag *tag), (t, tag))
WRAP(table_each,
    (struct table * t, bool (*fn)(void *arg, const struct table_entry *entry), void *arg),
    (t, fn, arg))
WRAP(table_touch, (struct table * t, const struct digest_tag *tag), (t, tag))
WRAP(table_tick, (struct table * t), (t))
WRAP(admission_enter, (struct admission * admission, struct admission_ticket *ret_ticket),
    (admission, ret_ticket))
