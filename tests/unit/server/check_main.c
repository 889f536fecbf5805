/*
 * check_main.c - tests of src/sessiongate.c: main() with another application
 *
 * Here are the functions of app/ that it calls; the program's own are in the library, and the
 * linker leaves them there.
 */
int sessiongate_main(int argc, char **argv);

#define main sessiongate_main
#include "sessiongate.c"
#undef main

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/supervisor.h"
#include "unit/server/peer.h"
#include "unit/server/proc.h"
#include "unit/server/stage.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_main_suite(void);

/* What the application has done, in whichever process: shared. */
static struct {
	int open_result, open_result_at_start;
	_Atomic int n_opened, n_opened_at_start, n_closed, n_replaced, n_not_hardened, n_warm,
	    n_null;
} * seen;

/* Are standard input, output and error what they are where somebody has closed them? */
static bool
are_null(void)
{
	struct stat null, st;

	for (int fd = 0; fd < 3; fd++)
		if (stat("/dev/null", &null) == -1 || fstat(fd, &st) == -1 ||
		    st.st_rdev != null.st_rdev)
			return false;
	return true;
}

int
app_open(struct app *app, const struct settings *settings, bool at_start, struct err *err)
{
	int r = at_start ? seen->open_result_at_start : seen->open_result;
	struct rlimit core;

	(void)app, (void)settings;
	if (are_null())
		atomic_fetch_add(&seen->n_null, 1);
	if (getrlimit(RLIMIT_CORE, &core) == -1 || core.rlim_cur != 0 || core.rlim_max != 0 ||
	    prctl(PR_GET_DUMPABLE) != 0)
		atomic_fetch_add(&seen->n_not_hardened, 1);
	if (at_start)
		atomic_fetch_add(&seen->n_opened_at_start, seen->n_opened == 0 ? 1 : 100);
	else
		atomic_fetch_add(&seen->n_opened, 1);
	return r == 0 ? 0 : err_set(err, r, "cannot open");
}

struct handler
dispatch_handler(struct app *app)
{
	(void)app;
	return stage_app;
}

void
app_warm(struct app *app)
{
	(void)app;
	atomic_fetch_add(&seen->n_warm, proc_has_said("event=ready") ? 100 : 1);
}

void
app_close(struct app *app)
{
	(void)app;
	atomic_fetch_add(&seen->n_closed, 1);
}

void
app_count_replacement(struct app *app)
{
	(void)app;
	atomic_fetch_add(&seen->n_replaced, 1);
}

int
pages_open(const struct settings *settings, struct page_files **ret, struct err *err)
{
	(void)settings, (void)err;
	*ret = NULL;
	return 0;
}

void
preflight(const struct settings *settings, struct checklist *list)
{
	(void)settings;
	checklist_add(list, true, "left", "good");
	checklist_add(list, seen->open_result >= 0, "right", "as told");
	for (int i = 0; i < seen->open_result; i++)
		checklist_remark(list, "odd", "as told");
}

static char path[108], listen_option[130], config_option[330];
static char *argv[6];
static int input_fd = -1; /* standard input of the program */

/* Without check's functions: it is called where no test runs, too. */
static bool
share(const char *file)
{
	int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	bool is_good = fd != -1 && ftruncate(fd, sizeof(*seen)) == 0;

	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)close(fd);
	return is_good && seen != MAP_FAILED;
}

/*
 * At SIGHUP the program executes its own file, which here is that of these tests: then it is the
 * program again, before main().
 */
