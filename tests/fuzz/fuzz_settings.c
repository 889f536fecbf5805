/* fuzz_settings.c - a file of NAME=value lines: each as an option, and as a request's parameter */
#include <errno.h>

#include "conf/env_file.h"
#include "conf/gate_url.h"
#include "conf/request_settings.h"
#include "core/host_list.h"
#include "core/require.h"
#include "fuzz/fuzz.h"
#include "http/cookie.h"

static void
check_option(struct settings *settings, const char *name, const char *value)
{
	struct err err = { "" };
	char option[64];
	size_t n = 0;
	int r;

	for (; name[n] != '\0' && n < sizeof(option) - 1; n++)
		option[n] = (char)(name[n] == '_' ? '-' : name[n] | 0x20);
	option[n] = '\0';
	r = settings_set(settings, option, value, &err);
	fuzz_promise(r <= 0 && (r == -ENOENT || (r == 0) == (err.text[0] == '\0')));
}

static void
check_request(enum request_use use, const struct cgi_vars *vars)
{
	char room[SETTINGS_RETURN_HOSTS_BYTES];
	struct request_settings s;

	request_settings_read_for(use, vars, &s);
	fuzz_promise(
	    s.session_duration_s >= 0 && s.session_duration_s <= SETTINGS_DURATION_MOST_S);
	fuzz_promise((int64_t)s.session_idle_s <= SETTINGS_DURATION_MOST_S);
	fuzz_promise(s.is_duration_readable || s.session_duration_s == 0);
	fuzz_promise(
	    s.is_usable == (s.wrong_name == NULL) && s.is_usable == (s.problem == NULL));
	if (!s.is_usable)
		return;
	fuzz_promise(cookie_is_token(s.session_name));
	fuzz_promise(gate_url_is_prefix(s.gate_prefix) && gate_url_is_login(s.gate_login_url));
	fuzz_promise(host_list_is_valid(request_settings_return_hosts(&s, room)));
	fuzz_promise(require_is_valid(s.auth_require));
	fuzz_promise(use != REQUEST_OF_CHECK || !str_is_empty(s.auth_type));
}

/* Seconds as text are themselves; nothing that was read is out of range. */
static void
check_duration(struct str text)
{
	int64_t s = -1;
	bool is_readable = request_settings_duration(text, &s);

	fuzz_promise(s >= 0 && s <= SETTINGS_DURATION_MOST_S && (is_readable || s == 0));
	if (is_readable) {
		char again[24];
		int64_t t = -1;

		(void)snprintf(again, sizeof(again), "%llds", (long long)s);
		fuzz_promise(request_settings_duration(str_of(again), &t) && t == s);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_mem(data, size);
	char *copy = fuzz_copy(text);
	struct env_file file = ENV_FILE_EMPTY;
	struct err err = { "" };
	struct settings settings;
	struct cgi_vars vars;
	int r;

	text.p = copy;
	check_duration(text);
	r = env_file_parse("a file", text, &file, &err);
	fuzz_promise(r <= 0 && (r == 0) == (err.text[0] == '\0'));
	settings_init(&settings);
	cgi_vars_init(&vars);
	for (size_t i = 0; r == 0 && i < file.n; i++) {
		check_option(&settings, file.names[i], file.values[i]);
		check_duration(str_of(file.values[i]));
		(void)cgi_vars_add(&vars, str_of(file.names[i]), str_of(file.values[i]));
	}
	for (enum request_use use = REQUEST_OF_API; use <= REQUEST_OF_CHECK; use++)
		check_request(use, &vars);
	cgi_vars_fini(&vars);
	env_file_free(&file);
	free(copy);
	return 0;
}
