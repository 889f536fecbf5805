/* check_conn_table.c - tests of src/server/conn_table.c */
#include "server/conn_table.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "unit/unit.h"

Suite *check_conn_table_suite(void);

static struct conn_table table;

static void
setup(void)
{
	ck_assert_int_eq(conn_table_init(&table, 64), 0);
}

static void
teardown(void)
{
	conn_table_fini(&table);
}

static int
some_fd(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

START_TEST(one_owner_at_a_time)
{
	struct conn *conn = conn_open(&table, some_fd());
	uint64_t token = conn_token(conn);

	ck_assert_ptr_null(conn_claim_idle(&table, conn->fd)); /* busy */
	ck_assert(conn_release(conn));
	ck_assert_ptr_eq(conn_claim(&table, token), conn);
	ck_assert_ptr_null(conn_claim_idle(&table, conn->fd));
	ck_assert(conn_release(conn));
	ck_assert_ptr_eq(conn_claim_idle(&table, conn->fd), conn);
}
END_TEST

START_TEST(an_event_while_it_is_owned_is_not_lost)
{
	struct conn *conn = conn_open(&table, some_fd());
	uint64_t token = conn_token(conn);

	ck_assert_ptr_null(conn_claim(&table, token));
	ck_assert_ptr_null(conn_claim(&table, token)); /* two are as good as one */
	ck_assert(!conn_release(conn));                /* look again */
	ck_assert(conn_release(conn));
}
END_TEST

START_TEST(a_late_event_finds_nobody)
{
	int fd = some_fd();
	struct conn *conn = conn_open(&table, fd);
	uint64_t old = conn_token(conn);

	conn_close(&table, conn, true);
	ck_assert_ptr_null(conn_claim(&table, old));
	ck_assert_int_eq(atomic_load(&table.n_open), 0);
	/* The same number again, as the kernel does. */
	ck_assert_int_eq(some_fd(), fd);
	ck_assert_ptr_eq(conn_open(&table, fd), conn);
	ck_assert(conn_token(conn) != old);
	ck_assert_ptr_null(conn_claim(&table, old));
	ck_assert(conn_release(conn)); /* the late event did not disturb it */
	ck_assert_ptr_null(conn_claim(&table, old));
	ck_assert_ptr_eq(conn_claim(&table, conn_token(conn)), conn);
}
END_TEST

/* Nothing of the connection before is left. */
START_TEST(a_slot_is_used_again)
{
	int fd = some_fd();
	struct conn *conn = conn_open(&table, fd);

	conn->polled = conn->has_answered = conn->will_keep = conn->is_read_shut = true;
	conn->n_looks = 3;
	conn->deadline_ms = 1;
	conn->gather = partial_request_new();
	conn_close(&table, conn, false);
	ck_assert_ptr_null(conn->gather);
	ck_assert_ptr_eq(conn_open(&table, fd), conn);
	ck_assert_int_eq(conn->fd, fd);
	ck_assert(!conn->polled);
	ck_assert(!conn->has_answered);
	ck_assert(!conn->will_keep);
	ck_assert(!conn->is_read_shut);
	ck_assert_uint_eq(conn->n_looks, 0);
	ck_assert_int_eq(conn->deadline_ms, 0);
	ck_assert_ptr_null(conn->gather);
	ck_assert_int_eq(atomic_load(&table.n_open), 1);
}
END_TEST

START_TEST(descriptors_beyond_the_table)
{
	ck_assert_ptr_null(conn_open(&table, 64));
	ck_assert_ptr_null(conn_open(&table, -1));
	ck_assert_ptr_null(conn_claim(&table, 64));
	ck_assert_ptr_null(conn_claim(&table, 5)); /* never opened */
	ck_assert_ptr_null(conn_claim_idle(&table, 64));
}
END_TEST

START_TEST(closing_closes_the_descriptor_or_not)
{
	int fd = some_fd();

	conn_close(&table, conn_open(&table, fd), false);
	ck_assert_int_ne(fcntl(fd, F_GETFD), -1);
	conn_close(&table, conn_open(&table, fd), true);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
}
END_TEST

/* Threads claim one connection whenever something "happens"; each event is worked off. */
static struct {
	struct conn *conn;
	uint64_t token;
	_Atomic int n_events, n_seen, n_owners;
} race;

static void *
race_thread(void *arg)
{
	(void)arg;
	for (int i = 0; i < 20000; i++) {
		struct conn *conn;

		atomic_fetch_add(&race.n_events, 1);
		if ((conn = conn_claim(&table, race.token)) == NULL)
			continue;
		do {
			ck_assert_int_eq(atomic_fetch_add(&race.n_owners, 1), 0);
			atomic_store(&race.n_seen, atomic_load(&race.n_events));
			atomic_fetch_sub(&race.n_owners, 1);
		} while (!conn_release(conn));
	}
	return NULL;
}

START_TEST(no_event_is_lost_between_threads)
{
	pthread_t threads[4];

	race.conn = conn_open(&table, some_fd());
	race.token = conn_token(race.conn);
	ck_assert(conn_release(race.conn));
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, race_thread, NULL), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	/* Whoever looked last saw the last event. */
	ck_assert_int_eq(race.n_seen, 4 * 20000);
	ck_assert_ptr_nonnull(conn_claim_idle(&table, race.conn->fd));
}
END_TEST

Suite *
check_conn_table_suite(void)
{
	Suite *s = suite_create("server/conn_table");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, one_owner_at_a_time);
	tcase_add_test(tc, an_event_while_it_is_owned_is_not_lost);
	tcase_add_test(tc, a_late_event_finds_nobody);
	tcase_add_test(tc, a_slot_is_used_again);
	tcase_add_test(tc, descriptors_beyond_the_table);
	tcase_add_test(tc, closing_closes_the_descriptor_or_not);
	tcase_add_test(tc, no_event_is_lost_between_threads);
	suite_add_tcase(s, tc);
	return s;
}
