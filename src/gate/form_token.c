/* form_token.c - see form_token.h */
#include "gate/form_token.h"

#include <inttypes.h>
#include <stdio.h>

#include <sodium.h>

#include "core/hex.h"
#include "core/random.h"

#define COOKIE_RANDOM_BYTES 16
#define TIME_DIGITS         16 /* hexadecimal, all of them, so that each time has one text */

int
form_cookie_make(char ret_value[FORM_COOKIE_BYTES])
{
	unsigned char bytes[COOKIE_RANDOM_BYTES];
	int r = random_fill(bytes, sizeof(bytes));

	if (r == 0)
		(void)sodium_bin2base64(ret_value, FORM_COOKIE_BYTES, bytes, sizeof(bytes),
		    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(bytes, sizeof(bytes));
	return r;
}

bool
form_cookie_is_sound(struct str value)
{
	unsigned char bytes[COOKIE_RANDOM_BYTES];
	size_t n;
	const char *end;
	bool is_sound = value.n == FORM_COOKIE_BYTES - 1 &&
			sodium_base642bin(bytes, sizeof(bytes), value.p, value.n, NULL, &n,
			    &end, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
			n == sizeof(bytes) && end == value.p + value.n;

	sodium_memzero(bytes, sizeof(bytes));
	return is_sound;
}

/* Of a time as it stands in the token. */
static struct digest_tag
mac(const struct digest_key *key, const struct form_token_use *use, struct str time)
{
	const struct str parts[] = { STR_LIT("gate/form"), use->cookie, time, use->realm,
		use->action, use->session, use->rd };

	return digest_tag(key, parts, sizeof(parts) / sizeof(parts[0]));
}

void
form_token_make(const struct digest_key *key, const struct form_token_use *use, int64_t wall_s,
    char ret_token[FORM_TOKEN_BYTES])
{
	struct digest_tag tag;

	(void)snprintf(ret_token, FORM_TOKEN_BYTES, "%016" PRIx64 ".", (uint64_t)wall_s);
	tag = mac(key, use, str_mem(ret_token, TIME_DIGITS));
	(void)sodium_bin2hex(ret_token + TIME_DIGITS + 1, FORM_TOKEN_BYTES - TIME_DIGITS - 1,
	    tag.bytes, sizeof(tag.bytes));
}

/* False: it was not made in the 24 hours before, or is no time. */
static bool
is_recent(struct str time, int64_t wall_s)
{
	uint64_t made_s = 0;

	for (size_t i = 0; i < time.n; i++) {
		unsigned digit = hex_value(time.p[i]);

		if (digit > 15)
			return false;
		made_s = made_s << 4 | digit;
	}
	/* One of tomorrow is older than all that ever were. */
	return (uint64_t)wall_s - made_s <= FORM_TOKEN_LIFE_S;
}

bool
form_token_is_good(const struct digest_key *key, const struct form_token_use *use,
    int64_t wall_s, struct str token)
{
	struct digest_tag tag;
	char text[2 * DIGEST_TAG_BYTES + 1];

	if (token.n != FORM_TOKEN_BYTES - 1 || token.p[TIME_DIGITS] != '.' ||
	    !form_cookie_is_sound(use->cookie) ||
	    !is_recent(str_take(token, TIME_DIGITS), wall_s))
		return false;
	tag = mac(key, use, str_take(token, TIME_DIGITS));
	(void)sodium_bin2hex(text, sizeof(text), tag.bytes, sizeof(tag.bytes));
	return sodium_memcmp(text, token.p + TIME_DIGITS + 1, sizeof(text) - 1) == 0;
}
