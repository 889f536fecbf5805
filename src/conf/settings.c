/* settings.c - see settings.h */
#include "conf/settings.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/gate_url.h"
#include "conf/request_settings.h"
#include "core/groups.h"
#include "core/host_list.h"
#include "core/require.h"
#include "core/str.h"

/* clang-format off */
#define WORDS(...) (const char *const[]){ __VA_ARGS__, NULL }
#define ROW(scope_, kind_, member_, name_, argument_, fallback_, help_, ...) \
	{ .scope = SETTINGS_##scope_, .kind = SETTINGS_##kind_, \
	    .offset = offsetof(struct settings, member_), .name = (name_), \
	    .argument = (argument_), .fallback = (fallback_), .help = (help_), __VA_ARGS__ },

const struct setting settings_table[] = {
#define TEXT(scope, member, name, argument, fallback, help) \
	ROW(scope, TEXT, member, name, argument, fallback, help)
#define TEXTS(scope, member, name, argument, fallback, help) \
	ROW(scope, TEXT, member, name, argument, fallback, help, .may_repeat = true)
#define DIRECTORY(scope, member, name, argument, fallback, help) \
	ROW(scope, DIRECTORY, member, name, argument, fallback, help)
#define NUMBER(scope, member, name, argument, fallback, least_, most_, help) \
	ROW(scope, NUMBER, member, name, argument, fallback, help, .least = (least_), .most = (most_))
#define MODE(scope, member, name, argument, fallback, help) \
	ROW(scope, MODE, member, name, argument, fallback, help)
#define WORD(scope, member, name, argument, fallback, words_, help) \
	ROW(scope, WORD, member, name, argument, fallback, help, .words = words_)
#define SWITCH(scope, member, name, argument, fallback, first, second, help) \
	ROW(scope, SWITCH, member, name, argument, fallback, help, .words = WORDS(first, second))
#define OWNER(scope, member, name, argument, fallback, help) \
	ROW(scope, OWNER, member, name, argument, fallback, help)
#define IGNORED(scope_, name_, argument_, help_) \
	{ .scope = SETTINGS_##scope_, .kind = SETTINGS_IGNORED, .name = (name_), \
	    .argument = (argument_), .fallback = "", .help = (help_) },
#include "conf/settings_list.h"
#define REQUEST(scope_, variable_, member_, kind_, argument_, fallback_, help_, ...) \
	{ .scope = SETTINGS_##scope_, .kind = SETTINGS_##kind_, .var = CGI_##variable_, \
	    .offset = offsetof(struct request_settings, member_), .name = #variable_, \
	    .argument = (argument_), .fallback = (fallback_), .help = (help_), __VA_ARGS__ },
#include "core/request_settings_list.h"
};
/* clang-format on */
const size_t settings_n = sizeof(settings_table) / sizeof(settings_table[0]);

static int
set_number(unsigned *ret, const struct setting *setting, const char *value, struct err *err)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(value, &end, 10);
	if (!isdigit((unsigned char)value[0]) || *end != '\0' || errno != 0 ||
	    n < setting->least || n > setting->most)
		return err_set(err, -EINVAL, "%s: \"%s\" is not a number from %u to %u",
		    setting->name, value, setting->least, setting->most);
	*ret = (unsigned)n;
	return 0;
}

static int
set_mode(unsigned *ret, const struct setting *setting, const char *value, struct err *err)
{
	char *end;
	unsigned long mode = strtoul(value, &end, 8);

	if (!isdigit((unsigned char)value[0]) || *end != '\0' || mode > 0777)
		return err_set(err, -EINVAL, "%s: \"%s\" is no octal mode from 0000 to 0777",
		    setting->name, value);
	*ret = (unsigned)mode;
	return 0;
}

int
settings_word(const struct setting *setting, struct str value)
{
	for (int i = 0; setting->words[i] != NULL; i++)
		if (str_eq_z(value, setting->words[i]))
			return i;
	return -1;
}

