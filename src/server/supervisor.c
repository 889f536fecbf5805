/* supervisor.c - see supervisor.h */
#include "server/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/host.h"
#include "core/log_lasting.h"
#include "server/candidate.h"
#include "server/log_file.h"
#include "server/notify.h"
#include "server/processes.h"
#include "server/socket_watch.h"
#include "server/takeover.h"

struct supervisor_settings
supervisor_settings_of(const struct settings *from)
{
	return (struct supervisor_settings){
		/* The web server in front takes twice as long over a request. */
		.n_workers = from->n_workers != 0 ? from->n_workers : (host_n_cpus() + 1) / 2,
		.worker = worker_options_of(from),
		.restart_pause_ms = 10000,
		.kill_after_ms = 2000,
		.trial_ms = 120000,
		.listen = listen_options_of(from),
	};
}

struct supervisor {
	struct processes children;
	bool was_ever_ready, has_told_ready;
	bool is_restarting; /* the next generation begins when the one before has ended */
	int64_t kill_ms;    /* when stopping or restarting */
	bool wants_reload;
	struct candidate candidate; /* at a reload: the program on the disk is tried */
	struct takeover takeover;   /* what it is told */
	struct socket_watch watches[LISTEN_MAX];
	int exit_status;
};

static void
stop(struct supervisor *supervisor, int exit_status)
{
	if (supervisor->children.is_stopping)
		return;
	supervisor->is_restarting = false;
	log_info("stopping", log_i("pid", getpid()));
	notify_manager("STOPPING=1");
	supervisor->exit_status = exit_status;
	supervisor->kill_ms = clock_boot_ms() +
			      supervisor->children.settings.worker.settings.stop_deadline_ms +
			      supervisor->children.settings.kill_after_ms;
	/* First: from now on nobody connects; the workers answer those who have. */
	listen_set_end(supervisor->children.listen);
	processes_stop(&supervisor->children);
	candidate_kill(&supervisor->candidate, false);
}

static void
reopen_log(const char *path)
{
	struct err err = { "" };

	if (path != NULL && log_file_reopen(path, &err) < 0)
		log_warn("log-file", log_z("problem", err.text),
		    log_z("effect", "lines go on to the file that was open"),
		    log_z("action",
			"let the program's user make that file, or use copytruncate "
			"of logrotate(8)"));
}

static void
tell_no_reload(const char *problem)
{
	log_error("reload", log_z("problem", problem),
	    log_z("effect", "none: the running program goes on, with the settings it has"));
}

static int
become_candidate(void *arg, struct err *err)
{
	const struct supervisor *supervisor = arg;
	const struct supervisor_ops *ops = supervisor->children.ops;
	int fd = takeover_write(&supervisor->takeover);

	if (fd < 0)
		return err_set(err, fd, "%s", strerror(-fd));
	(void)fcntl(fd, F_SETFD, 0);
	return ops->become(ops->arg, &supervisor->takeover, fd, true, err);
}

/*
 * Would the program on the disk serve?  A child tries it; meanwhile everything goes on.  What it
 * reads is what takes over will read, so that the answer holds.
 */
static void
reload(struct supervisor *supervisor)
{
	const struct supervisor_ops *ops = supervisor->children.ops;
	struct err err = { "" };
	int r;

	supervisor->wants_reload = false;
	reopen_log(supervisor->children.settings.log_path);
	takeover_fini(&supervisor->takeover);
	r = ops->record(ops->arg, &supervisor->takeover, &err);
	if (r == 0)
		r = candidate_start(&supervisor->candidate, become_candidate, supervisor,
		    clock_boot_ms() + supervisor->children.settings.trial_ms, &err);
	if (r != 0)
		tell_no_reload(err.text);
}

