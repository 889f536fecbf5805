/* main_4.c - a user with a session; GET / tells whether the request is theirs */
#include <stdio.h>

#include "program.h"

static void
make_user_and_session(struct program *program)
{
	struct user *user = program_make_user(program, "bobsession@hbtn.io", "fake pwd");
	char session_id[IDENT_SESSION_BYTES];

	program_must(program->auth.ops->create_session(
			 &program->auth, str_of(user->base.id), session_id),
	    "create_session");
	(void)printf("User with ID: %s has a Session ID: %s\n", user->base.id, session_id);
	(void)fflush(stdout);
	user_unref(user);
}

static void
root_path(struct program *program, const struct auth *auth, struct buf *out)
{
	struct user *user = NULL;
	int r = auth->ops->current_user(auth, &user);

	(void)program;
	if (r == 0) {
		buf_add_z(out, "User found: ");
		buf_add_z(out, user->base.id);
		buf_add_z(out, "\n");
	} else {
		buf_add_z(out, r > 0 ? "No user found\n" : "Try again later\n");
	}
	user_unref(user);
}

int
main(int argc, char **argv)
{
	return program_serve(argc, argv, make_user_and_session, root_path);
}