/* One of the words, by its place. */
static int
set_word(unsigned *ret, const struct setting *setting, const char *value, struct err *err)
{
	char allowed[64] = "";
	int which = settings_word(setting, str_of(value));

	if (which >= 0) {
		*ret = (unsigned)which;
		return 0;
	}
	for (unsigned i = 0; setting->words[i] != NULL; i++) {
		size_t n = strlen(allowed);

		(void)snprintf(allowed + n, sizeof(allowed) - n, "%s%s", i > 0 ? ", " : "",
		    setting->words[i]);
	}
	return err_set(err, -EINVAL, "%s: \"%s\" is none of %s", setting->name, value, allowed);
}

static int
set_switch(bool *ret, const struct setting *setting, const char *value, struct err *err)
{
	unsigned which = 0;
	int r = set_word(&which, setting, value, err);

	if (r == 0)
		*ret = which == 1;
	return r;
}

static int
set_owner(struct settings_owner *ret, const struct setting *setting, const char *value,
    struct err *err)
{
	struct settings_owner owner = { (uid_t)-1, (gid_t)-1 };
	const char *colon = strchr(value, ':');
	size_t n_user = colon != NULL ? (size_t)(colon - value) : strlen(value);
	char user[64];
	const struct passwd *passwd;
	const struct group *group;

	if (n_user >= sizeof(user))
		return err_set(err, -EINVAL, "%s: \"%s\" is too long", setting->name, value);
	memcpy(user, value, n_user);
	user[n_user] = '\0';
	if (n_user > 0) {
		if ((passwd = getpwnam(user)) == NULL)
			return err_set(err, -EINVAL, "%s: no user \"%s\"", setting->name, user);
		owner.uid = passwd->pw_uid;
	}
	if (colon != NULL) {
		if ((group = getgrnam(colon + 1)) == NULL)
			return err_set(
			    err, -EINVAL, "%s: no group \"%s\"", setting->name, colon + 1);
		owner.gid = group->gr_gid;
	}
	*ret = owner;
	return 0;
}

static int
set_directory(
    const char **ret, const struct setting *setting, const char *value, struct err *err)
{
	if (value[0] == '\0')
		return err_set(
		    err, -EINVAL, "%s is empty: give a %s", setting->name, setting->argument);
	if (str_has_control(str_of(value)))
		return err_set(err, -EINVAL, "%s has a control character: give a %s",
		    setting->name, setting->argument);
	*ret = value;
	return 0;
}

static int
set(struct settings *settings, const struct setting *setting, const char *value,
    struct err *err)
{
	void *member = (char *)settings + setting->offset;

	switch (setting->kind) {
	case SETTINGS_TEXT:
		*(const char **)member = value;
		return 0;
	case SETTINGS_DIRECTORY:
		return set_directory(member, setting, value, err);
	case SETTINGS_NUMBER:
		return set_number(member, setting, value, err);
	case SETTINGS_MODE:
		return set_mode(member, setting, value, err);
	case SETTINGS_WORD:
		return set_word(member, setting, value, err);
	case SETTINGS_SWITCH:
		return set_switch(member, setting, value, err);
	case SETTINGS_OWNER:
		return set_owner(member, setting, value, err);
	case SETTINGS_IGNORED:
	case SETTINGS_DURATION:
	case SETTINGS_NAME:
		break;
	}
	return 0;
}

int
settings_set(struct settings *settings, const char *name, const char *value, struct err *err)
{
	for (size_t i = 0; i < settings_n; i++)
		if (!settings_is_of_request(&settings_table[i]) &&
		    strcmp(settings_table[i].name, name) == 0)
			return set(settings, &settings_table[i], value, err);
	return err_set(err, -ENOENT, "no setting is called \"%s\"", name);
}

void
settings_init(struct settings *settings)
{
	*settings = (struct settings){ 0 };
	for (size_t i = 0; i < settings_n; i++)
		if (!settings_is_of_request(&settings_table[i]))
			(void)set(
			    settings, &settings_table[i], settings_table[i].fallback, NULL);
}

const char *
settings_text(const struct settings *settings, const struct setting *setting)
{
	return *(const char *const *)(const void *)((const char *)settings + setting->offset);
}

const char *
settings_variable(const struct setting *setting)
{
	static char name[64];

	if (settings_is_of_request(setting))
		return setting->name;
	(void)snprintf(name, sizeof(name), SETTINGS_VARIABLE_PREFIX "%s", setting->name);
	for (char *c = name; *c != '\0'; c++)
		*c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
	return name;
}
