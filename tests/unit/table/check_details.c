/* check_details.c - tests of src/table/details.c and details_record.c */
#include "unit/table/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "table/details.h"

Suite *check_details_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

static struct digest_key key = { { 1, 2, 3 } };
static struct details *details;
static char path[120];

static void
open_details(void)
{
	ck_assert_int_eq(
	    details_open(&details, fx.config.dir_fd, fx.config.dir_path, &key, fx.table), 0);
}

static void
set_up(void)
{
	(void)snprintf(path, sizeof(path), "%s/%s", fx.dir, DETAILS_FILE);
	open_details();
}

static void
tear_down(void)
{
	details_close(details);
	details = NULL;
}

static struct digest_tag
tag_of(uint64_t i)
{
	return fixture_entry(i, i).tag;
}

/* What session i is given. */
static void
texts_of(uint64_t i, char client[DETAILS_CLIENT_BYTES], char agent[DETAILS_AGENT_BYTES])
{
	(void)snprintf(client, DETAILS_CLIENT_BYTES, "10.%u.%u.%u", (unsigned)(i >> 16 & 255),
	    (unsigned)(i >> 8 & 255), (unsigned)(i & 255));
	(void)snprintf(agent, DETAILS_AGENT_BYTES, "browser %llu", (unsigned long long)i);
}

static int
put(uint64_t i)
{
	char client[DETAILS_CLIENT_BYTES], agent[DETAILS_AGENT_BYTES];
	struct digest_tag tag = tag_of(i);

	texts_of(i, client, agent);
	return details_put(details, &tag, str_of(client), str_of(agent));
}

/* It has its own texts: true; none: false; anything else fails the test. */
static bool
has(uint64_t i)
{
	char client[DETAILS_CLIENT_BYTES], agent[DETAILS_AGENT_BYTES];
	struct digest_tag tag = tag_of(i);
	struct details_text text;

	texts_of(i, client, agent);
	details_get(details, &tag, &text);
	if (text.client[0] == '\0' && text.agent[0] == '\0')
		return false;
	ck_assert_str_eq(text.client, client);
	ck_assert_str_eq(text.agent, agent);
	return true;
}

static void
fill(uint64_t from, uint64_t until)
{
	fixture_fill(from, until);
	for (uint64_t i = from; i < until; i++)
		ck_assert_int_eq(put(i), 0);
}

static void
end(uint64_t i)
{
	struct digest_tag tag = tag_of(i);

	ck_assert_int_eq(table_remove(fx.table, &tag), 0);
}

/* Housekeeping until it has been everywhere. */
static void
sweep_all(void)
{
	static int64_t now_ms = FIXTURE_NOW_MS;

	for (int i = 0; i < 70; i++) {
		now_ms += 1000;
		clock_freeze(now_ms, now_ms);
		ck_assert_int_eq(details_tick(details), 0);
	}
}

static struct stat
stat_file(void)
{
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	return st;
}

/* ------------------------------------------------------------------------- texts */

START_TEST(what_was_put_is_there)
{
	struct stat st;

	ck_assert(!has(1));
	ck_assert_int_eq(details_tick(details), 0);
	/* Where nobody keeps them there is no file. */
	ck_assert_int_eq(stat(path, &st), -1);
	fill(1, 4);
	for (uint64_t i = 1; i < 4; i++)
		ck_assert(has(i));
	ck_assert(!has(4));
	/* For another process, and a later one. */
	details_close(details);
	open_details();
	ck_assert(has(2));
	st = stat_file();
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
}
END_TEST

#define HUNDRED                                                                              \
	"0123456789012345678901234567890123456789012345678901234567890123456789012345678901" \
	"234567890123456789"

