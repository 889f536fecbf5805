/* legacy_json.c - see legacy_json.h */
#include "model/legacy_json.h"

#include <errno.h>
#include <stdlib.h>

#include <json-c/json.h>
#include <json-c/linkhash.h>

#include "core/clock.h"
#include "core/json_write.h"
#include "model/account.h"
#include "password/password.h"

static int
parse_file(struct str json, struct json_object **ret, struct err *err)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *object;
	size_t end;
	int r = 0;

	if (tokener == NULL)
		return err_set(err, -ENOMEM, "no memory");
	if (json.n > LEGACY_JSON_MAX_BYTES) {
		json_tokener_free(tokener);
		return err_set(err, -EFBIG, "the file is larger than 1 GiB");
	}
	/* Not strict: that of json-c 0.17 and 0.18 refuses characters beyond ASCII. */
	json_tokener_set_flags(
	    tokener, JSON_TOKENER_VALIDATE_UTF8 | JSON_TOKENER_ALLOW_TRAILING_CHARS);
	object = json_tokener_parse_ex(tokener, json.p, (int)json.n);
	end = json_tokener_get_parse_end(tokener);
	while (end < json.n && strchr(" \t\r\n", json.p[end]) != NULL)
		end++;
	if (!json_object_is_type(object, json_type_object) || end != json.n) {
		(void)json_object_put(object);
		r = err_set(err, -EBADMSG, "not one JSON object (byte %zu)", end);
	} else {
		*ret = object;
	}
	json_tokener_free(tokener);
	return r;
}

static void
refuse(struct legacy_json_report *report, const char *id, const char *reason)
{
	report->n_refused++;
	if (report->refused != NULL)
		report->refused(report->arg, str_of(id), reason);
}

static struct base *
parse_one(const struct base_model *model, struct json_object *value)
{
	const char *text = json_object_is_type(value, json_type_object)
			       ? json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN)
			       : NULL;

	return text != NULL ? model->parse(str_of(text)) : NULL;
}

/* ---------------------------------------------------------------------- users */

/* What one import has taken so far: the file itself may hold an address twice. */
struct taken {
	struct collection *collection;
	struct lh_table *emails;
	struct base **users;
	size_t n_users;
};

/* What POST /users asks of a user; the password is a hash here. */
static const char *
account_problem_of(const struct user *user)
{
	const char *problem;

	if (str_is_empty(user->email))
		return "no email";
	if ((problem = user_email_problem(user->email)) != NULL ||
	    (problem = account_name_problem(user->first_name)) != NULL ||
	    (problem = account_name_problem(user->last_name)) != NULL)
		return problem;
	/* The original can store users without a password; nobody can sign in as them. */
	if (user->password_hash.n > 0 && !password_is_hash(user->password_hash))
		return "the password is no hash that can be verified";
	return NULL;
}

static const char *
problem_of(const struct taken *taken, const char *id, const struct user *user)
{
	char email[USER_EMAIL_MAX_BYTES + 1];
	const char *problem;
	struct base *other;

	if (!str_eq_z(str_of(user->base.id), id))
		return "the key differs from the id";
	if ((problem = account_problem_of(user)) != NULL)
		return problem;
	memcpy(email, user->email.p, user->email.n);
	email[user->email.n] = '\0';
	if (collection_find_locked(taken->collection, user->email, &other) == 0) {
		base_unref(other);
		return "another user has that email";
	}
	if (lh_table_lookup_entry(taken->emails, email) != NULL)
		return "the file holds that email twice";
	return NULL;
}

static int
take_user(struct taken *taken, const char *id, struct json_object *value,
    struct legacy_json_report *report)
{
	struct base *base, *there;
	const char *problem;
	char *email;

	if (collection_get_locked(taken->collection, str_of(id), &there) == 0) {
		base_unref(there);
		report->n_present++;
		return 0;
	}
	if ((base = parse_one(&user_model, value)) == NULL) {
		refuse(report, id, "not a user");
		return 0;
	}
	if ((problem = problem_of(taken, id, (struct user *)base)) != NULL) {
		refuse(report, id, problem);
		base_unref(base);
		return 0;
	}
	email = str_dup(((struct user *)base)->email);
	if (email == NULL || lh_table_insert(taken->emails, email, NULL) != 0) {
		free(email);
		base_unref(base);
		return -ENOMEM;
	}
	taken->users[taken->n_users++] = base;
	return 0;
}

static void
free_key(struct lh_entry *entry)
{
	free(lh_entry_k(entry));
}

