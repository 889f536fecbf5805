/* gate.c - the verbs of the gate (command.h) */
#include "ctl/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/require.h"
#include "ctl/recipes.h"
#include "ctl/report.h"
#include "ctl/try.h"

static int
recipe(struct command *c, char **arguments)
{
	bool is_found = false;

	(void)c;
	for (const struct recipe_file *file = recipe_files; file->server != NULL; file++) {
		if (strcmp(file->server, arguments[0]) != 0)
			continue;
		(void)printf("%s%s==== %s\n%s", is_found ? "\n" : "",
		    str_ends_with(str_of(file->place), STR_LIT(".lua")) ? "-- " : "# ",
		    file->place, file->text);
		is_found = true;
	}
	if (is_found)
		return EXIT_SUCCESS;
	(void)fprintf(stderr,
	    "sessiongatectl: there is no recipe for %s: nginx, lighttpd, apache or caddy\n",
	    arguments[0]);
	return EXIT_FAILURE;
}

/* Would a check with --require let this user in?  Exit status 1: it would not. */
static int
explain(struct command *c, char **arguments)
{
	struct str terms = str_of(c->require);
	struct user *user;
	bool is_let_in;

	if (!require_is_valid(terms)) {
		(void)fprintf(stderr,
		    "sessiongatectl: --require \"%s\" lets nobody in: AUTH_REQUIRE must "
		    "be " REQUIRE_RULE "\n",
		    c->require);
		return EXIT_FAILURE;
	}
	if (report_find_user(c, arguments[0], &user) != 0)
		return EXIT_FAILURE;
	is_let_in = !user_is_disabled(user) &&
		    require_fits(terms, &(struct require_user){ .id = str_of(user->base.id),
					    .email = user->email,
					    .groups = user->groups,
					    .folds_case = c->app.settings->fold_email_case });
	report_user(stdout, user);
	(void)printf("%s: AUTH_REQUIRE \"%s\"%s\n", is_let_in ? "let in" : "not let in",
	    c->require,
	    user_is_disabled(user) ? ", but the user is disabled"
	    : is_let_in            ? ""
				   : " fits neither a group nor the address nor the id");
	user_unref(user);
	return is_let_in ? EXIT_SUCCESS : EXIT_FAILURE;
}

const struct verb gate_verbs[] = {
	{ "recipe", "SERVER",
	    "print the configuration for nginx, lighttpd, apache or caddy that puts the gate "
	    "in "
	    "front of a site",
	    VERB_NEEDS_NOTHING, recipe },
	{ "explain", "EMAIL", "would a check with --require let this user in?", 0, explain },
	{ "try", "URL...",
	    "are these addresses closed to strangers, however they are asked for?",
	    VERB_NEEDS_NOTHING, try_addresses },
	{ NULL, NULL, NULL, 0, NULL },
};
