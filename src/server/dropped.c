/* dropped.c - see dropped.h */
#include "server/dropped.h"

#include "core/log_lasting.h"

static const struct {
	const char *problem, *limit;
} texts[DROPPED_N] = {
	[DROPPED_VARIABLES] = { "a request has too many variables", "variables of a request" },
	[DROPPED_VARIABLE_BYTES] = { "the variables of a request are too long",
	    "bytes of all variables of a request" },
	[DROPPED_SLOW] = { "a request did not arrive in time", "--read-deadline" },
	[DROPPED_UNTAKEN] = { "an answer was not taken in time", "--write-deadline" },
};

void
dropped_note(enum dropped which, int64_t limit)
{
	log_lasting_warn("request-dropped", log_z("problem", texts[which].problem),
	    log_i("limit", limit), log_z("of", texts[which].limit));
}
