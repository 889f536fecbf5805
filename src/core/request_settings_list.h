/*
 * request_settings_list.h - every setting that may come with a request, one row each
 *
 * Purpose    The rows are variables that cgi_vars.h knows, members of struct request_settings, which
 *            conf/request_settings.c reads and checks, and rows of the table of conf/settings.h:
 *            --help and the manuals' lists follow from that.
 * Calling    Included by those, who say what a row becomes.  A new one: a row here, and the code
 *            that heeds it; tests/lint/settings then asks for its place in the manual.
 * Names      Begin with a word of two letters or more and a `_`: under AUTH_PROFILE=strict any other
 *            parameter that begins so is refused.  So it is no word that variables of CGI begin
 *            with, such as HTTP_, REMOTE_ or SERVER_.
 *
 * Each row: whence it comes (conf/settings.h, enum settings_scope), the variable, the member, its kind,
 * what stands for a value in the help, the default, the help, .strict = "..." if that is the
 * default under AUTH_PROFILE=strict (README has a table, which tests/lint/settings compares), .gate =
 * "..." if that is the default for pages and checks, and what its kind needs: .is_valid and .rule for
 * a TEXT that may not be anything, nothing for NAME (of a cookie) and DURATION (seconds, or a number and s, m, h or d), .words = WORDS(...) for WORD (the member is
 * the place of one) and SWITCH (it is true where the second is given), .least and .most for NUMBER.
 */
/* clang-format off */
REQUEST(REQUEST, AUTH_TYPE, auth_type, TEXT, "TYPE", "",
    "how users prove who they are: see below")
REQUEST(REQUEST, AUTH_PROFILE, is_strict, SWITCH, "standard|strict", "standard",
    "strict: the strict choice of every setting that is not given; what is not safe is refused",
    .words = WORDS("standard", "strict"))
REQUEST(REQUEST, SESSION_NAME, session_name, NAME, "NAME", "_my_session_id",
    "of the cookie")
REQUEST(REQUEST, SESSION_DURATION, session_duration_text, TEXT, "DURATION", "",
    "seconds, or a number and s, m, h or d; unset: for ever", .strict = "43200", .gate = "43200")
REQUEST(REQUEST, SESSION_IDLE, session_idle_s, DURATION, "DURATION", "0",
    "a session ends when unused for so long; 0: it does not",
    .strict = "1800")
REQUEST(REQUEST, SESSION_MAX_PER_USER, session_max_per_user, NUMBER, "N", "0",
    "live sessions of a user, if less than max-user-sessions; 0: as that",
    .least = 0, .most = 50000000)
REQUEST(REQUEST, SESSION_REPLACE, replaces_session, SWITCH, "on|off", "off",
    "a login ends the session of the cookie that it came with",
    .words = WORDS("off", "on"), .strict = "on")
REQUEST(REQUEST, SESSION_REMEMBER, session_remember_s, DURATION, "DURATION", "0",
    "a browser keeps the cookie for so long if the login has remember=1; 0: never")
REQUEST(REQUEST, COOKIE_DOMAIN, cookie_domain, TEXT, "DOMAIN", "",
    "all hosts below it get the cookie")
REQUEST(REQUEST, COOKIE_PREFIX, prefixes_cookie, SWITCH, "none|auto", "none",
    "auto: __Host- or __Secure- before the cookie's name, under https",
    .words = WORDS("none", "auto"), .strict = "auto", .gate = "auto")
REQUEST(REQUEST, COOKIE_SAME_SITE, cookie_same_site, WORD, "lax|strict|none", "lax",
    "to which requests of other sites' pages the browser adds the cookie",
    .words = WORDS("lax", "strict", "none"))
REQUEST(REQUEST, SESSION_ID, has_token_ids, SWITCH, "uuid|token", "uuid",
    "ids of new sessions: 122 random bits in a UUID, or 256 in 43 characters",
    .words = WORDS("uuid", "token"), .strict = "token")
REQUEST(REQUEST, AUTH_REALM, realm, TEXT, "TEXT", "",
    "sites with different ones do not share sessions")
REQUEST(REQUEST, LOGIN_THROTTLE, is_throttled, SWITCH, "on|off", "on",
    "whoever guesses passwords is slowed",
    .words = WORDS("off", "on"))
