/*
 * record.h - is there one whole, well-formed FastCGI request in these bytes?
 *
 * Purpose    A request that lies in memory as a whole is judged and read there, without a copy:
 *            fcgi_scan_whole().  For one that comes in pieces fcgi_scan_feed() is the gatekeeper
 *            in front of libfcgi.  It reads record headers and the lengths of the name-value
 *            pairs, keeps nothing and interprets nothing, and lets only what is whole and sound
 *            pass: libfcgi blocks on what has not arrived, trusts lengths, answers management
 *            records in a buffer of fixed size, and does not skip the padding of the last
 *            record.
 * Source     FastCGI 1.0 sections 3.3 (records), 3.4 (name-value pairs), 5 (record types),
 *            6 (roles).
 * Calling    fcgi_scan_whole() alone.  Or fcgi_scan_init(); fcgi_scan_feed() with the bytes as
 *            they come, until it says something else than FCGI_SCAN_MORE.
 * Ownership  Nothing is owned.  The sinks, when given, collect the contents.
 * Units      Bytes.
 * Errors     Outcomes only.  A sink's own error is the caller's to look at.
 * Threads    No global state.
 */
#ifndef FCGI_RECORD_H
#define FCGI_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/cgi_vars.h"

#define FCGI_SCAN_HEADER_BYTES 8

/*
 * Of all variables of one request.  Web servers take less from a client (nginx 32 KiB, Apache
 * 800 KiB by default).
 */
#define FCGI_SCAN_PARAMS_MAX_BYTES (1024 * 1024)
#define FCGI_SCAN_PAIRS_MAX        4096

enum fcgi_role {
	FCGI_SCAN_ROLE_RESPONDER = 1,
	FCGI_SCAN_ROLE_AUTHORIZER = 2,
	FCGI_SCAN_ROLE_FILTER = 3,
};

enum fcgi_scan_result {
	FCGI_SCAN_MORE,       /* sound so far, not whole */
	FCGI_SCAN_COMPLETE,   /* whole; what follows belongs to the next one */
	FCGI_SCAN_MALFORMED,  /* close the connection */
	FCGI_SCAN_MANAGEMENT, /* a management record: close, libfcgi must not see it */
	FCGI_SCAN_ABORTED,    /* the web server gave the request up */
	FCGI_SCAN_ROLE,       /* a role that nobody knows: see fcgi_scan.request_id */
};

struct fcgi_scan {
	uint8_t header[FCGI_SCAN_HEADER_BYTES];
	unsigned n_header;     /* of header, so far */
	unsigned n_content;    /* of the record, still to come */
	unsigned n_padding;    /* likewise */
	uint8_t begin[8];      /* content of FCGI_BEGIN_REQUEST */
	unsigned n_begin;      /* of begin, so far */
	uint8_t pair[8];       /* the two lengths of a name-value pair */
	unsigned n_pair;       /* of pair, so far */
	unsigned n_pairs;      /* whole ones */
	uint32_t n_pair_bytes; /* of name and value, still to come */
	uint32_t n_name_bytes; /* of the name, likewise */
	bool may_be_gate;      /* that name, by what has come of it */
	enum { FCGI_SCAN_BEGIN, FCGI_SCAN_PARAMS, FCGI_SCAN_STDIN } phase;

	/* Why it is FCGI_SCAN_MALFORMED, if it may be sound and is only too much. */
	enum { FCGI_SCAN_NO_LIMIT, FCGI_SCAN_PAIRS, FCGI_SCAN_BYTES } limit;

	uint16_t request_id;
	uint16_t role;
	bool is_kept;     /* FCGI_KEEP_CONN */
	bool must_close;  /* answer it, but close: see fcgi_scan_feed() */
	bool has_gate;    /* among its variables is GATE */
	bool may_go_on;   /* whole for us, and its peer may be sending more of it */
	size_t n_params;  /* bytes of the FCGI_PARAMS stream */
	uint64_t n_stdin; /* bytes of the FCGI_STDIN stream */

	struct buf *params;    /* NULL, or where the FCGI_PARAMS stream is collected */
	struct buf *body;      /* NULL, or where the FCGI_STDIN stream is collected ... */
	size_t body_max_bytes; /* ... up to here; the rest is dropped */
};

void fcgi_scan_init(struct fcgi_scan *scan);

/*
 * A question of the web server about another request: FCGI_AUTHORIZER, or the variable GATE.  It is
 * whole when its variables are.  An authorizer is sent no body (section 6.3), and mod_authnz_fcgi of
 * Apache not even the end of one; nginx and Caddy send the length of the body of that other request.
 */
static inline bool
fcgi_scan_is_check(const struct fcgi_scan *scan)
{
	return scan->has_gate || scan->role == FCGI_SCAN_ROLE_AUTHORIZER;
}

/*
 * Read on.  ret_used says how many of the n bytes belong to this request: all of them while
 * the result is FCGI_SCAN_MORE.
 *
 * must_close marks a whole request after which the connection cannot be trusted to be in
 * step: padding behind the last record (libfcgi leaves it unread), or one whose streams end
 * elsewhere: a check, or a role other than FCGI_RESPONDER.
 */
enum fcgi_scan_result fcgi_scan_feed(
    struct fcgi_scan *scan, const uint8_t *p, size_t n, size_t *ret_used);

/*
 * The same for n bytes at once: FCGI_SCAN_COMPLETE if they hold a whole request, whose variables
 * are then in vars and its body in ret_body.  Both are borrowed from p, where streams of several
 * records have been put together.  Bytes behind it: must_close, or FCGI_SCAN_ABORTED.
 * FCGI_SCAN_MORE: they are as they were, and vars is empty.
 */
enum fcgi_scan_result fcgi_scan_whole(
    struct fcgi_scan *scan, uint8_t *p, size_t n, struct cgi_vars *vars, struct str *ret_body);

/*
 * What came behind a whole request: nobody's next one, but perhaps what a check is sent for
 * nothing.  must_close; or FCGI_SCAN_ABORTED: it gives the request up (FCGI_ABORT_REQUEST).
 */
enum fcgi_scan_result fcgi_scan_behind(struct fcgi_scan *scan, const uint8_t *p, size_t n);

/* Write the header of one record to ret_header. */
void fcgi_scan_header(uint8_t ret_header[FCGI_SCAN_HEADER_BYTES], uint8_t type,
    uint16_t request_id, uint16_t n_content);

#endif
