/*
 * site.h - a whole application on private directories, for tests
 *
 * Calling    site_open() and site_close() as the checked fixture of a test case; the one site
 *            is in `site`.  What is logged, and what other processes write to standard error,
 *            goes to a file meanwhile: site_log().
 */
#ifndef UNIT_SITE_H
#define UNIT_SITE_H

#include "app/app.h"

struct site {
	char data_dir[300], run_dir[300];
	struct settings settings; /* hash cost 1 */
	struct app app;
	struct account_env accounts;
	int stderr_fd; /* the true one */
};

extern struct site site;

void site_open(void);
void site_close(void);

/* As a restart of the program does: close, open again with at_start. */
void site_reopen(void);

/* As a reboot does: everything in the run directory is gone.  The two halves of it: */
void site_reboot(void);
void site_power_off(void);
int site_power_on(struct err *err); /* what app_open() says */

/* All that was logged so far; the caller frees. */
char *site_log(void);
void site_forget_log(void);

/* A user with that password; the caller unrefs. */
struct user *site_add_user(const char *email, const char *password);

/* Settings of a request with that AUTH_TYPE, and the auth object for them. */
struct request_settings site_settings(const char *auth_type, const char *duration);

/*
 * Run fn in a child process that opens the directories for itself, as another worker does; the
 * child's own asserts fail the test.
 */
void site_in_other_process(void (*fn)(struct app *app, void *arg), void *arg);

/* ------------------------------------------------------- login sessions, by number */

/* As random as true ones: the table counts on it. */
struct digest_tag site_tag(int i);

/* Session i into the journal, not into the table. */
void site_store(int i, const char *user_id, uint32_t duration_s);

/* What the journal holds, read by a copy of its own; the caller closes. */
struct collection *site_open_stored(void);
bool site_is_stored(int i);
uint64_t site_count_stored(void);

/* Is it in the table, and alive? */
bool site_has_session(int i);

#endif
