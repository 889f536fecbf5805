/* main_2.c - user_id_for_session_id: whose session is it? */
#include <stdio.h>

#include "sessions.h"

static const char *
create(struct sessions *sessions, const char *user_id)
{
	const char *session = sessions_create(sessions, user_id);

	(void)printf("%s => %s: ", user_id, session);
	sessions_print(sessions);
	return session;
}

static void
look_up(struct sessions *sessions, const char *shown, const char *session_id)
{
	(void)printf("%s => %s\n", shown, sessions_user_id(sessions, session_id));
}

int
main(void)
{
	struct program program;
	struct sessions sessions = { 0 };
	const char *session_1, *session_2, *session_1_bis;

	program_open(&program);
	sessions.auth = &program.auth;

	session_1 = create(&sessions, "abcde");
	session_2 = create(&sessions, "fghij");
	(void)printf("---\n");
	look_up(&sessions, "None", SESSIONS_NONE);
	look_up(&sessions, "89", SESSIONS_NONE);
	look_up(&sessions, "doesntexist", "doesntexist");
	(void)printf("---\n");
	look_up(&sessions, session_1, session_1);
	look_up(&sessions, session_2, session_2);
	(void)printf("---\n");
	session_1_bis = create(&sessions, "abcde");
	look_up(&sessions, session_1_bis, session_1_bis);
	look_up(&sessions, session_1, session_1);

	program_close(&program);
	return 0;
}
