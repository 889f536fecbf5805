/* main_1.c - create_session: who gets a session, and who none */
#include <stdio.h>

#include "sessions.h"

static void
create(struct sessions *sessions, const char *shown, const char *user_id)
{
	(void)printf("%s => %s: ", shown, sessions_create(sessions, user_id));
	sessions_print(sessions);
}

int
main(void)
{
	struct program program;
	struct sessions sessions = { 0 };

	program_open(&program);
	sessions.auth = &program.auth;

	(void)printf("<%.*s>: ", STR_FMT(program.auth.ops->name));
	sessions_print(&sessions);
	create(&sessions, "None", SESSIONS_NONE);
	create(&sessions, "89", SESSIONS_NONE);
	create(&sessions, "abcde", "abcde");
	create(&sessions, "fghij", "fghij");
	create(&sessions, "abcde", "abcde");

	program_close(&program);
	return 0;
}
