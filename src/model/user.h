/*
 * user.h - one user
 *
 * Purpose    email, _password, first_name, last_name, _groups, _disabled, and their forms: in the
 *            journal, and in public.  Members whose name begins with '_' are in no public form.
 * Ownership  A struct user begins with its struct base: user_unref() ends a reference.  The
 *            fields are read-only once the object is shared.
 */
#ifndef MODEL_USER_H
#define MODEL_USER_H

#include "core/buf.h"
#include "core/err.h"
#include "core/groups.h"
#include "model/base.h"

#define USER_EMAIL_MAX_BYTES 254  /* RFC 5321 section 4.5.3.1.3, less the angle brackets */
#define USER_NAME_MAX_BYTES  1024 /* of a first or last name; nobody's is longer */

struct user {
	struct base base;
	struct str email;
	struct str password_hash; /* NUL follows */
	struct str first_name;    /* STR_NULL: null */
	struct str last_name;
	struct str groups;      /* groups.h */
	bool is_disabled;       /* signs in nowhere */
	char *text;             /* the memory of the texts */
	struct buf public_text; /* user_write_public(): asked for far more often than changed */
};

extern const struct base_model user_model;

/*
 * A new user with a fresh id, not saved yet.  names may be STR_NULL.  0, -ENOMEM, no
 * randomness.
 */
int user_new(struct str email, struct str password_hash, struct str first_name,
    struct str last_name, struct user **ret);

/* The same user with other names or another hash (STR_NULL: as it is); updated now. */
int user_changed(const struct user *user, struct str password_hash, struct str first_name,
    struct str last_name, struct user **ret);

/* The same user with these groups; updated now. */
int user_regrouped(const struct user *user, struct str groups, struct user **ret);

/* The same user, disabled or enabled; updated now. */
int user_switched(const struct user *user, bool is_disabled, struct user **ret);

void user_unref(struct user *user); /* accepts NULL */

/* No sign-in and no session of a disabled user opens anything. */
static inline bool
user_is_disabled(const struct user *user)
{
	return user->is_disabled;
}

static inline bool
user_in_group(const struct user *user, struct str group)
{
	return groups_has(user->groups, group);
}

/* Why this is no address of a user, in words that follow "Can't create User: "; NULL: it is. */
const char *user_email_problem(struct str email);

/* "", the address, or the names that are set, joined by a blank. */
void user_display_name(const struct user *user, struct buf *out);

/* ["admin","staff"]: as in the journal. */
void user_write_groups(const struct user *user, struct buf *out);

/*
 * The public form, two blanks an indentation step, `indent` steps deep, without a newline at
 * the end (public_text: not indented, with a newline): exactly created_at, email, first_name,
 * id, last_name, updated_at.
 */
void user_write_public(const struct user *user, unsigned indent, struct buf *out);

#endif