/* The program on the disk would serve: become it.  Returns where that fails. */
static void
take_over(struct supervisor *supervisor)
{
	struct processes *children = &supervisor->children;
	const struct supervisor_ops *ops = children->ops;
	struct takeover *takeover = &supervisor->takeover;
	struct err err = { "" };
	int fd = -ENOMEM;

	takeover->was_ever_ready = supervisor->was_ever_ready;
	takeover->has_told_ready = supervisor->has_told_ready;
	if (processes_record(children, takeover))
		fd = takeover_write(takeover);
	if (fd < 0) {
		tell_no_reload(strerror(-fd));
		return;
	}
	/* Asked for again since the trial began: it waits for the new program. */
	if (supervisor->wants_reload)
		(void)kill(getpid(), SIGHUP);
	supervisor->wants_reload = false; /* where this one stays, the signal asks again */
	takeover_keep_open(takeover, fd, true);
	(void)ops->become(ops->arg, takeover, fd, false, &err);
	takeover_keep_open(takeover, fd, false);
	(void)close(fd);
	tell_no_reload(err.text);
}

static void
note_candidate_death(struct supervisor *supervisor, int status)
{
	struct err err = { "" };
	int r = candidate_judge(&supervisor->candidate, status, &err);

	if (supervisor->children.is_stopping)
		return;
	if (r != 0)
		tell_no_reload(err.text);
	else if (supervisor->is_restarting)
		supervisor->wants_reload = true; /* when there are workers to hand over */
	else
		take_over(supervisor);
	takeover_fini(&supervisor->takeover);
}

/*
 * A worker ended because it worked with files that nobody else finds any more (handler.h, tick()).
 * Unlike at a reload new ones begin when all old ones have ended: at no time do two generations
 * answer that do not see each other's changes.  Who connects meanwhile waits.
 */
static void
restart_all(struct supervisor *supervisor, pid_t who)
{
	struct processes *children = &supervisor->children;
	int64_t now_ms = clock_boot_ms();

	log_warn("full-restart", log_i("asked_by", who));
	supervisor->is_restarting = true;
	supervisor->kill_ms = now_ms + children->settings.worker.settings.stop_deadline_ms +
			      children->settings.kill_after_ms;
	/* What they left may be wrong for ever: the next ones serve for a while. */
	children->settings.worker.may_leave_ms = now_ms + children->settings.restart_pause_ms;
	processes_end(children);
}

/* All old ones have ended: now. */
static void
end_restart(struct supervisor *supervisor)
{
	supervisor->is_restarting = false;
	supervisor->has_told_ready = false;
	if (processes_start(&supervisor->children) == 0)
		return;
	/* Nobody serves, and nothing would change that: whoever started us shall try again. */
	log_error("full-restart", log_z("problem", strerror(ENOMEM)));
	stop(supervisor, SUPERVISOR_EXIT_FAILURE);
}

static void
note_ready(struct supervisor *supervisor, struct child *child)
{
	struct processes *children = &supervisor->children;

	if (!child_note_ready(child) || !processes_are_ready(children))
		return;
	processes_retire(children); /* there is somebody else now */
	if (!supervisor->has_told_ready) {
		supervisor->was_ever_ready = supervisor->has_told_ready = true;
		notify_manager("READY=1");
		log_info("ready", log_i("workers", children->settings.n_workers));
		log_started();
	}
}

static void
note_death(struct supervisor *supervisor, struct child *child, int status)
{
	pid_t pid = child->pid;
	int64_t delay_ms;
	bool was_ready;

	if (child->ready_fd != -1)
		note_ready(supervisor, child); /* it may have said so just before */
	was_ready = child->is_ready;
	if (!supervisor->children.is_stopping && was_ready && WIFEXITED(status) &&
	    WEXITSTATUS(status) == PROCESSES_EXIT_LEFT &&
	    processes_is_current(&supervisor->children, child))
		restart_all(supervisor, pid);
	delay_ms = child_died(&supervisor->children, child, clock_boot_ms());
	if (delay_ms < 0)
		return;
	if (!supervisor->was_ever_ready && WIFEXITED(status) && !was_ready) {
		/* It has said why.  A start that fails must be seen to fail. */
		stop(supervisor, WEXITSTATUS(status));
		return;
	}
	log_lasting_warn("worker-died",
	    log_i(WIFSIGNALED(status) ? "signal" : "status",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)),
	    log_detail(log_i("restart_ms", delay_ms)));
}

