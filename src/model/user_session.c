/* user_session.c - see user_session.h */
#include "model/user_session.h"

#include <errno.h>
#include <stdlib.h>

#include <json-c/json.h>
#include <sodium.h>

#include "core/hex.h"
#include "core/json_write.h"

/* -------------------------------------------------- a user id in the session table */

#define OWNER_VARIANT_AT   8 /* RFC 9562 section 4.1: the upper bits of byte 8 */
#define OWNER_VARIANT_MASK 0xc0
#define OWNER_VARIANT_UUID 0x80
#define OWNER_TEXT_MARK    0xf0 /* variant 111 is reserved; the length is in the lower four bits */
#define OWNER_TEXT_MAX     15

bool
user_session_pack_owner(struct str user_id, struct table_owner *ret_owner)
{
	struct table_owner owner = { { 0 } };

	if (ident_parse(user_id, owner.bytes) &&
	    (owner.bytes[OWNER_VARIANT_AT] & OWNER_VARIANT_MASK) == OWNER_VARIANT_UUID) {
		*ret_owner = owner;
		return true;
	}
	if (str_is_null(user_id) || user_id.n > OWNER_TEXT_MAX || str_index(user_id, '\0') >= 0)
		return false;
	owner = (struct table_owner){ { 0 } };
	for (size_t i = 0; i < user_id.n; i++)
		owner.bytes[i < OWNER_VARIANT_AT ? i : i + 1] = (uint8_t)user_id.p[i];
	owner.bytes[OWNER_VARIANT_AT] = (uint8_t)(OWNER_TEXT_MARK | user_id.n);
	*ret_owner = owner;
	return true;
}

const uint8_t *
user_session_owner_uuid(const struct table_owner *owner)
{
	return (owner->bytes[OWNER_VARIANT_AT] & OWNER_VARIANT_MASK) == OWNER_VARIANT_UUID
		   ? owner->bytes
		   : NULL;
}

void
user_session_unpack_owner(const struct table_owner *owner, char ret_user_id[IDENT_TEXT_BYTES])
{
	size_t n;

	if (user_session_owner_uuid(owner) != NULL) {
		ident_format(owner->bytes, ret_user_id);
		return;
	}
	n = owner->bytes[OWNER_VARIANT_AT] & 0x0f;
	for (size_t i = 0; i < n; i++)
		ret_user_id[i] = (char)owner->bytes[i < OWNER_VARIANT_AT ? i : i + 1];
	ret_user_id[n] = '\0';
}

int64_t
user_session_seen_ms(const struct table_entry *entry)
{
	/* Kept in steps, so it may seem to be before the beginning. */
	return entry->last_seen_ms > entry->created_ms ? entry->last_seen_ms
						       : entry->created_ms;
}

/* --------------------------------------------------------------------- one session */

static bool
set_text(char *to, size_t size, struct str from)
{
	/* Cut at a NUL it would be another user's id. */
	if (str_is_null(from) || from.n >= size || str_index(from, '\0') >= 0)
		return false;
	if (from.n > 0)
		memcpy(to, from.p, from.n);
	to[from.n] = '\0';
	return true;
}

static void
set_keys(struct user_session *session)
{
	session->base.key = str_of(session->session_id);
	session->base.alternate_key = str_of(session->base.id);
}

void
user_session_key(const struct digest_tag *tag, char ret_key[USER_SESSION_KEY_BYTES])
{
	(void)sodium_bin2hex(ret_key, USER_SESSION_KEY_BYTES, tag->bytes, sizeof(tag->bytes));
}

struct digest_tag
user_session_tag(const struct user_session *session)
{
	struct digest_tag tag = { { 0 } };

	(void)hex_decode(session->session_id, tag.bytes, sizeof(tag.bytes));
	return tag;
}

struct digest_tag
user_session_digest(
    const struct digest_key *key, enum table_kind kind, struct str realm, struct str session_id)
{
	const struct str parts[] = {
		kind == TABLE_KIND_STORED ? STR_LIT("session/stored")
					  : STR_LIT("session/memory"),
		realm,
		session_id,
	};

	return digest_tag(key, parts, sizeof(parts) / sizeof(parts[0]));
}

