/* check_collection.c - tests of src/model/collection.c: what users.h does not show */
#include "unit/unit.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "model/collection.h"
#include "model/user.h"
#include "unit/fail_alloc.h"
#include "unit/fail_part.h"
#include "unit/site.h"

Suite *check_collection_suite(void);

static struct collection *
collection(void)
{
	return users_collection(site.app.env.users);
}

static int
end(int r)
{
	if (r == 0)
		return collection_commit(collection());
	collection_abort(collection());
	return r;
}

static int
save(const struct base *base)
{
	int r = collection_begin(collection());

	return r != 0 ? r : end(collection_save_locked(collection(), base));
}

static int
drop(struct str key)
{
	int r = collection_begin(collection());

	return r != 0 ? r : end(collection_remove_locked(collection(), key));
}

static struct user *
put(const char *email)
{
	struct user *user;

	ck_assert_int_eq(user_new(str_of(email), STR_LIT("h"), STR_NULL, STR_NULL, &user), 0);
	ck_assert_int_eq(save(&user->base), 0);
	return user;
}

START_TEST(saving_replaces_and_removing_removes)
{
	struct user *bob = put("bob@hbtn.io"), *changed;
	struct base *found;
	uint64_t n;

	ck_assert_int_eq(user_changed(bob, STR_LIT("i"), STR_NULL, STR_NULL, &changed), 0);
	ck_assert_int_eq(save(&changed->base), 0);
	ck_assert_int_eq(collection_find(collection(), STR_LIT("bob@hbtn.io"), &found), 0);
	unit_assert_str(((struct user *)found)->password_hash, "i");
	base_unref(found);
	ck_assert_int_eq(drop(bob->base.key), 0);
	ck_assert_int_eq(
	    collection_get(collection(), bob->base.key, &found), COLLECTION_E_ABSENT);
	ck_assert_int_eq(
	    collection_find(collection(), bob->email, &found), COLLECTION_E_ABSENT);
	/* What is not there can be dropped, too. */
	ck_assert_int_eq(drop(bob->base.key), 0);
	ck_assert_int_eq(collection_count(collection(), &n), 0);
	ck_assert_uint_eq(n, 0);
	user_unref(bob);
	user_unref(changed);
}
END_TEST

/* A file of old may hold one address twice. */
START_TEST(an_id_is_found_by_its_text_and_by_its_bytes)
{
	struct user *bob = put("bob@hbtn.io"), *ann = put("ann@hbtn.io"), *changed;
	uint8_t other[IDENT_BYTES];
	struct base *found;

	ck_assert_int_eq(collection_get_by_uuid(collection(), bob->base.uuid, &found), 0);
	unit_assert_str(found->key, bob->base.id);
	base_unref(found);
	ck_assert_int_eq(collection_get_by_uuid(collection(), ann->base.uuid, &found), 0);
	unit_assert_str(found->key, ann->base.id);
	base_unref(found);
	memcpy(other, bob->base.uuid, sizeof(other));
	other[15] ^= 1;
	ck_assert_int_eq(
	    collection_get_by_uuid(collection(), other, &found), COLLECTION_E_ABSENT);
	/* The bytes are no text of a key. */
	ck_assert_int_eq(collection_get(collection(),
			     str_mem(bob->base.uuid, sizeof(bob->base.uuid)), &found),
	    COLLECTION_E_ABSENT);
	/* What was changed, and what is gone. */
	ck_assert_int_eq(user_changed(bob, STR_LIT("i"), STR_NULL, STR_NULL, &changed), 0);
	ck_assert_int_eq(save(&changed->base), 0);
	ck_assert_int_eq(collection_get_by_uuid(collection(), bob->base.uuid, &found), 0);
	unit_assert_str(((struct user *)found)->password_hash, "i");
	base_unref(found);
	ck_assert_int_eq(drop(bob->base.key), 0);
	ck_assert_int_eq(
	    collection_get_by_uuid(collection(), bob->base.uuid, &found), COLLECTION_E_ABSENT);
	user_unref(bob);
	user_unref(ann);
	user_unref(changed);
}
END_TEST

