/* log_lasting.c - see log_lasting.h */
#include "core/log_lasting.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "core/clock.h"
#include "core/log_throttle.h"

#define N_CONDITIONS   32
#define TEXT_MAX_BYTES 1024

/* Keys that no condition has. */
enum { KEY_FREE, KEY_ENDING, KEY_OTHERS, KEY_FIRST = 4 };

struct condition {
	_Atomic uint64_t key;
	struct log_throttle throttle;
	_Atomic int64_t last_ms; /* boot clock: it was met */
	_Atomic int64_t n_untold, n_total;
	atomic_bool is_described; /* the text is whole */
	size_t n;
	char text[TEXT_MAX_BYTES]; /* was=EVENT and the fields, as they stand in a line */
};

struct conditions {
	struct condition all[N_CONDITIONS];
	struct condition others; /* when there are more */
};

static struct conditions own, *conditions = &own;
static int64_t interval_ms = LOG_THROTTLE_MS;

/* FNV-1a: nobody outside chooses the fields. */
static uint64_t
key_of(struct str text)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < text.n; i++)
		hash = (hash ^ (unsigned char)text.p[i]) * UINT64_C(1099511628211);
	return hash | KEY_FIRST;
}

/* What tells conditions apart. */
static void
describe(struct buf *out, const char *event, const struct log_field *fields)
{
	struct log_field named[LOG_FIELDS_MAX + 1];
	size_t n = 0;

	named[n++] = log_z("was", event);
	for (; fields->kind != LOG_FIELD_END; fields++)
		if (!fields->is_detail)
			named[n++] = *fields;
	named[n] = LOG_END;
	log_format_fields(out, named);
}

/* Whoever finds the place free fills it in.  False: it is another's. */
static bool
take_place(struct condition *at, uint64_t key, struct str text)
{
	uint64_t found = KEY_FREE;

	if (!atomic_compare_exchange_strong(&at->key, &found, key))
		return found == key;
	at->n = text.n;
	memcpy(at->text, text.p, text.n);
	atomic_store(&at->last_ms, clock_boot_ms());
	atomic_store(&at->is_described, true);
	return true;
}

static struct condition *
find(struct str text)
{
	uint64_t key = key_of(text);
	size_t from = key % N_CONDITIONS;
	struct condition *all = conditions->all;

	for (size_t i = 0; i < N_CONDITIONS; i++)
		if (atomic_load(&all[i].key) == key)
			return &all[i];
	for (size_t i = 0; i < N_CONDITIONS; i++)
		if (take_place(&all[(from + i) % N_CONDITIONS], key, text))
			return &all[(from + i) % N_CONDITIONS];
	(void)take_place(&conditions->others, KEY_OTHERS, STR_LIT("was=several"));
	return &conditions->others;
}

/* It is met once more.  How often since the last line, if one is due; else 0. */
static int64_t
meet(const char *event, const struct log_field *fields)
{
	struct condition *it;
	struct buf text;
	int64_t n;

	if (interval_ms == 0)
		return 1;
	buf_init(&text, TEXT_MAX_BYTES);
	describe(&text, event, fields);
	/* Too long, or no memory: the event alone. */
	if (buf_error(&text) != 0) {
		buf_fini(&text);
		buf_init(&text, TEXT_MAX_BYTES);
		describe(&text, event, &LOG_END);
	}
	it = find(buf_str(&text));
	buf_fini(&text);
	atomic_store(&it->last_ms, clock_boot_ms());
	atomic_fetch_add(&it->n_total, 1);
	atomic_fetch_add(&it->n_untold, 1);
	if (!log_throttle_pass(&it->throttle, interval_ms))
		return 0;
	/* Just ended by another process: this one is the first of the next. */
	n = atomic_exchange(&it->n_untold, 0);
	return n > 0 ? n : 1;
}

void
log_lasting(enum log_level level, const char *event, ...)
{
	struct log_field fields[LOG_FIELDS_MAX], line[LOG_FIELDS_MAX + 1];
	size_t n = 0;
	int64_t n_met;
	va_list ap;

	if (!log_is_on(level))
		return;
	va_start(ap, event);
	log_collect(fields, ap);
	va_end(ap);
	if ((n_met = meet(event, fields)) == 0)
		return;
	for (; fields[n].kind != LOG_FIELD_END; n++)
		line[n] = fields[n];
	line[n++] = log_i("n", n_met);
	line[n] = LOG_END;
	log_fields(level, event, line);
}

/* Nobody has met it for so long. */
static void
end(struct condition *it, uint64_t key)
{
	int64_t n_total;

	/* Whoever meets it from now on begins another. */
	if (!atomic_compare_exchange_strong(&it->key, &key, KEY_ENDING))
		return;
	n_total = atomic_exchange(&it->n_total, 0);
	if (n_total > 1)
		log_info("over", log_ready(str_mem(it->text, it->n)), log_i("total", n_total));
	atomic_store(&it->n_untold, 0);
	log_throttle_reset(&it->throttle);
	atomic_store(&it->is_described, false);
	atomic_store(&it->key, KEY_FREE);
}

static void
end_if_over(struct condition *it, int64_t now_ms)
{
	uint64_t key = atomic_load(&it->key);

	if (key != KEY_FREE && key != KEY_ENDING && atomic_load(&it->is_described) &&
	    now_ms - atomic_load(&it->last_ms) >= interval_ms)
		end(it, key);
}

void
log_lasting_tick(void)
{
	int64_t now_ms = clock_boot_ms();

	for (size_t i = 0; i < N_CONDITIONS; i++)
		end_if_over(&conditions->all[i], now_ms);
	end_if_over(&conditions->others, now_ms);
}

int
log_lasting_share(void)
{
	void *shared = mmap(NULL, sizeof(*conditions), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		return -errno;
	if (conditions != &own)
		(void)munmap(conditions, sizeof(*conditions));
	conditions = shared;
	return 0;
}

void
log_lasting_every(int64_t interval)
{
	interval_ms = interval;
}
