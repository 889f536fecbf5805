/* check_password.c - tests of src/password/password.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdlib.h>

#include <crypt.h>

#include "password/authn.h"
#include "password/password.h"
#include "unit/fail_alloc.h"
#include "unit/fail_random.h"

Suite *check_password_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))
#define COST     PASSWORD_COST_LEAST

/* ------------------------------------------------ libxcrypt, made to fail */

static enum {
	CRYPT_WORKS,
	CRYPT_NO_MEMORY,
	CRYPT_INVALID,
	CRYPT_TOKEN,
	CRYPT_PRETENDS
} crypt_mode;
static char settings[4][PASSWORD_HASH_BYTES]; /* what libxcrypt was asked for */
static unsigned n_settings;

char *__real_crypt_rn(const char *phrase, const char *setting, void *data, int size);
char *__wrap_crypt_rn(const char *phrase, const char *setting, void *data, int size);

char *
__wrap_crypt_rn(const char *phrase, const char *setting, void *data, int size)
{
	static char token[] = "*0", pretended[] = "$y$";

	if (n_settings < sizeof(settings) / sizeof(settings[0]))
		(void)strncpy(settings[n_settings], setting, sizeof(settings[0]) - 1);
	n_settings++;
	switch (crypt_mode) {
	case CRYPT_WORKS:
		break;
	case CRYPT_NO_MEMORY:
		errno = ENOMEM;
		return NULL;
	case CRYPT_INVALID:
		errno = EINVAL;
		return NULL;
	case CRYPT_TOKEN:
		return token;
	case CRYPT_PRETENDS:
		return pretended;
	}
	return __real_crypt_rn(phrase, setting, data, size);
}

/* ------------------------------------------------------------------- hash */

START_TEST(what_was_hashed_verifies_and_nothing_else)
{
	char hash[PASSWORD_HASH_BYTES];

	ck_assert_int_eq(password_hash(STR_LIT("H0lbertonSchool98!"), COST, hash), 0);
	ck_assert_int_eq(password_verify(hash, STR_LIT("H0lbertonSchool98!")), 0);
	ck_assert_int_eq(
	    password_verify(hash, STR_LIT("H0lbertonSchool98")), AUTHN_WRONG_PASSWORD);
	ck_assert_int_eq(
	    password_verify(hash, STR_LIT("H0lbertonSchool98! ")), AUTHN_WRONG_PASSWORD);
	ck_assert_int_eq(
	    password_verify(hash, STR_LIT(" H0lbertonSchool98!")), AUTHN_WRONG_PASSWORD);
	ck_assert_int_eq(
	    password_verify(hash, STR_LIT("h0lbertonSchool98!")), AUTHN_WRONG_PASSWORD);
	ck_assert_int_eq(password_verify(hash, STR_LIT("")), AUTHN_WRONG_PASSWORD);
	ck_assert_int_eq(password_verify(hash, STR_NULL), AUTHN_WRONG_PASSWORD);
	ck_assert_int_eq(password_verify(hash, str_of(hash)), AUTHN_WRONG_PASSWORD);
}
END_TEST

START_TEST(a_hash_is_yescrypt_with_its_own_salt)
{
	char a[PASSWORD_HASH_BYTES], b[PASSWORD_HASH_BYTES];

	ck_assert_int_eq(password_hash(STR_LIT("fake pwd"), COST, a), 0);
	ck_assert_int_eq(password_hash(STR_LIT("fake pwd"), COST, b), 0);
	ck_assert_int_eq(strncmp(a, "$y$", 3), 0);
	ck_assert_str_ne(a, b);
	/* "$y$j75$", 22 characters of salt (128 bits), "$", 43 of hash. */
	ck_assert_uint_eq(strcspn(strchr(a + 3, '$') + 1, "$"), 22);
	ck_assert_uint_eq(strlen(strrchr(a, '$') + 1), 43);
	ck_assert_ptr_null(strstr(a, "fake"));
}
END_TEST

START_TEST(a_view_needs_no_nul_behind_it)
{
	char hash[PASSWORD_HASH_BYTES];

	ck_assert_int_eq(password_hash(str_mem("fake pwdXYZ", 8), COST, hash), 0);
	ck_assert_int_eq(password_verify(hash, STR_LIT("fake pwd")), 0);
	ck_assert_int_eq(password_verify(hash, str_mem("fake pwdABC", 8)), 0);
}
END_TEST

