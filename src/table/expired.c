/* expired.c - see expired.h */
#include "table/expired.h"

#include "table/mapping.h"

void
tbl_expired_note(struct table *t, const struct tbl_entry_words *words)
{
	struct tbl_expired *expired = &t->expired;
	uint64_t n = atomic_load_explicit(&expired->n_noted, memory_order_relaxed);

	if (expired->fn == NULL)
		return;
	if (n - atomic_load_explicit(&expired->n_told, memory_order_acquire) == EXPIRED_NOTES) {
		atomic_fetch_add_explicit(&expired->n_beyond, 1, memory_order_relaxed);
		return;
	}
	expired->notes[n % EXPIRED_NOTES] = *words;
	atomic_store_explicit(&expired->n_noted, n + 1, memory_order_release);
}

void
table_on_expired(struct table *t, table_expired_fn *fn, void *arg)
{
	t->expired.arg = arg;
	t->expired.fn = fn;
}

/* Of two limits that are over, the one that was first. */
static bool
was_idle(const struct tbl_entry_words *w)
{
	uint32_t idle_s = tbl_entry_idle_s(w->created);
	int64_t idle_ms = tbl_entry_seen_ms(w->seen) + (int64_t)idle_s * 1000;
	int64_t end_ms = tbl_entry_created_ms(w->created) + (int64_t)w->lifetime_s * 1000;

	return idle_s != 0 && (w->lifetime_s == 0 || idle_ms < end_ms);
}

void
table_tell_expired(struct table *t)
{
	struct tbl_expired *expired = &t->expired;
	struct table_expired one = { .n = 1 };
	struct table_entry entry;

	if (expired->fn == NULL || atomic_exchange(&expired->is_telling, true))
		return;
	for (uint64_t n = atomic_load_explicit(&expired->n_told, memory_order_relaxed);
	     n != atomic_load_explicit(&expired->n_noted, memory_order_acquire);) {
		struct tbl_entry_words w = expired->notes[n % EXPIRED_NOTES];

		atomic_store_explicit(&expired->n_told, ++n, memory_order_release);
		tbl_entry_unpack(&w, &entry);
		one.entry = &entry;
		one.is_idle = was_idle(&w);
		expired->fn(expired->arg, &one);
	}
	one = (struct table_expired){ .n = atomic_exchange(&expired->n_beyond, 0) };
	if (one.n > 0)
		expired->fn(expired->arg, &one);
	atomic_store(&expired->is_telling, false);
}