bool
user_session_is_past(const struct user_session *session, int64_t wall_ms)
{
	uint32_t limit_s = session->duration_s;

	if (session->idle_s != 0 && (limit_s == 0 || session->idle_s < limit_s))
		limit_s = session->idle_s;
	return limit_s != 0 && session->base.created_ms + (int64_t)limit_s * 1000 < wall_ms;
}

int
user_session_init(struct user_session *session, struct str user_id,
    const struct digest_tag *tag, uint32_t duration_s)
{
	int r = base_init(&session->base, &user_session_model);

	if (r != 0)
		return r;
	if (!set_text(session->user_id, sizeof(session->user_id), user_id))
		return -EINVAL;
	user_session_key(tag, session->session_id);
	session->duration_s = duration_s;
	session->idle_s = 0;
	session->is_remembered = false;
	set_keys(session);
	return 0;
}

/* Steps over lead; false: json does not begin with it. */
static inline bool
take_lead(struct str *json, const char *lead, size_t n)
{
	if (json->n < n || memcmp(json->p, lead, n) != 0)
		return false;
	*json = (struct str){ json->p + n, json->n - n };
	return true;
}

/* Steps over `"name":"`, a text of n bytes and its quote; NULL: not of that shape. */
static inline const char *
take_fixed(struct str *json, const char *lead, size_t n_lead, size_t n)
{
	const char *text;

	if (!take_lead(json, lead, n_lead) || json->n <= n || json->p[n] != '"')
		return NULL;
	text = json->p;
	*json = (struct str){ text + n + 1, json->n - n - 1 };
	return text;
}

#define TAKE_LEAD(json, lead)     take_lead(json, lead, sizeof(lead) - 1)
#define TAKE_FIXED(json, lead, n) take_fixed(json, lead, sizeof(lead) - 1, n)

/* A number of 32 bits; false: none is there. */
static bool
take_number(struct str *at, uint32_t *ret_n)
{
	uint64_t n = 0;
	size_t n_digits = 0;

	for (; n_digits < at->n && at->p[n_digits] >= '0' && at->p[n_digits] <= '9' &&
	       n <= UINT32_MAX;
	     n_digits++)
		n = n * 10 + (uint64_t)(at->p[n_digits] - '0');
	*at = str_skip(*at, n_digits);
	*ret_n = (uint32_t)n;
	return n_digits > 0 && n <= UINT32_MAX;
}

/* Exactly what user_session_key() makes: a record is deleted by this text. */
static bool
is_key(const char text[USER_SESSION_KEY_BYTES])
{
	struct digest_tag tag;

	return hex_decode(text, tag.bytes, sizeof(tag.bytes)) &&
	       text[USER_SESSION_KEY_BYTES - 1] == '\0';
}

/* What write_members() writes last. */
static bool
read_limits(struct user_session *session, struct str json)
{
	if (!TAKE_LEAD(&json, ",\"duration\":") || !take_number(&json, &session->duration_s) ||
	    (TAKE_LEAD(&json, ",\"idle\":") && !take_number(&json, &session->idle_s)))
		return false;
	session->is_remembered = TAKE_LEAD(&json, ",\"remembered\":true");
	return str_eq(json, STR_LIT("}"));
}