static const struct {
	const char *client, *agent, *want_client, *want_agent;
} texts[] = {
	{ "192.0.2.7", "Mozilla/5.0", "192.0.2.7", "Mozilla/5.0" },
	{ "2001:DB8:0:0::1", "x", "2001:db8::1", "x" },
	{ "::ffff:192.0.2.7", "x", "::ffff:192.0.2.7", "x" },
	{ "unix:", "x", "", "x" },
	{ "", "x", "", "x" },
	{ NULL, "x", "", "x" },
	{ "192.0.2.7 ", "x", "", "x" },
	{ "a.client.with.a.long.name.that.is.no.address.example.org", "x", "", "x" },
	{ "192.0.2.7", NULL, "192.0.2.7", "" },
	{ "192.0.2.7", "", "192.0.2.7", "" },
	{ "unix:", "", "", "" },
	{ "192.0.2.7", HUNDRED HUNDRED, "192.0.2.7", HUNDRED "0123456789012345678901234567" },
	/* Whole characters: 127 bytes and then one of two. */
	{ "192.0.2.7", HUNDRED "012345678901234567890123456\xc3\xa4z", "192.0.2.7",
	    HUNDRED "012345678901234567890123456" },
	{ "192.0.2.7", HUNDRED "01234567890123456789012345\xc3\xa4z", "192.0.2.7",
	    HUNDRED "01234567890123456789012345\xc3\xa4" },
	{ "192.0.2.7", "a\xff\xfe\nb\xc3", "192.0.2.7",
	    "a\xef\xbf\xbd\xef\xbf\xbd\nb\xef\xbf\xbd" },
};

START_TEST(texts_are_what_can_be_shown)
{
	struct digest_tag tag = tag_of(1);
	struct details_text text;

	fixture_fill(1, 2);
	ck_assert_int_eq(
	    details_put(details, &tag, str_of(texts[_i].client), str_of(texts[_i].agent)), 0);
	details_get(details, &tag, &text);
	ck_assert_str_eq(text.client, texts[_i].want_client);
	ck_assert_str_eq(text.agent, texts[_i].want_agent);
}
END_TEST

/* ----------------------------------------------------------- never somebody else's */

START_TEST(whatever_the_table_does)
{
	fill(1, 3000);
	ck_assert_uint_gt(fixture_stats().n_growths, 3);
	for (uint64_t i = 1; i < 3000; i++)
		ck_assert(has(i));
	for (uint64_t i = 1; i < 3000; i += 2)
		end(i);
	sweep_all();
	fill(3000, 6000);
	for (uint64_t i = 1; i < 6000; i++)
		ck_assert_int_eq(has(i), i >= 3000 || i % 2 == 0);
}
END_TEST

/* A place that was another session's. */
START_TEST(a_place_is_used_again)
{
	off_t before;

	fill(1, 200);
	before = stat_file().st_size;
	for (int round = 0; round < 10; round++) {
		uint64_t base = 1 + 200 * (uint64_t)round;

		for (uint64_t i = base; i < base + 199; i++)
			end(i);
		sweep_all();
		for (uint64_t i = base; i < base + 199; i++)
			ck_assert(!has(i));
		fill(base + 200, base + 399);
	}
	ck_assert_int_le(stat_file().st_size, 2 * before);
}
END_TEST

START_TEST(another_key_reads_none)
{
	fill(1, 2);
	key.bytes[0] ^= 1;
	ck_assert(!has(1));
	key.bytes[0] ^= 1;
	ck_assert(has(1));
}
END_TEST

/* Every byte of a page that holds records, one bit of it. */
START_TEST(a_byte_hit_by_chance)
{
	off_t size;
	int fd, n_lost = 0;

	fill(1, 30);
	size = stat_file().st_size;
	fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_ne(fd, -1);
	for (off_t at = 0; at < size; at++) {
		uint8_t byte = 0;

		ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
		if (byte == 0 && at % 7 != 0)
			continue; /* there are many of them */
		byte ^= (uint8_t)(1 << at % 8);
		ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
		for (uint64_t i = 1; i < 30; i++)
			n_lost += !has(i);
		byte ^= (uint8_t)(1 << at % 8);
		ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
	}
	ck_assert_int_gt(n_lost, 1000);
	for (uint64_t i = 1; i < 30; i++)
		ck_assert(has(i));
	(void)close(fd);
}
END_TEST

