/* users.c - see users.h */
#include "model/users.h"

#include <errno.h>

/* A struct users is its collection: the type keeps the two models apart. */
static struct collection *
collection_of(struct users *users)
{
	return (struct collection *)users;
}

int
users_open(struct users **ret, const struct journal_config *config, struct err *err)
{
	struct collection *c;
	int r = collection_open(&c, &user_model, config, err);

	if (r == 0)
		*ret = (struct users *)c;
	return r;
}

int
users_fold_case(struct users *users)
{
	return collection_fold_alternate(collection_of(users));
}

void
users_close(struct users *users)
{
	collection_close(collection_of(users));
}

struct collection *
users_collection(struct users *users)
{
	return collection_of(users);
}

int
users_get(struct users *users, struct str id, struct user **ret)
{
	struct base *base;
	int r = collection_get(collection_of(users), id, &base);

	if (r == 0)
		*ret = (struct user *)base;
	return r;
}

int
users_get_by_uuid(struct users *users, const uint8_t uuid[IDENT_BYTES], struct user **ret)
{
	struct base *base;
	int r = collection_get_by_uuid(collection_of(users), uuid, &base);

	if (r == 0)
		*ret = (struct user *)base;
	return r;
}

int
users_find_by_email(struct users *users, struct str email, struct user **ret)
{
	struct base *base;
	int r = collection_find(collection_of(users), email, &base);

	if (r == 0)
		*ret = (struct user *)base;
	return r;
}

int
users_count(struct users *users, uint64_t *ret_n)
{
	return collection_count(collection_of(users), ret_n);
}

struct visit {
	bool (*fn)(void *arg, const struct user *user);
	void *arg;
};

static bool
visit_one(void *arg, struct base *base)
{
	const struct visit *visit = arg;

	return visit->fn(visit->arg, (const struct user *)base);
}

int
users_each(struct users *users, bool (*fn)(void *arg, const struct user *user), void *arg)
{
	struct visit visit = { fn, arg };

	return collection_each(collection_of(users), visit_one, &visit);
}

struct search {
	struct str attribute, value;
	struct visit visit;
};

static bool
search_one(void *arg, struct base *base)
{
	struct search *search = arg;
	struct str value = base_attribute(base, search->attribute);

	if (str_is_null(value) || !str_eq(value, search->value))
		return true;
	return visit_one(&search->visit, base);
}

int
users_search(struct users *users, struct str attribute, struct str value,
    bool (*fn)(void *arg, const struct user *user), void *arg)
{
	struct search search = { attribute, value, { fn, arg } };

	return collection_each(collection_of(users), search_one, &search);
}

struct twin {
	struct str email;
	bool is_there;
};

static bool
look_for_twin(void *arg, const struct user *user)
{
	struct twin *twin = arg;

	twin->is_there = str_eq_nocase(user->email, twin->email);
	return !twin->is_there;
}

/* With the lock held.  0, USERS_E_EXISTS, USERS_E_CASE, negative errno. */
static int
check_new(struct users *users, struct str email, bool is_distinct)
{
	struct twin twin = { email, false };
	struct base *other;
	int r = collection_find_locked(collection_of(users), email, &other);

	if (r == 0) {
		base_unref(other);
		return USERS_E_EXISTS;
	}
	if (!is_distinct)
		return 0;
	r = users_each(users, look_for_twin, &twin);
	return r != 0 ? r : twin.is_there ? USERS_E_CASE : 0;
}

static int
add(struct users *users, const struct user *user, bool is_distinct)
{
	struct collection *c = collection_of(users);
	int r;

	if ((r = collection_begin(c)) != 0)
		return r;
	if ((r = check_new(users, user->email, is_distinct)) == 0)
		r = collection_save_locked(c, &user->base);
	if (r == 0)
		return collection_commit(c);
	collection_abort(c);
	return r;
}

int
users_add(struct users *users, const struct user *user)
{
	return add(users, user, false);
}

int
users_add_distinct(struct users *users, const struct user *user)
{
	return add(users, user, true);
}

/* ------------------------------------------------- the last enabled member of a group */

struct look {
	struct str group, id;
	bool has_other;
};

static bool
is_enabled_member(const struct user *user, struct str group)
{
	return !user_is_disabled(user) && user_in_group(user, group);
}

static bool
look_at_one(void *arg, const struct user *user)
{
	struct look *look = arg;

	look->has_other =
	    is_enabled_member(user, look->group) && !str_eq_z(look->id, user->base.id);
	return !look->has_other;
}

