/* account.c - see account.h */
#include "model/account.h"

#include <sodium.h>

#include "core/utf8.h"

/* What may not stand in an address, wherever it is; NULL: nothing. */
static const char *
character_problem(struct str email)
{
	while (email.n > 0) {
		uint32_t code;
		size_t n = utf8_next(email, &code);

		if (n == 0 || utf8_is_unsafe(code))
			return "email holds a control character";
		if (utf8_is_blank(code))
			return "email holds a blank";
		/* RFC 7617 section 2: Basic would take what follows for the password. */
		if (code == ':')
			return "email holds a colon";
		email = str_skip(email, n);
	}
	return NULL;
}

const char *
account_email_problem(struct str email)
{
	const char *problem;
	struct str name, domain;

	if ((problem = user_email_problem(email)) != NULL ||
	    (problem = character_problem(email)) != NULL)
		return problem;
	if (!str_split(email, '@', &name, &domain) || name.n == 0 || domain.n == 0 ||
	    str_index(domain, '@') >= 0)
		return "email needs one @, with something before and after it";
	return NULL;
}

const char *
account_name_problem(struct str name)
{
	return name.n > USER_NAME_MAX_BYTES ? "a name is longer than 1024 bytes" : NULL;
}

const char *
account_password_problem(struct str password)
{
	if (password.n > PASSWORD_MAX_BYTES)
		return "password is longer than 1024 bytes";
	if (str_index(password, '\0') >= 0)
		return "password holds a NUL character";
	/* In JSON, and in Basic, nobody could give it. */
	if (!utf8_is_valid(password))
		return "password is not UTF-8";
	return NULL;
}

const char *
account_problem(const struct account *account)
{
	const char *problem;

	if ((problem = account_email_problem(account->email)) != NULL)
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
	if (r < 0 || (r = hasher_hash(&env->hasher, account->password, hash)) != 0)
		return r;
	r = user_new(
	    account->email, str_of(hash), account->first_name, account->last_name, &user);
	sodium_memzero(hash, sizeof(hash));
	if (r != 0)
		return r;
	r = env->is_distinct ? users_add_distinct(env->users, user)
			     : users_add(env->users, user);
	if (r == 0)
		*ret_user = user;
	else
		user_unref(user);
	return r;
}

int
account_end_other_sessions(const struct account_env *env, struct str id,
    const struct digest_tag *keep, uint64_t *ret_n)
{
	uint64_t n;
	int r = user_sessions_end_all(env->user_sessions, env->table, id, keep, &n, NULL);

	if (ret_n != NULL)
		*ret_n = n;
	return r;
}

static int
set_password(const struct account_env *env, struct str id, struct str only_if,
    struct str password, char ret_hash[PASSWORD_HASH_BYTES])
{
	int r = hasher_hash(&env->hasher, password, ret_hash);

	if (r == 0)
		r = users_set_password(env->users, id, only_if, str_of(ret_hash));
	return r != 0 ? r : account_end_sessions(env, id, NULL);
}

int
account_end_sessions(const struct account_env *env, struct str id, uint64_t *ret_n)
{
	return account_end_other_sessions(env, id, NULL, ret_n);
}

int
account_set_password(const struct account_env *env, struct str id, struct str password)
{
	char hash[PASSWORD_HASH_BYTES];
	int r = set_password(env, id, STR_NULL, password, hash);

	sodium_memzero(hash, sizeof(hash));
	return r;
}

int
account_change_password(const struct account_env *env, const struct user *user,
    struct str password, char ret_hash[PASSWORD_HASH_BYTES])
{
	return set_password(
	    env, str_of(user->base.id), user->password_hash, password, ret_hash);
}

static int
enable(const struct account_env *env, struct str id)
{
	struct user *user;
	bool is_disabled;
	int r;

	if ((r = users_get(env->users, id, &user)) != 0)
		return r;
	is_disabled = user_is_disabled(user);
	user_unref(user);
	if (!is_disabled)
		return 0;
	/* First what disabling may have left; none begins meanwhile. */
	if ((r = account_end_sessions(env, id, NULL)) != 0)
		return r;
	return users_set_disabled(env->users, id, false, STR_NULL);
}

int
account_set_disabled(const struct account_env *env, struct str id, bool is_disabled)
{
	int r;

	if (!is_disabled)
		return enable(env, id);
	/* The user first: no session begins after this. */
	r = users_set_disabled(env->users, id, true, env->kept_group);
	return r != 0 ? r : account_end_sessions(env, id, NULL);
}

int
account_delete(const struct account_env *env, struct str id)
{
	/* The user first: no login begins after this. */
	int r = users_remove(env->users, id, env->kept_group);

	return r != 0 ? r : account_end_sessions(env, id, NULL);
}
