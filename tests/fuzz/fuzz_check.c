/* fuzz_check.c - NAME=value lines as the variables of a check: what it makes of the visitor's request */
#include "conf/env_file.h"
#include "core/require.h"
#include "fuzz/fuzz.h"
#include "gate/client.h"
#include "gate/question.h"
#include "gate/reply.h"

#define LOGIN_MAX_BYTES 8192

/* Visible ASCII alone, and of that what no browser reads in another way. */
static void
check_login(const struct question *question)
{
	const struct request_settings *settings = question->settings;
	struct str text, url = settings->gate_login_url;
	struct buf out;

	buf_init(&out, LOGIN_MAX_BYTES);
	question_write_login(question, &out);
	fuzz_promise(buf_error(&out) == 0);
	text = buf_str(&out);
	if (str_is_empty(url)) {
		fuzz_promise(str_starts_with(text, settings->gate_prefix));
		text = str_skip(text, settings->gate_prefix.n);
		url = STR_LIT("login");
	}
	fuzz_promise(str_starts_with(text, url));
	text = str_skip(text, url.n);
	fuzz_promise(text.n == 0 || str_starts_with(text, STR_LIT("?rd=")));
	text = str_skip(text, 4);
	for (size_t i = 0; i < text.n; i++)
		fuzz_promise(strchr("-._~/%", text.p[i]) != NULL ||
			     (text.p[i] >= '0' && text.p[i] <= '9') ||
			     ((text.p[i] | 0x20) >= 'a' && (text.p[i] | 0x20) <= 'z'));
	fuzz_promise(!str_starts_with(text, STR_LIT("//")));
	buf_fini(&out);
}

/* Each value in one line; nothing of it is another header, and all can be read back. */
static void
check_reply(enum gate_family family, struct str value, struct str groups)
{
	const struct gate_reply reply = { .family = family,
		.verdict = GATE_ALLOW,
		.user = value,
		.email = value,
		.name = value,
		.groups = groups };
	struct response response;
	struct str lines, line;
	struct buf out;
	int n = 0;

	response_init(&response);
	buf_init(&out, (size_t)1 << 20);
	gate_reply_write(&reply, &response);
	response_format(&response, false, &out);
	if (buf_error(&out) == 0) {
		lines = buf_str(&out);
		fuzz_promise(str_starts_with(lines, STR_LIT("Status: 200 OK\r\n")));
		fuzz_promise(str_ends_with(lines, STR_LIT("\r\n\r\n")));
		for (; str_split(lines, '\n', &line, &lines); n++)
			for (size_t i = 0; i + 1 < line.n; i++)
				fuzz_promise(line.p[i] >= ' ' && line.p[i] <= '~');
		fuzz_promise(n == (family == GATE_AUTHORIZER ? 6 : 7));
	}
	buf_fini(&out);
	response_fini(&response);
}

static void
check_question(const struct request *request, enum gate_family family)
{
	struct request_settings settings;
	struct question question;

	request_settings_read_for(REQUEST_OF_CHECK, &request->vars, &settings);
	if (!settings.is_usable)
		return;
	fuzz_promise(require_is_valid(settings.auth_require));
	fuzz_promise(settings.has_one_cookie && !str_is_empty(settings.auth_type));
	question = question_of(request, &settings, family);
	if (settings.auth_cross_site == AUTH_CROSS_SITE_ALLOW)
		fuzz_promise(!question_is_cross_site(&question));
	if (question_is_free(&question))
		fuzz_promise(
		    settings.passes_preflights && str_eq(question.method, STR_LIT("OPTIONS")));
	check_login(&question);
}

static void
check_user(const struct request *request)
{
	const struct require_user user = { request->remote_addr, request->user_agent,
		request->cookies, false };
	struct str terms = request->vars.values[CGI_AUTH_REQUIRE];

	/* What is no text of terms may fit in part; it is never asked. */
	if (!require_is_valid(terms))
		return;
	if (str_is_empty(user.id) && str_is_empty(user.email) && str_is_empty(user.groups) &&
	    str_index(terms, 'y') < 0)
		fuzz_promise(!require_fits(terms, &user));
	else
		(void)require_fits(terms, &user);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_mem(data, size);
	char *copy = fuzz_copy(text);
	struct env_file file = ENV_FILE_EMPTY;
	struct request request;
	struct err err = { "" };

	text.p = copy;
	request_begin(&request);
	if (env_file_parse("a file", text, &file, &err) == 0)
		for (size_t i = 0; i < file.n; i++)
			(void)cgi_vars_add(
			    &request.vars, str_of(file.names[i]), str_of(file.values[i]));
	if (request_read(&request) == 0) {
		(void)client_is_script(&request.vars);
		fuzz_promise(!client_is_browser(&request.vars) ||
			     str_is_empty(request.vars.values[CGI_HTTP_X_REQUESTED_WITH]) ||
			     !str_is_empty(request.vars.values[CGI_HTTP_SEC_FETCH_MODE]));
		for (int family = GATE_AUTHORIZER; family <= GATE_CADDY; family++) {
			check_question(&request, (enum gate_family)family);
			check_reply((enum gate_family)family, text,
			    request.vars.values[CGI_HTTP_COOKIE]);
		}
		check_user(&request);
		request_fini(&request);
	}
	env_file_free(&file);
	free(copy);
	return 0;
}
