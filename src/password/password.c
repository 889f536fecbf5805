/* password.c - see password.h */
#include "password/password.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include <crypt.h>
#include <sodium.h>

#include "core/random.h"
#include "password/nfc.h"

#define YESCRYPT_PREFIX "$y$"
#define SALT_BYTES      16 /* ASVS 5.0, 11.4.2: 128 bits or more */
#define LEGACY_DIGITS   ((size_t)2 * crypto_hash_sha256_BYTES)

static_assert(PASSWORD_HASH_BYTES >= CRYPT_OUTPUT_SIZE, "room for any hash of libxcrypt");
static_assert(PASSWORD_MAX_BYTES <= NFC_TEXT_MAX_BYTES, "all have a normal form");

static bool
is_usable(struct str password)
{
	return password.n <= PASSWORD_MAX_BYTES && str_index(password, '\0') < 0;
}

/* What a password is tried as, in this order. */
struct forms {
	struct str form[2];
	unsigned n;
	char room[NFC_MAX_BYTES];
};

static void
forms_of(struct str password, struct forms *ret)
{
	ret->n = 0;
	if (nfc_of(password, ret->room, &ret->form[0]))
		ret->n++;
	if (ret->n == 0 || !str_eq(ret->form[0], password))
		ret->form[ret->n++] = password;
}

/*
 * What libxcrypt does not take whole, it gets as Base64 of BLAKE2b-512 under this key: no byte of it
 * is a NUL, and nobody else makes such digests, whose theft would be that of the password.
 */
static const char DIGEST_KEY[] = "sessiongate: a long password";

static void
make_phrase(struct str form, char ret_phrase[CRYPT_MAX_PASSPHRASE_SIZE])
{
	unsigned char digest[crypto_generichash_BYTES_MAX];

	if (form.n < CRYPT_MAX_PASSPHRASE_SIZE) {
		if (form.n > 0)
			memcpy(ret_phrase, form.p, form.n);
		ret_phrase[form.n] = '\0';
		return;
	}
	(void)crypto_generichash(digest, sizeof(digest), (const unsigned char *)form.p, form.n,
	    (const unsigned char *)DIGEST_KEY, sizeof(DIGEST_KEY) - 1);
	(void)sodium_bin2base64(ret_phrase, CRYPT_MAX_PASSPHRASE_SIZE, digest, sizeof(digest),
	    sodium_base64_VARIANT_ORIGINAL);
	sodium_memzero(digest, sizeof(digest));
}

/* crypt_rn() with the 32 KiB of its state on the heap, wiped afterwards. */
static int
run_crypt(struct str form, const char *setting, char ret_hash[PASSWORD_HASH_BYTES])
{
	char phrase[CRYPT_MAX_PASSPHRASE_SIZE];
	struct crypt_data *data;
	const char *hash;
	int r = 0;

	if ((data = calloc(1, sizeof(*data))) == NULL)
		return -ENOMEM;
	make_phrase(form, phrase);
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
set(unsigned cost, const char salt[SALT_BYTES], char ret_setting[CRYPT_GENSALT_OUTPUT_SIZE])
{
	return crypt_gensalt_rn(YESCRYPT_PREFIX, cost, salt, SALT_BYTES, ret_setting,
		   CRYPT_GENSALT_OUTPUT_SIZE) != NULL
		   ? 0
		   : -EINVAL;
}

static int
make_setting(unsigned cost, char ret_setting[CRYPT_GENSALT_OUTPUT_SIZE])
{
	char salt[SALT_BYTES];
	int r = random_fill(salt, sizeof(salt));

	return r != 0 ? r : set(cost, salt, ret_setting);
}

int
password_hash(struct str password, unsigned cost, char ret_hash[PASSWORD_HASH_BYTES])
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	struct forms forms;
	int r;

	if (!is_usable(password))
		return PASSWORD_E_UNUSABLE;
	if ((r = make_setting(cost, setting)) != 0)
		return r;
	forms_of(password, &forms);
	r = run_crypt(forms.form[0], setting, ret_hash);
	sodium_memzero(&forms, sizeof(forms));
	return r;
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
	r = sodium_memcmp(hex, stored, LEGACY_DIGITS) == 0 ? 0 : AUTHN_WRONG_PASSWORD;
	sodium_memzero(digest, sizeof(digest));
	sodium_memzero(hex, sizeof(hex));
	return r;
}

