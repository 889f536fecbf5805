/* account.c - see account.h */
#include "model/account.h"

#include <sodium.h>

#include "model/owner.h"
#include "password/hasher.h"

const char *
account_name_problem(struct str name)
{
	return name.n > USER_NAME_MAX_BYTES ? "a name is longer than 1024 bytes" : NULL;
}

const char *
account_password_problem(struct str password)
{
	if (password.n > PASSWORD_MAX_BYTES)
		return "password is longer than 511 bytes";
	if (str_index(password, '\0') >= 0)
		return "password holds a NUL character";
	return NULL;
}

const char *
account_problem(const struct account *account)
{
	const char *problem;

	if ((problem = user_email_problem(account->email)) != NULL)
		return problem;
	if ((problem = account_password_problem(account->password)) != NULL)
		return problem;
	if ((problem = account_name_problem(account->first_name)) != NULL)
		return problem;
	return account_name_problem(account->last_name);
}

int
account_add(
    const struct account_env *env, const struct account *account, struct user **ret_user)
{
	char hash[PASSWORD_HASH_BYTES];
	struct user *user;
	int r;

	/* Known addresses are refused before the costly part; users_add() has the last word. */
	if ((r = users_find_by_email(env->users, account->email, &user)) == 0) {
		user_unref(user);
		return USERS_E_EXISTS;
	}
	if (r < 0 ||
	    (r = hasher_hash(env->admission, account->password, env->hash_cost, hash)) != 0)
		return r;
	r = user_new(
	    account->email, str_of(hash), account->first_name, account->last_name, &user);
	sodium_memzero(hash, sizeof(hash));
	if (r != 0)
		return r;
	if ((r = users_add(env->users, user)) == 0)
		*ret_user = user;
	else
		user_unref(user);
	return r;
}

/* The file first: what it still holds would be alive again after a reboot. */
int
account_end_sessions(const struct account_env *env, struct str id, uint64_t *ret_n)
{
	struct table_owner owner;
	uint64_t n = 0;
	int r;

	r = user_sessions_remove_user(env->user_sessions, env->user_sessions_config, id, NULL);
	if (r == 0 && owner_pack(id, &owner))
		r = table_remove_owner(env->table, &owner, &n);
	if (ret_n != NULL)
		*ret_n = n;
	return r;
}

int
account_set_password(const struct account_env *env, struct str id, struct str password)
{
	char hash[PASSWORD_HASH_BYTES];
	int r;

	if ((r = hasher_hash(env->admission, password, env->hash_cost, hash)) != 0)
		return r;
	r = users_set_password(env->users, id, STR_NULL, str_of(hash));
	sodium_memzero(hash, sizeof(hash));
	return r != 0 ? r : account_end_sessions(env, id, NULL);
}

int
account_delete(const struct account_env *env, struct str id)
{
	/* The user first: no login begins after this. */
	int r = users_remove(env->users, id);

	return r != 0 ? r : account_end_sessions(env, id, NULL);
}