static int
import_locked(struct collection *c, struct json_object *file, struct legacy_json_report *report)
{
	struct taken taken = { c, lh_kchar_table_new(64, free_key),
		calloc((size_t)json_object_object_length(file) + 1, sizeof(*taken.users)), 0 };
	int r = taken.emails != NULL && taken.users != NULL ? 0 : -ENOMEM;
	struct lh_entry *entry;

	if (r == 0)
		for (entry = json_object_get_object(file)->head; r == 0 && entry != NULL;
		     entry = entry->next)
			r = take_user(&taken, lh_entry_k(entry),
			    (struct json_object *)lh_entry_v(entry), report);
	if (r == 0)
		r = collection_save_many_locked(
		    c, (const struct base *const *)taken.users, taken.n_users);
	if (r == 0)
		report->n_added += taken.n_users;
	for (size_t i = 0; i < taken.n_users; i++)
		base_unref(taken.users[i]);
	free(taken.users);
	if (taken.emails != NULL)
		lh_table_free(taken.emails);
	return r;
}

int
legacy_json_read_users(
    struct users *users, struct str json, struct legacy_json_report *report, struct err *err)
{
	struct collection *c = users_collection(users);
	struct json_object *file;
	int r;

	if ((r = parse_file(json, &file, err)) != 0)
		return r;
	if ((r = collection_begin(c)) == 0) {
		r = import_locked(c, file, report);
		if (r == 0)
			r = collection_commit(c);
		else
			collection_abort(c);
	}
	if (r != 0)
		(void)err_set(err, r, "the journal of users refused: %s", strerror(-r));
	(void)json_object_put(file);
	return r;
}

/* ------------------------------------------------------------------- sessions */

#define LOT_MAX 256

struct target {
	struct collection *copy; /* of what the journal holds */
	struct user_sessions *sessions;
	struct table *table;
	const struct digest_key *key;
	struct str realm;
	const struct base *lot[LOT_MAX]; /* taken, and not in the journal yet */
	size_t n_lot;
};

/* The original's ids are UUIDs; our own export holds digests. */
static bool
digest_id(const struct target *target, struct json_object *value)
{
	struct json_object *member;
	char key[USER_SESSION_KEY_BYTES];
	struct digest_tag tag;
	struct str id;
	uint8_t bytes[IDENT_BYTES];

	if (!json_object_is_type(value, json_type_object) ||
	    !json_object_object_get_ex(value, "session_id", &member) ||
	    !json_object_is_type(member, json_type_string))
		return false;
	id =
	    str_mem(json_object_get_string(member), (size_t)json_object_get_string_len(member));
	if (!ident_parse(id, bytes))
		return id.n == USER_SESSION_KEY_BYTES - 1;
	tag = user_session_digest(target->key, TABLE_KIND_STORED, target->realm, id);
	user_session_key(&tag, key);
	return json_object_set_string(member, key) == 1;
}

/* What nobody could sign in with is not for the table. */
static int
begin_in_table(const struct target *target, const struct user_session *session)
{
	struct table_entry entry = { .tag = user_session_tag(session),
		.lifetime_s = session->duration_s,
		.kind = TABLE_KIND_STORED };

	if (!user_session_pack_owner(str_of(session->user_id), &entry.owner))
		return 0;
	entry.created_ms = session->base.created_ms - table_wall_offset_ms(target->table);
	if (entry.created_ms > clock_boot_ms())
		entry.created_ms = clock_boot_ms();
	return user_sessions_begin(target->sessions, target->table, NULL, &entry, 0);
}

/* Those from the first on that the table did not take are of no use in the journal. */
static void
take_back(const struct target *target, size_t first)
{
	struct digest_tag tags[LOT_MAX];
	size_t n = 0;

	for (size_t i = first; i < target->n_lot; i++)
		tags[n++] = user_session_tag((const struct user_session *)target->lot[i]);
	(void)user_sessions_remove_many(target->sessions, tags, n);
}

/* As many logins would: in the journal and on the disk, all with one flush; then in the table. */
static int
begin_lot(struct target *target, struct legacy_json_report *report)
{
	int r = user_sessions_add_many(target->sessions, target->lot, target->n_lot);
	size_t i = 0;

	if (r == 0) {
		while (i < target->n_lot && r == 0)
			if ((r = begin_in_table(
				 target, (const struct user_session *)target->lot[i])) == 0)
				i++;
		if (r != 0)
			take_back(target, i);
	}
	report->n_added += i;
	for (i = 0; i < target->n_lot; i++)
		base_unref((struct base *)(uintptr_t)target->lot[i]);
	target->n_lot = 0;
	return r;
}

static bool
is_in_lot(const struct target *target, struct str key)
{
	for (size_t i = 0; i < target->n_lot; i++)
		if (str_eq(target->lot[i]->key, key))
			return true;
	return false;
}

/*
 * There already: in the table too, unless an import was killed between the two, or the session
 * is past, which that does not change.
 */
static int
repeat(const struct target *target, const struct user_session *session)
{
	struct digest_tag tag = user_session_tag(session);
	struct table_entry entry;
	int r = table_find(target->table, &tag, &entry);

	return r == TABLE_E_ABSENT ? begin_in_table(target, session) : r;
}

