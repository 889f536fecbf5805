/* user.c - see user.h */
#include "model/user.h"

#include <errno.h>
#include <stdlib.h>

#include <json-c/json.h>
#include <sodium.h>

#include "core/clock.h"
#include "core/json_write.h"
#include "core/utf8.h"
#include "journal/journal.h"

/* Whatever a journal record holds, one byte of it becomes at most six here: \u00xx. */
#define PUBLIC_MAX_BYTES ((size_t)6 * JOURNAL_VALUE_MAX_BYTES + 1024)

static struct str
copy_text(char **at, struct str from)
{
	struct str copy = { *at, from.n };

	if (str_is_null(from))
		return STR_NULL;
	if (from.n > 0)
		memcpy(*at, from.p, from.n);
	(*at)[from.n] = '\0';
	*at += from.n + 1;
	return copy;
}

/* What a user is beside its base. */
struct members {
	struct str email, password_hash, first_name, last_name, groups;
	bool is_disabled;
};

static struct members
members_of(const struct user *user)
{
	return (struct members){ user->email, user->password_hash, user->first_name,
		user->last_name, user->groups, user->is_disabled };
}

/* An object whose base is still to be filled. */
static struct user *
make(const struct members *members)
{
	struct user *user = calloc(1, sizeof(*user));
	char *at;

	if (user == NULL)
		return NULL;
	buf_init(&user->public_text, PUBLIC_MAX_BYTES);
	at = user->text =
	    malloc(members->email.n + members->password_hash.n + members->first_name.n +
		   members->last_name.n + members->groups.n + 5);
	if (at == NULL) {
		free(user);
		return NULL;
	}
	user->email = copy_text(&at, members->email);
	user->password_hash = copy_text(&at, members->password_hash);
	user->first_name = copy_text(&at, members->first_name);
	user->last_name = copy_text(&at, members->last_name);
	user->groups = copy_text(&at, members->groups);
	user->is_disabled = members->is_disabled;
	return user;
}

static void
destroy(struct base *base)
{
	struct user *user = (struct user *)base;

	if (user->password_hash.n > 0)
		sodium_memzero((char *)(uintptr_t)user->password_hash.p, user->password_hash.n);
	buf_fini(&user->public_text);
	free(user->text);
	free(user);
}

/* The rest of an object whose base is filled.  Takes user over: destroyed on failure. */
static int
complete(struct user *user)
{
	int r;

	user->base.key = str_of(user->base.id);
	user->base.alternate_key = user->email;
	user_write_public(user, 0, &user->public_text);
	buf_add_char(&user->public_text, '\n');
	if ((r = buf_error(&user->public_text)) != 0)
		destroy(&user->base);
	return r;
}

int
user_new(struct str email, struct str password_hash, struct str first_name,
    struct str last_name, struct user **ret)
{
	const struct members members = { email, password_hash, first_name, last_name, STR_NULL,
		false };
	struct user *user = make(&members);
	int r;

	if (user == NULL)
		return -ENOMEM;
	if ((r = base_init(&user->base, &user_model)) != 0) {
		destroy(&user->base);
		return r;
	}
	if ((r = complete(user)) == 0)
		*ret = user;
	return r;
}

/* The same user with other members; updated now. */
static int
change(const struct user *user, const struct members *members, struct user **ret)
{
	struct user *changed = make(members);
	int r;

	if (changed == NULL)
		return -ENOMEM;
	changed->base.model = &user_model;
	atomic_init(&changed->base.n_refs, 1);
	memcpy(changed->base.id, user->base.id, sizeof(changed->base.id));
	memcpy(changed->base.uuid, user->base.uuid, sizeof(changed->base.uuid));
	changed->base.created_ms = user->base.created_ms;
	changed->base.updated_ms = clock_wall_ms();
	if ((r = complete(changed)) == 0)
		*ret = changed;
	return r;
}

int
user_changed(const struct user *user, struct str password_hash, struct str first_name,
    struct str last_name, struct user **ret)
{
	struct members members = members_of(user);