/* With the lock held.  changed NULL: now will be gone.  0, USERS_E_LAST, negative errno. */
static int
check_kept(
    struct users *users, struct str group, const struct user *now, const struct user *changed)
{
	struct look look = { group, str_of(now->base.id), false };
	int r;

	if (str_is_null(group) || !is_enabled_member(now, group) ||
	    (changed != NULL && is_enabled_member(changed, group)))
		return 0;
	r = users_each(users, look_at_one, &look);
	return r != 0 ? r : look.has_other ? 0 : USERS_E_LAST;
}

/* ------------------------------------------------------------------------ changes */

/* What to make of the user that is there now; the same codes as users_*(). */
typedef int (*change_fn)(const struct user *now, const void *arg, struct user **ret_changed);

static int
change(struct users *users, struct str id, change_fn fn, const void *arg, struct str kept,
    struct user **ret)
{
	struct collection *c = collection_of(users);
	struct user *changed = NULL;
	struct base *now;
	int r;

	if ((r = collection_begin(c)) != 0)
		return r;
	if ((r = collection_get_locked(c, id, &now)) == 0) {
		r = fn((const struct user *)now, arg, &changed);
		if (r == 0)
			r = check_kept(users, kept, (const struct user *)now, changed);
		base_unref(now);
	}
	if (r == 0)
		r = collection_save_locked(c, &changed->base);
	if (r == 0)
		r = collection_commit(c);
	else
		collection_abort(c);
	if (r == 0 && ret != NULL)
		*ret = changed;
	else
		user_unref(changed);
	return r;
}

struct names {
	struct str first_name, last_name;
};

static int
change_names(const struct user *now, const void *arg, struct user **ret_changed)
{
	const struct names *names = arg;

	return user_changed(now, STR_NULL, names->first_name, names->last_name, ret_changed);
}

int
users_rename(struct users *users, struct str id, struct str first_name, struct str last_name,
    struct user **ret)
{
	struct names names = { first_name, last_name };

	return change(users, id, change_names, &names, STR_NULL, ret);
}

struct passwords {
	struct str only_if, password_hash;
};

static int
change_password(const struct user *now, const void *arg, struct user **ret_changed)
{
	const struct passwords *passwords = arg;

	if (!str_is_null(passwords->only_if) && !str_eq(passwords->only_if, now->password_hash))
		return USERS_E_ABSENT;
	return user_changed(now, passwords->password_hash, STR_NULL, STR_NULL, ret_changed);
}

int
users_set_password(
    struct users *users, struct str id, struct str only_if, struct str password_hash)
{
	struct passwords passwords = { only_if, password_hash };

	return change(users, id, change_password, &passwords, STR_NULL, NULL);
}

static int
switch_user(const struct user *now, const void *arg, struct user **ret_changed)
{
	return user_switched(now, *(const bool *)arg, ret_changed);
}

int
users_set_disabled(struct users *users, struct str id, bool is_disabled, struct str kept)
{
	return change(users, id, switch_user, &is_disabled, kept, NULL);
}

struct regrouping {
	enum groups_change how;
	const struct str *names;
	size_t n;
};

static int
regroup(const struct user *now, const void *arg, struct user **ret_changed)
{
	const struct regrouping *regrouping = arg;
	struct buf groups;
	int r;

	buf_init(&groups, (size_t)2 * GROUPS_MAX_BYTES);
	r = groups_changed(
	    now->groups, regrouping->how, regrouping->names, regrouping->n, &groups);
	if (r == 0)
		r = user_regrouped(now, buf_str(&groups), ret_changed);
	else if (r > 0)
		r = r == GROUPS_E_MANY ? USERS_E_MANY : -EINVAL;
	buf_fini(&groups);
	return r;
}

int
users_set_groups(struct users *users, struct str id, enum groups_change how,
    const struct str *names, size_t n, struct str kept, struct user **ret)
{
	const struct regrouping regrouping = { how, names, n };

	return change(users, id, regroup, &regrouping, kept, ret);
}

int
users_remove(struct users *users, struct str id, struct str kept)
{
	struct collection *c = collection_of(users);
	struct base *now;
	int r;

	if ((r = collection_begin(c)) != 0)
		return r;
	if ((r = collection_get_locked(c, id, &now)) == 0) {
		r = check_kept(users, kept, (const struct user *)now, NULL);
		base_unref(now);
	}
	if (r == 0)
		r = collection_remove_locked(c, id);
	if (r == 0)
		return collection_commit(c);
	collection_abort(c);
	return r;
}