static int
take_session(struct target *target, const char *id, struct json_object *value,
    struct legacy_json_report *report)
{
	struct base *base, *there;
	int r;

	if (!digest_id(target, value) ||
	    (base = parse_one(&user_session_model, value)) == NULL) {
		refuse(report, id, "not a session");
		return 0;
	}
	if ((r = collection_get(target->copy, base->key, &there)) == 0) {
		r = repeat(target, (const struct user_session *)there);
		report->n_present++;
		base_unref(there);
	} else if (r > 0 && is_in_lot(target, base->key)) {
		report->n_present++;
		r = 0;
	} else if (r > 0) {
		target->lot[target->n_lot++] = base;
		return target->n_lot == LOT_MAX ? begin_lot(target, report) : 0;
	}
	base_unref(base);
	return r;
}

/* A reading copy: the process itself keeps none of the stored sessions. */
static int
open_copy(struct user_sessions *sessions, struct collection **ret, struct err *err)
{
	return collection_open(ret, &user_session_model, user_sessions_config(sessions), err);
}

int
legacy_json_read_sessions(struct user_sessions *sessions, struct table *table,
    const struct digest_key *key, struct str realm, struct str json,
    struct legacy_json_report *report, struct err *err)
{
	struct target target = {
		.sessions = sessions, .table = table, .key = key, .realm = realm
	};
	struct json_object *file;
	struct lh_entry *entry;
	int r;

	if ((r = parse_file(json, &file, err)) != 0)
		return r;
	r = open_copy(sessions, &target.copy, NULL);
	if (r == 0)
		for (entry = json_object_get_object(file)->head; r == 0 && entry != NULL;
		     entry = entry->next)
			r = take_session(&target, lh_entry_k(entry),
			    (struct json_object *)lh_entry_v(entry), report);
	if (r == 0 && target.n_lot > 0)
		r = begin_lot(&target, report);
	while (target.n_lot > 0)
		base_unref((struct base *)(uintptr_t)target.lot[--target.n_lot]);
	if (r != 0)
		(void)err_set(
		    err, r, "the session table or its journal refused: %s", strerror(-r));
	collection_close(target.copy);
	(void)json_object_put(file);
	return r;
}

/* -------------------------------------------------------------------- writing them */

struct writer {
	struct buf *out;
	bool is_first;
};

/* Times as the original writes them: whole seconds, 'T'. */
static void
add_time(struct buf *out, const char *name, int64_t ms)
{
	char text[BASE_TIME_BYTES];

	base_format_time(ms, text);
	text[10] = 'T';
	buf_addf(out, ", \"%s\": \"%.19s\"", name, text);
}

static void
begin_object(struct writer *writer, const struct base *base)
{
	buf_addf(writer->out, "%s\"%s\": {\"id\": \"%s\"", writer->is_first ? "" : ",\n",
	    base->id, base->id);
	writer->is_first = false;
	add_time(writer->out, "created_at", base->created_ms);
	add_time(writer->out, "updated_at", base->updated_ms);
}

static void
add_text(struct buf *out, const char *name, struct str text)
{
	buf_addf(out, ", \"%s\": ", name);
	if (str_is_null(text))
		buf_add_z(out, "null");
	else
		json_write_string(out, text);
}

/* What the original does not know and passes over. */
static void
add_own(struct buf *out, const struct user *user)
{
	if (!str_is_empty(user->groups)) {
		buf_add_z(out, ", \"_groups\": ");
		user_write_groups(user, out);
	}
	if (user_is_disabled(user))
		buf_add_z(out, ", \"_disabled\": true");
}

static bool
write_one(void *arg, struct base *base)
{
	static const char *const of_user[] = { "email", "_password", "first_name", "last_name",
		NULL };
	static const char *const of_session[] = { "user_id", "session_id", NULL };
	struct writer *writer = arg;
	const char *const *name = base->model == &user_model ? of_user : of_session;

	begin_object(writer, base);
	for (; *name != NULL; name++)
		add_text(writer->out, *name, base_attribute(base, str_of(*name)));
	if (base->model == &user_model)
		add_own(writer->out, (const struct user *)base);
	buf_add_char(writer->out, '}');
	return buf_error(writer->out) == 0;
}

static int
write_all(struct collection *c, struct buf *out)
{
	struct writer writer = { out, true };
	int r;

	buf_add_char(out, '{');
	r = collection_each(c, write_one, &writer);
	buf_add_z(out, "}\n");
	return r != 0 ? r : buf_error(out);
}

int
legacy_json_write_users(struct users *users, struct buf *out)
{
	return write_all(users_collection(users), out);
}

int
legacy_json_write_sessions(struct user_sessions *sessions, struct buf *out)
{
	struct collection *copy;
	int r = open_copy(sessions, &copy, NULL);

	if (r != 0)
		return r;
	r = write_all(copy, out);
	collection_close(copy);
	return r;
}
