/* options.c - see options.h */
#include "server/options.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/host.h"

const struct settings_option options_table[] = {
	{ "listen", "ADDRESS", "",
	    "unix:/PATH, or tcp:127.0.0.1:PORT (any local user can connect)" },
	{ "socket-mode", "MODE", "0660", "permissions of a unix socket, octal" },
	{ "socket-owner", "USER[:GROUP]", "",
	    "owner of a unix socket; \":GROUP\" for the group alone" },
	{ "allow-unsafe-socket", "on|off", "off",
	    "accept a socket that every local user, or the network, can connect to" },
	{ "backlog", "N", "4096", "connections that may wait to be accepted (1024 or more)" },
	{ "workers", "N", "0", "processes; 0: one for two processors" },
	{ "threads", "N", "1", "no longer means anything: see workers" },
	{ "slow-threads", "N", "32",
	    "threads of a worker for what waits for the disk, at most" },
	{ "slow-waiting", "N", "256", "requests of a worker that may wait for one; then 503" },
	{ "hash-waiting", "N", "256",
	    "requests of a worker that may wait for a password hash; then 503" },
	{ "slow-wait", "MS", "5000", "how long they wait, before 503" },
	{ "read-deadline", "MS", "10000", "for a whole request to arrive" },
	{ "write-deadline", "MS", "30000", "for some more of a long answer to be taken" },
	{ "answer-memory", "MIB", "256",
	    "of a worker, for long answers until they are taken; then 503" },
	{ "stop-deadline", "MS", "10000", "for what runs to end, when stopping" },
	{ "plain-libfcgi", "on|off", "off", "no longer means anything" },
	{ "log-level", "LEVEL", "info", "debug, info, warn or error" },
	{ "log-format", "FORMAT", "logfmt", "logfmt or json" },
	{ "log-target", "TARGET", "stderr", "stderr or syslog" },
	{ "access-log", "on|off", "off", "a line for each request" },
};
const size_t options_n_table = sizeof(options_table) / sizeof(options_table[0]);

static int
number(const char *name, const char *value, long least, long most, long *ret, struct err *err)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(value, &end, 10);
	if (!isdigit((unsigned char)value[0]) || *end != '\0' || errno != 0 || n < least ||
	    n > most)
		return err_set(err, -EINVAL, "%s: \"%s\" is not a number from %ld to %ld", name,
		    value, least, most);
	*ret = n;
	return 0;
}

static int
set_unsigned(
    unsigned *ret, const char *name, const char *value, long least, long most, struct err *err)
{
	long n;
	int r = number(name, value, least, most, &n, err);

	if (r == 0)
		*ret = (unsigned)n;
	return r;
}

static int
set_ms(int64_t *ret, const char *name, const char *value, long least, struct err *err)
{
	long n;
	int r = number(name, value, least, 3600 * 1000, &n, err);

	if (r == 0)
		*ret = n;
	return r;
}

static int
set_switch(bool *ret, const char *name, const char *value, struct err *err)
{
	if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
		return err_set(
		    err, -EINVAL, "%s: \"%s\" is neither \"on\" nor \"off\"", name, value);
	*ret = strcmp(value, "on") == 0;
	return 0;
}

/* One of the words, by its place. */
static int
set_word(unsigned *ret, const char *name, const char *value, const char *const *words,
    struct err *err)
{
	char allowed[64] = "";

	for (unsigned i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], value) == 0) {
			*ret = i;
			return 0;
		}
		(void)snprintf(allowed + strlen(allowed), sizeof(allowed) - strlen(allowed),
		    "%s%s", i > 0 ? ", " : "", words[i]);
	}
	return err_set(err, -EINVAL, "%s: \"%s\" is none of %s", name, value, allowed);
}

static int
set_mode(mode_t *ret, const char *value, struct err *err)
{
	char *end;
	unsigned long mode = strtoul(value, &end, 8);

	if (!isdigit((unsigned char)value[0]) || *end != '\0' || mode > 0777)
		return err_set(err, -EINVAL,
		    "socket-mode: \"%s\" is no octal mode from 0000 to 0777", value);
	*ret = (mode_t)mode;
	return 0;
}

