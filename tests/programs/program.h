/*
 * program.h - what the five small programs share
 *
 * Purpose    main_0 to main_4 show the library's models and auth chain at work, printing what
 *            the programs of the same names in the original project print.  They are examples
 *            to read, and the transcripts of tests/behaviour run them.
 * Calling    program_open() ... program_close() for programs that print and end;
 *            program_serve() for those that answer "/" behind a web server.
 * Errors     Any failure ends the program with a message and status 1.
 */
#ifndef PROGRAMS_PROGRAM_H
#define PROGRAMS_PROGRAM_H

#include "app/app.h"
#include "auth/registry.h"
#include "conf/configuration.h"

struct program {
	struct configuration conf;
	struct app app;
	struct request_settings site; /* AUTH_TYPE and so on, from the environment */
	struct auth auth;             /* what AUTH_TYPE asks for */
};

/* Ends the program unless r is 0. */
void program_must(int r, const char *what);

/* Directories come from SESSIONGATE_DATA_DIR and SESSIONGATE_RUN_DIR, as for sessiongate. */
void program_open(struct program *program);
void program_close(struct program *program);

/* A user with that address and password, stored. */
struct user *program_make_user(
    struct program *program, const char *email, const char *password);

/*
 * Serve FastCGI or CGI with sessiongate's options, answering GET / with the text that write_text
 * makes, and 404 to everything else.  once is called before the first answer, not as a CGI
 * program; NULL: nothing.
 */
int program_serve(int argc, char **argv, void (*once)(struct program *program),
    void (*write_text)(struct program *program, const struct auth *auth, struct buf *out));

#endif
