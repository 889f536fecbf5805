/* check_hasher.c - tests of src/password/hasher.c */
#include "unit/unit.h"

#include <errno.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "password/hasher.h"
#include "unit/fail_random.h"
#include "unit/tmp.h"

Suite *check_hasher_suite(void);

#define COST   PASSWORD_COST_LEAST
#define LEGACY "7a321db83885ebbe8358bc1160c803af6cc70c80aa8f750eeb9d21d5f8c75967" /* fake pwd */

static struct admission admission;

static void
open_fixture(void)
{
	tmp_make();
	ck_assert_int_eq(admission_open(&admission, tmp_fd, tmp_path, 1, 0, NULL), 0);
}

START_TEST(hashes_and_verifies_as_password_does)
{
	char hash[PASSWORD_HASH_BYTES], longest[PASSWORD_MAX_BYTES + 1];
	int priority = getpriority(PRIO_PROCESS, (id_t)gettid());

	memset(longest, 'p', sizeof(longest));
	ck_assert_int_eq(hasher_hash(&admission, STR_LIT("pwd"), COST, hash), 0);
	ck_assert_int_eq(hasher_verify(&admission, hash, STR_LIT("pwd"), COST), 0);
	ck_assert_int_eq(
	    hasher_verify(&admission, hash, STR_LIT("pwe"), COST), PASSWORD_E_MISMATCH);
	ck_assert_int_eq(
	    hasher_verify(&admission, "*0", STR_LIT("*0"), COST), PASSWORD_E_MISMATCH);
	ck_assert_int_eq(hasher_hash(&admission, str_mem(longest, sizeof(longest)), COST, hash),
	    PASSWORD_E_UNUSABLE);
	fail_random_at(1);
	ck_assert_int_eq(hasher_hash(&admission, STR_LIT("pwd"), COST, hash), -EIO);
	/* Who asked keeps the priority it had. */
	ck_assert_int_eq(getpriority(PRIO_PROCESS, (id_t)gettid()), priority);
}
END_TEST

START_TEST(without_a_turn_there_is_no_verdict)
{
	char hash[PASSWORD_HASH_BYTES];
	struct admission_ticket ticket;

	ck_assert_int_eq(hasher_hash(&admission, STR_LIT("pwd"), COST, hash), 0);
	ck_assert_int_eq(admission_enter(&admission, &ticket), 0);
	ck_assert_int_eq(hasher_verify(&admission, hash, STR_LIT("pwd"), COST), -EBUSY);
	ck_assert_int_eq(hasher_verify(&admission, hash, STR_LIT("pwe"), COST), -EBUSY);
	ck_assert_int_eq(hasher_hash(&admission, STR_LIT("pwd"), COST, hash), -EBUSY);
	/* The original's hash takes no time and waits for nobody; its refusal costs what any does. */
	ck_assert_int_eq(hasher_verify(&admission, LEGACY, STR_LIT("fake pwd"), COST), 0);
	ck_assert_int_eq(hasher_verify(&admission, LEGACY, STR_LIT("x"), COST), -EBUSY);
	ck_assert_int_eq(hasher_verify(&admission, "", STR_LIT("x"), COST), -EBUSY);
	admission_leave(&admission, ticket);
	ck_assert_int_eq(hasher_verify(&admission, hash, STR_LIT("pwd"), COST), 0);
}
END_TEST

static bool no_threads;

int __real_pthread_create(
    pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg);
int __wrap_pthread_create(
    pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg);

int
__wrap_pthread_create(
    pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg)
{
	return no_threads ? EAGAIN : __real_pthread_create(thread, attr, fn, arg);
}

/* No more threads: refused, and the slot is free again. */
START_TEST(without_a_thread_there_is_no_verdict)
{
	char hash[PASSWORD_HASH_BYTES];
	struct admission_ticket ticket;

	ck_assert_int_eq(hasher_hash(&admission, STR_LIT("pwd"), COST, hash), 0);
	no_threads = true;
	ck_assert_int_eq(hasher_verify(&admission, hash, STR_LIT("pwd"), COST), -EAGAIN);
	ck_assert_int_eq(hasher_hash(&admission, STR_LIT("pwd"), COST, hash), -EAGAIN);
	ck_assert_int_eq(admission_enter(&admission, &ticket), 0);
	admission_leave(&admission, ticket);
}
END_TEST

Suite *
check_hasher_suite(void)
{
	Suite *s = suite_create("password/hasher");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, open_fixture, tmp_remove);
	tcase_add_test(tc, hashes_and_verifies_as_password_does);
	tcase_add_test(tc, without_a_turn_there_is_no_verdict);
	tcase_add_test(tc, without_a_thread_there_is_no_verdict);
	suite_add_tcase(s, tc);
	return s;
}