/* Byte for byte the shape that base_write() makes; anything else is left to json-c. */
static bool
read_fast(struct user_session *session, struct str json)
{
	const size_t n_id = IDENT_TEXT_BYTES - 1, n_time = BASE_TIME_BYTES - 1,
		     n_key = USER_SESSION_KEY_BYTES - 1;
	const char *id, *created, *updated, *session_id;
	struct str user_id;

	if ((id = TAKE_FIXED(&json, "{\"id\":\"", n_id)) == NULL ||
	    (created = TAKE_FIXED(&json, ",\"created_at\":\"", n_time)) == NULL ||
	    (updated = TAKE_FIXED(&json, ",\"updated_at\":\"", n_time)) == NULL ||
	    !TAKE_LEAD(&json, ",\"user_id\":\"") || !str_split(json, '"', &user_id, &json) ||
	    str_index(user_id, '\\') >= 0 ||
	    (session_id = TAKE_FIXED(&json, ",\"session_id\":\"", n_key)) == NULL ||
	    !read_limits(session, json))
		return false;
	memcpy(session->base.id, id, n_id);
	memcpy(session->session_id, session_id, n_key);
	if (!ident_parse(str_mem(id, n_id), session->base.uuid) ||
	    !set_text(session->user_id, sizeof(session->user_id), user_id) ||
	    !base_parse_time(str_mem(created, n_time), &session->base.created_ms))
		return false;
	/* Always so, unless the original wrote it. */
	if (memcmp(created, updated, n_time) == 0) {
		session->base.updated_ms = session->base.created_ms;
		return true;
	}
	return base_parse_time(str_mem(updated, n_time), &session->base.updated_ms);
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

static uint32_t
number_member(struct json_object *json, const char *name)
{
	struct json_object *member;
	int64_t n;

	if (!json_object_object_get_ex(json, name, &member))
		return 0;
	n = json_object_get_int64(member);
	return (uint32_t)(n < 0 ? 0 : n > UINT32_MAX ? UINT32_MAX : n);
}

static bool
read_object(struct user_session *session, struct json_object *json)
{
	struct json_object *remembered;

	session->duration_s = number_member(json, "duration");
	session->idle_s = number_member(json, "idle");
	session->is_remembered = json_object_object_get_ex(json, "remembered", &remembered) &&
				 json_object_get_boolean(remembered);
	return base_init_from_json(&session->base, &user_session_model, json) &&
	       set_text(
		   session->user_id, sizeof(session->user_id), text_member(json, "user_id")) &&
	       set_text(session->session_id, sizeof(session->session_id),
		   text_member(json, "session_id"));
}

bool
user_session_read(struct user_session *session, struct str json)
{
	bool is_read;

	*session = (struct user_session){ .base = { .model = &user_session_model } };
	atomic_init(&session->base.n_refs, 1);
	is_read = read_fast(session, json);
	if (!is_read) {
		struct json_tokener *tokener = json_tokener_new();
		struct json_object *object = NULL;

		if (tokener != NULL)
			object = json_tokener_parse_ex(tokener, json.p, (int)json.n);
		is_read = json_object_is_type(object, json_type_object) &&
			  read_object(session, object);
		(void)json_object_put(object);
		if (tokener != NULL)
			json_tokener_free(tokener);
	}
	set_keys(session);
	return is_read && is_key(session->session_id);
}

static struct base *
parse(struct str json)
{
	struct user_session *session = malloc(sizeof(*session));

	if (session == NULL)
		return NULL;
	if (!user_session_read(session, json)) {
		free(session);
		return NULL;
	}
	return &session->base;
}

static void
write_members(const struct base *base, struct buf *out)
{
	const struct user_session *session = (const struct user_session *)base;

	buf_add_z(out, ",\"user_id\":");
	json_write_string(out, str_of(session->user_id));
	buf_addf(out, ",\"session_id\":\"%s\",\"duration\":%lu", session->session_id,
	    (unsigned long)session->duration_s);
	/* What is so by default is not written: most have neither. */
	if (session->idle_s != 0)
		buf_addf(out, ",\"idle\":%lu", (unsigned long)session->idle_s);
	if (session->is_remembered)
		buf_add_z(out, ",\"remembered\":true");
}

static struct str
attribute(const struct base *base, struct str name)
{
	const struct user_session *session = (const struct user_session *)base;

	if (str_eq(name, STR_LIT("user_id")))
		return str_of(session->user_id);
	if (str_eq(name, STR_LIT("session_id")))
		return str_of(session->session_id);
	return STR_NULL;
}

static void
destroy(struct base *base)
{
	free(base);
}

const struct base_model user_session_model = {
	.name = "UserSession",
	.parse = parse,
	.write_members = write_members,
	.attribute = attribute,
	.free = destroy,
};
