/*
 * page_names.h - what a template of the pages, and a text in it, may name
 *
 * Purpose    One row each: what it is called, and where it may stand.  template.h has the language,
 *            man/sessiongate.8 the meanings.
 */
#ifndef GATE_PAGE_NAMES_H
#define GATE_PAGE_NAMES_H

#include "core/str.h"

enum page_name_kind {
	PAGE_NAME_PAGE,  /* a condition: this page is shown */
	PAGE_NAME_URL,   /* a value that may begin the value of href or action: it is checked */
	PAGE_NAME_VALUE, /* of a page; in texts too */
	PAGE_NAME_LIST,  /* sessions: what stands in it is repeated */
	PAGE_NAME_SESSION, /* a value of one of them */
};

#define PAGE_NAMES(X)                                       \
	X(PAGE_LOGIN, "page.login", PAGE)                   \
	X(PAGE_SIGNED_IN, "page.signed_in", PAGE)           \
	X(PAGE_LOGOUT, "page.logout", PAGE)                 \
	X(PAGE_ACCOUNT, "page.account", PAGE)               \
	X(PAGE_PASSWORD, "page.password", PAGE)             \
	X(PAGE_DENIED, "page.denied", PAGE)                 \
	X(PAGE_ERROR, "page.error", PAGE)                   \
	X(PAGE_PREFIX, "prefix", URL)                       \
	X(PAGE_ACTION, "action", URL)                       \
	X(PAGE_RD, "rd", URL)                               \
	X(PAGE_TOKEN, "token", VALUE)                       \
	X(PAGE_EMAIL, "email", VALUE)                       \
	X(PAGE_USER, "user", VALUE)                         \
	X(PAGE_USER_NAME, "user_name", VALUE)               \
	X(PAGE_GROUPS, "groups", VALUE)                     \
	X(PAGE_REMEMBER_OFFERED, "remember_offered", VALUE) \
	X(PAGE_HAS_OTHERS, "has_others", VALUE)             \
	X(PAGE_MORE_SESSIONS, "more_sessions", VALUE)       \
	X(PAGE_ERROR_TEXT, "error", VALUE)                  \
	X(PAGE_NOTICE, "notice", VALUE)                     \
	X(PAGE_WAIT_SECONDS, "wait_seconds", VALUE)         \
	X(PAGE_PASSWORD_MIN, "password_min", VALUE)         \
	X(PAGE_LANG, "lang", VALUE)                         \
	X(PAGE_SITE, "site", VALUE)                         \
	X(PAGE_SESSIONS, "sessions", LIST)                  \
	X(PAGE_BEGAN, "began", SESSION)                     \
	X(PAGE_SEEN, "seen", SESSION)                       \
	X(PAGE_UNTIL, "until", SESSION)                     \
	X(PAGE_ADDRESS, "address", SESSION)                 \
	X(PAGE_BROWSER, "browser", SESSION)                 \
	X(PAGE_HANDLE, "handle", SESSION)                   \
	X(PAGE_IS_THIS, "is_this", SESSION)

#define PAGE_NAMES_ENUM(name, ...) name,
enum page_name { PAGE_NAMES(PAGE_NAMES_ENUM) PAGE_NAMES_N };
#undef PAGE_NAMES_ENUM

/* -1: there is none. */
int page_name_find(struct str text);

const char *page_name_text(enum page_name name);
enum page_name_kind page_name_kind(enum page_name name);

#endif