__attribute__((constructor)) static void
be_the_program(int n_words, char **words)
{
	const char *file = getenv("CHECK_RUN_SEEN");

	if (getenv("SESSIONGATE_TAKEOVER") == NULL || file == NULL)
		return;
	stage_counts = mmap(NULL, sizeof(*stage_counts), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (stage_counts == MAP_FAILED || !share(file))
		_exit(97);
	exit(sessiongate_main(n_words, words));
}

static void
setup(void)
{
	char file[300];

	static const char *const names[] = { "GATEWAY_INTERFACE", "REQUEST_METHOD",
		"LISTEN_PID", "LISTEN_FDS", "NOTIFY_SOCKET" };

	tmp_make();
	stage_app_make();
	(void)snprintf(file, sizeof(file), "%s/seen", tmp_path);
	ck_assert(share(file));
	ck_assert_int_eq(setenv("CHECK_RUN_SEEN", file, 1), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_int_eq(unsetenv(names[i]), 0);
	(void)snprintf(path, sizeof(path), "%.90s/s", tmp_path);
	(void)snprintf(listen_option, sizeof(listen_option), "--listen=unix:%s", path);
	(void)snprintf(config_option, sizeof(config_option), "--config=%s/config", tmp_path);
	input_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int
run_main(void *arg)
{
	int argc = 0;

	(void)arg;
	if (dup2(input_fd, STDIN_FILENO) != STDIN_FILENO)
		return 99;
	while (argv[argc] != NULL)
		argc++;
	return sessiongate_main(argc, argv);
}

/* Whoever starts it has closed its standard input, output and error. */
static int
run_closed(void *arg)
{
	int argc = 0;

	(void)arg;
	for (int fd = 0; fd < 3; fd++)
		(void)close(fd);
	while (argv[argc] != NULL)
		argc++;
	return sessiongate_main(argc, argv);
}

static pid_t
start(const char *a, const char *b, const char *c)
{
	argv[0] = (char *)"program";
	argv[1] = (char *)a;
	argv[2] = (char *)b;
	argv[3] = (char *)c;
	return proc_start(run_main, NULL);
}

static int
tell(pid_t pid, int signal)
{
	ck_assert_int_eq(kill(pid, signal), 0);
	return proc_wait(pid);
}

static pid_t
some_worker(void)
{
	int fd = peer_connect(path);
	const char *answer;

	ck_assert_int_ne(fd, -1);
	peer_ask(fd, "/pid", false);
	ck_assert_ptr_nonnull(answer = peer_answer(fd));
	(void)close(fd);
	return (pid_t)strtol(strstr(answer, "\r\n\r\n") + 4, NULL, 10);
}

static const struct {
	const char *argument;
	int want;
	const char *printed, *said;
} ends[] = {
	{ "--help", SUPERVISOR_EXIT_OK, "usage: sessiongate", NULL },
	{ "--version", SUPERVISOR_EXIT_OK, "sessiongate " PACKAGE_VERSION "\n", NULL },
	{ "--check", SUPERVISOR_EXIT_OK,
	    "ok      settings: sound\n"
	    "ok      socket: inherited at a start, and not looked at\n"
	    "ok      left: good\nok      right: as told\n"
	    "sessiongate: it can start\n",
	    NULL },
	{ "--nothing", SUPERVISOR_EXIT_USAGE, NULL, "Try: sessiongate --help" },
	{ "--workers=many", SUPERVISOR_EXIT_CONFIG, NULL, "sessiongate: workers: \"many\"" },
	{ NULL, SUPERVISOR_EXIT_USAGE, NULL, "nothing to listen on" },
	{ "--listen=anywhere", SUPERVISOR_EXIT_USAGE, NULL, "anywhere" },
	{ "--listen=tcp:192.0.2.1:9000", SUPERVISOR_EXIT_USAGE, NULL, "only loopback" },
	{ "--listen=unix:/nonexistent/s", SUPERVISOR_EXIT_FAILURE, NULL, "/nonexistent/s" },
};

START_TEST(it_ends_without_serving)
{
	ck_assert_int_eq(proc_wait(start(ends[_i].argument, NULL, NULL)), ends[_i].want);
	if (ends[_i].printed != NULL)
		ck_assert(proc_has_printed(ends[_i].printed));
	if (ends[_i].said != NULL)
		ck_assert(proc_has_said(ends[_i].said));
	ck_assert_int_eq(seen->n_opened_at_start + seen->n_opened, 0);
}
END_TEST

START_TEST(it_is_looked_at)
{
	struct stat st;

	ck_assert_int_eq(proc_wait(start("--check", listen_option, NULL)), SUPERVISOR_EXIT_OK);
	ck_assert(proc_has_printed("ok      settings: sound\nok      socket: unix:"));
	ck_assert(proc_has_printed(
	    "ok      left: good\nok      right: as told\nsessiongate: it can start\n"));
	seen->open_result = -EIO;
	tmp_write("config", "SESSIONGATE_WORKERS=1\n", 0600);
	ck_assert_int_eq(
	    proc_wait(start("--check", config_option, NULL)), SUPERVISOR_EXIT_FAILURE);
	ck_assert(proc_has_printed("/config\n"));
	ck_assert(proc_has_printed(
	    "not ok  right: as told\nsessiongate: it cannot start: 1 of 4 checks failed\n"));
	/* What a start would take is told, and no start is denied. */
	for (int i = 1; i <= 2; i++) {
		seen->open_result = i;
		ck_assert_int_eq(
		    proc_wait(start("--check", listen_option, NULL)), SUPERVISOR_EXIT_FAILURE);
		ck_assert(
		    proc_has_printed(i == 1 ? "ok      right: as told\nnot ok  odd: as told\n"
					      "sessiongate: it can start, with 1 remark\n"
					    : "sessiongate: it can start, with 2 remarks\n"));
	}
	seen->open_result = -EIO;
	ck_assert_int_eq(proc_wait(start("--check", "--listen=unix:/nonexistent/s", NULL)),
	    SUPERVISOR_EXIT_FAILURE);
	ck_assert(proc_has_printed("not ok  socket: "));
	ck_assert_int_eq(
	    proc_wait(start("--check", "--workers=many", NULL)), SUPERVISOR_EXIT_CONFIG);
	ck_assert_int_eq(seen->n_opened_at_start + seen->n_opened, 0);
	ck_assert_int_eq(lstat(path, &st), -1);
}
END_TEST

START_TEST(a_socket_of_its_own)
{
	pid_t pid = start(listen_option, "--workers=2", NULL);
	struct stat st;

	peer_await(proc_has_said("event=ready workers=2"));
	ck_assert_int_ne(some_worker(), pid);
	/* Once for all in a process of its own, closed there, and then in each worker. */
	ck_assert_int_eq(seen->n_opened_at_start, 1);
	ck_assert_int_eq(seen->n_opened, 2);
	ck_assert_int_eq(seen->n_closed, 1);
	ck_assert_int_eq(seen->n_not_hardened, 0);
	/* Before they said so. */
	ck_assert_int_eq(seen->n_warm, 2);
	ck_assert_int_eq(kill(some_worker(), SIGKILL), 0);
	peer_await(seen->n_replaced == 1);
	ck_assert_int_eq(tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
	ck_assert_int_eq(seen->n_opened, 3);
	ck_assert_int_eq(seen->n_closed, 3);
	ck_assert_int_eq(lstat(path, &st), -1);
}
END_TEST

static int
run_with_few_files(void *arg)
{
	const struct rlimit few = { 16, 16 };

	return setrlimit(RLIMIT_NOFILE, &few) == 0 ? run_main(arg) : 99;
}

START_TEST(too_few_files)
{
	argv[0] = (char *)"program";
	argv[1] = listen_option;
	argv[2] = NULL;
	ck_assert_int_eq(
	    proc_wait(proc_start(run_with_few_files, NULL)), SUPERVISOR_EXIT_FAILURE);
	ck_assert(proc_has_said("the limit of open files is 16, and at least 64 are needed"));
	ck_assert(proc_has_said("LimitNOFILE="));
	ck_assert_int_eq(seen->n_opened_at_start, 0);
}
END_TEST

START_TEST(without_standard_descriptors)
{
	char *lock;
	pid_t pid;

	argv[0] = (char *)"program";
	argv[1] = listen_option;
	argv[2] = (char *)"--workers=1";
	argv[3] = NULL;
	pid = proc_start(run_closed, NULL);
	peer_await(seen->n_opened == 1 && access(path, F_OK) == 0);
	/* libfcgi is as it has to be, and no line went into the first file that was opened. */
	ck_assert_int_ne(some_worker(), pid);
	ck_assert_int_eq(tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
	ck_assert_ptr_nonnull(lock = tmp_read("s.lock"));
	ck_assert_str_eq(lock, "");
	ck_assert_int_eq(seen->n_null, 2);
	free(lock);
}
END_TEST

START_TEST(an_inherited_socket)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct stat st;
	pid_t pid;

	memcpy(un.sun_path, path, sizeof(path));
	input_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(input_fd, (struct sockaddr *)&un, sizeof(un)), 0);
	ck_assert_int_eq(listen(input_fd, 5), 0);
	/* With variables of CGI, as lighttpd has them. */
	ck_assert_int_eq(setenv("GATEWAY_INTERFACE", "CGI/1.1", 1), 0);
	pid = start("--workers=1", NULL, NULL);
	peer_await(proc_has_said("event=ready"));
	ck_assert_int_ne(some_worker(), pid);
	ck_assert_int_eq(tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
	/* It is its owner's. */
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert_int_ne(peer_connect(path), -1);
}
END_TEST

/* A socket that is open to all who reach its directory, and with one of our own. */
START_TEST(an_inherited_socket_that_is_refused)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	memcpy(un.sun_path, path, sizeof(path));
	input_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(input_fd, (struct sockaddr *)&un, sizeof(un)), 0);
	ck_assert_int_eq(listen(input_fd, 5), 0);
	ck_assert_int_eq(proc_wait(start("--listen=unix:/nonexistent/s", NULL, NULL)),
	    SUPERVISOR_EXIT_USAGE);
	ck_assert(
	    proc_has_said("--listen unix:/nonexistent/s, and a socket on standard input"));
	ck_assert_int_eq(unlinkat(tmp_fd, "s", 0), 0);
	ck_assert_int_eq(proc_wait(start(NULL, NULL, NULL)), SUPERVISOR_EXIT_USAGE);
	ck_assert(proc_has_said("cannot tell who may open it"));
}
END_TEST

/* systemd's variables, and no socket for us. */
START_TEST(why_there_is_nothing_to_listen_on)
{
	ck_assert_int_eq(setenv("LISTEN_FDS", "1", 1), 0);
	ck_assert_int_eq(setenv("LISTEN_PID", "1", 1), 0);
	ck_assert_int_eq(proc_wait(start(NULL, NULL, NULL)), SUPERVISOR_EXIT_USAGE);
	ck_assert(
	    proc_has_said("nothing to listen on: LISTEN_FDS is set, but LISTEN_PID is 1"));
}
END_TEST

START_TEST(the_application_cannot_open)
{
	if (_i < 2)
		seen->open_result_at_start = _i == 0 ? -EIO : -EINVAL;
	else
		seen->open_result = _i == 2 ? -EIO : -EINVAL;
	ck_assert_int_eq(proc_wait(start(listen_option, "--workers=1", NULL)),
	    _i % 2 == 0 ? SUPERVISOR_EXIT_FAILURE : SUPERVISOR_EXIT_CONFIG);
	ck_assert(proc_has_said("cannot open"));
	ck_assert_int_eq(seen->n_opened, _i < 2 ? 0 : 1);
	ck_assert_int_eq(
	    seen->n_closed, _i < 2 ? 0 : 1); /* what was not opened is not closed */
}
END_TEST

START_TEST(the_settings_are_read_again)
{
	pid_t pid;

	tmp_write("config", "SESSIONGATE_WORKERS=1\n", 0600);
	pid = start(listen_option, config_option, NULL);
	peer_await(proc_has_said("event=ready workers=1"));
	tmp_write("config", "SESSIONGATE_WORKERS=many\n", 0600);
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	peer_await(proc_has_said("event=reload problem="));
	ck_assert_int_eq(seen->n_opened, 1);
	tmp_write("config", "SESSIONGATE_WORKERS=3\nSESSIONGATE_LOG_FORMAT=json\n", 0600);
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	/* One was a trial, as whatever is executed may be another program. */
	peer_await(seen->n_opened == 1 + 1 + 3);
	peer_await(seen->n_closed == 3); /* those of the start, the trial, the old worker */
	peer_await(proc_has_said("\"event\":\"reload\""));
	/* The same process, and its own workers. */
	ck_assert(proc_is_running(pid));
	ck_assert_int_eq(kill(some_worker(), SIGKILL), 0);
	peer_await(seen->n_replaced == 1);
	ck_assert_int_eq(tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
	ck_assert_int_eq(seen->n_not_hardened, 0);
	ck_assert(proc_has_said("\"event\":\"stopped\""));
	ck_assert_int_eq(seen->n_opened_at_start, 1);
}
END_TEST

/* What cannot change is what the program before had, whatever the settings are now. */
START_TEST(settings_that_cannot_change)
{
	pid_t pid;

	tmp_write("config", "SESSIONGATE_WORKERS=1\nSESSIONGATE_RUN_DIR=/here\n", 0600);
	pid = start(listen_option, config_option, NULL);
	peer_await(proc_has_said("event=ready workers=1"));
	tmp_write("config", "SESSIONGATE_WORKERS=1\nSESSIONGATE_RUN_DIR=/there\n", 0600);
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	peer_await(proc_has_said(
	    "event=reload problem=\"sessiongate: run-dir cannot change while serving"));
	tmp_write("config", "SESSIONGATE_WORKERS=1\nSESSIONGATE_RUN_DIR=/here\n", 0600);
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	peer_await(proc_has_said("event=reload generation=2"));
	tmp_write("config", "SESSIONGATE_WORKERS=1\nSESSIONGATE_RUN_DIR=/there\n", 0600);
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	peer_await(proc_n_said("run-dir cannot change") == 2);
	ck_assert_int_eq(tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
}
END_TEST

/* Once more while the one before is being tried: the last one counts. */
START_TEST(many_reloads)
{
	pid_t pid;
	int fd;

	tmp_write("config", "SESSIONGATE_WORKERS=1\n", 0600);
	pid = start(listen_option, config_option, NULL);
	peer_await(proc_has_said("event=ready workers=1"));
	ck_assert_int_ne(fd = peer_connect(path), -1);
	peer_ask(fd, "/other", true);
	ck_assert(peer_has_answer(fd, "n=0"));
	for (int i = 0; i < 30; i++)
		ck_assert_int_eq(kill(pid, SIGHUP), 0);
	tmp_write("config", "SESSIONGATE_WORKERS=2\nSESSIONGATE_LOG_FORMAT=json\n", 0600);
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	peer_await(proc_has_said("\"event\":\"reload\",\"generation\""));
	peer_ask(fd, "/other", true);
	ck_assert(peer_has_answer(fd, "n=0"));
	ck_assert_int_eq(tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
	ck_assert(!proc_has_said("event=worker-died"));
}
END_TEST

/* A start that has not come to its end, and a stop while another program is tried. */
START_TEST(told_to_stop_while_another_is_tried)
{
	pid_t pid = start(listen_option, "--workers=1", NULL);

	peer_await(proc_has_said("event=ready workers=1"));
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	(void)usleep(1000U * (unsigned)_i);
	ck_assert_int_eq(tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
	ck_assert(!proc_has_said("level=error"));
}
END_TEST

/* Its arguments may be its client's words: they are not looked at. */
START_TEST(a_cgi_program)
{
	ck_assert_int_eq(setenv("REQUEST_METHOD", "GET", 1), 0);
	ck_assert_int_eq(setenv("SESSIONGATE_STRANGE", "x", 1), 0);
	ck_assert_int_eq(proc_wait(start("--version", listen_option, NULL)), 0);
	ck_assert(proc_has_printed("Status: 200 "));
	ck_assert(proc_has_printed("\r\n\r\nn=0"));
	ck_assert(!proc_has_printed("sessiongate "));
	ck_assert_int_eq(seen->n_opened, 1);
	ck_assert_int_eq(seen->n_closed, 1);
	ck_assert_int_eq(seen->n_opened_at_start, 0);
	ck_assert_int_eq(seen->n_not_hardened, 0);
}
END_TEST

START_TEST(a_cgi_program_that_cannot_answer)
{
	ck_assert_int_eq(setenv("REQUEST_METHOD", "GET", 1), 0);
	if (_i == 0)
		seen->open_result = -EIO;
	else
		ck_assert_int_eq(setenv("SESSIONGATE_SLOW_THREADS", "none", 1), 0);
	ck_assert_int_eq(proc_wait(start(NULL, NULL, NULL)), SUPERVISOR_EXIT_FAILURE);
	ck_assert(proc_has_printed("Status: 503 Service Unavailable\r\n"));
	ck_assert(proc_has_printed("{\n  \"error\": \"Service Unavailable\"\n}\n"));
	ck_assert(!proc_has_printed("cannot open")); /* that is the log's */
	ck_assert(proc_has_said(_i == 0 ? "cannot open" : "threads"));
	ck_assert_int_eq(seen->n_closed, 0);
}
END_TEST

Suite *
check_main_suite(void)
{
	Suite *s = suite_create("server/main");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, tmp_remove);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, it_ends_without_serving, 0, sizeof(ends) / sizeof(ends[0]));
	tcase_add_test(tc, it_is_looked_at);
	tcase_add_test(tc, a_socket_of_its_own);
	tcase_add_test(tc, too_few_files);
	tcase_add_test(tc, without_standard_descriptors);
	tcase_add_test(tc, an_inherited_socket);
	tcase_add_test(tc, an_inherited_socket_that_is_refused);
	tcase_add_test(tc, why_there_is_nothing_to_listen_on);
	tcase_add_loop_test(tc, the_application_cannot_open, 0, 4);
	tcase_add_test(tc, the_settings_are_read_again);
	tcase_add_test(tc, settings_that_cannot_change);
	tcase_add_test(tc, many_reloads);
	tcase_add_loop_test(tc, told_to_stop_while_another_is_tried, 0, 8);
	tcase_add_test(tc, a_cgi_program);
	tcase_add_loop_test(tc, a_cgi_program_that_cannot_answer, 0, 2);
	suite_add_tcase(s, tc);
	return s;
}
