/* staff.c - see staff.h */
#include "unit/server/staff.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/log_lasting.h"
#include "unit/server/peer.h"
#include "unit/server/proc.h"
#include "unit/server/stage.h"
#include "unit/tmp.h"
#include "unit/unit.h"

struct staff *staff;

char staff_path[108];
static char address[120];

static int
prepare(void *arg, struct err *err)
{
	(void)arg;
	staff->prepare_pid = getpid();
	/* Before the first worker. */
	atomic_fetch_add(&staff->n_prepared, staff->n_started == 0 ? 1 : 100);
	while (staff->does_prepare_wait && sem_wait(&staff->hold) != 0)
		;
	return staff->prepare_result == 0 ? 0 : err_set(err, staff->prepare_result, "as told");
}

static bool
note_tick(void *arg)
{
	(void)arg;
	atomic_fetch_add(&staff->n_ticks, 1);
	for (int i = 0; i < 64; i++) {
		pid_t nobody = 0;

		if (atomic_compare_exchange_strong(&staff->first_ticks[i], &nobody, getpid()) ||
		    nobody == getpid())
			break;
	}
	/* Not before the others of its kind are there: which is first is chance. */
	return staff->n_started >= (int)staff_settings.n_workers &&
	       staff->n_started <= staff->n_who_leave;
}

static int
start(void *arg, struct handler *ret_app, struct err *err)
{
	int n = atomic_fetch_add(&staff->n_started, 1);

	(void)arg;
	staff->n_stopped_before[n % 16] = staff->n_stopped;
	if (staff->start_exits != 0)
		_exit(staff->start_exits);
	if (staff->does_start_crash)
		(void)raise(SIGKILL);
	while (staff->does_start_wait && sem_wait(&staff->hold) != 0)
		;
	*ret_app = stage_app;
	ret_app->tick = note_tick;
	if (staff->start_result == 0 ||
	    (staff->n_who_fail != 0 &&
		atomic_fetch_add(&staff->n_failed, 1) >= staff->n_who_fail))
		return 0;
	return err_set(err, staff->start_result, "as told");
}

static void
replaced(void *arg)
{
	(void)arg;
	atomic_fetch_add(&staff->n_replaced, 1);
}

static void
stop(void *arg)
{
	(void)arg;
	atomic_fetch_add(&staff->n_stopped, 1);
}

static int
record(void *arg, struct takeover *takeover, struct err *err)
{
	(void)arg, (void)takeover, (void)err;
	return 0;
}

static int supervise(struct listen_set *listen, const struct takeover *takeover);

/* No other program is executed: this process goes on as one that takes over. */
static int
become(
    void *arg, const struct takeover *takeover, int record_fd, bool is_trial, struct err *err)
{
	struct takeover found;

	(void)arg, (void)takeover;
	if (is_trial) {
		atomic_fetch_add(&staff->n_reloaded, 1);
		if (staff->reload_result != 0)
			return err_set(err, staff->reload_result, "nothing new");
		(void)dprintf(STDOUT_FILENO, "%s\n", TAKEOVER_READY);
		_exit(0);
	}
	if (takeover_set_env(record_fd, false) != 0 || takeover_find(&found, err) != 0)
		return -EIO;
	if (staff->n_workers_next != 0)
		staff_settings.n_workers = staff->n_workers_next;
	exit(supervise(&found.listen, &found));
}

struct supervisor_ops staff_ops;
struct supervisor_settings staff_settings;

void
staff_make(void)
{
	tmp_make();
	stage_app_make();
	staff = mmap(
	    NULL, sizeof(*staff), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(staff, MAP_FAILED);
	ck_assert_int_eq(sem_init(&staff->hold, 1, 0), 0);
	ck_assert_int_eq(unsetenv("NOTIFY_SOCKET"), 0);
	staff_ops = (struct supervisor_ops){
		.prepare = prepare,
		.start = start,
		.replaced = replaced,
		.stop = stop,
		.record = record,
		.become = become,
	};
	staff_settings = (struct supervisor_settings){ .n_workers = 2,
		.worker = worker_options_of(NULL),
		.restart_pause_ms = 10000,
		.kill_after_ms = 2000,
		.trial_ms = 30000 };
	staff_settings.worker.tick_ms = 20;
	(void)snprintf(staff_path, sizeof(staff_path), "%.90s/s", tmp_path);
	(void)snprintf(address, sizeof(address), "unix:%s", staff_path);
}

static int
supervise(struct listen_set *listen, const struct takeover *takeover)
{
	int r = supervisor_run(&staff_ops, &staff_settings, listen, takeover);

	listen_set_close(listen);
	/* Nobody is left behind. */
	return waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? r : 98;
}

int
staff_run(void *unused)
{
	struct listen_options options = { address, 0660, (uid_t)-1, (gid_t)-1, 1024, false };
	struct listen_set listen;
	struct err err = { "" };

	(void)unused;
	log_configure(LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	log_lasting_every(staff->log_every_ms);
	if (listen_set_open(&options, &listen, &err) != 0)
		return 99;
	return supervise(&listen, NULL);
}

pid_t
staff_start(void)
{
	pid_t pid = proc_start(staff_run, NULL);

	peer_await(proc_has_said("event=ready"));
	return pid;
}

int
staff_tell(pid_t pid, int signal)
{
	ck_assert_int_eq(kill(pid, signal), 0);
	return proc_wait(pid);
}

/* Of the worker that answers on a connection, which stays open. */
pid_t
staff_pid_behind(int fd)
{
	const char *answer;

	peer_ask(fd, "/pid", true);
	ck_assert_ptr_nonnull(answer = peer_answer(fd));
	return (pid_t)strtol(strstr(answer, "\r\n\r\n") + 4, NULL, 10);
}

pid_t
staff_some_worker(void)
{
	int fd = peer_connect(staff_path);
	pid_t pid;

	ck_assert_int_ne(fd, -1);
	pid = staff_pid_behind(fd);
	(void)close(fd);
	return pid;
}

bool
staff_is_socket_there(void)
{
	struct stat st;

	return lstat(staff_path, &st) == 0;
}