/* *ret_has_hashed: libxcrypt has done the work that the stored text asks for. */
static int
compare(const char *stored, struct str form, bool *ret_has_hashed)
{
	char hash[PASSWORD_HASH_BYTES];
	size_t n = strlen(stored);
	int r;

	*ret_has_hashed = false;
	if (password_is_legacy(stored))
		return verify_legacy(stored, form);
	/* A failure token that was stored by mistake verifies nothing, nor does an empty field.
	 */
	if (stored[0] != '$' || n >= sizeof(hash))
		return AUTHN_WRONG_PASSWORD;
	r = run_crypt(form, stored, hash);
	if (r == -EINVAL) /* the stored text is no hash that libxcrypt knows */
		return AUTHN_WRONG_PASSWORD;
	if (r != 0)
		return r;
	*ret_has_hashed = true;
	r = strlen(hash) == n && sodium_memcmp(hash, stored, n) == 0 ? 0 : AUTHN_WRONG_PASSWORD;
	sodium_memzero(hash, sizeof(hash));
	return r;
}

bool
password_is_hash(struct str stored)
{
	char text[PASSWORD_HASH_BYTES];
	bool is_hash;
	int method;

	if (stored.n == 0 || stored.n >= sizeof(text) || str_index(stored, '\0') >= 0)
		return false;
	memcpy(text, stored.p, stored.n);
	text[stored.n] = '\0';
	method = crypt_checksalt(text);
	is_hash = password_is_legacy(text) || (text[0] == '$' && method != CRYPT_SALT_INVALID &&
						  method != CRYPT_SALT_METHOD_DISABLED);
	sodium_memzero(text, sizeof(text));
	return is_hash;
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

/* Is the stored hash of the method and cost that we would take? */
static bool
is_of_cost(const char *stored, unsigned cost)
{
	static const char salt[SALT_BYTES];
	char ours[CRYPT_GENSALT_OUTPUT_SIZE];
	size_t n = method_length(stored);

	return n > 0 && set(cost, salt, ours) == 0 && method_length(ours) == n &&
	       strncmp(stored, ours, n) == 0;
}

bool
password_needs_rehash(const char *stored, unsigned cost)
{
	return !is_of_cost(stored, cost);
}

/*
 * Make of a setting of today's cost one of what is left of its work after a hash that takes
 * 2^halvings times less.  "$y$jNR$": log2 of N, and r, in one digit each; work goes with both.
 * Memory of half the size is nearer to the processor, and takes some 7/16 of the time.
 */
static void
leave_work(char setting[CRYPT_GENSALT_OUTPUT_SIZE], unsigned halvings)
{
	static const char digits[] =
	    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	char *digit = &setting[strlen(YESCRYPT_PREFIX) + 2];
	unsigned r = (unsigned)(strchr(digits, *digit) - digits) + 1;
	unsigned done = (r * 7 / 8 + (1U << halvings) / 2) >> halvings;

	*digit = digits[r - done - 1];
}

/* The cost of a stored hash that is ours; 0: it is of another method, or none. */
static unsigned
cost_of(const char *stored)
{
	unsigned cost = PASSWORD_COST_MOST;

	while (cost >= PASSWORD_COST_LEAST && !is_of_cost(stored, cost))
		cost--;
	return cost;
}

/* So much work, with this form of the password, that today's cost is paid after that of the stored hash. */
static int
pay_rest(struct str form, unsigned paid, unsigned cost)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE], nobodys[PASSWORD_HASH_BYTES];
	int r;

	if (paid >= cost)
		return 0;
	if ((r = make_setting(cost, setting)) != 0)
		return r;
	if (paid > 0)
		leave_work(setting, cost - paid);
	r = run_crypt(form, setting, nobodys);
	sodium_memzero(nobodys, sizeof(nobodys));
	return r;
}

static int
verify_form_evenly(const char *stored, struct str form, unsigned cost)
{
	bool has_hashed;
	int paid, r = compare(stored, form, &has_hashed);

	if (r != AUTHN_WRONG_PASSWORD)
		return r;
	paid = pay_rest(form, has_hashed ? cost_of(stored) : 0, cost);
	return paid != 0 ? paid : AUTHN_WRONG_PASSWORD;
}

int
password_verify_evenly(const char *stored, struct str password, unsigned cost)
{
	struct forms forms;
	int r = AUTHN_WRONG_PASSWORD;

	/* What nobody's can be is refused at once, whoever is asked for. */
	if (!is_usable(password))
		return r;
	forms_of(password, &forms);
	for (unsigned i = 0; i < forms.n && r == AUTHN_WRONG_PASSWORD; i++)
		r = verify_form_evenly(stored, forms.form[i], cost);
	sodium_memzero(&forms, sizeof(forms));
	return r;
}

int
password_verify(const char *stored, struct str password)
{
	return password_verify_evenly(stored, password, 0);
}

unsigned
password_cost_weakness(unsigned cost)
{
	return cost < PASSWORD_COST_DEFAULT ? 1U << (PASSWORD_COST_DEFAULT - cost) : 0;
}
