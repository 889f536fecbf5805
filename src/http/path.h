/*
 * path.h - which path a request asks for
 *
 * Purpose    Web servers disagree on what they hand over; routes must not.  The path is decoded
 *            exactly once, and no encoding of it becomes another route.
 * Source     RFC 3875 sections 4.1.5 and 4.1.13: SCRIPT_NAME and PATH_INFO arrive decoded.
 *            nginx: SCRIPT_NAME is its $uri (decoded, dot segments and double slashes merged);
 *            lighttpd: SCRIPT_NAME and PATH_INFO, decoded; Caddy: PATH_INFO alone.
 *            REQUEST_URI is what the client sent, and stays so when nginx goes elsewhere
 *            inside (error_page, auth_request).
 * Ownership  The path is borrowed from an argument or from memory.
 * Threads    No global state.
 */
#ifndef HTTP_PATH_H
#define HTTP_PATH_H

#include "core/buf.h"
#include "core/str.h"

#define PATH_MAX_BYTES 4096

/*
 * 0 and ret_path, or -ENOMEM.
 *
 * SCRIPT_NAME + PATH_INFO as they are, if any is not empty; else REQUEST_URI up to `?` or `#`,
 * decoded here.  A double-encoded "%252e" arrives as the text "%2e", which is no route.
 *
 * "" (never a route) when the path does not begin with a slash, is longer than PATH_MAX_BYTES
 * or has a dot segment; or when what the client sent
 *   - has an escaped NUL (%00) anywhere, or
 *   - has an escaped slash (%2f), a dot segment (escaped or not) or a `%` that begins no
 *     escape, and is this path: decoded once, without dot segments and double slashes,
 *     it is equal.  If it is not equal, the web server went elsewhere, and what the client
 *     sent says nothing about this path.
 *
 * ret_asked is what the client sent, decoded, whether these rules refuse it or not (what the web
 * server sent, without a REQUEST_URI): no route is found by it.
 *
 * Double slashes are not merged here.  (nginx merges them before, unless merge_slashes is off.)
 * memory must be initialised and empty; it is used only when something must be copied.
 */
int path_resolve(struct str script_name, struct str path_info, struct str request_uri,
    struct buf *memory, struct str *ret_path, struct str *ret_asked);

#endif
