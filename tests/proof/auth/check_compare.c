/*
 * check_compare.c - whatever tells a secret from a guess looks at all of it, with libsodium's comparison
 *
 * That is made to take as long wherever the two differ; measured, a difference of nanoseconds would need
 * millions of tries, and the throttle lets some through.  So it is shown that nothing else compares: the
 * program's sodium_memcmp() is the one below, and each comparison must come here once, with the same
 * length, whether the first byte differs, the last, all or none.
 *
 * An id of a session is no part of this: it is looked for by its keyed digest, which nobody can steer.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "gate/form_token.h"
#include "password/credential_cache.h"
#include "password/password.h"
#include "throttle/device.h"

static unsigned n_calls;
static size_t n_bytes;

int
sodium_memcmp(const void *const a, const void *const b, size_t n)
{
	const volatile unsigned char *x = a, *y = b;
	unsigned char differs = 0;

	n_calls++;
	n_bytes = n;
	for (size_t i = 0; i < n; i++)
		differs |= x[i] ^ y[i];
	return differs == 0 ? 0 : -1;
}

static int n_faults;

static void
one_comparison(const char *what, const char *where, size_t want)
{
	bool is_good = n_calls == 1 && n_bytes == want;

	printf("%s  %s, %s: %u of %zu bytes\n", is_good ? "ok    " : "not ok", what, where,
	    n_calls, n_bytes);
	n_faults += !is_good;
	n_calls = 0;
	n_bytes = 0;
}

static void
expect(bool is_so, const char *what)
{
	if (!is_so)
		printf("not ok  %s\n", what);
	n_faults += !is_so;
}

/* A guess that differs from the text at that place. */
static char
another(char c)
{
	return c == '0' ? '1' : '0';
}

/* The stored hash is changed: no guess is known whose hash differs in one place. */
static void
check_hash(const char *what, const char *hash, size_t first)
{
	char stored[PASSWORD_HASH_BYTES];
	size_t n = strlen(hash);
	const size_t places[] = { first, n - 1 };

	expect(password_verify(hash, STR_LIT("fake pwd")) == 0, "the right password");
	one_comparison(what, "no difference", n);
	for (size_t i = 0; i < 2; i++) {
		memcpy(stored, hash, n + 1);
		stored[places[i]] = another(stored[places[i]]);
		expect(password_verify(stored, STR_LIT("fake pwd")) == AUTHN_WRONG_PASSWORD,
		    "another hash");
		one_comparison(what, i == 0 ? "the first differs" : "the last", n);
	}
}

static void
check_device(void)
{
	const struct digest_key key = { { 7 } };
	char text[DEVICE_TEXT_BYTES];
	struct device device;

	expect(device_make(&key, STR_LIT("bob"), text) == 0, "a device cookie");
	expect(device_read(&key, STR_LIT("bob"), str_of(text), &device), "the same");
	one_comparison("device cookie", "no difference", DIGEST_TAG_BYTES);
	text[22] = text[22] == 'A' ? 'B' : 'A';
	expect(!device_read(&key, STR_LIT("bob"), str_of(text), &device), "another");
	one_comparison("device cookie", "the first differs", DIGEST_TAG_BYTES);
	expect(!device_read(&key, STR_LIT("ann"), str_of(text), &device), "somebody else's");
	one_comparison("device cookie", "all", DIGEST_TAG_BYTES);
}

static void
check_form_token(void)
{
	const struct digest_key key = { { 7 } };
	char cookie[FORM_COOKIE_BYTES], token[FORM_TOKEN_BYTES];
	const size_t places[] = { 17, FORM_TOKEN_BYTES - 2 };
	struct form_token_use use = { .realm = STR_LIT("") };

	expect(form_cookie_make(cookie) == 0, "a form cookie");
	use.cookie = str_of(cookie);
	for (size_t i = 0; i <= 2; i++) {
		form_token_make(&key, &use, 1000, token);
		if (i < 2)
			token[places[i]] = another(token[places[i]]);
		expect(
		    form_token_is_good(&key, &use, 1000, str_of(token)) == (i == 2), "a token");
		one_comparison("form token",
		    i == 0   ? "the first differs"
		    : i == 1 ? "the last"
			     : "no difference",
		    (size_t)2 * DIGEST_TAG_BYTES);
	}
}

static void
check_remembered(void)
{
	struct credential_cache *cache = credential_cache_new(60);

	assert(cache != NULL);
	credential_cache_add(cache, STR_LIT("bob@hbtn.io"), STR_LIT("pwd"), "hash");
	expect(credential_cache_has(cache, STR_LIT("bob@hbtn.io"), STR_LIT("pwd"), "hash"),
	    "remembered");
	one_comparison("remembered Basic", "no difference", DIGEST_TAG_BYTES);
	credential_cache_free(cache);
}

int
main(void)
{
	char hash[PASSWORD_HASH_BYTES];

	assert(sodium_init() != -1);
	check_hash("legacy hash",
	    "7a321db83885ebbe8358bc1160c803af6cc70c80aa8f750eeb9d21d5f8c75967", 0);
	assert(password_hash(STR_LIT("fake pwd"), 1, hash) == 0);
	n_calls = 0;
	/* Behind method, cost and salt. */
	check_hash("yescrypt", hash, (size_t)(strrchr(hash, '$') - hash) + 1);
	check_device();
	check_form_token();
	check_remembered();
	return n_faults == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
