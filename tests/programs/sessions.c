/* sessions.c - see sessions.h */
#include "sessions.h"

#include <stdio.h>

static struct str
text_or_none(const char *text)
{
	return text != NULL ? str_of(text) : STR_NULL;
}

const char *
sessions_create(struct sessions *sessions, const char *user_id)
{
	const struct auth *auth = sessions->auth;
	char *id = sessions->ids[sessions->n];
	int r = auth->ops->create_session(auth, text_or_none(user_id), id);

	if (r > 0)
		return "None";
	program_must(r, "create_session");
	sessions->n++;
	return id;
}

const char *
sessions_user_id(struct sessions *sessions, const char *session_id)
{
	static char user_id[IDENT_TEXT_BYTES];
	const struct auth *auth = sessions->auth;
	int r = auth_user_id_for_session_id(auth, text_or_none(session_id), user_id);

	if (r > 0)
		return "None";
	program_must(r, "user_id_for_session_id");
	return user_id;
}

void
sessions_print(struct sessions *sessions)
{
	(void)printf("{");
	for (size_t i = 0; i < sessions->n; i++)
		(void)printf("%s'%s': '%s'", i > 0 ? ", " : "", sessions->ids[i],
		    sessions_user_id(sessions, sessions->ids[i]));
	(void)printf("}\n");
}
