/* supervisor.c - see supervisor.h */
#include "gateway/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "gateway/fcgi_conn.h"
#include "gateway/handover.h"
#include "gateway/notify.h"

/* A worker that never became ready is tried again after 0.1, 0.2, 0.4, ... seconds. */
#define BACKOFF_FIRST_MS 100
#define BACKOFF_MAX_MS   30000

/*
 * One that did serve is replaced at once, or nearly: a request that kills workers must not
 * take the service down for longer than the kill itself.
 */
#define RESTART_SOON_MS 20
#define LIVED_LONG_MS   1000

/* What a worker may take beyond its own deadline before it is killed. */
#define KILL_AFTER_MS 2000

struct child {
	pid_t pid; /* 0: to be started at start_ms */
	unsigned generation;
	int ready_fd; /* -1: said so, or not running */
	bool is_ready;
	bool is_told_to_end;
	bool is_replacement; /* of one that died */
	unsigned n_failures; /* in a row, before it was ready */
	int64_t start_ms;
	struct child *next;
};

struct supervisor {
	const struct supervisor_ops *ops;
	struct supervisor_settings settings;
	struct listen_socket *listen_socket;
	struct child *children;
	unsigned generation;
	int signal_fd;
	int handover_fds[2];
	int life_fds[2]; /* a pipe: [1] is open as long as we live */
	bool was_ever_ready;
	bool is_stopping;
	int64_t kill_ms; /* when stopping */
	int exit_status;
};

static void
close_fd(int *fd)
{
	if (*fd != -1)
		(void)close(*fd);
	*fd = -1;
}

static int
exit_status(int r)
{
	return r == 0         ? SUPERVISOR_EXIT_OK
	       : r == -EINVAL ? SUPERVISOR_EXIT_CONFIG
			      : SUPERVISOR_EXIT_FAILURE;
}

/* The process of a worker, from fork() to its end. */
_Noreturn static void
child_main(struct supervisor *supervisor, const struct child *me, int ready_fd)
{
	const struct supervisor_ops *ops = supervisor->ops;
	struct worker_options options = supervisor->settings.worker;
	struct gateway_app app = { 0 };
	struct err err = { "" }, check = { "" };
	sigset_t none;
	int r;

	close_fd(&supervisor->signal_fd);
	close_fd(&supervisor->life_fds[1]);
	close_fd(&supervisor->listen_socket->lock_fd); /* it ends with the supervisor */
	for (struct child *child = supervisor->children; child != NULL; child = child->next)
		close_fd(&child->ready_fd);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	options.listen_fd = supervisor->listen_socket->fd;
	memcpy(options.handover_fds, supervisor->handover_fds, sizeof(options.handover_fds));
	options.ready_fd = ready_fd;
	options.parent_fd = supervisor->life_fds[0];
	if ((r = fcgi_conn_library_init(&err)) != 0)
		goto out;
	if (!options.is_plain && fcgi_conn_self_check(&check) != 0) {
		log_warn("libfcgi", log_z("problem", check.text),
		    log_z("effect", "kept connections occupy threads"));
		options.is_plain = true;
	}
	if ((r = ops->start(ops->arg, &app, &err)) != 0)
		goto out;
	if (me->is_replacement && ops->replaced != NULL)
		ops->replaced(ops->arg);
	r = worker_run(&app, &options, &err);
	if (r == 0 && ops->stop != NULL)
		ops->stop(ops->arg);
out:
	if (r != 0)
		log_error("worker-failed",
		    log_z("problem", err.text[0] != '\0' ? err.text : strerror(-r)));
	exit(exit_status(r));
}

static void
child_start(struct supervisor *supervisor, struct child *child)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) == -1)
		goto failed;
	if ((child->pid = fork()) == -1) {
		(void)close(fds[0]);
		(void)close(fds[1]);
		goto failed;
	}
	if (child->pid == 0) {
		(void)close(fds[0]);
		child_main(supervisor, child, fds[1]);
	}
	(void)close(fds[1]);
	child->ready_fd = fds[0];
	child->is_ready = false;
	child->start_ms = clock_boot_ms();
	return;
failed:
	log_error("worker-start", log_z("problem", strerror(errno)));
	child->pid = 0;
	child->start_ms = clock_boot_ms() + BACKOFF_FIRST_MS;
}

static int
generation_start(struct supervisor *supervisor)
{
	supervisor->generation++;
	for (unsigned i = 0; i < supervisor->settings.n_workers; i++) {
		struct child *child = calloc(1, sizeof(*child));

		if (child == NULL)
			return -ENOMEM;
		child->generation = supervisor->generation;
		child->ready_fd = -1;
		child->next = supervisor->children;
		supervisor->children = child;
		child_start(supervisor, child);
	}
	return 0;
}

