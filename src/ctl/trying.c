/* trying.c - see trying.h */
#include "ctl/trying.h"

#include <string.h>

#include "ctl/report.h"

struct try_request
trying_request_of(const struct trying *t, const char *method, const char *const *headers)
{
	return (struct try_request){ .url = t->root,
		.target = t->target.p,
		.method = method,
		.headers = headers,
		.is_insecure = t->is_insecure };
}

void
trying_ask(struct trying *t, const struct try_request *request, struct try_answer *ret)
{
	int r = try_curl_ask(request, ret);

	if (r != 0 && t->r == 0)
		t->r = r;
}

bool
trying_set_target(struct trying *t, const char *form, const struct try_address *address)
{
	buf_clear(&t->target);
	try_form_write(&t->target, form, address, t->prefix);
	buf_add_char(&t->target, '\0');
	if (buf_error(&t->target) != 0)
		t->r = buf_error(&t->target);
	return t->r == 0;
}

bool
trying_is_success(const struct try_answer *answer)
{
	return answer->status / 100 == 2;
}

bool
trying_is_open(const struct trying *t, const struct try_request *request)
{
	bool is_head = request->method != NULL && strcmp(request->method, "HEAD") == 0;

	return trying_is_success(&t->answer) && (is_head || t->answer.body.n > 0);
}

void
trying_begin_line(const struct trying *t, const char *word, const char *form)
{
	(void)printf("%-7s %.*s://%.*s", word, STR_FMT(t->address.scheme),
	    STR_FMT(t->address.authority));
	if (form == NULL)
		report_plain(stdout, t->address.path);
	else
		(void)printf("%.*s%s", STR_FMT(t->prefix), form);
	(void)fputs(": ", stdout);
}

void
trying_end_line(struct trying *t, const struct try_request *request, enum try_rule rule)
{
	(void)fputs("; see: ", stdout);
	try_curl_print(stdout, request);
	(void)printf("\n        the recipe of %s has: %s\n", try_server_name(t->server),
	    try_rule_text(rule, t->server));
	t->n_found++;
	t->n_here++;
}

void
trying_tell_open(
    struct trying *t, const struct try_request *request, const char *how, enum try_rule rule)
{
	trying_begin_line(t, "OPEN", NULL);
	(void)printf("%d to %s%s%s", t->answer.status,
	    request->method != NULL ? request->method : "GET", *how != '\0' ? ", " : "", how);
	trying_end_line(t, request, rule);
}

void
trying_tell_untold(struct trying *t, const struct try_request *request, const char *why)
{
	trying_begin_line(t, "?", NULL);
	if (t->answer.status != 0)
		(void)printf("%d, ", t->answer.status);
	(void)printf("%s; see: ", why);
	try_curl_print(stdout, request);
	(void)fputc('\n', stdout);
	t->n_untold++;
}

bool
trying_is_sent_to_https(const struct trying *t)
{
	return str_eq_z(t->address.scheme, "http") && t->answer.status / 100 == 3 &&
	       str_starts_with(
		   try_answer_header(&t->answer, STR_LIT("Location")), STR_LIT("https://"));
}
