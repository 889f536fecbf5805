/* try.c - see try.h */
#include "ctl/try.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/gate_url.h"
#include "ctl/become.h"
#include "ctl/report.h"
#include "ctl/trying.h"

/* Over its scheme; and, where it has no port, over the other, if that answers. */
static void
try_url(struct trying *t, const char *url)
{
	for (int i = 0; i < 2 && t->r == 0; i++) {
		struct buf root;

		t->is_other = i == 1;
		(void)try_address_read(str_of(url), &t->address);
		if (t->is_other &&
		    memchr(t->address.authority.p, ':', t->address.authority.n) != NULL)
			break;
		if (t->is_other)
			t->address.scheme = str_eq_z(t->address.scheme, "http")
						? STR_LIT("https")
						: STR_LIT("http");
		buf_init(&root, TRYING_TARGET_MAX_BYTES);
		buf_addf(&root, "%.*s://%.*s/", STR_FMT(t->address.scheme),
		    STR_FMT(t->address.authority));
		free(t->root);
		t->root = str_dup(buf_str(&root));
		if (t->root == NULL)
			t->r = -ENOMEM;
		buf_fini(&root);
		if (t->r == 0)
			try_gate(t);
		if (t->r == 0 && (!t->is_other || t->is_there))
			try_address(t);
	}
}

int
try_addresses(struct command *c, char **urls)
{
	struct trying t = { .prefix = str_of(c->prefix), .is_insecure = c->is_insecure };

	if (!gate_url_is_prefix(t.prefix)) {
		(void)fprintf(
		    stderr, "sessiongatectl: --prefix must be " GATE_URL_PREFIX_RULE "\n");
		return EXIT_USAGE;
	}
	for (char **url = urls; *url != NULL; url++)
		if (!try_address_read(str_of(*url), &t.address)) {
			(void)fputs("sessiongatectl: ", stderr);
			report_plain(stderr, str_of(*url));
			(void)fputs(": give " TRY_ADDRESS_RULE
				    ", such as https://www.example.org/private\n",
			    stderr);
			return EXIT_USAGE;
		}
	become_nobody();
	buf_init(&t.told, TRYING_TARGET_MAX_BYTES);
	buf_init(&t.target, TRYING_TARGET_MAX_BYTES);
	buf_init(&t.answer.text, TRY_CURL_ANSWER_MAX_BYTES + 8192);
	buf_init(&t.absent.text, TRY_CURL_ANSWER_MAX_BYTES + 8192);
	for (; *urls != NULL && t.r == 0; urls++)
		try_url(&t, *urls);
	if (t.r == -ENOENT)
		(void)fprintf(stderr,
		    "sessiongatectl: gate try asks with the program curl, which is "
		    "not installed: apt install curl\n");
	else if (t.r != 0)
		(void)fprintf(stderr, "sessiongatectl: cannot run curl: %s\n", strerror(-t.r));
	buf_fini(&t.told);
	buf_fini(&t.target);
	buf_fini(&t.answer.text);
	buf_fini(&t.absent.text);
	free(t.root);
	return t.r == 0 && t.n_found == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
