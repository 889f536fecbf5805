/* base.c - see base.h */
#include "model/base.h"

#include <errno.h>
#include <time.h>

#include <json-c/json.h>

#include "core/clock.h"

int
base_init(struct base *base, const struct base_model *model)
{
	int r = ident_new(base->id);

	base->model = model;
	atomic_init(&base->n_refs, 1);
	base->created_ms = base->updated_ms = clock_wall_ms();
	if (r == 0 && !ident_parse(str_of(base->id), base->uuid))
		r = -EINVAL;
	return r;
}

static struct str
text_member(struct json_object *json, const char *name)
{
	struct json_object *member;

	if (!json_object_object_get_ex(json, name, &member) ||
	    !json_object_is_type(member, json_type_string))
		return STR_NULL;
	return str_mem(
	    json_object_get_string(member), (size_t)json_object_get_string_len(member));
}

bool
base_init_from_json(struct base *base, const struct base_model *model, struct json_object *json)
{
	struct str id = text_member(json, "id");

	base->model = model;
	atomic_init(&base->n_refs, 1);
	if (!ident_parse(id, base->uuid))
		return false;
	memcpy(base->id, id.p, id.n);
	base->id[id.n] = '\0';
	return base_parse_time(text_member(json, "created_at"), &base->created_ms) &&
	       base_parse_time(text_member(json, "updated_at"), &base->updated_ms);
}

struct base *
base_ref(struct base *base)
{
	atomic_fetch_add_explicit(&base->n_refs, 1, memory_order_relaxed);
	return base;
}

void
base_unref(struct base *base)
{
	if (base != NULL &&
	    atomic_fetch_sub_explicit(&base->n_refs, 1, memory_order_acq_rel) == 1)
		base->model->free(base);
}

void
base_write(const struct base *base, struct buf *out)
{
	char created[BASE_TIME_BYTES], updated[BASE_TIME_BYTES];

	base_format_time(base->created_ms, created);
	base_format_time(base->updated_ms, updated);
	buf_addf(out, "{\"id\":\"%s\",\"created_at\":\"%s\",\"updated_at\":\"%s\"", base->id,
	    created, updated);
	base->model->write_members(base, out);
	buf_add_char(out, '}');
}

struct str
base_attribute(const struct base *base, struct str name)
{
	if (str_eq(name, STR_LIT("id")))
		return str_of(base->id);
	return base->model->attribute(base, name);
}

void
base_format_time(int64_t ms, char ret_text[BASE_TIME_BYTES])
{
	unsigned fraction = (unsigned)(ms > 0 ? ms % 1000 : 0);

	clock_format_utc(ms / 1000, ret_text);
	ret_text[CLOCK_TEXT_BYTES - 1] = '.';
	ret_text[CLOCK_TEXT_BYTES] = (char)('0' + fraction / 100);
	ret_text[CLOCK_TEXT_BYTES + 1] = (char)('0' + fraction / 10 % 10);
	ret_text[CLOCK_TEXT_BYTES + 2] = (char)('0' + fraction % 10);
	ret_text[CLOCK_TEXT_BYTES + 3] = '\0';
}

/* n digits at p as a number, or -1. */
static int
digits(const char *p, size_t n)
{
	int value = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		value = value * 10 + (p[i] - '0');
	}
	return value;
}

static bool
has_shape(const char *p)
{
	return p[4] == '-' && p[7] == '-' && (p[10] == ' ' || p[10] == 'T') && p[13] == ':' &&
	       p[16] == ':';
}

/* Since 1970, of the Gregorian calendar; timegm() is too slow for a million records. */
static int64_t
days_before(int year, int month)
{
	/* A year that begins in March has its leap day last. */
	int64_t y = month < 2 ? year - 1 : year, m = month < 2 ? month + 10 : month - 2;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 - 719468;
}

bool
base_parse_time(struct str text, int64_t *ret_ms)
{
	struct tm tm = { 0 };
	int64_t fraction_ms = 0, seconds;

	if (text.n < 19 || !has_shape(text.p))
		return false;
	tm.tm_year = digits(text.p, 4) - 1900;
	tm.tm_mon = digits(text.p + 5, 2) - 1;
	tm.tm_mday = digits(text.p + 8, 2);
	tm.tm_hour = digits(text.p + 11, 2);
	tm.tm_min = digits(text.p + 14, 2);
	tm.tm_sec = digits(text.p + 17, 2);
	if (tm.tm_year < 70 || tm.tm_mon < 0 || tm.tm_mon > 11 || tm.tm_mday < 1 ||
	    tm.tm_mday > 31 || tm.tm_hour < 0 || tm.tm_hour > 23 || tm.tm_min < 0 ||
	    tm.tm_min > 59 || tm.tm_sec < 0 || tm.tm_sec > 60)
		return false;
	text = str_skip(text, 19);
	if (text.n > 0) {
		/* Python prints microseconds: up to 6 digits, of which we keep 3. */
		if (text.p[0] != '.' || text.n < 2 || text.n > 7 ||
		    digits(text.p + 1, text.n - 1) < 0)
			return false;
		for (size_t i = 1; i <= 3; i++)
			fraction_ms = fraction_ms * 10 + (i < text.n ? text.p[i] - '0' : 0);
	}
	seconds = (days_before(tm.tm_year + 1900, tm.tm_mon) + tm.tm_mday - 1) * 86400 +
		  tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec;
	*ret_ms = seconds * 1000 + fraction_ms;
	return true;
}
