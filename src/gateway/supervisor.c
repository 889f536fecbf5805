/* supervisor.c - see supervisor.h */
#include "gateway/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "gateway/children.h"
#include "gateway/notify.h"
#include "gateway/wish.h"

/* What a worker may take beyond its own deadline before it is killed. */
#define KILL_AFTER_MS 2000

struct supervisor {
	struct children children;
	bool was_ever_ready, has_told_ready;
	bool is_renewing;   /* the next generation begins when the one before has ended */
	int64_t renewal_ms; /* the next one, not before; 0: any time */
	int64_t kill_ms;    /* when stopping or renewing */
	int exit_status;
};

static void
stop(struct supervisor *supervisor, int exit_status)
{
	if (supervisor->children.is_stopping)
		return;
	supervisor->is_renewing = false;
	log_info("stopping", log_i("pid", getpid()));
	notify_manager("STOPPING=1");
	supervisor->exit_status = exit_status;
	supervisor->kill_ms = clock_boot_ms() +
			      supervisor->children.settings.worker.stop_deadline_ms +
			      KILL_AFTER_MS;
	/* First: from now on nobody connects; the workers answer those who have. */
	listen_end(supervisor->children.listen_socket);
	children_stop(&supervisor->children);
}

static void
reload(struct supervisor *supervisor)
{
	struct children *children = &supervisor->children;
	const struct supervisor_ops *ops = children->ops;
	struct supervisor_settings settings = children->settings;
	struct err err = { "" };
	int r = 0;

	if (children->is_stopping)
		return;
	if (ops->reload != NULL)
		r = ops->reload(ops->arg, &settings, &err);
	if (r != 0) {
		log_error("reload", log_z("problem", err.text), log_z("effect", "none"));
		return;
	}
	log_info("reload", log_i("generation", children->generation + 1));
	children->settings = settings;
	if (supervisor->is_renewing)
		return; /* they are for those that begin soon */
	if (children_start(children) != 0)
		log_error("reload", log_z("problem", strerror(ENOMEM)));
}

/*
 * A worker found that it works with files that nobody else finds any more (gateway.h, tick()).
 * Unlike at a reload the new ones begin when the old ones have ended: at no time do two
 * generations answer that do not see each other's changes.  Who connects meanwhile waits.
 */
static void
renew(struct supervisor *supervisor, pid_t who)
{
	struct children *children = &supervisor->children;
	const struct child *child = children_find(children, who);
	int64_t now_ms = clock_boot_ms();

	if (children->is_stopping || supervisor->is_renewing || child == NULL ||
	    !children_is_current(children, child) || !supervisor->was_ever_ready ||
	    now_ms < supervisor->renewal_ms)
		return;
	log_warn("renewal", log_i("asked_by", who));
	supervisor->is_renewing = true;
	supervisor->renewal_ms = now_ms + children->settings.renewal_pause_ms;
	supervisor->kill_ms =
	    now_ms + children->settings.worker.stop_deadline_ms + KILL_AFTER_MS;
	children_end(children);
}

/* All old ones have ended: now. */
static void
end_renewal(struct supervisor *supervisor)
{
	supervisor->is_renewing = false;
	supervisor->has_told_ready = false;
	if (children_start(&supervisor->children) == 0)
		return;
	/* Nobody serves, and nothing would change that: whoever started us shall try again. */
	log_error("renewal", log_z("problem", strerror(ENOMEM)));
	stop(supervisor, SUPERVISOR_EXIT_FAILURE);
}

static void
note_ready(struct supervisor *supervisor, struct child *child)
{
	struct children *children = &supervisor->children;

	if (!child_note_ready(child) || !children_are_ready(children))
		return;
	children_retire(children); /* there is somebody else now */
	if (!supervisor->has_told_ready) {
		supervisor->was_ever_ready = supervisor->has_told_ready = true;
		notify_manager("READY=1");
		log_info("ready", log_i("workers", children->settings.n_workers));
	}
}

