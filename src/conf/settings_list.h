/*
 * settings_list.h - every setting of the program as a whole, one row each
 *
 * Purpose    The rows are the members of struct settings and the table of settings.h; options,
 *            variables, --help, --check and the manuals' lists follow from them.
 * Calling    Included by settings.h and settings.c alone, which say what a row becomes.
 *            A new setting: a row here, and the code that heeds it; tests/lint/settings then
 *            asks for its place in the manuals.  Those that may come with a request are rows of
 *            core/request_settings_list.h.
 *
 * Each row: whose it is (settings.h, enum settings_scope), the member, the option, what stands for
 * a value in the help, the default, what else its kind needs, the help.
 */
/* clang-format off */
TEXTS(SERVING, listen, "listen", "ADDRESS", "",
    "unix:/PATH, or tcp:127.0.0.1:PORT (any local user can connect); may be given several times")
MODE(SERVING, socket_mode, "socket-mode", "MODE", "0660",
    "permissions of a unix socket, octal")
OWNER(SERVING, socket_owner, "socket-owner", "USER[:GROUP]", "",
    "owner of a unix socket; \":GROUP\" for the group alone")
SWITCH(SERVING, allow_unsafe_socket, "allow-unsafe-socket", "on|off", "off", "off", "on",
    "accept a socket that every local user, or the network, can connect to")
SWITCH(SERVING, tcp_basic, "tcp-basic", "on|off", "off", "off", "on",
    "checks over TCP may bring passwords (AUTH_BASIC): any local user can guess there")
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
TEXT(SERVING, pages_dir, "pages-dir", "DIR", "/etc/sessiongate/pages",
    "templates (NAME.html) and texts (LANG.txt) of the gate's pages, where they are not as built in")
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
/* clang-format on */