START_TEST(of_two_with_one_address_the_first_is_found)
{
	struct user *first = put("bob@hbtn.io"), *second = put("bob@hbtn.io"), *changed;
	struct base *found;
	uint64_t n;

	ck_assert_int_eq(collection_count(collection(), &n), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(collection_find(collection(), first->email, &found), 0);
	ck_assert_str_eq(found->id, first->base.id);
	base_unref(found);
	/* A change of the second does not make it the first. */
	ck_assert_int_eq(user_changed(second, STR_LIT("i"), STR_NULL, STR_NULL, &changed), 0);
	ck_assert_int_eq(save(&changed->base), 0);
	ck_assert_int_eq(collection_find(collection(), first->email, &found), 0);
	ck_assert_str_eq(found->id, first->base.id);
	base_unref(found);
	/* Removing the second leaves the first. */
	ck_assert_int_eq(drop(second->base.key), 0);
	ck_assert_int_eq(collection_find(collection(), first->email, &found), 0);
	base_unref(found);
	user_unref(first);
	user_unref(second);
	user_unref(changed);
}
END_TEST

/* What one process says, another that starts now must say, too. */
START_TEST(without_the_first_the_second_is_found)
{
	struct user *first = put("bob@hbtn.io"), *second = put("bob@hbtn.io");
	struct base *found;

	ck_assert_int_eq(collection_find(collection(), first->email, &found), 0);
	base_unref(found);
	ck_assert_int_eq(drop(first->base.key), 0);
	ck_assert_int_eq(collection_find(collection(), second->email, &found), 0);
	ck_assert_str_eq(found->id, second->base.id);
	base_unref(found);
	site_reopen();
	ck_assert_int_eq(collection_find(collection(), second->email, &found), 0);
	ck_assert_str_eq(found->id, second->base.id);
	base_unref(found);
	user_unref(first);
	user_unref(second);
}
END_TEST

START_TEST(an_aborted_change_changes_nothing)
{
	uint64_t n;

	ck_assert_int_eq(collection_begin(collection()), 0);
	collection_abort(collection());
	ck_assert_int_eq(collection_count(collection(), &n), 0);
	ck_assert_uint_eq(n, 0);
	user_unref(put("still@writable"));
}
END_TEST

START_TEST(many_objects)
{
	struct user *last = NULL;
	struct base *found;
	uint64_t n;

	/* More than a table begins with: it grows under the readers. */
	for (int i = 0; i < 300; i++) {
		char email[16];

		(void)snprintf(email, sizeof(email), "u%d", i);
		user_unref(last);
		last = put(email);
		ck_assert_int_eq(collection_find(collection(), last->email, &found), 0);
		base_unref(found);
	}
	ck_assert_int_eq(collection_count(collection(), &n), 0);
	ck_assert_uint_eq(n, 300);
	ck_assert_int_eq(collection_find(collection(), STR_LIT("u0"), &found), 0);
	base_unref(found);
	user_unref(last);
	ck_assert_int_eq(collection_tick(collection()), 0);
}
END_TEST

/* ------------------------------------------------------------------- threads */

static atomic_bool is_over;

static void *
read_always(void *arg)
{
	long n = 0;

	while (!is_over) {
		struct base *found;
		int r = collection_find(arg, STR_LIT("bob@hbtn.io"), &found);

		if (r < 0)
			return (void *)-1;
		if (r == 0) {
			/* Whole, whichever version it is. */
			struct user *user = (struct user *)found;

			if (!str_eq_z(user->email, "bob@hbtn.io") || user->password_hash.n != 1)
				return (void *)-1;
			base_unref(found);
		}
		n++;
	}
	return (void *)n;
}

START_TEST(readers_in_threads_see_whole_objects)
{
	struct user *bob = put("bob@hbtn.io"), *changed;
	pthread_t threads[3];
	void *r;

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(
		    pthread_create(&threads[i], NULL, read_always, collection()), 0);
	for (int i = 0; i < 100; i++) {
		char hash[2] = { (char)('a' + i % 26), '\0' };

		ck_assert_int_eq(
		    user_changed(bob, str_of(hash), STR_NULL, STR_NULL, &changed), 0);
		ck_assert_int_eq(save(&changed->base), 0);
		user_unref(changed);
		if (i % 10 == 0)
			ck_assert_int_eq(drop(bob->base.key), 0);
	}
	is_over = true;
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(pthread_join(threads[i], &r), 0);
		ck_assert_int_ne((long)r, -1);
	}
	user_unref(bob);
}
END_TEST

/* ------------------------------------------------------------------ failures */

