/*
 * details.h - from where, and with what browser, each login session was begun
 *
 * Purpose    For the lists that people see, and for nothing else: no verdict depends on it, and no
 *            look-up of a session comes here, whose entry stays one cache line.  So it may lose
 *            a record, and must never show one session's to another.
 * Format     sessions.details in the run directory: pages of 4096 bytes, each with 23 records of
 *            172.  A record has the tag of its session and a digest, under the key, of the tag
 *            and all else in it.  So a torn record, a half-written one, one of other times or
 *            one that was hit by chance is none.  No record ever moves, whatever the table does.
 *            A tag has one page in each of up to 64 levels, each a third larger than the one
 *            before; its record lies in the first that had room.  What level there is follows
 *            from the length of the file.  A record's place is free when its mark, two bytes at
 *            the page's head, is zero: the record is written first, then the mark.
 * Calling    details_open(); any of the others from any thread; details_close().
 * Errors     Negative errno; what is shown is then unknown, and the session goes on.
 * Threads    Writers, of all processes, one after another: a robust lock.  Nothing is to be
 *            repaired after one that died.  Readers take no lock.
 */
#ifndef TABLE_DETAILS_H
#define TABLE_DETAILS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/digest.h"
#include "core/str.h"
#include "table/table.h"

#define DETAILS_FILE         "sessions.details"
#define DETAILS_CLIENT_BYTES 46 /* INET6_ADDRSTRLEN */
#define DETAILS_AGENT_BYTES  128

struct details;

struct details_text {
	char client[DETAILS_CLIENT_BYTES];   /* an address; "": unknown */
	char agent[DETAILS_AGENT_BYTES + 1]; /* UTF-8; "": unknown */
};

/* Opens nothing yet: the first record makes the file.  0 or -ENOMEM; all that is given is borrowed. */
int details_open(struct details **ret, int dir_fd, const char *dir_path,
    const struct digest_key *key, struct table *table);
void details_close(struct details *details); /* accepts NULL */

/*
 * Of a session that is in the table.  client is kept if it is an IP address; of agent the first 128
 * bytes, whole characters, what is no UTF-8 as U+FFFD.  -ETIMEDOUT: others had the lock all the time;
 * -ENOSPC.
 */
int details_put(
    struct details *details, const struct digest_tag *tag, struct str client, struct str agent);

/* Texts of that session, "" where there are none. */
void details_get(
    struct details *details, const struct digest_tag *tag, struct details_text *ret_text);

/*
 * Once a second from one process or several: wipes records whose session is over, each within about
 * a minute.  Each details_put() does a little of it as well.
 */
int details_tick(struct details *details);

#endif
