/*
 * sessions.h - for main_1 and main_2: the sessions made so far, as the original prints its
 * dictionary user_id_by_session_id
 *
 * The session table keeps digests of ids and no ids: nothing can list those.  So the program
 * remembers what it was given, and asks the chain for the user of each.
 */
#ifndef PROGRAMS_SESSIONS_H
#define PROGRAMS_SESSIONS_H

#include "program.h"

#define SESSIONS_MOST 8

/* NULL is the original's None; so is a number, which no text variable of C can hold. */
#define SESSIONS_NONE NULL

struct sessions {
	const struct auth *auth;
	char ids[SESSIONS_MOST][IDENT_SESSION_BYTES];
	size_t n;
};

/* The new session's id, or "None".  user_id NULL: no text. */
const char *sessions_create(struct sessions *sessions, const char *user_id);

/* The user's id, or "None".  session_id NULL: no text.  Valid until the next call. */
const char *sessions_user_id(struct sessions *sessions, const char *session_id);

/* {'<session id>': '<user id>', ...} and a newline. */
void sessions_print(struct sessions *sessions);

#endif
