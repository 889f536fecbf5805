/*
 * try_address.c - is an address closed, however it is asked for? (trying.h)
 *
 * One that anybody gets as it stands is told once.  Of one that is closed, everything else is
 * tried: how it may be written, methods, headers.
 */
#include <stdio.h>
#include <string.h>

#include "conf/gate_url.h"
#include "ctl/trying.h"

/* What the same spelling of an address that no site has brings, beside this one. */
static void
ask_absent(struct trying *t, const char *form, const struct try_address *beside)
{
	struct try_address absent = *beside;
	struct try_request request;
	struct buf path;

	buf_init(&path, TRYING_TARGET_MAX_BYTES);
	try_absent_path(&path, beside);
	absent.path = buf_str(&path);
	if (trying_set_target(t, form, &absent)) {
		request = trying_request_of(t, NULL, NULL);
		trying_ask(t, &request, &t->absent);
	}
	buf_fini(&path);
	(void)trying_set_target(t, form, &t->address);
}

static bool
is_let_in(struct trying *t, const struct try_request *request)
{
	trying_ask(t, request, &t->answer);
	if (t->answer.status == 0 && t->answer.curl_status == TRY_CURL_TIMED_OUT)
		trying_tell_untold(t, request, "no answer for a long time");
	return trying_is_open(t, request);
}

static bool
is_sent_to_page(const struct trying *t)
{
	struct str to = try_answer_header(&t->answer, STR_LIT("Location"));

	return to.n > 0 && memmem(to.p, to.n, t->prefix.p, t->prefix.n) != NULL;
}

/* Is it closed to who asks for it plainly?  Else there is nothing more to try. */
static bool
try_plainly(struct trying *t)
{
	struct try_request request = trying_request_of(t, NULL, NULL);

	if (!trying_set_target(t, "$p", &t->address))
		return false;
	request.target = t->target.p;
	trying_ask(t, &request, &t->answer);
	if (t->server == TRY_ANY)
		t->server = try_server_of(try_answer_header(&t->answer, STR_LIT("Server")));
	if (t->answer.status == 0) {
		trying_tell_untold(t, &request, "no answer");
		t->n_found++;
	} else if (trying_is_open(t, &request)) {
		ask_absent(t, "$p", &(struct try_address){ .path = STR_LIT("/") });
		request.target = t->target.p;
		trying_tell_open(t, &request, "",
		    t->absent.status == 401 || t->absent.status / 100 == 3 ? TRY_ADDRESS_OPEN
									   : TRY_SITE_OPEN);
	} else if (trying_is_success(&t->answer)) {
		trying_tell_untold(t, &request, "nothing in the answer");
	} else if (t->answer.status >= 500) {
		trying_begin_line(t, "WRONG", NULL);
		(void)printf("%d: nobody comes in", t->answer.status);
		trying_end_line(t, &request, TRY_SHUT);
	} else {
		if (t->answer.status / 100 == 3 && !trying_is_sent_to_https(t) &&
		    !is_sent_to_page(t))
			trying_tell_untold(
			    t, &request, "sends elsewhere: name that address too");
		return true;
	}
	return false;
}

static unsigned
try_spellings(struct trying *t)
{
	unsigned n = 0;

	for (size_t i = 1; try_forms[i] != NULL && t->r == 0; i++) {
		struct try_request request;

		if (!try_form_fits(try_forms[i], &t->address) ||
		    !trying_set_target(t, try_forms[i], &t->address))
			continue;
		n++;
		request = trying_request_of(t, NULL, NULL);
		if (!is_let_in(t, &request))
			continue;
		ask_absent(t, try_forms[i], &t->address);
		request.target = t->target.p;
		if (strstr(try_forms[i], "other.invalid") != NULL)
			trying_tell_untold(t, &request,
			    "under another name: another site of this web server, or this one");
		else if (trying_is_success(&t->absent) &&
			 str_eq(t->absent.body, t->answer.body))
			trying_tell_untold(t, &request, "as for an address that is not there");
		else
			trying_tell_open(t, &request, "written otherwise", TRY_FORM_OPEN);
	}
	return n;
}

static unsigned
try_methods(struct trying *t)
{
	static const char *const methods[] = { "HEAD", "OPTIONS", "POST", "PROPFIND", "TRACE",
		"BREW" };
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]) &&
		    trying_set_target(t, "$p", &t->address);
	     i++) {
		struct try_request request = trying_request_of(t, methods[i], NULL);

		if (is_let_in(t, &request))
			trying_tell_open(t, &request, "",
			    strcmp(methods[i], "TRACE") == 0 ? TRY_TRACE_OPEN
							     : TRY_METHOD_OPEN);
	}
	return (unsigned)i;
}

static unsigned
try_headers(struct trying *t)
{
	char paths[4][GATE_URL_PREFIX_MAX_BYTES + 32];
	const char *const sets[][7] = {
		{ "Remote-User: root", "Remote_User: root", "Remote-Groups: admin",
		    "Remote-Email: root@localhost", "X-Forwarded-User: root",
		    "X-Remote-User: root" },
		{ paths[0], paths[1], paths[2], paths[3] },
		{ "X-Forwarded-Method: OPTIONS", "X-Original-Method: OPTIONS",
		    "X-Http-Method-Override: OPTIONS" },
		{ "X-Forwarded-For: 127.0.0.1", "X-Real-Ip: 127.0.0.1",
		    "Forwarded: for=127.0.0.1", "Client-Ip: 127.0.0.1" },
		{ "User-Agent: kube-probe/1.30", "Gate: nginx" },
	};
	static const char *const path_headers[] = { "X-Forwarded-Uri", "X-Original-Uri",
		"X-Original-Url", "X-Rewrite-Url" };
	size_t i;

	for (i = 0; i < 4; i++)
		(void)snprintf(paths[i], sizeof(paths[i]), "%s: %.*slogin", path_headers[i],
		    STR_FMT(t->prefix));
	for (i = 0;
	     i < sizeof(sets) / sizeof(sets[0]) && trying_set_target(t, "$p", &t->address);
	     i++) {
		struct try_request request = trying_request_of(t, NULL, sets[i]);

		if (is_let_in(t, &request))
			trying_tell_open(t, &request, "with these headers", TRY_HEADERS_OPEN);
	}
	return (unsigned)i;
}

void
try_address(struct trying *t)
{
	unsigned n_untold = t->n_untold, n_spellings, n_methods, n_sets;
	int status;
	struct try_request old;

	t->n_here = 0;
	if (!try_plainly(t))
		return;
	status = t->answer.status;
	old = trying_request_of(t, NULL, NULL);
	old.is_http10 = true;
	if (is_let_in(t, &old))
		trying_tell_open(t, &old, "with HTTP/1.0", TRY_METHOD_OPEN);
	n_spellings = try_spellings(t);
	n_methods = try_methods(t);
	n_sets = try_headers(t);
	if (t->n_here > 0 || t->r != 0)
		return;
	trying_begin_line(t, "closed", NULL);
	(void)printf(
	    "%d; written in %u other ways, with %u other methods and %u sets of headers%s\n",
	    status, n_spellings, n_methods, n_sets,
	    t->n_untold > n_untold ? ", but for the above"
	    : status == 404        ? " (is it there at all?)"
				   : "");
}