REQUEST(REQUEST, DEVICE_COOKIE, has_device_cookie, SWITCH, "on|off", "off",
    "a second cookie, SESSION_NAME_d: who has it waits for nobody else's wrong passwords",
    .words = WORDS("off", "on"), .strict = "on")
REQUEST(REQUEST, CORS_ORIGINS, cors_origins, TEXT, "LIST", "",
    "origins of pages that may read answers; unset: any", .strict = "")
REQUEST(REQUEST, SESSION_DETAILS, keeps_details, SWITCH, "on|off", "off",
    "keep address and browser of each login, for the lists of sessions",
    .words = WORDS("off", "on"))
REQUEST(REQUEST, CSRF_CHECK, csrf_check, WORD, "on|off|log", "on",
    "refuse changes and logins that a page of another site asks for; log: say so alone",
    .words = WORDS("on", "off", "log"))
REQUEST(REQUEST, USERS_API, users_api, WORD, "open|self|admin|off", "open",
    "who may do what with users: all who get in; each with themselves; so, and administrators all; nobody",
    .words = WORDS("open", "self", "admin", "off"), .strict = "admin")
REQUEST(REQUEST, ADMIN_GROUP, admin_group, TEXT, "GROUP", "admin",
    "whose members are administrators under USERS_API=admin",
    .is_valid = groups_is_name, .rule = GROUPS_NAME_RULE)
REQUEST(REQUEST, PASSWORD_MIN, password_min, NUMBER, "N", "0",
    "characters that a new password must have, 0 to 64", .most = 64, .strict = "15")
REQUEST(REQUEST, AUTH_REQUIRE, auth_require, TEXT, "TERMS", "any",
    "whom a check lets pass: any, group:NAME, user:EMAIL or user:ID; several: one must fit",
    .is_valid = require_is_valid, .rule = REQUIRE_RULE)
REQUEST(REQUEST, AUTH_BASIC, takes_basic, SWITCH, "on|off", "off",
    "at a check programs may send Basic in place of a cookie",
    .words = WORDS("off", "on"))
REQUEST(REQUEST, AUTH_PREFLIGHT, passes_preflights, SWITCH, "check|pass", "check",
    "pass: a check lets preflights of CORS pass without a user, and nothing else",
    .words = WORDS("check", "pass"))
REQUEST(REQUEST, AUTH_CROSS_SITE, auth_cross_site, WORD, "refuse|same-origin|allow", "refuse",
    "changes that pages of other sites ask the application for; same-origin: of any other host",
    .words = WORDS("refuse", "same-origin", "allow"))
REQUEST(REQUEST, AUTH_USER, shows_user_id, SWITCH, "email|id", "email",
    "what Remote-User is",
    .words = WORDS("email", "id"))
REQUEST(REQUEST, GATE_PREFIX, gate_prefix, TEXT, "PATH", "/_gate/",
    "what the paths of the pages begin with",
    .is_valid = gate_url_is_prefix, .rule = GATE_URL_PREFIX_RULE)
REQUEST(REQUEST, GATE_LOGIN_URL, gate_login_url, TEXT, "URL", "",
    "of the login page, where that is on another host",
    .is_valid = gate_url_is_login, .rule = GATE_URL_LOGIN_RULE)
REQUEST(REQUEST, GATE_RETURN_HOSTS, gate_return_hosts, TEXT, "HOSTS", "",
    "where a visitor may go back to, besides the own host; unset: COOKIE_DOMAIN and all below it",
    .is_valid = host_list_is_valid, .rule = HOST_LIST_RULE)
REQUEST(REQUEST, GATE_PAGES, gate_pages, TEXT, "NAME", "default",
    "which template of pages-dir the pages have",
    .is_valid = str_is_token, .rule = "the name of a template")
REQUEST(REQUEST, GATE_LANGUAGE, gate_language, TEXT, "auto|LANG", "auto",
    "in which language the pages are; auto: as the browser likes",
    .is_valid = str_is_token, .rule = "auto, or a language such as de")
REQUEST(REQUEST_ONLY, GATE, gate, TEXT, "nginx|caddy", "",
    "it is a check: that web server asks who sent the request, and whether it may pass")
REQUEST(REQUEST_ONLY, SESSIONGATE_STATUS, status_page, TEXT, "on", "",
    "the page of counters, where the web server lets operators in")
/* clang-format on */
#undef REQUEST
