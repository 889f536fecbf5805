/*
 * notice.h - settings that do not do what they seem to: told in the log, now and then
 *
 * Purpose    The contract gives an answer where an operator has made a mistake: a duration that
 *            nobody can read means never, and without AUTH_TYPE nobody gets in.  The answer
 *            stays; the log names the mistake and the way out.
 * Threads    From any thread; of all processes one writes the line.
 */
#ifndef APP_NOTICE_H
#define APP_NOTICE_H

#include "app/counters.h"
#include "conf/settings_request.h"

/* Those of a request. */
void notice_settings(struct counters *counters, const struct settings_request *settings);

/* Those of the environment, at a start: the web server may still send an AUTH_TYPE. */
void notice_environment(struct counters *counters);

#endif
