/*
 * password_prompt.h - a password from the person at the terminal, or from standard input
 *
 * Ownership  The caller's memory: secret_wipe() on every path.
 */
#ifndef CTL_PASSWORD_PROMPT_H
#define CTL_PASSWORD_PROMPT_H

#include <stdbool.h>

#include "password/password.h"

struct secret {
	/* One byte more than allowed, to notice; the CR of a line that ends in CR LF; and NUL. */
	char text[PASSWORD_MAX_BYTES + 3];
	size_t n;
};

/*
 * From the terminal without echo, twice; else one line of standard input, without the LF or
 * CR LF that ends it.  Never an argument.  False after telling why on standard error.
 */
bool secret_read(struct secret *secret);

void secret_wipe(struct secret *secret);

#endif