/* One session's record in the place and with the mark of another's. */
START_TEST(a_record_in_anothers_place)
{
	uint8_t *bytes;
	off_t size;
	int fd;

	fill(1, 3);
	size = stat_file().st_size;
	bytes = calloc(1, (size_t)size + 4096);
	fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_gt(pread(fd, bytes, (size_t)size, 0), 0);
	/* All pages are that of session 1, and then that of session 2. */
	for (off_t from = 0; from < size; from += 4096) {
		for (off_t to = 0; to < size; to += 4096)
			ck_assert_int_eq(pwrite(fd, bytes + from, 4096, to), 4096);
		(void)has(1);
		(void)has(2);
	}
	free(bytes);
	(void)close(fd);
}
END_TEST

/* -------------------------------------------------------------- those that are over */

START_TEST(what_is_over_is_wiped)
{
	static const char agent[] = "browser 7";
	char bytes[16 * 4096];
	ssize_t n;
	int fd;

	fill(1, 20);
	end(7);
	sweep_all();
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = read(fd, bytes, sizeof(bytes));
	ck_assert_int_gt(n, 0);
	ck_assert_ptr_null(memmem(bytes, (size_t)n, agent, sizeof(agent)));
	ck_assert_ptr_nonnull(memmem(bytes, (size_t)n, "browser 8", 9));
	(void)close(fd);
	for (uint64_t i = 1; i < 20; i++)
		ck_assert_int_eq(has(i), i != 7);
	/* Storage goes back when all are. */
	for (uint64_t i = 1; i < 20; i++)
		if (i != 7)
			end(i);
	sweep_all();
	ck_assert_int_eq(stat_file().st_blocks, 0);
}
END_TEST

/* Where nothing ticks, in plain CGI, each login does some of it. */
START_TEST(logins_sweep_too)
{
	fill(1, 100);
	for (uint64_t i = 1; i < 100; i++)
		end(i);
	fill(100, 200);
	for (uint64_t i = 1; i < 100; i++)
		ck_assert(!has(i));
}
END_TEST

START_TEST(a_table_that_gives_no_answer_wipes_nothing)
{
	fill(1, 20);
	fixture_hold_lock();
	fault_timeout_ms = 1;
	(void)details_tick(details);
	fixture_let_go();
	fault_disarm();
	for (uint64_t i = 1; i < 20; i++)
		ck_assert(has(i));
}
END_TEST

/* ------------------------------------------------------------------------- storage */

/* At most 384 bytes a session, the table's own included: from 3000 sessions on, at any number. */
START_TEST(bytes_of_a_session)
{
	uint64_t most = 0;

	for (uint64_t i = 1; i <= 30000; i++) {
		uint64_t bytes;

		fill(i, i + 1);
		if (i < 3000 || i % 100 != 0)
			continue;
		bytes = (fixture_stats().n_bytes + (uint64_t)stat_file().st_blocks * 512) / i;
		if (bytes > most)
			most = bytes;
		ck_assert_msg(bytes <= 384, "%llu sessions: %llu bytes each",
		    (unsigned long long)i, (unsigned long long)bytes);
	}
	ck_assert_uint_gt(most, 172 + 64);
}
END_TEST

/* ------------------------------------------------------------------------ failures */

START_TEST(a_full_disk_loses_details_alone)
{
	struct rlimit limit, before;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	fill(1, 10);
	limit = before;
	limit.rlim_cur = 4096;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (uint64_t i = 10; i < 40; i++) {
		int r = put(i);

		ck_assert(r == 0 || r == -ENOSPC);
	}
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
	for (uint64_t i = 1; i < 10; i++)
		ck_assert(has(i));
	ck_assert_int_eq(put(100), 0);
}
END_TEST

START_TEST(a_file_that_others_may_read_is_not_used)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(fchmod(fd, 0644), 0);
	fixture_fill(1, 2);
	ck_assert_int_lt(put(1), 0);
	ck_assert(!has(1));
	ck_assert_int_lt(details_tick(details), 0);
	(void)close(fd);
}
END_TEST

static void
stop_here(void)
{
	(void)raise(SIGSTOP);
}

