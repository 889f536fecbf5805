/*
 * settings_list.h - every setting there is, one row each
 *
 * Purpose    The rows are the members of struct settings and the table of settings.h; options,
 *            variables, --help, --check and the manuals' lists follow from them.
 * Calling    Included by settings.h and settings.c alone, which say what a row becomes.
 *            A new setting: a row here, and the code that heeds it; tests/lint/settings then
 *            asks for its place in the manuals.
 *
 * Each row: whose it is (settings.h, enum settings_scope), the member, the option, what stands for
 * a value in the help, the default, what else its kind needs, the help.  A row REQUEST may have the
 * words that it may be, and what it is under AUTH_PROFILE=strict where it is not given, behind the help;
 * README has a table of the latter, which tests/lint/settings compares.
 */
/* clang-format off */
TEXT(SERVING, listen, "listen", "ADDRESS", "",
    "unix:/PATH, or tcp:127.0.0.1:PORT (any local user can connect)")
MODE(SERVING, socket_mode, "socket-mode", "MODE", "0660",
    "permissions of a unix socket, octal")
OWNER(SERVING, socket_owner, "socket-owner", "USER[:GROUP]", "",
    "owner of a unix socket; \":GROUP\" for the group alone")
SWITCH(SERVING, allow_unsafe_socket, "allow-unsafe-socket", "on|off", "off", "off", "on",
    "accept a socket that every local user, or the network, can connect to")
NUMBER(SERVING, backlog, "backlog", "N", "4096", 1024, 65535,
    "connections that may wait to be accepted (1024 or more)")
NUMBER(SERVING, n_workers, "workers", "N", "0", 0, 256,
    "processes; 0: one for two processors")
IGNORED(SERVING, "threads", "N",
    "no longer means anything: see workers")
NUMBER(SERVING, n_slow_threads, "slow-threads", "N", "32", 1, 1024,
    "threads of a worker for what waits for the disk, at most")
NUMBER(SERVING, n_slow_waiting, "slow-waiting", "N", "256", 1, 100000,
    "requests of a worker that may wait for one; then 503")
NUMBER(SERVING, slow_wait_ms, "slow-wait", "MS", "5000", 1, 3600000,
    "how long they wait, before 503")
NUMBER(SERVING, n_hash_waiting, "hash-waiting", "N", "256", 1, 100000,
    "requests of a worker that may wait for a password hash; then 503")
NUMBER(SERVING, read_deadline_ms, "read-deadline", "MS", "10000", 100, 3600000,
    "for a whole request to arrive")
NUMBER(SERVING, write_deadline_ms, "write-deadline", "MS", "30000", 100, 3600000,
    "for some more of a long answer to be taken")
NUMBER(SERVING, answer_memory_mib, "answer-memory", "MIB", "256", 1, 65536,
    "of a worker, for long answers until they are taken; then 503")
NUMBER(SERVING, stop_deadline_ms, "stop-deadline", "MS", "10000", 0, 3600000,
    "for what runs to end, when stopping")
IGNORED(SERVING, "plain-libfcgi", "on|off",
    "no longer means anything")
WORD(SERVING, log_level, "log-level", "LEVEL", "info", WORDS("debug", "info", "warn", "error"),
    "debug, info, warn or error")
WORD(SERVING, log_format, "log-format", "FORMAT", "logfmt", WORDS("logfmt", "json"),
    "logfmt or json")
WORD(SERVING, log_target, "log-target", "TARGET", "stderr", WORDS("stderr", "syslog"),
    "stderr or syslog")
SWITCH(SERVING, access_log, "access-log", "on|off", "off", "off", "on",
    "a line for each request")

DIRECTORY(APPLICATION, data_dir, "data-dir", "DIR", "/var/lib/sessiongate",
    "users, stored sessions and the key; mode 0700")
DIRECTORY(APPLICATION, run_dir, "run-dir", "DIR", "/run/sessiongate",
    "the shared session table; mode 0700, not below /dev/shm")
NUMBER(APPLICATION, hash_cost, "hash-cost", "N", "5", 1, 11,
    "cost of new password hashes (yescrypt, 1 to 11; each step doubles it)")
NUMBER(APPLICATION, hashes_at_once, "hashes-at-once", "N", "0", 0, 256,
    "password hashes that may run at once; 0: one per processor")
NUMBER(APPLICATION, hash_wait_ms, "hash-wait", "MS", "5000", 0, 60000,
    "how long a login waits for its turn, before 503")
NUMBER(APPLICATION, basic_memory_s, "basic-memory", "S", "10", 0, 3600,
    "how long verified Basic credentials are remembered; 0: never")
NUMBER(APPLICATION, max_sessions, "max-sessions", "N", "1000000", 1, 50000000,
    "live sessions over all users; then logins get 503")