	if (!str_is_null(password_hash))
		members.password_hash = password_hash;
	if (!str_is_null(first_name))
		members.first_name = first_name;
	if (!str_is_null(last_name))
		members.last_name = last_name;
	return change(user, &members, ret);
}

int
user_regrouped(const struct user *user, struct str groups, struct user **ret)
{
	struct members members = members_of(user);

	members.groups = groups;
	return change(user, &members, ret);
}

int
user_switched(const struct user *user, bool is_disabled, struct user **ret)
{
	struct members members = members_of(user);

	members.is_disabled = is_disabled;
	return change(user, &members, ret);
}

void
user_unref(struct user *user)
{
	if (user != NULL)
		base_unref(&user->base);
}

static bool
has_control(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
			return true;
	return false;
}

const char *
user_email_problem(struct str email)
{
	if (email.n > USER_EMAIL_MAX_BYTES)
		return "email is longer than 254 bytes";
	if (has_control(email))
		return "email holds a control character";
	if (!utf8_is_valid(email))
		return "email is not UTF-8";
	return NULL;
}

/* A text member; STR_NULL for null or absent; false for any other type. */
static bool
text_member(struct json_object *json, const char *name, struct str *ret)
{
	struct json_object *member;

	*ret = STR_NULL;
	if (!json_object_object_get_ex(json, name, &member) || member == NULL)
		return true;
	if (!json_object_is_type(member, json_type_string))
		return false;
	*ret =
	    str_mem(json_object_get_string(member), (size_t)json_object_get_string_len(member));
	return true;
}

/* true or false; false for null or absent, too. */
static bool
bool_member(struct json_object *json, const char *name, bool *ret)
{
	struct json_object *member;

	*ret = false;
	if (!json_object_object_get_ex(json, name, &member) || member == NULL)
		return true;
	*ret = json_object_get_boolean(member);
	return json_object_is_type(member, json_type_boolean);
}

/* An array of names, added to out in the form of groups.h; nothing for null or absent. */
static bool
groups_member(struct json_object *json, const char *name, struct buf *out)
{
	struct str names[GROUPS_MAX];
	struct json_object *member;
	size_t n;

	if (!json_object_object_get_ex(json, name, &member) || member == NULL)
		return true;
	if (!json_object_is_type(member, json_type_array) ||
	    (n = json_object_array_length(member)) > GROUPS_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(member, i);

		if (!json_object_is_type(item, json_type_string))
			return false;
		names[i] = str_mem(
		    json_object_get_string(item), (size_t)json_object_get_string_len(item));
	}
	return groups_changed(STR_NULL, GROUPS_SET, names, n, out) == 0;
}

static struct user *
make_from(struct json_object *json, struct buf *groups)
{
	struct members members;

	if (!text_member(json, "email", &members.email) ||
	    !text_member(json, "_password", &members.password_hash) ||
	    !text_member(json, "first_name", &members.first_name) ||
	    !text_member(json, "last_name", &members.last_name) ||
	    !groups_member(json, "_groups", groups) ||
	    !bool_member(json, "_disabled", &members.is_disabled))
		return NULL;
	/* The original can store users without address or password; nobody can sign in as them.
	 */
	if (str_is_null(members.password_hash))
		members.password_hash = STR_LIT("");
	members.groups = buf_str(groups);
	return make(&members);
}

static struct base *
parse_object(struct json_object *json)
{
	struct buf groups;
	struct user *user;

	buf_init(&groups, GROUPS_MAX_BYTES);
	user = make_from(json, &groups);
	buf_fini(&groups);
	if (user == NULL)
		return NULL;
	if (!base_init_from_json(&user->base, &user_model, json)) {
		destroy(&user->base);
		return NULL;
	}
	return complete(user) == 0 ? &user->base : NULL;
}

static struct base *
parse(struct str json)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *object;
	struct base *base = NULL;

	if (tokener == NULL)
		return NULL;
	object = json_tokener_parse_ex(tokener, json.p, (int)json.n);
	if (json_object_is_type(object, json_type_object))
		base = parse_object(object);
	(void)json_object_put(object);
	json_tokener_free(tokener);
	return base;
}

