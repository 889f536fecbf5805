/* journal.c - the verbs of the journals (command.h) */
#include "ctl/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/audit.h"

static int
salvage(struct command *c, char **arguments)
{
	const struct journal_config *configs[] = { &c->app.users_config,
		&c->app.user_sessions_config };
	struct journal_salvage report;
	struct err err = { "" };

	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
		if (strcmp(configs[i]->name, arguments[0]) != 0)
			continue;
		if (journal_salvage(configs[i], &report, &err) != 0) {
			(void)fprintf(stderr, "sessiongatectl: %s\n", err.text);
			return EXIT_FAILURE;
		}
		audit("journal-salvaged", log_z("journal", configs[i]->name));
		(void)printf(
		    "read %s/%s.jsonl: %llu intact lines kept, %llu damaged places left "
		    "out\n"
		    "the new journal is %s/%s.jsonl: %llu records\n"
		    "the file as it was is %s/%s\n",
		    configs[i]->dir_path, configs[i]->name, (unsigned long long)report.n_kept,
		    (unsigned long long)report.n_bad, configs[i]->dir_path, configs[i]->name,
		    (unsigned long long)report.n_live, configs[i]->dir_path, report.saved_as);
		if (report.n_kept > 0 || report.n_bad == 0)
			return EXIT_SUCCESS;
		(void)fflush(stdout);
		(void)fprintf(stderr,
		    "sessiongatectl: no line of %s/%s.jsonl was intact: the new journal is "
		    "empty; restore a backup, or put %s/%s back\n",
		    configs[i]->dir_path, configs[i]->name, configs[i]->dir_path,
		    report.saved_as);
		return EXIT_FAILURE;
	}
	(void)fprintf(stderr,
	    "sessiongatectl: no journal is called \"%s\": User or UserSession\n", arguments[0]);
	return EXIT_FAILURE;
}

/* clang-format off */
const struct verb journal_verbs[] = {
	{ "salvage", "NAME", "keep what is intact of a damaged journal, User or UserSession", VERB_NEEDS_NO_TABLE, salvage },
	{ NULL, NULL, NULL, 0, NULL },
};