/* A stopped writer delays no reader, and another writer for a quarter of a second. */
START_TEST(a_stopped_process_holds_up_nobody)
{
	pid_t pid;
	int status;

	fill(1, 10);
	fixture_fill(10, 12);
	if ((pid = fork()) == 0) {
		fixture_call_at("details mark", 1, stop_here);
		(void)put(10);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
	ck_assert(WIFSTOPPED(status));
	for (uint64_t i = 1; i < 10; i++)
		ck_assert(has(i));
	ck_assert_int_eq(put(11), -ETIMEDOUT);
	(void)kill(pid, SIGCONT);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(has(10));
	ck_assert_int_eq(put(11), 0);
	ck_assert(has(11));
}
END_TEST

/* ---------------------------------------------------------- killed at every step */

static void
put_one(void)
{
	ck_assert_int_eq(put(50), 0);
}

static void
put_first(void)
{
	ck_assert_int_eq(put(50), 0);
}

static void
sweep_one(void)
{
	int64_t now_ms = FIXTURE_NOW_MS + INT64_C(1000000);

	for (int i = 0; i < 10; i++, now_ms += 1000) {
		clock_freeze(now_ms, now_ms);
		(void)details_tick(details);
	}
}

static const struct {
	void (*run)(void);
	uint64_t n; /* sessions with details before */
	bool ends_3;
} crashes[] = {
	{ put_one, 30, false },
	{ put_first, 0, false },
	{ sweep_one, 30, true },
	{ put_one, 30, true },
};

/* The next process finds what was acknowledged, nothing torn, and works at once. */
static void
look_after_crash(int which, bool is_done)
{
	details_close(details);
	open_details();
	for (uint64_t i = 1; i <= crashes[which].n; i++)
		if (i != 3 || !crashes[which].ends_3)
			ck_assert(has(i));
	(void)has(3);
	if (crashes[which].run != sweep_one && is_done)
		ck_assert(has(50));
	(void)has(50);
	ck_assert_int_eq(put(51), 0);
	ck_assert(has(51));
	end(51);
	sweep_all();
	ck_assert(!has(51));
	ck_assert(!crashes[which].ends_3 || !has(3));
}

START_TEST(killed_at_every_step)
{
	bool is_done = false;

	for (unsigned n = 1; !is_done; n++) {
		int status;
		pid_t pid;

		details_close(details);
		(void)unlink(path);
		open_details();
		fixture_close();
		(void)unlink(fx.file);
		fixture_open();
		details_close(details);
		open_details();
		if (crashes[_i].n > 0)
			fill(1, crashes[_i].n + 1);
		fixture_fill(50, 52);
		if (crashes[_i].ends_3)
			end(3);
		if ((pid = fork()) == 0) {
			fixture_die_at(n);
			crashes[_i].run();
			_exit(0);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
		is_done = WIFEXITED(status);
		look_after_crash(_i, is_done);
	}
}
END_TEST

Suite *
check_details_suite(void)
{
	Suite *s = suite_create("table/details");
	TCase *tc = fixture_one_thread("core");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, what_was_put_is_there);
	tcase_add_loop_test(tc, texts_are_what_can_be_shown, 0, N(texts));
	tcase_add_test(tc, whatever_the_table_does);
	tcase_add_test(tc, a_place_is_used_again);
	tcase_add_test(tc, another_key_reads_none);
	tcase_add_test(tc, a_byte_hit_by_chance);
	tcase_add_test(tc, a_record_in_anothers_place);
	tcase_add_test(tc, what_is_over_is_wiped);
	tcase_add_test(tc, logins_sweep_too);
	tcase_add_test(tc, a_table_that_gives_no_answer_wipes_nothing);
	tcase_add_test(tc, bytes_of_a_session);
	tcase_add_test(tc, a_full_disk_loses_details_alone);
	tcase_add_test(tc, a_file_that_others_may_read_is_not_used);
	tcase_add_test(tc, a_stopped_process_holds_up_nobody);
	tcase_add_loop_test(tc, killed_at_every_step, 0, N(crashes));
	suite_add_tcase(s, tc);
	return s;
}
