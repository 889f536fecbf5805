/* dropped.c - see dropped.h */
#include "server/dropped.h"

#include <stdatomic.h>

#include "core/log.h"
#include "core/log_throttle.h"

static const struct {
	const char *problem, *limit;
} texts[DROPPED_N] = {
	[DROPPED_VARIABLES] = { "a request has too many variables", "variables of a request" },
	[DROPPED_VARIABLE_BYTES] = { "the variables of a request are too long",
	    "bytes of all variables of a request" },
	[DROPPED_SLOW] = { "a request did not arrive in time", "--read-deadline" },
	[DROPPED_UNTAKEN] = { "an answer was not taken in time", "--write-deadline" },
};

static struct log_throttle throttles[DROPPED_N];
static _Atomic int64_t n_untold[DROPPED_N];

void
dropped_note(enum dropped which, int64_t limit)
{
	atomic_fetch_add(&n_untold[which], 1);
	if (log_throttle_pass(&throttles[which], LOG_THROTTLE_MS))
		log_warn("request-dropped", log_z("problem", texts[which].problem),
		    log_i("limit", limit), log_z("of", texts[which].limit),
		    log_i("n", atomic_exchange(&n_untold[which], 0)));
}
