/* settings.c - see settings.h */
#include "conf/settings.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/str.h"

enum kind { KIND_TEXT, KIND_NUMBER, KIND_CHOICE };

/* Parallel to settings_options: where a value goes and what it may be. */
static const struct target {
	enum kind kind;
	size_t offset;
	unsigned least, most;
	const char *words[2]; /* for false and for true */
} targets[] = {
	{ KIND_TEXT, offsetof(struct settings, data_dir), 0, 0, { NULL } },
	{ KIND_TEXT, offsetof(struct settings, run_dir), 0, 0, { NULL } },
	{ KIND_NUMBER, offsetof(struct settings, hash_cost), 1, 11, { NULL } },
	{ KIND_NUMBER, offsetof(struct settings, hashes_at_once), 0, 256, { NULL } },
	{ KIND_NUMBER, offsetof(struct settings, hash_wait_ms), 0, 60000, { NULL } },
	{ KIND_NUMBER, offsetof(struct settings, basic_memory_s), 0, 3600, { NULL } },
	{ KIND_NUMBER, offsetof(struct settings, max_sessions), 1, 50000000, { NULL } },
	{ KIND_NUMBER, offsetof(struct settings, max_user_sessions), 0, 50000000, { NULL } },
	{ KIND_CHOICE, offsetof(struct settings, log_email), 0, 0, { "off", "on" } },
	{ KIND_CHOICE, offsetof(struct settings, fold_email_case), 0, 0, { "exact", "fold" } },
};

const struct settings_option settings_options[] = {
	{ "data-dir", "DIR", "/var/lib/sessiongate",
	    "users, stored sessions and the key; mode 0700" },
	{ "run-dir", "DIR", "/run/sessiongate",
	    "the shared session table; mode 0700, not below /dev/shm" },
	{ "hash-cost", "N", "5",
	    "cost of new password hashes (yescrypt, 1 to 11; each step doubles it)" },
	{ "hashes-at-once", "N", "0",
	    "password hashes that may run at once; 0: one per processor" },
	{ "hash-wait", "MS", "5000", "how long a login waits for its turn, before 503" },
	{ "basic-memory", "S", "10",
	    "how long verified Basic credentials are remembered; 0: never" },
	{ "max-sessions", "N", "1000000", "live sessions over all users; then logins get 503" },
	{ "max-user-sessions", "N", "1000",
	    "live sessions of one user; the oldest ends; 0: no limit" },
	{ "log-email", "on|off", "off", "log the address of a refused login, not only the id" },
	{ "email-case", "exact|fold", "exact",
	    "addresses that differ in the case of A-Z alone are two, or one" },
};
const size_t settings_n_options = sizeof(settings_options) / sizeof(settings_options[0]);

static_assert(sizeof(targets) / sizeof(targets[0]) ==
		  sizeof(settings_options) / sizeof(settings_options[0]),
    "each option has a target");

static int
set_number(unsigned *ret, const struct settings_option *option, const struct target *target,
    const char *value, struct err *err)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(value, &end, 10);
	if (!isdigit((unsigned char)value[0]) || *end != '\0' || errno != 0 ||
	    n < target->least || n > target->most)
		return err_set(err, -EINVAL, "%s: \"%s\" is not a number from %u to %u",
		    option->name, value, target->least, target->most);
	*ret = (unsigned)n;
	return 0;
}

static int
set_choice(bool *ret, const struct settings_option *option, const struct target *target,
    const char *value, struct err *err)
{
	for (int i = 0; i < 2; i++) {
		if (strcmp(value, target->words[i]) == 0) {
			*ret = i == 1;
			return 0;
		}
	}
	return err_set(err, -EINVAL, "%s: \"%s\" is neither %s nor %s", option->name, value,
	    target->words[1], target->words[0]);
}

int
settings_set(struct settings *settings, const char *name, const char *value, struct err *err)
{
	for (size_t i = 0; i < settings_n_options; i++) {
		const struct settings_option *option = &settings_options[i];
		void *field = (char *)settings + targets[i].offset;

		if (strcmp(option->name, name) != 0)
			continue;
		if (targets[i].kind == KIND_NUMBER)
			return set_number(field, option, &targets[i], value, err);
		if (targets[i].kind == KIND_CHOICE)
			return set_choice(field, option, &targets[i], value, err);
		if (value[0] == '\0')
			return err_set(
			    err, -EINVAL, "%s is empty: give a %s", name, option->argument);
		if (str_has_control(str_of(value)))
			return err_set(err, -EINVAL, "%s has a control character: give a %s",
			    option->name, option->argument);
		*(const char **)field = value;
		return 0;
	}
	return err_set(err, -ENOENT, "no setting is called \"%s\"", name);
}

void
settings_init(struct settings *settings)
{
	*settings = (struct settings){ 0 };
	for (size_t i = 0; i < settings_n_options; i++)
		(void)settings_set(
		    settings, settings_options[i].name, settings_options[i].fallback, NULL);
}