static void
note_death(struct supervisor *supervisor, struct child *child, int status)
{
	int64_t delay_ms;
	bool was_ready;

	if (child->ready_fd != -1)
		note_ready(supervisor, child); /* it may have said so just before */
	was_ready = child->is_ready;
	delay_ms = child_died(&supervisor->children, child, clock_boot_ms());
	if (delay_ms < 0)
		return;
	if (!supervisor->was_ever_ready && WIFEXITED(status) && !was_ready) {
		/* It has said why.  A start that fails must be seen to fail. */
		stop(supervisor, WEXITSTATUS(status));
		return;
	}
	log_warn("worker-died",
	    log_i(WIFSIGNALED(status) ? "signal" : "status",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)),
	    log_i("restart_ms", delay_ms));
}

static void
reap(struct supervisor *supervisor)
{
	struct child *child;
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if ((child = children_find(&supervisor->children, pid)) != NULL)
			note_death(supervisor, child, status);
}

static void
read_signals(struct supervisor *supervisor)
{
	struct signalfd_siginfo info;

	while (read(supervisor->children.signal_fd, &info, sizeof(info)) == sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGHUP:
			reload(supervisor);
			break;
		case SIGTERM:
		case SIGINT:
			stop(supervisor, SUPERVISOR_EXIT_OK);
			break;
		default: /* SIGCHLD: many may have become one, so reap() runs anyway */
			break;
		}
	}
}

static int
timeout_ms(const struct supervisor *supervisor, int64_t now_ms)
{
	int64_t until_ms = children_next_ms(&supervisor->children);

	if ((supervisor->children.is_stopping || supervisor->is_renewing) &&
	    supervisor->kill_ms < until_ms)
		until_ms = supervisor->kill_ms;
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
		{ supervisor->children.life_fds[1], POLLIN, 0 } };
	struct child *children[POLL_MAX];
	nfds_t n = N_FIXED_FDS;
	pid_t who;

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
	read_signals(supervisor);
	while (
	    fds[1].revents != 0 && (who = wish_receive(supervisor->children.life_fds[1])) != 0)
		renew(supervisor, who);
}

static int
prepare(struct supervisor *supervisor)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	(void)signal(SIGPIPE, SIG_IGN);
	/* A parent that ignores them passes that on. */
	(void)signal(SIGCHLD, SIG_DFL);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) == -1 ||
	    (supervisor->children.signal_fd =
		    signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK)) == -1)
		return -errno;
	return children_open(&supervisor->children);
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

int
supervisor_run(const struct supervisor_ops *ops, const struct supervisor_settings *settings,
    struct listen_socket *listen_socket)
{
	struct supervisor supervisor = { .was_ever_ready = false };
	struct children *children = &supervisor.children;
	int r;

	children_init(children, ops, settings, listen_socket);
	if ((r = prepare(&supervisor)) != 0) {
		log_error("start", log_z("problem", strerror(-r)));
		stop(&supervisor, SUPERVISOR_EXIT_FAILURE);
	} else if ((r = run_first(&supervisor)) != SUPERVISOR_EXIT_OK) {
		stop(&supervisor, r);
	} else if (!children->is_stopping && children_start(children) != 0) {
		log_error("start", log_z("problem", strerror(ENOMEM)));
		stop(&supervisor, SUPERVISOR_EXIT_FAILURE);
	}
	for (;;) {
		int64_t now_ms;

		reap(&supervisor);
		children_forget_gone(children);
		now_ms = clock_boot_ms();
		if (children->is_stopping && children->first == NULL)
			break;
		if (supervisor.is_renewing && children->first == NULL)
			end_renewal(&supervisor);
		else if (!children->is_stopping && !supervisor.is_renewing)
			children_start_due(children, now_ms);
		else if (now_ms >= supervisor.kill_ms)
			children_kill(children);
		wait_for_something(&supervisor);
	}
	if (children->signal_fd != -1)
		(void)close(children->signal_fd);
	children_close(children);
	log_info("stopped", log_i("status", supervisor.exit_status));
	return supervisor.exit_status;
}
