/* password_prompt.c - see password_prompt.h */
#include "ctl/password_prompt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bsd/readpassphrase.h>
#include <sodium.h>

#include "model/account.h"

void
secret_wipe(struct secret *secret)
{
	sodium_memzero(secret, sizeof(*secret));
}

/* One line, byte by byte: what follows it stays unread, and no copy stays in a stdio buffer. */
static bool
read_line(struct secret *secret)
{
	bool is_ended = false;

	secret->n = 0;
	while (secret->n < sizeof(secret->text) - 1) {
		ssize_t r = read(STDIN_FILENO, &secret->text[secret->n], 1);

		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1)
			return false;
		is_ended = r == 1 && secret->text[secret->n] == '\n';
		if (r == 0 || is_ended)
			break;
		secret->n++;
	}
	/*
	 * A file made on Windows: nobody would find a CR that had become a part of the password.
	 * One that no LF follows was meant.
	 */
	if (is_ended && secret->n > 0 && secret->text[secret->n - 1] == '\r')
		secret->n--;
	secret->text[secret->n] = '\0';
	return true;
}

/* readpassphrase() gives the terminal its echo back, whatever signal ends the program. */
static bool
ask(const char *prompt, struct secret *secret)
{
	if (readpassphrase(prompt, secret->text, sizeof(secret->text), RPP_REQUIRE_TTY) == NULL)
		return false;
	secret->n = strlen(secret->text);
	return true;
}

bool
secret_read(struct secret *secret)
{
	struct secret again = { .n = 0 };
	const char *problem;
	bool is_same;

	if (!isatty(STDIN_FILENO)) {
		if (!read_line(secret)) {
			(void)fprintf(stderr, "sessiongatectl: cannot read the password\n");
			return false;
		}
	} else {
		if (!ask("Password: ", secret) || !ask("Once more: ", &again)) {
			(void)fprintf(
			    stderr, "sessiongatectl: cannot read from the terminal\n");
			return false;
		}
		is_same = secret->n == again.n &&
			  sodium_memcmp(secret->text, again.text, secret->n) == 0;
		secret_wipe(&again);
		if (!is_same) {
			(void)fprintf(stderr,
			    "sessiongatectl: the two passwords differ; nothing was changed\n");
			return false;
		}
	}
	problem = secret->n == 0 ? "password is empty: give one line on standard input"
				 : account_password_problem(str_mem(secret->text, secret->n));
	if (problem != NULL)
		(void)fprintf(stderr, "sessiongatectl: %s\n", problem);
	return problem == NULL;
}