START_TEST(a_record_that_is_no_object_stops_all_reading)
{
	struct collection *c = collection();
	struct journal *journal;
	struct err err;
	struct base *found;
	uint64_t seq;

	user_unref(put("bob@hbtn.io"));
	ck_assert_int_eq(collection_find(c, STR_LIT("bob@hbtn.io"), &found), 0);
	base_unref(found);
	ck_assert_int_eq(journal_open(&site.app.users_config, &journal, &err), 0);
	ck_assert_int_eq(journal_lock(journal, 1000), 0);
	ck_assert_int_eq(journal_append(journal,
			     &(struct journal_record){
				 JOURNAL_PUT, STR_LIT("k"), STR_LIT("{\"id\":\"k\"}") },
			     1, &seq),
	    0);
	journal_unlock(journal);
	journal_close(journal);
	/* Nobody is let in by half a list of users. */
	ck_assert_int_lt(collection_find(c, STR_LIT("bob@hbtn.io"), &found), 0);
	ck_assert_int_lt(collection_find(c, STR_LIT("bob@hbtn.io"), &found), 0);
	ck_assert_int_lt(collection_begin(c), 0);
}
END_TEST

START_TEST(without_memory_nothing_opens)
{
	struct collection *c = NULL;
	struct err err = { "" };
	int r = -1;

	for (unsigned i = 1; i < 50 && r != 0; i++) {
		fail_alloc_at(i);
		r = collection_open(&c, &user_model, &site.app.users_config, &err);
		if (r != 0) {
			ck_assert_ptr_null(c);
			ck_assert_str_ne(err.text, "");
		}
	}
	fail_alloc_at(0);
	ck_assert_int_eq(r, 0);
	collection_close(c);
	collection_close(NULL);
}
END_TEST

/* The nth allocation of a change or of a look-up fails: an error, and nothing is lost. */
START_TEST(without_memory_nothing_is_lost)
{
	struct user *bob = put("bob@hbtn.io"), *eve = put("eve@hbtn.io");
	struct base *found;
	int r = -1;

	for (unsigned i = 1; i < 50 && r != 0; i++) {
		/* Another handle wrote: this one must catch up. */
		site_reopen();
		fail_alloc_at(i);
		r = collection_find(collection(), STR_LIT("eve@hbtn.io"), &found);
		fail_alloc_at(0);
		ck_assert_int_le(r, 0);
		if (r == 0)
			base_unref(found);
		ck_assert_int_eq(collection_find(collection(), bob->email, &found), 0);
		base_unref(found);
		ck_assert_int_eq(collection_find(collection(), eve->email, &found), 0);
		base_unref(found);
	}
	ck_assert_int_eq(r, 0);
	r = -1;
	for (unsigned i = 1; i < 50 && r != 0; i++) {
		fail_alloc_at(i);
		r = save(&bob->base);
	}
	fail_alloc_at(0);
	ck_assert_int_eq(r, 0);
	user_unref(bob);
	user_unref(eve);
}
END_TEST

static const char *const parts[] = { "journal_lock", "journal_append", "journal_sync" };

START_TEST(a_change_that_fails_is_an_error)
{
	struct user *bob = put("bob@hbtn.io");

	fail_part(parts[_i], 1, -EIO);
	ck_assert_int_eq(save(&bob->base), -EIO);
	fail_part(parts[_i], 1, -EIO);
	ck_assert_int_eq(drop(bob->base.key), -EIO);
	ck_assert_int_eq(drop(bob->base.key), 0);
	user_unref(bob);
}
END_TEST

Suite *
check_collection_suite(void)
{
	Suite *s = suite_create("model/collection");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, saving_replaces_and_removing_removes);
	tcase_add_test(tc, an_id_is_found_by_its_text_and_by_its_bytes);
	tcase_add_test(tc, of_two_with_one_address_the_first_is_found);
	tcase_add_test(tc, without_the_first_the_second_is_found);
	tcase_add_test(tc, an_aborted_change_changes_nothing);
	tcase_add_test(tc, many_objects);
	tcase_add_test(tc, readers_in_threads_see_whole_objects);
	suite_add_tcase(s, tc);

	tc = tcase_create("failures");
	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, a_record_that_is_no_object_stops_all_reading);
	tcase_add_test(tc, without_memory_nothing_opens);
	tcase_add_test(tc, without_memory_nothing_is_lost);
	tcase_add_loop_test(tc, a_change_that_fails_is_an_error, 0, 3);
	suite_add_tcase(s, tc);
	return s;
}
