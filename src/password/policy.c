/* policy.c - see policy.h */
#include "password/policy.h"

#include <sodium.h>

#include "core/utf8.h"
#include "password/nfc.h"

/* What the program calls itself, whatever the site is called. */
static const struct str OWN_NAME = STR_INIT("sessiongate");

static unsigned
count(struct str text)
{
	unsigned n = 0;
	uint32_t code;

	while (text.n > 0) {
		size_t n_bytes = utf8_next(text, &code);

		text = str_skip(text, n_bytes > 0 ? n_bytes : 1);
		n++;
	}
	return n;
}

/* The address, or what stands before its @. */
static bool
is_address(struct str form, struct str email)
{
	struct str name, domain;

	(void)str_split(email, '@', &name, &domain);
	return str_eq_nocase(form, email) || str_eq_nocase(form, name);
}

bool
password_policy_allows(const struct password_policy *policy, struct str password,
    struct str email, struct err *ret_why)
{
	char room[NFC_MAX_BYTES];
	struct str form;
	int r = 0;

	if (!nfc_of(password, room, &form))
		form = password;
	if (count(form) < policy->least)
		r = err_set(
		    ret_why, 1, "password is shorter than %u characters", policy->least);
	else if (policy->blocklist == NULL)
		r = 0;
	else if (blocklist_has(policy->blocklist, form))
		r = err_set(ret_why, 1, "password is one of those that are guessed first");
	else if (is_address(form, email))
		r = err_set(ret_why, 1, "password is the user's address");
	else if (str_eq_nocase(form, policy->service) || str_eq_nocase(form, OWN_NAME))
		r = err_set(ret_why, 1, "password is the name of the service");
	sodium_memzero(room, sizeof(room));
	return r == 0;
}
