/*
 * trying.h - the addresses that "gate try" looks at: one at a time, asked for and told about
 *
 * Calling    try_gate() for each root, then try_address(); they print.
 * Ownership  Of what try_addresses() (try.c) has set up.
 */
#ifndef CTL_TRYING_H
#define CTL_TRYING_H

#include "core/buf.h"
#include "ctl/try_curl.h"
#include "ctl/try_forms.h"
#include "ctl/try_rules.h"

enum { TRYING_TARGET_MAX_BYTES = 16384 };

struct trying {
	struct str prefix;
	bool is_insecure;
	struct try_address address;
	char *root;        /* owned: "https://host/" */
	struct buf told;   /* the roots whose page was told of */
	bool is_other;     /* not the scheme that was given */
	bool is_there;     /* a server answers */
	bool has_page;     /* to sign in */
	struct buf target; /* of the request */
	enum try_server server;
	struct try_answer answer, absent;
	unsigned n_found; /* what is not as it should be */
	unsigned n_here;  /* of these, at this address */
	unsigned n_untold;
	int r; /* negative errno: curl cannot be run */
};

/* Fills in t->target; false: there is no room. */
bool trying_set_target(struct trying *t, const char *form, const struct try_address *address);

/* For t->target.  method NULL: GET; headers: NULL, or NULL after the last. */
struct try_request trying_request_of(
    const struct trying *t, const char *method, const char *const *headers);

void trying_ask(struct trying *t, const struct try_request *request, struct try_answer *ret);

bool trying_is_success(const struct try_answer *answer);

/* These look at t->answer. */
bool trying_is_open(const struct trying *t, const struct try_request *request);
bool trying_is_sent_to_https(const struct trying *t);

/*
 * A line: the word, the address (or the page of the gate), what is to be said of it, and the command
 * that shows it.
 */
void trying_begin_line(const struct trying *t, const char *word, const char *page);
void trying_end_line(struct trying *t, const struct try_request *request, enum try_rule rule);
void trying_tell_open(
    struct trying *t, const struct try_request *request, const char *how, enum try_rule rule);
void trying_tell_untold(struct trying *t, const struct try_request *request, const char *why);

/* What is the gate's own at this root: told of once. */
void try_gate(struct trying *t);

/* The address itself. */
void try_address(struct trying *t);

#endif
