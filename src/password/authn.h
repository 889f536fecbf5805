/*
 * authn.h - what came of asking who somebody is
 *
 * Purpose    One set of outcomes, from the password to the filter and the login route: whoever
 *            finds one hands it on as it is.  answer.c maps each to a status and a line of the
 *            log, once.
 * Errors     0: they are who they say.  Negative errno is no outcome: there was no way to tell,
 *            and the door stays closed (503; HASHER_LATER: ask again).
 */
#ifndef PASSWORD_AUTHN_H
#define PASSWORD_AUTHN_H

enum authn {
	AUTHN_NO_CREDENTIALS = 1,
	AUTHN_BAD_CREDENTIALS, /* malformed, or of a kind that this AUTH_TYPE does not take */
	AUTHN_UNKNOWN_USER,
	AUTHN_WRONG_PASSWORD,
	AUTHN_DISABLED,      /* whatever the password: answered as a wrong one */
	AUTHN_NO_SESSION,    /* no such login session, or not any more */
	AUTHN_SESSIONLESS,   /* this AUTH_TYPE has no login sessions */
	AUTHN_THROTTLED,     /* too many tries: this one was not looked at */
	AUTHN_MISCONFIGURED, /* the settings of the request are unusable */
	AUTHN_N,
};

#endif