NUMBER(APPLICATION, max_user_sessions, "max-user-sessions", "N", "1000", 0, 50000000,
    "live sessions of one user; the oldest ends; 0: no limit")
NUMBER(APPLICATION, throttle_tries, "throttle-tries", "N", "5", 1, 1000000,
    "wrong passwords of a user from a network, before each further try waits")
NUMBER(APPLICATION, throttle_network_tries, "throttle-network-tries", "N", "50", 1, 1000000,
    "of all users from a network, in ten minutes")
NUMBER(APPLICATION, throttle_account_tries, "throttle-account-tries", "N", "100", 1, 1000000,
    "of a user from all networks, in an hour; then unknown networks wait")
NUMBER(APPLICATION, throttle_wait_s, "throttle-wait", "S", "60", 1, 3600,
    "the longest wait; the first is a second, the next twice as long")
SWITCH(APPLICATION, fold_email_case, "email-case", "exact|fold", "exact", "exact", "fold",
    "addresses that differ in the case of A-Z alone are two, or one")
SWITCH(APPLICATION, log_email, "log-email", "on|off", "off", "off", "on",
    "log the address of a refused login, not only the id")
TEXT(APPLICATION, password_blocklist, "password-blocklist", "FILE", "",
    "refuse new passwords that are a line of it, the address or the service's name")

REQUEST(REQUEST, AUTH_TYPE, "TYPE", "",
    "none, auth, basic_auth, session_auth, session_exp_auth or session_db_auth")
REQUEST(REQUEST, AUTH_PROFILE, "standard|strict", "standard",
    "strict: the strict choice of every setting that is not given; what is not safe is refused",
    .words = WORDS("standard", "strict"))
REQUEST(REQUEST, SESSION_NAME, "NAME", SETTINGS_SESSION_NAME_DEFAULT,
    "of the cookie")
REQUEST(REQUEST, SESSION_DURATION, "DURATION", "",
    "seconds, or a number and s, m, h or d; unset: for ever", .strict = "43200")
REQUEST(REQUEST, SESSION_IDLE, "DURATION", "0",
    "a session ends when unused for so long; 0: it does not",
    .strict = "1800")
REQUEST(REQUEST, SESSION_MAX_PER_USER, "N", "0",
    "live sessions of a user, if less than max-user-sessions; 0: as that")
REQUEST(REQUEST, SESSION_REPLACE, "on|off", "off",
    "a login ends the session of the cookie that it came with",
    .words = WORDS("on", "off"), .strict = "on")
REQUEST(REQUEST, SESSION_REMEMBER, "DURATION", "0",
    "a browser keeps the cookie for so long if the login has remember=1; 0: never")
REQUEST(REQUEST, COOKIE_DOMAIN, "DOMAIN", "",
    "all hosts below it get the cookie")
REQUEST(REQUEST, COOKIE_PREFIX, "none|auto", "none",
    "auto: __Host- or __Secure- before the cookie's name, under https",
    .words = WORDS("none", "auto"), .strict = "auto")
REQUEST(REQUEST, COOKIE_SAME_SITE, "lax|strict|none", "lax",
    "to which requests of other sites' pages the browser adds the cookie",
    .words = WORDS("lax", "strict", "none"))
REQUEST(REQUEST, SESSION_ID, "uuid|token", "uuid",
    "ids of new sessions: 122 random bits in a UUID, or 256 in 43 characters",
    .words = WORDS("uuid", "token"), .strict = "token")
REQUEST(REQUEST, AUTH_REALM, "TEXT", "",
    "sites with different ones do not share sessions")
REQUEST(REQUEST, LOGIN_THROTTLE, "on|off", "on",
    "whoever guesses passwords is slowed",
    .words = WORDS("on", "off"))
REQUEST(REQUEST, CORS_ORIGINS, "LIST", "",
    "origins of pages that may read answers; unset: any", .strict = "")
REQUEST(REQUEST, SESSION_DETAILS, "on|off", "off",
    "keep address and browser of each login, for the lists of sessions",
    .words = WORDS("on", "off"))
REQUEST(REQUEST, CSRF_CHECK, "on|off|log", "on",
    "refuse changes and logins that a page of another site asks for; log: say so alone",
    .words = WORDS("on", "off", "log"))
REQUEST(REQUEST, USERS_API, "open|self|admin|off", "open",
    "who may do what with users: all who get in; each with themselves; so, and administrators all; nobody",
    .words = WORDS("open", "self", "admin", "off"), .strict = "admin")
REQUEST(REQUEST, ADMIN_GROUP, "GROUP", "admin",
    "whose members are administrators under USERS_API=admin")
REQUEST(REQUEST, PASSWORD_MIN, "N", "0",
    "characters that a new password must have, 0 to 64", .strict = "15")
REQUEST(REQUEST_ONLY, SESSIONGATE_STATUS, "on", "",
    "the page of counters, where the web server lets operators in")
/* clang-format on */