START_TEST(every_cost_in_range_is_one_that_libxcrypt_knows)
{
	n_settings = 0;
	ck_assert_int_eq(
	    password_verify_evenly("", STR_LIT("x"), (unsigned)_i), AUTHN_WRONG_PASSWORD);
	ck_assert_uint_eq(n_settings, 1);
	ck_assert(!password_needs_rehash(settings[0], (unsigned)_i));
}
END_TEST

/* ----------------------------------------------------------------- lengths */

/* bcrypt ignores what follows byte 72, DES what follows byte 8: no such byte here. */
START_TEST(every_byte_of_the_longest_password_counts)
{
	static const size_t places[] = { 0, 7, 8, 71, 72, 73, 127, 128, 255, 256, 509, 510, 511,
		512, 1022, 1023 };
	char password[PASSWORD_MAX_BYTES], hash[PASSWORD_HASH_BYTES];

	memset(password, 'p', sizeof(password));
	ck_assert_int_eq(password_hash(str_mem(password, sizeof(password)), COST, hash), 0);
	ck_assert_int_eq(password_verify(hash, str_mem(password, sizeof(password))), 0);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		password[places[i]] = 'q';
		ck_assert_msg(password_verify(hash, str_mem(password, sizeof(password))) ==
				  AUTHN_WRONG_PASSWORD,
		    "byte %zu is ignored", places[i]);
		password[places[i]] = 'p';
	}
	ck_assert_int_eq(password_verify(hash, str_mem(password, sizeof(password) - 1)),
	    AUTHN_WRONG_PASSWORD);
}
END_TEST

START_TEST(one_byte_more_is_refused_not_cut)
{
	char password[PASSWORD_MAX_BYTES + 1], hash[PASSWORD_HASH_BYTES];

	memset(password, 'p', sizeof(password));
	ck_assert_uint_eq(sizeof(password), 1025);
	ck_assert_int_eq(password_hash(str_mem(password, sizeof(password)), COST, hash),
	    PASSWORD_E_UNUSABLE);
	ck_assert_int_eq(password_hash(str_mem(password, sizeof(password) - 1), COST, hash), 0);
	ck_assert_int_eq(
	    password_verify(hash, str_mem(password, sizeof(password))), AUTHN_WRONG_PASSWORD);
}
END_TEST

/* libxcrypt takes 511 bytes: up to there it gets the password itself, so that others can verify it. */
START_TEST(at_the_length_that_libxcrypt_takes_nothing_is_cut)
{
	char password[520], hash[PASSWORD_HASH_BYTES], theirs[CRYPT_OUTPUT_SIZE];
	struct crypt_data *data = calloc(1, sizeof(*data));

	memset(password, 'p', sizeof(password));
	for (size_t n = 509; n < sizeof(password); n++) {
		ck_assert_int_eq(password_hash(str_mem(password, n), COST, hash), 0);
		for (size_t m = 509; m < sizeof(password); m++)
			ck_assert_msg(
			    (password_verify(hash, str_mem(password, m)) == 0) == (m == n),
			    "%zu bytes for %zu", m, n);
	}
	password[511] = '\0';
	ck_assert_int_eq(password_hash(str_mem(password, 511), COST, hash), 0);
	(void)strcpy(theirs, __real_crypt_rn(password, hash, data, (int)sizeof(*data)));
	ck_assert_str_eq(theirs, hash);
	free(data);
}
END_TEST

/* The digest of a longer one is for ever: stored hashes are made of it. */
START_TEST(a_longer_one_is_digested)
{
	static const char stored[] =
	    "$y$j75$BbIpCyTqpEQv75aYZhNZP1$BHlmm4DTwbGA5yqX0hVbwaXfF.rlsGVDeUikEhBcTR5";
	char password[PASSWORD_MAX_BYTES];

	memset(password, 'p', sizeof(password));
	ck_assert_int_eq(password_verify(stored, str_mem(password, sizeof(password))), 0);
	ck_assert_int_eq(password_verify(stored, str_mem(password, sizeof(password) - 1)),
	    AUTHN_WRONG_PASSWORD);
}
END_TEST

