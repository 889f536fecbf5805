/* password.c - see password.h */
#include "password/password.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <crypt.h>
#include <sodium.h>

#include "core/random.h"

#define YESCRYPT_PREFIX "$y$"
#define SALT_BYTES      16 /* ASVS 5.0, 11.4.2: 128 bits or more */
#define LEGACY_DIGITS   ((size_t)2 * crypto_hash_sha256_BYTES)

static_assert(PASSWORD_HASH_BYTES >= CRYPT_OUTPUT_SIZE, "room for any hash of libxcrypt");
static_assert(PASSWORD_MAX_BYTES == CRYPT_MAX_PASSPHRASE_SIZE - 1, "what libxcrypt takes");

static bool
is_usable(struct str password)
{
	return password.n <= PASSWORD_MAX_BYTES && str_index(password, '\0') < 0;
}

/* crypt_rn() with the 32 KiB of its state on the heap, wiped afterwards. */
static int
run_crypt(struct str password, const char *setting, char ret_hash[PASSWORD_HASH_BYTES])
{
	char phrase[PASSWORD_MAX_BYTES + 1];
	struct crypt_data *data;
	const char *hash;
	int r = 0;

	if ((data = calloc(1, sizeof(*data))) == NULL)
		return -ENOMEM;
	if (password.n > 0)
		memcpy(phrase, password.p, password.n);
	phrase[password.n] = '\0';
	errno = 0;
	hash = crypt_rn(phrase, setting, data, (int)sizeof(*data));
	/* A result that begins with '*' is a failure token, never a hash (crypt(3)). */
	if (hash == NULL || hash[0] == '*')
		r = errno == ENOMEM ? -ENOMEM : -EINVAL;
	else
		memcpy(ret_hash, hash, strlen(hash) + 1);
	sodium_memzero(phrase, sizeof(phrase));
	sodium_memzero(data, sizeof(*data));
	free(data);
	return r;
}

static int
make_setting(unsigned cost, char ret_setting[CRYPT_GENSALT_OUTPUT_SIZE])
{
	char salt[SALT_BYTES];
	int r = random_fill(salt, sizeof(salt));

	if (r != 0)
		return r;
	if (crypt_gensalt_rn(YESCRYPT_PREFIX, cost, salt, sizeof(salt), ret_setting,
		CRYPT_GENSALT_OUTPUT_SIZE) == NULL)
		return -EINVAL;
	return 0;
}

int
password_hash(struct str password, unsigned cost, char ret_hash[PASSWORD_HASH_BYTES])
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	int r;

	if (!is_usable(password))
		return PASSWORD_E_UNUSABLE;
	if ((r = make_setting(cost, setting)) != 0)
		return r;
	return run_crypt(password, setting, ret_hash);
}

bool
password_is_legacy(const char *stored)
{
	return strlen(stored) == LEGACY_DIGITS &&
	       strspn(stored, "0123456789abcdef") == LEGACY_DIGITS;
}

static int
verify_legacy(const char *stored, struct str password)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	char hex[sizeof(digest) * 2 + 1];
	int r;

	(void)crypto_hash_sha256(digest, (const unsigned char *)password.p, password.n);
	(void)sodium_bin2hex(hex, sizeof(hex), digest, sizeof(digest));
	r = sodium_memcmp(hex, stored, LEGACY_DIGITS) == 0 ? 0 : PASSWORD_E_MISMATCH;
	sodium_memzero(digest, sizeof(digest));
	sodium_memzero(hex, sizeof(hex));
	return r;
}

int
password_verify(const char *stored, struct str password)
{
	char hash[PASSWORD_HASH_BYTES];
	size_t n = strlen(stored);
	int r;

	if (!is_usable(password))
		return PASSWORD_E_MISMATCH;
	if (password_is_legacy(stored))
		return verify_legacy(stored, password);
	/* A failure token that was stored by mistake verifies nothing, nor does an empty field.
	 */
	if (stored[0] != '$' || n >= sizeof(hash))
		return PASSWORD_E_MISMATCH;
	r = run_crypt(password, stored, hash);
	if (r == -EINVAL) /* the stored text is no hash that libxcrypt knows */
		return PASSWORD_E_MISMATCH;
	if (r != 0)
		return r;
	r = strlen(hash) == n && sodium_memcmp(hash, stored, n) == 0 ? 0 : PASSWORD_E_MISMATCH;
	sodium_memzero(hash, sizeof(hash));
	return r;
}

/* Length of "$y$<cost>$": the method and its cost. */
static size_t
method_length(const char *hash)
{
	const char *end = strncmp(hash, YESCRYPT_PREFIX, strlen(YESCRYPT_PREFIX)) == 0
			      ? strchr(hash + strlen(YESCRYPT_PREFIX), '$')
			      : NULL;

	return end != NULL ? (size_t)(end - hash) + 1 : 0;
}

bool
password_needs_rehash(const char *stored, unsigned cost)
{
	char today[CRYPT_GENSALT_OUTPUT_SIZE];
	size_t n;

	if (make_setting(cost, today) != 0)
		return false; /* the next login will see to it */
	n = method_length(today);
	return method_length(stored) != n || strncmp(stored, today, n) != 0;
}

int
password_decoy(unsigned cost, char ret_hash[PASSWORD_HASH_BYTES])
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	int r = make_setting(cost, setting);

	if (r != 0)
		return r;
	/* crypt() reads method, cost and salt of it; no digest is 43 dots. */
	(void)snprintf(ret_hash, PASSWORD_HASH_BYTES, "%s$%s", setting,
	    "...........................................");
	return 0;
}