static void
reap(struct supervisor *supervisor)
{
	struct child *child;
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if ((child = processes_find(&supervisor->children, pid)) != NULL)
			note_death(supervisor, child, status);
		else if (pid == supervisor->candidate.pid)
			note_candidate_death(supervisor, status);
	}
}

static void
read_signals(struct supervisor *supervisor)
{
	struct signalfd_siginfo info;

	while (read(supervisor->children.signal_fd, &info, sizeof(info)) == sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGHUP:
			supervisor->wants_reload = true;
			break;
		case SIGTERM:
		case SIGINT:
			stop(supervisor, SUPERVISOR_EXIT_OK);
			break;
		default: /* SIGCHLD: many may have become one, so reap() runs anyway; SIGUSR2 */
			break;
		}
	}
}

static int64_t
min_ms(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int
timeout_ms(const struct supervisor *supervisor, int64_t now_ms)
{
	const struct candidate *candidate = &supervisor->candidate;
	int64_t until_ms = processes_next_ms(&supervisor->children);

	if (supervisor->children.is_stopping || supervisor->is_restarting) {
		until_ms = min_ms(until_ms, supervisor->kill_ms);
	} else {
		until_ms =
		    min_ms(until_ms, supervisor->watches[0].look_ms); /* and all others */
		if (candidate->pid != 0 && !candidate->is_late)
			until_ms = min_ms(until_ms, candidate->deadline_ms);
	}
	if (until_ms <= now_ms)
		return 0;
	return until_ms - now_ms > 60000 ? 60000 : (int)(until_ms - now_ms);
}

#define POLL_MAX    1024
#define N_FIXED_FDS 2

static void
wait_for_something(struct supervisor *supervisor)
{
	struct pollfd fds[POLL_MAX] = { { supervisor->children.signal_fd, POLLIN, 0 },
		{ supervisor->candidate.said_fd, POLLIN, 0 } };
	struct child *children[POLL_MAX];
	nfds_t n = N_FIXED_FDS;

	for (struct child *child = supervisor->children.first; child != NULL && n < POLL_MAX;
	     child = child->next) {
		if (child->ready_fd == -1)
			continue;
		fds[n] = (struct pollfd){ child->ready_fd, POLLIN, 0 };
		children[n++] = child;
	}
	if (poll(fds, n, timeout_ms(supervisor, clock_boot_ms())) <= 0)
		return;
	for (nfds_t i = N_FIXED_FDS; i < n; i++)
		if (fds[i].revents != 0)
			note_ready(supervisor, children[i]);
	if (fds[1].revents != 0)
		candidate_read(&supervisor->candidate);
	read_signals(supervisor);
}

static int
make_socket_again(void *arg, struct listen_socket *listen_socket, struct err *err)
{
	return listen_again(arg, listen_socket, err);
}

/* What is due while nobody stops or restarts. */
static void
do_what_is_due(struct supervisor *supervisor, int64_t now_ms)
{
	struct processes *children = &supervisor->children;
	bool is_made_again = false;

	for (unsigned i = 0; i < children->listen->n; i++)
		is_made_again =
		    socket_watch_look(&supervisor->watches[i], &children->listen->sockets[i],
			make_socket_again, &children->settings.listen, now_ms) ||
		    is_made_again;
	if (is_made_again && processes_start(children) != 0)
		log_error("socket-lost", log_z("problem", strerror(ENOMEM)));
	processes_start_due(children, now_ms);
	log_lasting_tick();
	if (supervisor->candidate.pid != 0 && now_ms >= supervisor->candidate.deadline_ms &&
	    !supervisor->candidate.is_late)
		candidate_kill(&supervisor->candidate, true);
	if (supervisor->wants_reload && supervisor->candidate.pid == 0)
		reload(supervisor);
}

static int
prepare(struct supervisor *supervisor, const struct takeover *takeover)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGUSR2); /* for the workers: blocked from fork() on */
	(void)signal(SIGPIPE, SIG_IGN);
	/* A parent that ignores them passes that on. */
	(void)signal(SIGCHLD, SIG_DFL);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) == -1 ||
	    (supervisor->children.signal_fd =
		    signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK)) == -1)
		return -errno;
	return takeover == NULL ? processes_open(&supervisor->children)
				: processes_adopt(&supervisor->children, takeover);
}