/* 64 characters of 4 bytes, in any spelling; in those that grow it is more than libxcrypt takes. */
START_TEST(sixty_four_characters_of_any_script_and_every_byte_counts)
{
	static const char *const characters[] = { "\xf0\x9f\xa6\x8a", "\xf0\x9d\x85\xa0" };
	char password[256], hash[PASSWORD_HASH_BYTES];

	for (size_t i = 0; i < sizeof(password); i++)
		password[i] = characters[_i][i % 4];
	ck_assert_int_eq(password_hash(str_mem(password, sizeof(password)), COST, hash), 0);
	ck_assert_int_eq(password_verify(hash, str_mem(password, sizeof(password))), 0);
	for (size_t i = 3; i < sizeof(password); i += 4) {
		password[i] ^= 1;
		ck_assert_msg(password_verify(hash, str_mem(password, sizeof(password))) ==
				  AUTHN_WRONG_PASSWORD,
		    "byte %zu is ignored", i);
		password[i] ^= 1;
	}
	ck_assert_int_eq(password_verify(hash, str_mem(password, sizeof(password) - 4)),
	    AUTHN_WRONG_PASSWORD);
}
END_TEST

START_TEST(a_nul_is_refused_not_an_end)
{
	char hash[PASSWORD_HASH_BYTES];

	ck_assert_int_eq(password_hash(STR_LIT("fake\0pwd"), COST, hash), PASSWORD_E_UNUSABLE);
	ck_assert_int_eq(password_hash(STR_LIT("\0"), COST, hash), PASSWORD_E_UNUSABLE);
	ck_assert_int_eq(password_hash(STR_LIT("fake"), COST, hash), 0);
	ck_assert_int_eq(password_verify(hash, STR_LIT("fake\0pwd")), AUTHN_WRONG_PASSWORD);
	ck_assert_int_eq(password_verify(hash, STR_LIT("fake\0")), AUTHN_WRONG_PASSWORD);
}
END_TEST

START_TEST(bytes_above_ascii_count)
{
	char hash[PASSWORD_HASH_BYTES];

	ck_assert_int_eq(password_hash(STR_LIT("p\xc3\xa4ss"), COST, hash), 0);
	ck_assert_int_eq(password_verify(hash, STR_LIT("p\xc3\xa4ss")), 0);
	ck_assert_int_eq(password_verify(hash, STR_LIT("p\xc3\xa5ss")), AUTHN_WRONG_PASSWORD);
	ck_assert_int_eq(password_verify(hash, STR_LIT("p\x43\x24ss")), AUTHN_WRONG_PASSWORD);
}
END_TEST

/* ------------------------------------------------------------ other spellings */

#define COMPOSED   "caf\xc3\xa9"
#define DECOMPOSED "cafe\xcc\x81"

START_TEST(spellings_of_one_text_are_one_password)
{
	char hash[PASSWORD_HASH_BYTES];

	ck_assert_int_eq(password_hash(str_of(_i == 0 ? COMPOSED : DECOMPOSED), COST, hash), 0);
	ck_assert_int_eq(password_verify(hash, STR_LIT(COMPOSED)), 0);
	ck_assert_int_eq(password_verify(hash, STR_LIT(DECOMPOSED)), 0);
	ck_assert_int_eq(password_verify(hash, STR_LIT("cafe")), AUTHN_WRONG_PASSWORD);
	/* What only looks alike is another one. */
	ck_assert_int_eq(password_verify(hash, STR_LIT("c\xef\xbd\x81"
						       "f\xc3\xa9")),
	    AUTHN_WRONG_PASSWORD);
}
END_TEST

/* A hash that was made without regard to spelling, in Latin-1, say, or decomposed. */
START_TEST(a_hash_of_other_bytes_still_verifies)
{
	static const char *const given[] = { DECOMPOSED, "caf\xe9", COMPOSED };
	char setting[CRYPT_GENSALT_OUTPUT_SIZE], theirs[CRYPT_OUTPUT_SIZE];
	struct crypt_data *data = calloc(1, sizeof(*data));

	ck_assert_ptr_nonnull(
	    crypt_gensalt_rn("$y$", COST, "0123456789abcdef", 16, setting, sizeof(setting)));
	(void)strcpy(theirs, __real_crypt_rn(given[_i], setting, data, (int)sizeof(*data)));
	ck_assert_int_eq(password_verify(theirs, str_of(given[_i])), 0);
	ck_assert_int_eq(password_verify_evenly(theirs, str_of(given[_i]), COST), 0);
	ck_assert_int_eq(password_verify(theirs, STR_LIT("cafe")), AUTHN_WRONG_PASSWORD);
	free(data);
}
END_TEST

