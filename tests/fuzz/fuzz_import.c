/*
 * fuzz_import.c - the file of users, or of sessions, that sessiongatectl imports
 *
 * The first byte chooses: odd, it is a file of sessions.  What came in is exported, and is all
 * there already when that is imported.
 */
#include "core/digest.h"
#include "fuzz/scratch.h"
#include "model/legacy_json.h"

#define RUNS_OF_ONE 200 /* then in an empty directory again */

static struct users *users;
static struct user_sessions *sessions;
static struct table *table;
static struct digest_key key;

static void
begin(void)
{
	struct err err = { "" };
	struct journal_config config;
	struct table_config of_table;

	users_close(users);
	user_sessions_close(sessions);
	table_close(table);
	scratch_make();
	config = (struct journal_config){
		.dir_fd = scratch_fd, .dir_path = scratch_path, .name = "User"
	};
	of_table = (struct table_config){ .dir_fd = scratch_fd,
		.dir_path = scratch_path,
		.name = "table",
		.max_entries = 1000 };
	fuzz_promise(digest_key_load(scratch_fd, scratch_path, "key", &key, &err) == 0);
	fuzz_promise(users_open(&users, &config, &err) == 0);
	config.name = "UserSession";
	fuzz_promise(user_sessions_open(&sessions, &config, &err) == 0);
	fuzz_promise(table_open(&of_table, &table, NULL, &err) == 0);
}

static int
import(bool is_users, struct str json, struct legacy_json_report *report)
{
	struct err err = { "" };
	int r = is_users ? legacy_json_read_users(users, json, report, &err)
			 : legacy_json_read_sessions(
			       sessions, table, &key, str_of(""), json, report, &err);

	fuzz_promise(r <= 0 && (r == 0) == (err.text[0] == '\0'));
	return r;
}

static void
check_export(bool is_users)
{
	struct legacy_json_report again = { 0 };
	struct buf json;

	buf_init(&json, LEGACY_JSON_MAX_BYTES);
	fuzz_promise((is_users ? legacy_json_write_users(users, &json)
			       : legacy_json_write_sessions(sessions, &json)) == 0);
	fuzz_promise(import(is_users, buf_str(&json), &again) == 0);
	fuzz_promise(again.n_added == 0 && again.n_refused == 0);
	buf_fini(&json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned n_runs;
	struct legacy_json_report report = { 0 };
	bool is_users;
	char *copy;

	if (size == 0)
		return 0;
	if (n_runs++ % RUNS_OF_ONE == 0)
		begin();
	is_users = data[0] % 2 == 0;
	copy = fuzz_copy(str_mem(data + 1, size - 1));
	if (import(is_users, str_mem(copy, size - 1), &report) != 0)
		fuzz_promise(report.n_added == 0);
	free(copy);
	if (report.n_added > 0)
		check_export(is_users);
	return 0;
}