/* The process that comes before the workers.  Its exit status, or that of being told to stop.
 */
static int
run_first(struct supervisor *supervisor)
{
	const struct supervisor_ops *ops = supervisor->children.ops;
	pid_t pid;
	int status;

	if (ops->prepare == NULL)
		return SUPERVISOR_EXIT_OK;
	if ((pid = fork()) == -1) {
		log_error("start", log_z("problem", strerror(errno)));
		return SUPERVISOR_EXIT_FAILURE;
	}
	if (pid == 0) {
		struct err err = { "" };
		sigset_t none;

		sigemptyset(&none);
		(void)sigprocmask(SIG_SETMASK, &none, NULL);
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		child_exit(ops->prepare(ops->arg, &err), "start", &err);
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		struct pollfd fd = { supervisor->children.signal_fd, POLLIN, 0 };

		(void)poll(&fd, 1, -1);
		read_signals(supervisor);
		if (supervisor->children.is_stopping)
			(void)kill(pid, SIGTERM);
	}
	if (supervisor->children.is_stopping)
		return SUPERVISOR_EXIT_OK;
	return WIFEXITED(status) ? WEXITSTATUS(status) : SUPERVISOR_EXIT_FAILURE;
}

/* Until there are workers, or will be.  A takeover has had its preparations. */
static void
begin(struct supervisor *supervisor, const struct takeover *takeover)
{
	struct processes *children = &supervisor->children;
	int r = prepare(supervisor, takeover);

	if (r != 0) {
		log_error("start", log_z("problem", strerror(-r)));
		stop(supervisor, SUPERVISOR_EXIT_FAILURE);
		return;
	}
	if (takeover != NULL) {
		supervisor->was_ever_ready = takeover->was_ever_ready;
		supervisor->has_told_ready = takeover->has_told_ready;
		if (takeover->was_ever_ready)
			log_started();
		log_info("reload", log_i("generation", children->generation + 1),
		    log_z("version", PACKAGE_VERSION));
	} else if ((r = run_first(supervisor)) != SUPERVISOR_EXIT_OK) {
		stop(supervisor, r);
	}
	if (!children->is_stopping && processes_start(children) != 0) {
		log_error("start", log_z("problem", strerror(ENOMEM)));
		stop(supervisor, SUPERVISOR_EXIT_FAILURE);
	}
}

int
supervisor_run(const struct supervisor_ops *ops, const struct supervisor_settings *settings,
    struct listen_set *listen, const struct takeover *takeover)
{
	struct supervisor supervisor = { .candidate = CANDIDATE_NONE };
	struct processes *children = &supervisor.children;

	(void)log_lasting_share();
	takeover_init(&supervisor.takeover);
	processes_init(children, ops, settings, listen);
	begin(&supervisor, takeover);
	for (;;) {
		int64_t now_ms;

		reap(&supervisor);
		processes_forget_gone(children);
		now_ms = clock_boot_ms();
		if (children->is_stopping && children->first == NULL &&
		    supervisor.candidate.pid == 0)
			break;
		if (supervisor.is_restarting && children->first == NULL)
			end_restart(&supervisor);
		else if (!children->is_stopping && !supervisor.is_restarting)
			do_what_is_due(&supervisor, now_ms);
		else if (now_ms >= supervisor.kill_ms)
			processes_kill(children);
		wait_for_something(&supervisor);
	}
	if (children->signal_fd != -1)
		(void)close(children->signal_fd);
	processes_close(children);
	takeover_fini(&supervisor.takeover);
	log_info("stopped", log_i("status", supervisor.exit_status));
	return supervisor.exit_status;
}