/* As many hashes for everybody: the password alone says how many. */
START_TEST(another_spelling_costs_the_same_whatever_is_stored)
{
	static const char *const stored[] = { "",
		"7a321db83885ebbe8358bc1160c803af6cc70c80aa8f750eeb9d21d5f8c75967", "*0", "x",
		"$y$j9T$saltsaltsaltsaltsalt..$" };

	for (size_t i = 0; i < sizeof(stored) / sizeof(stored[0]); i++) {
		n_settings = 0;
		ck_assert_int_eq(password_verify_evenly(stored[i], STR_LIT(COMPOSED), 5),
		    AUTHN_WRONG_PASSWORD);
		ck_assert_uint_eq(n_settings, 1);
		n_settings = 0;
		ck_assert_int_eq(password_verify_evenly(stored[i], STR_LIT(DECOMPOSED), 5),
		    AUTHN_WRONG_PASSWORD);
		ck_assert_uint_eq(n_settings, 2);
		for (int k = 0; k < 2; k++)
			ck_assert_msg(
			    strncmp(settings[k], "$y$j9T$", 7) == 0, "%s", settings[k]);
	}
}
END_TEST

/* ------------------------------------------------------------------ legacy */

#define LEGACY_SCHOOL "a5c904771b8617de27d3511d1f538094e26c120da663363b3f760f7b894f9d69"
#define LEGACY_FAKE   "7a321db83885ebbe8358bc1160c803af6cc70c80aa8f750eeb9d21d5f8c75967"

START_TEST(the_originals_hashes_verify)
{
	ck_assert_int_eq(password_verify(LEGACY_SCHOOL, STR_LIT("H0lbertonSchool98!")), 0);
	ck_assert_int_eq(password_verify(LEGACY_FAKE, STR_LIT("fake pwd")), 0);
	ck_assert_int_eq(
	    password_verify(LEGACY_SCHOOL, STR_LIT("fake pwd")), AUTHN_WRONG_PASSWORD);
	ck_assert_int_eq(
	    password_verify(LEGACY_FAKE, STR_LIT("fake pwd ")), AUTHN_WRONG_PASSWORD);
	ck_assert_int_eq(password_verify(LEGACY_FAKE, STR_LIT("")), AUTHN_WRONG_PASSWORD);
	/* The stored text itself is no password. */
	ck_assert_int_eq(
	    password_verify(LEGACY_FAKE, STR_LIT(LEGACY_FAKE)), AUTHN_WRONG_PASSWORD);
}
END_TEST

START_TEST(each_digit_of_a_legacy_hash_counts)
{
	char stored[] = LEGACY_FAKE;

	stored[_i] = stored[_i] == '0' ? '1' : '0';
	ck_assert_int_eq(password_verify(stored, STR_LIT("fake pwd")), AUTHN_WRONG_PASSWORD);
}
END_TEST

static const struct {
	const char *name, *stored;
	bool is_legacy;
} legacy_cases[] = {
	{ "64_lower_case_digits", LEGACY_FAKE, true },
	{ "upper_case", "7A321DB83885EBBE8358BC1160C803AF6CC70C80AA8F750EEB9D21D5F8C75967",
	    false },
	{ "63_digits", "7a321db83885ebbe8358bc1160c803af6cc70c80aa8f750eeb9d21d5f8c7596",
	    false },
	{ "65_digits", LEGACY_FAKE "0", false },
	{ "a_letter_that_is_no_digit",
	    "7a321db83885ebbe8358bc1160c803af6cc70c80aa8f750eeb9d21d5f8c7596g", false },
	{ "empty", "", false },
};

START_TEST(is_legacy)
{
	ck_assert_int_eq(
	    password_is_legacy(legacy_cases[_i].stored), legacy_cases[_i].is_legacy);
	ck_assert_int_eq(password_verify(legacy_cases[_i].stored, STR_LIT("fake pwd")),
	    legacy_cases[_i].is_legacy ? 0 : AUTHN_WRONG_PASSWORD);
}
END_TEST

