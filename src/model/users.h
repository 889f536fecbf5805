/*
 * users.h - all users
 *
 * Purpose    The operations of the original's User (get, all, count, search, save, remove) on
 *            the journal User.jsonl, with the rules that need to see all of them: an address
 *            is unique.
 * Ownership  Returned users are references of the caller's: user_unref().
 * Errors     USERS_E_*; negative errno: the journal failed, refuse the request (503).
 * Threads    All functions from any thread.
 */
#ifndef MODEL_USERS_H
#define MODEL_USERS_H

#include "model/collection.h"
#include "model/user.h"

enum {
	USERS_E_ABSENT = COLLECTION_E_ABSENT,
	USERS_E_EXISTS, /* another user has that address */
	USERS_E_CASE,   /* another user has it in another case of letters */
	USERS_E_LAST,   /* nobody would be left: see users_remove() */
	USERS_E_MANY,   /* more than GROUPS_MAX groups */
};

struct users;

int users_open(struct users **ret, const struct journal_config *config, struct err *err);

/* Addresses that differ in the case of A-Z alone are one: before the first look-up.  -ENOMEM. */
int users_fold_case(struct users *users);
void users_close(struct users *users); /* accepts NULL */

int users_get(struct users *users, struct str id, struct user **ret);
int users_get_by_uuid(struct users *users, const uint8_t uuid[IDENT_BYTES], struct user **ret);
int users_find_by_email(struct users *users, struct str email, struct user **ret);
int users_count(struct users *users, uint64_t *ret_n);

/* In order of creation; fn returns false to stop. */
int users_each(struct users *users, bool (*fn)(void *arg, const struct user *user), void *arg);

/* Exact equality of a text attribute: id, email, first_name, last_name. */
int users_search(struct users *users, struct str attribute, struct str value,
    bool (*fn)(void *arg, const struct user *user), void *arg);

/* On the disk when these return 0. */
int users_add(struct users *users, const struct user *user);

/*
 * The same, but for an address that differs from another one in the case of A-Z alone: many
 * applications take both for one user.  Looks at all users.
 */
int users_add_distinct(struct users *users, const struct user *user);
int users_rename(struct users *users, struct str id, struct str first_name,
    struct str last_name, struct user **ret); /* STR_NULL: as it is */

/*
 * kept: a group that must not lose its last enabled member by this: USERS_E_LAST, also where two ask at
 * the same time.  STR_NULL: none is.
 */
int users_remove(struct users *users, struct str id, struct str kept);
int users_set_disabled(struct users *users, struct str id, bool is_disabled, struct str kept);

/* The names are groups_is_name(), at most GROUPS_MAX; else -EINVAL. */
int users_set_groups(struct users *users, struct str id, enum groups_change how,
    const struct str *names, size_t n, struct str kept, struct user **ret);

/* only_if: the hash that must be there now, or STR_NULL for any; else USERS_E_ABSENT. */
int users_set_password(
    struct users *users, struct str id, struct str only_if, struct str password_hash);

/* The collection below, for housekeeping, import and export. */
struct collection *users_collection(struct users *users);

#endif
