/* main_3.c - a cookie server: GET / tells the session cookie of the request */
#include "program.h"

static void
root_path(struct program *program, const struct auth *auth, struct buf *out)
{
	struct str cookie = auth->session_id;

	(void)program;
	buf_add_z(out, "Cookie value: ");
	buf_add_str(out, str_is_null(cookie) ? STR_LIT("None") : cookie);
	buf_add_z(out, "\n");
}

int
main(int argc, char **argv)
{
	return program_serve(argc, argv, NULL, root_path);
}