static const struct {
	struct str stored;
	bool is_hash;
} hash_cases[] = {
	{ STR_INIT(LEGACY_FAKE), true },
	{ STR_INIT("$y$j9T$salt$hash"), true },
	{ STR_INIT("$2b$05$......................"), true },
	{ STR_INIT("$6$salt$hash"), true },
	{ STR_INIT("$1$salt$hash"), true },
	{ STR_INIT(""), false },
	{ STR_INIT("*0"), false },
	{ STR_INIT("plain text"), false },
	{ STR_INIT("ab1Zkt4KDVZfk"), false },
	{ STR_INIT("$9$salt$hash"), false },
	{ STR_INIT(LEGACY_FAKE "\0"), false },
	{ STR_INIT("$y$j9T$salt$\0hash"), false },
};

START_TEST(is_hash)
{
	ck_assert_int_eq(password_is_hash(hash_cases[_i].stored), hash_cases[_i].is_hash);
}
END_TEST

/* Longer than any hash, though it begins as one. */
START_TEST(what_is_too_long_is_no_hash)
{
	char stored[PASSWORD_HASH_BYTES];

	memset(stored, 'x', sizeof(stored));
	memcpy(stored, "$6$salt$", 8);
	ck_assert(password_is_hash(str_mem(stored, sizeof(stored) - 1)));
	ck_assert(!password_is_hash(str_mem(stored, sizeof(stored))));
}
END_TEST

/* ----------------------------------------------------------- what is no hash */

static const char *const broken[] = {
	"", "*0", "*1", "*", "!", "x", "fake pwd", "$", "$$", "$y$", "$y$j75$", "$y$j75$$",
	"$y$j75$saltsaltsaltsalt", "$y$j75$saltsaltsaltsalt$",
	"$y$zzz$saltsaltsaltsalt$...........................................", "$0$x$y",
	"$9$salt$hash", "$y$j75$\x01\x02\x03$hash",
	"ab1Zkt4KDVZfk", /* what DES would have made */
};

START_TEST(a_stored_text_that_is_no_hash_verifies_nothing)
{
	static const char *const passwords[] = { "", "*0", "*1", "x", "fake pwd", "0" };

	for (size_t i = 0; i < sizeof(passwords) / sizeof(passwords[0]); i++)
		ck_assert_int_eq(
		    password_verify(broken[_i], str_of(passwords[i])), AUTHN_WRONG_PASSWORD);
	ck_assert_int_eq(password_verify(broken[_i], str_of(broken[_i])), AUTHN_WRONG_PASSWORD);
}
END_TEST

/* DES cuts after eight bytes: what is stored so lets nobody in, not even with the password. */
START_TEST(a_method_that_cuts_passwords_verifies_nothing)
{
	static const char des[] = "abJnggxhB/yWI"; /* of "password" */

	ck_assert_int_eq(password_verify(des, STR_LIT("password")), AUTHN_WRONG_PASSWORD);
	ck_assert_int_eq(password_verify(des, STR_LIT("password2")), AUTHN_WRONG_PASSWORD);
}
END_TEST

/* A failure token that equals a stored failure token is no match. */
START_TEST(a_failure_token_never_equals_a_stored_one)
{
	crypt_mode = CRYPT_TOKEN;
	ck_assert_int_eq(password_verify("*0", STR_LIT("x")), AUTHN_WRONG_PASSWORD);
	ck_assert_int_eq(password_verify("$y$j75$x$y", STR_LIT("x")), AUTHN_WRONG_PASSWORD);
}
END_TEST

START_TEST(a_cut_or_longer_hash_verifies_nothing)
{
	char hash[PASSWORD_HASH_BYTES], other[PASSWORD_HASH_BYTES + 8];
	size_t n;

	ck_assert_int_eq(password_hash(STR_LIT("fake pwd"), COST, hash), 0);
	n = strlen(hash);
	for (size_t i = 0; i < n; i++) {
		memcpy(other, hash, i);
		other[i] = '\0';
		ck_assert_int_eq(
		    password_verify(other, STR_LIT("fake pwd")), AUTHN_WRONG_PASSWORD);
	}
	(void)strcpy(other, hash);
	(void)strcat(other, ".");
	ck_assert_int_eq(password_verify(other, STR_LIT("fake pwd")), AUTHN_WRONG_PASSWORD);
	memset(other, '$', sizeof(other) - 1);
	other[sizeof(other) - 1] = '\0';
	ck_assert_int_eq(password_verify(other, STR_LIT("fake pwd")), AUTHN_WRONG_PASSWORD);
}
END_TEST

