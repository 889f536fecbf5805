/*
 * notice.h - settings and cookies that do not do what they seem to: told in the log, now and then
 *
 * Purpose    The contract gives an answer where an operator has made a mistake: a duration that
 *            nobody can read means never, and without AUTH_TYPE nobody gets in.  The answer
 *            stays; the log names the mistake and the way out.
 * Threads    From any thread; of all processes one writes the line.
 */
#ifndef APP_NOTICE_H
#define APP_NOTICE_H

#include "app/counters.h"
#include "auth/auth.h"
#include "core/checklist.h"

/* Those of a request. */
void notice_settings(struct counters *counters, const struct auth *auth);

/* Nobody gets in with these, so every path is a 500. */
void notice_unusable(const struct request_settings *settings);

/* Under strict, over plain http, and not from this machine. */
void notice_plain_http(void);

/*
 * A request that was refused: had it two cookies of the session's name?  The first counts, and a
 * browser that keeps one more, of another path, sends the older one first for ever.
 */
void notice_cookies(struct counters *counters, const struct auth *auth);

/* A hash cost that is too low, at a start; and a line of --check for it. */
void notice_hash_cost(unsigned cost);
void notice_hash_cost_in(struct checklist *list, unsigned cost);

/*
 * Those of the environment, at a start: the web server may still send an AUTH_TYPE; and lines of
 * --check for what a start takes though no operator can have meant it, and what does nothing.
 */
void notice_environment(struct counters *counters);
void notice_environment_in(struct checklist *list);

#endif