static bool
is_current(const struct supervisor *supervisor, const struct child *child)
{
	return child->generation == supervisor->generation;
}

static void
tell_all_to_end(struct supervisor *supervisor, bool is_stop)
{
	for (struct child *child = supervisor->children; child != NULL; child = child->next) {
		if (child->pid == 0 || (!is_stop && is_current(supervisor, child)))
			continue;
		if (is_stop || !child->is_told_to_end)
			(void)kill(child->pid, is_stop ? SIGTERM : SIGUSR2);
		child->is_told_to_end = true;
	}
}

static void
stop(struct supervisor *supervisor, int exit_status)
{
	if (supervisor->is_stopping)
		return;
	log_info("stopping", log_i("pid", getpid()));
	notify_manager("STOPPING=1");
	supervisor->is_stopping = true;
	supervisor->exit_status = exit_status;
	supervisor->kill_ms =
	    clock_boot_ms() + supervisor->settings.worker.stop_deadline_ms + KILL_AFTER_MS;
	/* First: from now on nobody connects; the workers answer those who have. */
	listen_end(supervisor->listen_socket);
	tell_all_to_end(supervisor, true);
}

static void
reload(struct supervisor *supervisor)
{
	struct err err = { "" };
	struct supervisor_settings settings = supervisor->settings;
	int r = 0;

	if (supervisor->is_stopping)
		return;
	if (supervisor->ops->reload != NULL)
		r = supervisor->ops->reload(supervisor->ops->arg, &settings, &err);
	if (r != 0) {
		log_error("reload", log_z("problem", err.text), log_z("effect", "none"));
		return;
	}
	log_info("reload", log_i("generation", supervisor->generation + 1));
	supervisor->settings = settings;
	if (generation_start(supervisor) != 0)
		log_error("reload", log_z("problem", strerror(ENOMEM)));
}

/* Are all workers of the newest generation ready?  Then the others may go. */
static void
note_readiness(struct supervisor *supervisor)
{
	for (struct child *child = supervisor->children; child != NULL; child = child->next)
		if (is_current(supervisor, child) && !child->is_ready)
			return;
	tell_all_to_end(supervisor, false);
	if (!supervisor->was_ever_ready) {
		supervisor->was_ever_ready = true;
		notify_manager("READY=1");
		log_info("ready", log_i("workers", supervisor->settings.n_workers));
	}
}

static void
note_ready(struct supervisor *supervisor, struct child *child)
{
	char byte;

	if (read(child->ready_fd, &byte, 1) == 1) {
		child->is_ready = true;
		child->n_failures = 0;
	}
	close_fd(&child->ready_fd);
	if (child->is_ready)
		note_readiness(supervisor);
}

static int64_t
restart_delay_ms(struct child *child, int64_t now_ms)
{
	int64_t delay_ms = BACKOFF_FIRST_MS;

	if (child->is_ready)
		return now_ms - child->start_ms < LIVED_LONG_MS ? RESTART_SOON_MS : 0;
	for (unsigned i = 0; i < child->n_failures && delay_ms < BACKOFF_MAX_MS; i++)
		delay_ms *= 2;
	child->n_failures++;
	return delay_ms < BACKOFF_MAX_MS ? delay_ms : BACKOFF_MAX_MS;
}

static void
note_death(struct supervisor *supervisor, struct child *child, int status)
{
	int64_t now_ms = clock_boot_ms(), delay_ms;
	bool was_ready;

	if (child->ready_fd != -1)
		note_ready(supervisor, child); /* it may have said so just before */
	was_ready = child->is_ready;
	child->pid = 0;
	if (supervisor->is_stopping || !is_current(supervisor, child)) {
		child->start_ms = INT64_MAX;
		return;
	}
	delay_ms = restart_delay_ms(child, now_ms);
	child->start_ms = now_ms + delay_ms;
	child->is_ready = false;
	child->is_replacement = true;
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
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (struct child *child = supervisor->children; child != NULL;
		     child = child->next)
			if (child->pid == pid)
				note_death(supervisor, child, status);
}

/* Forget those that will not be started again. */
static void
forget_gone(struct supervisor *supervisor)
{
	struct child **at = &supervisor->children;

	while (*at != NULL) {
		struct child *child = *at;

		if (child->pid == 0 &&
		    (supervisor->is_stopping || !is_current(supervisor, child))) {
			*at = child->next;
			close_fd(&child->ready_fd);
			free(child);
		} else {
			at = &child->next;
		}
	}
}

static void
start_due(struct supervisor *supervisor, int64_t now_ms)
{
	for (struct child *child = supervisor->children; child != NULL; child = child->next)
		if (child->pid == 0 && child->start_ms <= now_ms)
			child_start(supervisor, child);
}