/* ----------------------------------------------------------------- rehash */

START_TEST(needs_rehash)
{
	char hash[PASSWORD_HASH_BYTES];

	ck_assert_int_eq(password_hash(STR_LIT("fake pwd"), COST, hash), 0);
	ck_assert(!password_needs_rehash(hash, COST));
	ck_assert(password_needs_rehash(hash, COST + 1));
	ck_assert(password_needs_rehash(LEGACY_FAKE, COST));
	ck_assert(password_needs_rehash("$6$salt$hash", COST));
	ck_assert(password_needs_rehash("$y$j75", COST));
	ck_assert(password_needs_rehash("", COST));
}
END_TEST

START_TEST(below_the_default_a_cost_is_weak)
{
	ck_assert_uint_eq(password_cost_weakness(PASSWORD_COST_LEAST), 16);
	ck_assert_uint_eq(password_cost_weakness(PASSWORD_COST_DEFAULT - 1), 2);
	ck_assert_uint_eq(password_cost_weakness(PASSWORD_COST_DEFAULT), 0);
	ck_assert_uint_eq(password_cost_weakness(PASSWORD_COST_MOST), 0);
}
END_TEST

/* ------------------------------------------------------------------ evenly */

/*
 * What each refusal costs at cost 5, "$y$j9T$": log2 of N and r stand behind the j.  The time of
 * a refusal told who had a hash of the original, none, or one of a cost of before.
 */
static const struct {
	const char *stored, *first, *then;
} refusals[] = {
	{ "$y$j9T$saltsaltsaltsaltsalt..$", "$y$j9T$", NULL }, /* an ordinary user */
	{ "", "$y$j9T$", NULL },                               /* nobody, or without password */
	{ LEGACY_FAKE, "$y$j9T$", NULL },
	{ "*0", "$y$j9T$", NULL },
	{ "x", "$y$j9T$", NULL },
	{ "ab1Zkt4KDVZfk", "$y$j9T$", NULL },
	/* libxcrypt is asked, and does nothing. */
	{ "$9$salt$hash", "$9$salt", "$y$j9T$" },
	{ "$y$zzz$saltsaltsaltsalt$", "$y$zzz$", "$y$j9T$" },
	{ "$y$j9T$!$", "$y$j9T$!", "$y$j9T$" },
	/* It works for a cheap one, and for what is left: r is less than 32, T. */
	{ "$y$j8T$saltsaltsaltsaltsalt..$", "$y$j8T$", "$y$j9F$" },
	{ "$y$j7T$saltsaltsaltsaltsalt..$", "$y$j7T$", "$y$j9M$" },
	{ "$y$j85$saltsaltsaltsaltsalt..$", "$y$j85$", "$y$j9P$" },
	{ "$y$j75$saltsaltsaltsaltsalt..$", "$y$j75$", "$y$j9R$" },
	/* Another method, whose cost is not known; and one that cost more already. */
	{ "$6$salt$", "$6$salt", "$y$j9T$" },
	{ "$y$jAT$saltsaltsaltsaltsalt..$", "$y$jAT$", NULL },
};

START_TEST(each_refusal_costs_what_a_hash_of_today_costs)
{
	const char *first = refusals[_i].first, *then = refusals[_i].then;

	n_settings = 0;
	ck_assert_int_eq(password_verify_evenly(refusals[_i].stored, STR_LIT("fake"), 5),
	    AUTHN_WRONG_PASSWORD);
	ck_assert_uint_eq(n_settings, then != NULL ? 2 : 1);
	ck_assert_msg(strncmp(settings[0], first, strlen(first)) == 0, "first %s", settings[0]);
	if (then != NULL)
		ck_assert_msg(
		    strncmp(settings[1], then, strlen(then)) == 0, "then %s", settings[1]);
}
END_TEST

