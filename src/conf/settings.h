/*
 * settings.h - all settings: their values, and the table that says what each may be
 *
 * Purpose    What holds for the program as a whole (how it serves; directories, limits, costs) is
 *            a member of struct settings, an option --name, and a variable SESSIONGATE_NAME (upper
 *            case, hyphens as underscores).  What a web server may give with each request is in
 *            the table too, and read by request_settings.h.
 * Calling    settings_init() (defaults); settings_set() for each that is given: whence, is
 *            configuration.h's.
 * Ownership  Texts are borrowed from the environment or the command line: both live as long
 *            as the process.
 * Units      In the name.
 * Errors     Negative errno and a message that names the setting, the value and what is
 *            allowed.  A bad value is never replaced by a default.
 */
#ifndef CONF_SETTINGS_H
#define CONF_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/cgi_vars.h"
#include "core/err.h"
#include "core/str.h"

struct settings_owner {
	uid_t uid; /* (uid_t)-1: not given */
	gid_t gid; /* (gid_t)-1 */
};

/* A member for each row; a switch is true where the second of its words was given. */
struct settings {
#define TEXT(scope, member, ...)      const char *member;
#define TEXTS(scope, member, ...)     const char *member; /* parted by blanks */
#define DIRECTORY(scope, member, ...) const char *member;
#define NUMBER(scope, member, ...)    unsigned member;
#define MODE(scope, member, ...)      unsigned member;
#define WORD(scope, member, ...)      unsigned member; /* which of its words */
#define SWITCH(scope, member, ...)    bool member;
#define OWNER(scope, member, ...)     struct settings_owner member;
#define IGNORED(...)
#include "conf/settings_list.h"
#undef TEXT
#undef TEXTS
#undef DIRECTORY
#undef NUMBER
#undef MODE
#undef WORD
#undef SWITCH
#undef OWNER
#undef IGNORED
};

enum settings_scope {
	SETTINGS_SERVING = 1,      /* of the program alone */
	SETTINGS_APPLICATION = 2,  /* of the operator's command too */
	SETTINGS_REQUEST = 4,      /* from the web server, else from the environment */
	SETTINGS_REQUEST_ONLY = 8, /* from the web server alone */
};

enum settings_kind {
	SETTINGS_TEXT,
	SETTINGS_DIRECTORY, /* cannot change while the program serves */
	SETTINGS_NUMBER,
	SETTINGS_MODE,
	SETTINGS_WORD,
	SETTINGS_SWITCH,
	SETTINGS_OWNER,
	SETTINGS_IGNORED,  /* what older configurations may have */
	SETTINGS_DURATION, /* this and the next of requests alone */
	SETTINGS_NAME,     /* of a cookie */
};

/* A row of the table. */
struct setting {
	enum settings_scope scope;
	enum settings_kind kind;
	size_t offset;            /* in struct settings, or struct request_settings */
	enum cgi_var var;         /* of a request's */
	unsigned least, most;     /* of a number */
	const char *const *words; /* of a word or switch, NULL after the last */
	const char *name;         /* "data-dir"; of a request's "AUTH_TYPE" */
	const char *argument;     /* "DIR" */
	const char *fallback;     /* default as text */
	const char *help;
	bool may_repeat; /* as an option: its texts are put together */
	const char
	    *strict;      /* where it is not given, under AUTH_PROFILE=strict; NULL: as else */
	const char *gate; /* where it is not given, for pages and checks; NULL: as else */
	bool (*is_valid)(struct str value); /* of a text; NULL: it may be anything */
	const char *rule;                   /* what it must be: "NAME must be <rule>" */
};

extern const struct setting settings_table[];
extern const size_t settings_n;

void settings_init(struct settings *settings);

/* One option by its name without hyphens in front.  -ENOENT: no setting has that name. */
int settings_set(
    struct settings *settings, const char *name, const char *value, struct err *err);

/* A row's value, where it is a text. */
const char *settings_text(const struct settings *settings, const struct setting *setting);

/* Which of its words is it?  -1: none. */
int settings_word(const struct setting *setting, struct str value);

/* It may come with a request, and is no option. */
static inline bool
settings_is_of_request(const struct setting *setting)
{
	return (setting->scope & (SETTINGS_REQUEST | SETTINGS_REQUEST_ONLY)) != 0;
}

#define SETTINGS_VARIABLE_PREFIX "SESSIONGATE_"

/* "SESSIONGATE_DATA_DIR" for "data-dir"; valid until the next call. */
const char *settings_variable(const struct setting *setting);

#endif
