/* check_owner.c - tests of src/model/user_session.c: a user id in 16 bytes */
#include "unit/unit.h"

#include <stdio.h>

#include "core/random.h"
#include "model/user_session.h"

Suite *check_owner_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

static const char *const good[] = {
	"cf3ddee1-ff24-49e4-a40b-2540333fe992",
	"00000000-0000-4000-8000-000000000000",
	"ffffffff-ffff-4fff-bfff-ffffffffffff",
	"00000000-0000-0000-8000-000000000000", /* no version 4, but a UUID of RFC 9562 */
	"",
	"a",
	"abcde",
	"0",
	"12345678",
	"123456789",
	"123456789012345",
	"me",
	"bob@hbtn.io",
	"p\xc3\xa4ul",
	"\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7\xf6\xf5\xf4\xf3\xf2\xf1",
	"\x01",
};

START_TEST(packs_and_unpacks)
{
	struct table_owner owner;
	char text[IDENT_TEXT_BYTES];

	ck_assert(user_session_pack_owner(str_of(good[_i]), &owner));
	user_session_unpack_owner(&owner, text);
	ck_assert_str_eq(text, good[_i]);
}
END_TEST

START_TEST(different_ids_are_different_owners)
{
	struct table_owner a, b;

	for (int i = 0; i < N(good); i++)
		for (int j = 0; j < i; j++) {
			ck_assert(user_session_pack_owner(str_of(good[i]), &a));
			ck_assert(user_session_pack_owner(str_of(good[j]), &b));
			ck_assert_mem_ne(&a, &b, sizeof(a));
		}
}
END_TEST

static const struct str bad[] = {
	{ NULL, 0 },
	{ "1234567890123456", 16 },
	{ "a\0b", 3 },
	{ "\0", 1 },
	{ "CF3DDEE1-FF24-49E4-A40B-2540333FE992", 36 }, /* ids have one spelling */
	{ "00000000-0000-4000-0000-000000000000", 36 }, /* a variant that text is marked with */
	{ "00000000-0000-4000-f000-000000000000", 36 },
	{ "cf3ddee1-ff24-49e4-a40b-2540333fe992 ", 37 },
	{ "cf3ddee1ff2449e4a40b2540333fe992", 32 },
};

START_TEST(refuses)
{
	struct table_owner owner, before;

	memset(&owner, 0xa5, sizeof(owner));
	before = owner;
	ck_assert(!user_session_pack_owner(bad[_i], &owner));
	ck_assert_mem_eq(&owner, &before, sizeof(owner));
}
END_TEST

/* The table keeps what it is given: no 16 bytes may write past the text. */
START_TEST(any_bytes_unpack_within_bounds)
{
	struct {
		char text[IDENT_TEXT_BYTES];
		char guard[4];
	} out;
	struct table_owner owner;

	for (int i = 0; i < 5000; i++) {
		memset(&out, 0x55, sizeof(out));
		ck_assert_int_eq(random_fill(&owner, sizeof(owner)), 0);
		user_session_unpack_owner(&owner, out.text);
		ck_assert_mem_eq(out.guard, "UUUU", 4);
		ck_assert_ptr_nonnull(memchr(out.text, '\0', sizeof(out.text)));
	}
}
END_TEST

Suite *
check_owner_suite(void)
{
	Suite *s = suite_create("model/owner");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, packs_and_unpacks, 0, N(good));
	tcase_add_test(tc, different_ids_are_different_owners);
	tcase_add_loop_test(tc, refuses, 0, N(bad));
	tcase_add_test(tc, any_bytes_unpack_within_bounds);
	suite_add_tcase(s, tc);
	return s;
}