/* Costs below 3 have another r; the greatest has the most to leave. */
START_TEST(what_is_left_after_a_cheap_hash_is_known_at_each_cost)
{
	static const struct {
		unsigned stored, today;
		const char *rest;
	} cases[] = { { 1, 2, "$y$j81$" }, { 2, 3, "$y$j7F$" }, { 1, 11, "$y$jFT$" } };
	char hash[PASSWORD_HASH_BYTES];

	ck_assert_int_eq(password_hash(STR_LIT("fake pwd"), cases[_i].stored, hash), 0);
	n_settings = 0;
	crypt_mode = cases[_i].today > 3 ? CRYPT_PRETENDS : CRYPT_WORKS;
	ck_assert_int_eq(
	    password_verify_evenly(hash, STR_LIT("x"), cases[_i].today), AUTHN_WRONG_PASSWORD);
	ck_assert_uint_eq(n_settings, 2);
	ck_assert_msg(strncmp(settings[1], cases[_i].rest, 7) == 0, "%s", settings[1]);
}
END_TEST

START_TEST(a_right_password_costs_nothing_besides)
{
	char hash[PASSWORD_HASH_BYTES];

	ck_assert_int_eq(password_hash(STR_LIT("fake pwd"), COST, hash), 0);
	n_settings = 0;
	ck_assert_int_eq(password_verify_evenly(hash, STR_LIT("fake pwd"), 5), 0);
	ck_assert_uint_eq(n_settings, 1);
	ck_assert_int_eq(password_verify_evenly(LEGACY_FAKE, STR_LIT("fake pwd"), 5), 0);
	ck_assert_uint_eq(n_settings, 1);
}
END_TEST

/* A password that libxcrypt does not take is refused at once, whoever is asked for. */
START_TEST(an_unusable_password_costs_the_same_for_all_too)
{
	n_settings = 0;
	ck_assert_int_eq(password_verify_evenly(refusals[_i].stored, STR_LIT("fake\0pwd"), 5),
	    AUTHN_WRONG_PASSWORD);
	ck_assert_uint_eq(n_settings, 0);
}
END_TEST

/* The salt of what nobody has is new each time: no answer can be prepared. */
START_TEST(what_nobody_has_has_a_salt_of_its_own)
{
	n_settings = 0;
	for (int i = 0; i < 2; i++)
		(void)password_verify_evenly("", STR_LIT("x"), COST);
	ck_assert_uint_eq(n_settings, 2);
	ck_assert_str_ne(settings[0], settings[1]);
}
END_TEST

/* ---------------------------------------------------------------- failures */

START_TEST(without_memory_there_is_no_verdict)
{
	char hash[PASSWORD_HASH_BYTES];

	ck_assert_int_eq(password_hash(STR_LIT("fake pwd"), COST, hash), 0);
	fail_alloc_at(1);
	ck_assert_int_eq(password_verify(hash, STR_LIT("fake pwd")), -ENOMEM);
	fail_alloc_at(1);
	ck_assert_int_eq(password_verify(hash, STR_LIT("wrong")), -ENOMEM);
	crypt_mode = CRYPT_NO_MEMORY;
	ck_assert_int_eq(password_verify(hash, STR_LIT("fake pwd")), -ENOMEM);
	ck_assert_int_eq(password_hash(STR_LIT("fake pwd"), COST, hash), -ENOMEM);
	crypt_mode = CRYPT_INVALID;
	ck_assert_int_eq(password_hash(STR_LIT("fake pwd"), COST, hash), -EINVAL);
	ck_assert_int_eq(password_verify(hash, STR_LIT("fake pwd")), AUTHN_WRONG_PASSWORD);
	/* Nor when there is none for what makes refusals even. */
	crypt_mode = CRYPT_NO_MEMORY;
	ck_assert_int_eq(password_verify_evenly("", STR_LIT("fake pwd"), COST), -ENOMEM);
	ck_assert_int_eq(password_verify_evenly(LEGACY_FAKE, STR_LIT("x"), COST), -ENOMEM);
}
END_TEST

START_TEST(without_randomness_there_is_no_hash)
{
	char hash[PASSWORD_HASH_BYTES] = "untouched";

	fail_random_at(1);
	ck_assert_int_eq(password_hash(STR_LIT("fake pwd"), COST, hash), -EIO);
	fail_random_at(1);
	ck_assert_int_eq(password_verify_evenly("", STR_LIT("x"), COST), -EIO);
	ck_assert_str_eq(hash, "untouched");
}
END_TEST