static void
read_signals(struct supervisor *supervisor)
{
	struct signalfd_siginfo info;

	while (read(supervisor->signal_fd, &info, sizeof(info)) == sizeof(info)) {
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
	int64_t until_ms = supervisor->is_stopping ? supervisor->kill_ms : INT64_MAX;

	for (const struct child *child = supervisor->children; child != NULL;
	     child = child->next)
		if (child->pid == 0 && child->start_ms < until_ms)
			until_ms = child->start_ms;
	if (until_ms <= now_ms)
		return 0;
	return until_ms - now_ms > 60000 ? 60000 : (int)(until_ms - now_ms);
}

#define POLL_MAX 1024

static void
wait_for_something(struct supervisor *supervisor)
{
	struct pollfd fds[POLL_MAX] = { { supervisor->signal_fd, POLLIN, 0 } };
	struct child *children[POLL_MAX];
	nfds_t n = 1;

	for (struct child *child = supervisor->children; child != NULL && n < POLL_MAX;
	     child = child->next) {
		if (child->ready_fd == -1)
			continue;
		fds[n] = (struct pollfd){ child->ready_fd, POLLIN, 0 };
		children[n++] = child;
	}
	if (poll(fds, n, timeout_ms(supervisor, clock_boot_ms())) <= 0)
		return;
	for (nfds_t i = 1; i < n; i++)
		if (fds[i].revents != 0)
			note_ready(supervisor, children[i]);
	read_signals(supervisor);
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
	    (supervisor->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK)) ==
		-1 ||
	    pipe2(supervisor->life_fds, O_CLOEXEC) == -1)
		return -errno;
	return handover_open(supervisor->handover_fds);
}

/* The process that comes before the workers.  Its exit status, or that of being told to stop.
 */
static int
run_first(struct supervisor *supervisor)
{
	sigset_t none;
	pid_t pid;
	int status;

	if (supervisor->ops->prepare == NULL)
		return SUPERVISOR_EXIT_OK;
	if ((pid = fork()) == -1) {
		log_error("start", log_z("problem", strerror(errno)));
		return SUPERVISOR_EXIT_FAILURE;
	}
	if (pid == 0) {
		struct err err = { "" };
		int r;

		sigemptyset(&none);
		(void)sigprocmask(SIG_SETMASK, &none, NULL);
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		if ((r = supervisor->ops->prepare(supervisor->ops->arg, &err)) != 0)
			log_error("start",
			    log_z("problem", err.text[0] != '\0' ? err.text : strerror(-r)));
		exit(exit_status(r));
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		struct pollfd fd = { supervisor->signal_fd, POLLIN, 0 };

		(void)poll(&fd, 1, -1);
		read_signals(supervisor);
		if (supervisor->is_stopping)
			(void)kill(pid, SIGTERM);
	}
	if (supervisor->is_stopping)
		return SUPERVISOR_EXIT_OK;
	return WIFEXITED(status) ? WEXITSTATUS(status) : SUPERVISOR_EXIT_FAILURE;
}

int
supervisor_run(const struct supervisor_ops *ops, const struct supervisor_settings *settings,
    struct listen_socket *listen_socket)
{
	struct supervisor supervisor = {
		.ops = ops,
		.settings = *settings,
		.listen_socket = listen_socket,
		.signal_fd = -1,
		.handover_fds = { -1, -1 },
		.life_fds = { -1, -1 },
	};
	int r = prepare(&supervisor);

	if (r != 0) {
		log_error("start", log_z("problem", strerror(-r)));
		stop(&supervisor, SUPERVISOR_EXIT_FAILURE);
	} else if ((r = run_first(&supervisor)) != SUPERVISOR_EXIT_OK) {
		stop(&supervisor, r);
	} else if (!supervisor.is_stopping && generation_start(&supervisor) != 0) {
		log_error("start", log_z("problem", strerror(ENOMEM)));
		stop(&supervisor, SUPERVISOR_EXIT_FAILURE);
	}
	for (;;) {
		int64_t now_ms;

		reap(&supervisor);
		forget_gone(&supervisor);
		now_ms = clock_boot_ms();
		if (!supervisor.is_stopping)
			start_due(&supervisor, now_ms);
		else if (supervisor.children == NULL)
			break;
		else if (now_ms >= supervisor.kill_ms)
			for (struct child *child = supervisor.children; child != NULL;
			     child = child->next)
				(void)kill(child->pid, SIGKILL);
		wait_for_something(&supervisor);
	}
	close_fd(&supervisor.signal_fd);
	for (int i = 0; i < 2; i++) {
		close_fd(&supervisor.handover_fds[i]);
		close_fd(&supervisor.life_fds[i]);
	}
	log_info("stopped", log_i("status", supervisor.exit_status));
	return supervisor.exit_status;
}