static int
set_owner(struct listen_options *listen, const char *value, struct err *err)
{
	const char *colon = strchr(value, ':');
	size_t n_user = colon != NULL ? (size_t)(colon - value) : strlen(value);
	char user[64];
	const struct passwd *passwd;
	const struct group *group;

	if (n_user >= sizeof(user))
		return err_set(err, -EINVAL, "socket-owner: \"%s\" is too long", value);
	memcpy(user, value, n_user);
	user[n_user] = '\0';
	if (n_user > 0) {
		if ((passwd = getpwnam(user)) == NULL)
			return err_set(err, -EINVAL, "socket-owner: no user \"%s\"", user);
		listen->uid = passwd->pw_uid;
	}
	if (colon != NULL) {
		if ((group = getgrnam(colon + 1)) == NULL)
			return err_set(
			    err, -EINVAL, "socket-owner: no group \"%s\"", colon + 1);
		listen->gid = group->gr_gid;
	}
	return 0;
}

static int
set_log(struct options *options, const char *name, const char *value, struct err *err)
{
	static const char *const levels[] = { "debug", "info", "warn", "error", NULL };
	static const char *const formats[] = { "logfmt", "json", NULL };
	static const char *const targets[] = { "stderr", "syslog", NULL };
	unsigned which = 0;
	int r;

	if (strcmp(name, "log-level") == 0) {
		if ((r = set_word(&which, name, value, levels, err)) == 0)
			options->log_level = (enum log_level)which;
	} else if (strcmp(name, "log-format") == 0) {
		if ((r = set_word(&which, name, value, formats, err)) == 0)
			options->log_format = (enum log_format)which;
	} else {
		if ((r = set_word(&which, name, value, targets, err)) == 0)
			options->log_target = (enum log_target)which;
	}
	return r;
}

int
options_set(struct options *options, const char *name, const char *value, struct err *err)
{
	struct worker_options *worker = &options->supervisor.worker;
	bool ignored;
	long n;
	int r;

#define IS(text) (strcmp(name, (text)) == 0)
	if (IS("listen")) {
		options->listen.address = value[0] != '\0' ? value : NULL;
		return 0;
	}
	if (IS("socket-mode"))
		return set_mode(&options->listen.mode, value, err);
	if (IS("socket-owner"))
		return set_owner(&options->listen, value, err);
	if (IS("allow-unsafe-socket"))
		return set_switch(&options->listen.may_be_unsafe, name, value, err);
	if (IS("backlog")) {
		if ((r = number(name, value, LISTEN_BACKLOG_MIN, 65535, &n, err)) == 0)
			options->listen.backlog = (int)n;
		return r;
	}
	if (IS("workers"))
		return set_unsigned(&options->supervisor.n_workers, name, value, 0, 256, err);
	if (IS("threads"))
		return number(name, value, 1, 256, &n, err);
	if (IS("slow-threads"))
		return set_unsigned(&worker->n_slow_threads, name, value, 1, 1024, err);
	if (IS("slow-waiting"))
		return set_unsigned(&worker->n_slow_waiting, name, value, 1, 100000, err);
	if (IS("hash-waiting"))
		return set_unsigned(&worker->n_hash_waiting, name, value, 1, 100000, err);
	if (IS("slow-wait"))
		return set_ms(&worker->slow_wait_ms, name, value, 1, err);
	if (IS("read-deadline"))
		return set_ms(&worker->read_deadline_ms, name, value, 100, err);
	if (IS("write-deadline"))
		return set_ms(&worker->write_deadline_ms, name, value, 100, err);
	if (IS("answer-memory")) {
		if ((r = number(name, value, 1, 65536, &n, err)) == 0)
			worker->answer_memory = (size_t)n << 20;
		return r;
	}
	if (IS("stop-deadline"))
		return set_ms(&worker->stop_deadline_ms, name, value, 0, err);
	if (IS("plain-libfcgi"))
		return set_switch(&ignored, name, value, err);
	if (IS("access-log"))
		return set_switch(&options->access_log, name, value, err);
	if (IS("log-level") || IS("log-format") || IS("log-target"))
		return set_log(options, name, value, err);
#undef IS
	return err_set(err, -ENOENT, "no option is called \"%s\"", name);
}

void
options_init(struct options *options)
{
	*options = (struct options){ 0 };
	options->supervisor.worker = WORKER_OPTIONS_DEFAULT;
	options->supervisor.restart_pause_ms = 10000;
	options->supervisor.trial_ms = 120000;
	options->listen.uid = (uid_t)-1;
	options->listen.gid = (gid_t)-1;
	for (size_t i = 0; i < options_n_table; i++)
		if (options_table[i].fallback[0] != '\0')
			(void)options_set(
			    options, options_table[i].name, options_table[i].fallback, NULL);
}