START_TEST(a_cost_that_libxcrypt_does_not_know_is_an_error)
{
	char hash[PASSWORD_HASH_BYTES];

	ck_assert_int_eq(password_hash(STR_LIT("fake pwd"), 12, hash), -EINVAL);
	ck_assert_int_eq(password_verify_evenly("", STR_LIT("x"), 99), -EINVAL);
}
END_TEST

static void
crypt_works(void)
{
	crypt_mode = CRYPT_WORKS;
	fail_alloc_at(0);
}

Suite *
check_password_suite(void)
{
	Suite *s = suite_create("password/password");
	TCase *tc = tcase_create("core");
	tcase_add_checked_fixture(tc, crypt_works, NULL);

	tcase_add_test(tc, what_was_hashed_verifies_and_nothing_else);
	tcase_add_test(tc, a_hash_is_yescrypt_with_its_own_salt);
	tcase_add_test(tc, a_view_needs_no_nul_behind_it);
	tcase_add_loop_test(tc, every_cost_in_range_is_one_that_libxcrypt_knows,
	    PASSWORD_COST_LEAST, PASSWORD_COST_MOST + 1);
	tcase_add_test(tc, needs_rehash);
	tcase_add_test(tc, below_the_default_a_cost_is_weak);
	suite_add_tcase(s, tc);

	tc = tcase_create("evenly");
	tcase_add_checked_fixture(tc, crypt_works, NULL);
	tcase_add_loop_test(tc, each_refusal_costs_what_a_hash_of_today_costs, 0, N(refusals));
	tcase_add_loop_test(tc, what_is_left_after_a_cheap_hash_is_known_at_each_cost, 0, 3);
	tcase_add_test(tc, a_right_password_costs_nothing_besides);
	tcase_add_loop_test(
	    tc, an_unusable_password_costs_the_same_for_all_too, 0, N(refusals));
	tcase_add_test(tc, what_nobody_has_has_a_salt_of_its_own);
	suite_add_tcase(s, tc);

	tc = tcase_create("legacy");
	tcase_add_checked_fixture(tc, crypt_works, NULL);
	tcase_add_test(tc, the_originals_hashes_verify);
	tcase_add_loop_test(tc, each_digit_of_a_legacy_hash_counts, 0, 64);
	tcase_add_loop_test(tc, is_legacy, 0, N(legacy_cases));
	tcase_add_loop_test(tc, is_hash, 0, N(hash_cases));
	tcase_add_test(tc, what_is_too_long_is_no_hash);
	suite_add_tcase(s, tc);

	tc = tcase_create("limits");
	tcase_add_checked_fixture(tc, crypt_works, NULL);
	tcase_add_test(tc, every_byte_of_the_longest_password_counts);
	tcase_add_test(tc, one_byte_more_is_refused_not_cut);
	tcase_add_test(tc, a_nul_is_refused_not_an_end);
	tcase_add_test(tc, bytes_above_ascii_count);
	tcase_add_test(tc, at_the_length_that_libxcrypt_takes_nothing_is_cut);
	tcase_add_test(tc, a_longer_one_is_digested);
	tcase_add_loop_test(
	    tc, sixty_four_characters_of_any_script_and_every_byte_counts, 0, 2);
	tcase_add_loop_test(tc, spellings_of_one_text_are_one_password, 0, 2);
	tcase_add_loop_test(tc, a_hash_of_other_bytes_still_verifies, 0, 3);
	tcase_add_test(tc, another_spelling_costs_the_same_whatever_is_stored);
	suite_add_tcase(s, tc);

	tc = tcase_create("hostile");
	tcase_add_checked_fixture(tc, crypt_works, NULL);
	tcase_add_loop_test(tc, a_stored_text_that_is_no_hash_verifies_nothing, 0, N(broken));
	tcase_add_test(tc, a_method_that_cuts_passwords_verifies_nothing);
	tcase_add_test(tc, a_failure_token_never_equals_a_stored_one);
	tcase_add_test(tc, a_cut_or_longer_hash_verifies_nothing);
	suite_add_tcase(s, tc);

	tc = tcase_create("failures");
	tcase_add_checked_fixture(tc, crypt_works, NULL);
	tcase_add_test(tc, without_memory_there_is_no_verdict);
	tcase_add_test(tc, without_randomness_there_is_no_hash);
	tcase_add_test(tc, a_cost_that_libxcrypt_does_not_know_is_an_error);
	suite_add_tcase(s, tc);
	return s;
}
