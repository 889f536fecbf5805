/*
 * client.h - is it a browser that can be sent to a page, or a program that needs a status?
 *
 * Source     Fetch Metadata Request Headers (W3C), section 2.  Chromium sends them to https and to
 *            localhost alone, so that the older signs are looked at too.
 * Threads    No state.
 */
#ifndef GATE_CLIENT_H
#define GATE_CLIENT_H

#include <stdbool.h>

#include "core/cgi_vars.h"

/*
 * Does somebody look at what comes back, in a window of its own?  A frame, a script, a download of
 * an image are programs, as curl is: a page instead of what they asked for helps nobody.
 */
bool client_is_browser(const struct cgi_vars *vars);

/*
 * Did a script of a page ask?  A challenge that says Basic would open a dialogue of the browser, and
 * the script wait for it.
 */
bool client_is_script(const struct cgi_vars *vars);

/*
 * Is a WebSocket to be opened?  Apache (2.4.71) takes Upgrade away before it asks, and leaves the
 * version (RFC 6455 section 4.1), which HTTP/2 has, too, in the place of Upgrade (RFC 8441 section 5).
 */
bool client_is_websocket(const struct cgi_vars *vars);

#endif
