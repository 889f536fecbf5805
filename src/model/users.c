/* users.c - see users.h */
#include "model/users.h"

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

int
users_add(struct users *users, const struct user *user)
{
	struct collection *c = collection_of(users);
	struct base *other;
	int r;

	if ((r = collection_begin(c)) != 0)
		return r;
	if (collection_find_locked(c, user->email, &other) == 0) {
		base_unref(other);
		collection_abort(c);
		return USERS_E_EXISTS;
	}
	if ((r = collection_save_locked(c, &user->base)) != 0) {
		collection_abort(c);
		return r;
	}
	return collection_commit(c);
}

/* What to make of the user that is there now; the same codes as users_*(). */
typedef int (*change_fn)(const struct user *now, const void *arg, struct user **ret_changed);

static int
change(struct users *users, struct str id, change_fn fn, const void *arg, struct user **ret)
{
	struct collection *c = collection_of(users);
	struct user *changed = NULL;
	struct base *now;
	int r;

	if ((r = collection_begin(c)) != 0)
		return r;
	if ((r = collection_get_locked(c, id, &now)) == 0) {
		r = fn((const struct user *)now, arg, &changed);
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

	return change(users, id, change_names, &names, ret);
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

	return change(users, id, change_password, &passwords, NULL);
}

int
users_remove(struct users *users, struct str id)
{
	struct collection *c = collection_of(users);
	struct base *now;
	int r;

	if ((r = collection_begin(c)) != 0)
		return r;
	if ((r = collection_get_locked(c, id, &now)) == 0) {
		base_unref(now);
		r = collection_remove_locked(c, id);
	}
	if (r == 0)
		return collection_commit(c);
	collection_abort(c);
	return r;
}