static void
write_text(struct buf *out, struct str text)
{
	if (str_is_null(text))
		buf_add_z(out, "null");
	else
		json_write_string(out, text);
}

static void
write_members(const struct base *base, struct buf *out)
{
	const struct user *user = (const struct user *)base;

	buf_add_z(out, ",\"email\":");
	write_text(out, user->email);
	buf_add_z(out, ",\"_password\":");
	write_text(out, user->password_hash);
	buf_add_z(out, ",\"first_name\":");
	write_text(out, user->first_name);
	buf_add_z(out, ",\"last_name\":");
	write_text(out, user->last_name);
	if (!str_is_empty(user->groups)) {
		buf_add_z(out, ",\"_groups\":");
		user_write_groups(user, out);
	}
	if (user->is_disabled)
		buf_add_z(out, ",\"_disabled\":true");
}

/* An older program would take such a user for one without groups, and enabled. */
static unsigned
format(const struct base *base)
{
	const struct user *user = (const struct user *)base;

	return str_is_empty(user->groups) && !user->is_disabled ? 1 : 2;
}

void
user_write_groups(const struct user *user, struct buf *out)
{
	struct str groups = user->groups, name;
	char lead = '[';

	while (!str_is_null(name = groups_next(&groups))) {
		buf_add_char(out, lead);
		json_write_string(out, name);
		lead = ',';
	}
	buf_add_z(out, lead == '[' ? "[]" : "]");
}

static struct str
attribute(const struct base *base, struct str name)
{
	const struct user *user = (const struct user *)base;

	if (str_eq(name, STR_LIT("email")))
		return user->email;
	if (str_eq(name, STR_LIT("_password")))
		return user->password_hash;
	if (str_eq(name, STR_LIT("first_name")))
		return user->first_name;
	if (str_eq(name, STR_LIT("last_name")))
		return user->last_name;
	return STR_NULL;
}

const struct base_model user_model = {
	.name = "User",
	.parse = parse,
	.write_members = write_members,
	.format = format,
	.attribute = attribute,
	.free = destroy,
};

void
user_display_name(const struct user *user, struct buf *out)
{
	bool has_first = !str_is_null(user->first_name),
	     has_last = !str_is_null(user->last_name);

	if (!has_first && !has_last) {
		buf_add_str(out, user->email);
		return;
	}
	if (has_first)
		buf_add_str(out, user->first_name);
	if (has_first && has_last)
		buf_add_char(out, ' ');
	if (has_last)
		buf_add_str(out, user->last_name);
}

static void
write_member(struct buf *out, unsigned indent, const char *name, struct str text, bool is_last)
{
	for (unsigned i = 0; i < indent; i++)
		buf_add(out, "  ", 2);
	buf_add_char(out, '"');
	buf_add_z(out, name);
	buf_add(out, "\": ", 3);
	write_text(out, text);
	if (!is_last)
		buf_add_char(out, ',');
	buf_add_char(out, '\n');
}

static void
write_time(struct buf *out, unsigned indent, const char *name, int64_t ms, bool is_last)
{
	char text[CLOCK_TEXT_BYTES];

	clock_format_utc(ms / 1000, text);
	write_member(out, indent, name, str_of(text), is_last);
}

void
user_write_public(const struct user *user, unsigned indent, struct buf *out)
{
	for (unsigned i = 0; i < indent; i++)
		buf_add(out, "  ", 2);
	buf_add(out, "{\n", 2);
	write_time(out, indent + 1, "created_at", user->base.created_ms, false);
	write_member(out, indent + 1, "email", user->email, false);
	write_member(out, indent + 1, "first_name", user->first_name, false);
	write_member(out, indent + 1, "id", str_of(user->base.id), false);
	write_member(out, indent + 1, "last_name", user->last_name, false);
	write_time(out, indent + 1, "updated_at", user->base.updated_ms, true);
	for (unsigned i = 0; i < indent; i++)
		buf_add(out, "  ", 2);
	buf_add_char(out, '}');
}
