/*
 * fuzz_password.c - a password, a line feed, a list of passwords: normal form, list, policy
 */
#include "password/policy.h"

#include <errno.h>

#include <sodium.h>

#include "core/utf8.h"
#include "fuzz/fuzz.h"
#include "password/nfc.h"

static void
check_form(struct str text)
{
	char room[NFC_MAX_BYTES], again[NFC_MAX_BYTES];
	struct str form, twice;

	if (!nfc_of(text, room, &form)) {
		fuzz_promise(text.n > NFC_TEXT_MAX_BYTES || !utf8_is_valid(text));
		return;
	}
	fuzz_promise(utf8_is_valid(text) && utf8_is_valid(form));
	fuzz_promise(form.n <= 3 * text.n);
	if (form.n <= NFC_TEXT_MAX_BYTES)
		fuzz_promise(nfc_of(form, again, &twice) && str_eq(form, twice));
}

/* Each line of the list is on it, whatever it looks like. */
static void
check_lines(const struct blocklist *list, struct str text)
{
	const struct password_policy policy = { 0, list, STR_NULL };
	struct str line;
	struct err why;

	for (int n = 0; n < 20 && !str_is_null(text); n++) {
		(void)str_split(text, '\n', &line, &text);
		if (str_ends_with(line, STR_LIT("\r")))
			line.n--;
		if (line.n == 0 || line.n > NFC_TEXT_MAX_BYTES ||
		    str_starts_with(line, STR_LIT("#!")))
			continue;
		fuzz_promise(!password_policy_allows(&policy, line, STR_LIT("a@b"), &why));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct password_policy policy = { .least = 8, .service = STR_LIT("shop") };
	struct blocklist *list = NULL;
	struct str password, text;
	struct err err = { "" };
	char *copy;
	int r;

	fuzz_promise(sodium_init() >= 0);
	(void)str_split(str_mem(data, size), '\n', &password, &text);
	copy = fuzz_copy(password);
	password.p = copy;
	check_form(password);
	if (!str_is_null(text)) {
		r = blocklist_parse(text, "list", &list, &err);
		fuzz_promise(r == 0 || r == -EINVAL);
		fuzz_promise((r == 0) == (list != NULL) && (r == 0) == (err.text[0] == '\0'));
		if (r == 0)
			check_lines(list, text);
	}
	err.text[0] = '\0';
	policy.blocklist = list;
	fuzz_promise(password_policy_allows(&policy, password, STR_LIT("bob@hbtn.io"), &err) ==
		     (err.text[0] == '\0'));
	blocklist_close(list);
	free(copy);
	return 0;
}
