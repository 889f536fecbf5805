/*
 * browser.h - what people call the browser of a User-Agent line: "Firefox, Linux"
 *
 * Purpose    For a list that somebody reads: nothing is decided by it.
 * Threads    No state.
 */
#ifndef GATE_BROWSER_H
#define GATE_BROWSER_H

#include "core/str.h"

#define BROWSER_NAME_BYTES 64

/*
 * What is known of it; else its first word, as "curl/7.88.1"; empty: there is none.  The result is a
 * view of room or of agent.
 */
struct str browser_name(struct str agent, char room[BROWSER_NAME_BYTES]);

#endif
