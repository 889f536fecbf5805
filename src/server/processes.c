/* processes.c - see processes.h */
#include "server/processes.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log_lasting.h"
#include "fcgi/stream.h"
#include "server/fd_passing.h"

/* A worker that never became ready is tried again after 0.1, 0.2, 0.4, ... seconds. */
#define BACKOFF_FIRST_MS 100
#define BACKOFF_MAX_MS   30000

/*
 * One that did serve is replaced at once, or nearly: a request that kills workers must not
 * take the service down for longer than the kill itself.
 */
#define RESTART_SOON_MS 20
#define LIVED_LONG_MS   1000

static void
close_fd(int *fd)
{
	if (*fd != -1)
		(void)close(*fd);
	*fd = -1;
}

_Noreturn void
child_exit(int r, const char *event, const struct err *err)
{
	if (r < 0)
		log_lasting_error(
		    event, log_z("problem", err->text[0] != '\0' ? err->text : strerror(-r)));
	exit(r >= 0 ? r : r == -EINVAL ? SUPERVISOR_EXIT_CONFIG : SUPERVISOR_EXIT_FAILURE);
}

/* From the start of a worker to its end, with its exit status; the signals to end are blocked. */
static int
work(const struct supervisor_ops *ops, struct worker_options *options, bool is_replacement,
    struct err *err)
{
	struct handler app = { 0 };
	int r, status;

	if ((r = fcgi_stream_library_init(err)) != 0 || (r = fcgi_stream_self_check(err)) != 0)
		return r;
	if ((r = ops->start(ops->arg, &app, err)) != 0)
		return r;
	if (is_replacement && ops->replaced != NULL)
		ops->replaced(ops->arg);
	if ((r = worker_run(&app, options, err)) < 0)
		return r;
	status = (r & WORKER_E_LEFT) != 0 ? PROCESSES_EXIT_LEFT : SUPERVISOR_EXIT_OK;
	if ((r & WORKER_E_CUT) != 0)
		_exit(status);
	if (ops->stop != NULL)
		ops->stop(ops->arg);
	return status;
}

/* The process of a worker, from fork() to its end. */
_Noreturn static void
child_main(struct processes *children, const struct child *me, int ready_fd)
{
	const struct supervisor_ops *ops = children->ops;
	struct worker_options options = children->settings.worker;
	struct err err = { "" };
	sigset_t child_died;

	close_fd(&children->signal_fd);
	close_fd(&children->life_fds[1]);
	/* A lock ends with the supervisor. */
	for (unsigned i = 0; i < children->listen->n; i++)
		close_fd(&children->listen->sockets[i].lock_fd);
	for (struct child *child = children->first; child != NULL; child = child->next)
		close_fd(&child->ready_fd);
	/*
	 * The signals to end and to retire stay blocked: one that comes before worker_run()
	 * reads them waits for that, where libfcgi's handler would swallow it, or it would kill.
	 */
	sigemptyset(&child_died);
	sigaddset(&child_died, SIGCHLD);
	(void)sigprocmask(SIG_UNBLOCK, &child_died, NULL);
	options.n_listen = children->listen->n;
	for (unsigned i = 0; i < options.n_listen; i++)
		options.listen[i] = (struct worker_listen){ children->listen->sockets[i].fd,
			listen_is_tcp(children->listen->sockets[i].fd),
			listen_set_is_for_checks(children->listen, i) };
	memcpy(options.handover_fds, children->handover_fds, sizeof(options.handover_fds));
	options.ready_fd = ready_fd;
	options.parent_fd = children->life_fds[0];
	child_exit(work(ops, &options, me->is_replacement, &err), "worker-failed", &err);
}

static void
child_start(struct processes *children, struct child *child)
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
		child_main(children, child, fds[1]);
	}
	(void)close(fds[1]);
	child->ready_fd = fds[0];
	child->is_ready = false;
	child->start_ms = clock_boot_ms();
	return;
failed:
	log_lasting_error("worker-start", log_z("problem", strerror(errno)));
	child->pid = 0;
	child->start_ms = clock_boot_ms() + BACKOFF_FIRST_MS;
}

bool
processes_is_current(const struct processes *children, const struct child *child)
{
	return child->generation == children->generation;
}

void
processes_init(struct processes *children, const struct supervisor_ops *ops,
    const struct supervisor_settings *settings, struct listen_set *listen)
{
	*children = (struct processes){
		.ops = ops,
		.settings = *settings,
		.listen = listen,
		.signal_fd = -1,
		.handover_fds = { -1, -1 },
		.life_fds = { -1, -1 },
	};
}

int
processes_open(struct processes *children)
{
	if (pipe2(children->life_fds, O_CLOEXEC) == -1)
		return -errno;
	return fd_passing_open(children->handover_fds);
}

void
processes_close(struct processes *children)
{
	for (int i = 0; i < 2; i++) {
		close_fd(&children->handover_fds[i]);
		close_fd(&children->life_fds[i]);
	}
}

int
processes_adopt(struct processes *children, const struct takeover *takeover)
{
	children->generation = takeover->generation;
	memcpy(children->handover_fds, takeover->handover_fds, sizeof(children->handover_fds));
	memcpy(children->life_fds, takeover->life_fds, sizeof(children->life_fds));
	for (size_t i = 0; i < takeover->n_children; i++) {
		const struct takeover_child *from = &takeover->children[i];
		struct child *child = calloc(1, sizeof(*child));

		if (child == NULL)
			return -ENOMEM;
		child->pid = from->pid;
		child->generation = from->generation;
		child->ready_fd = from->ready_fd;
		child->is_ready = from->is_ready;
		child->is_told_to_end = from->is_told_to_end;
		child->next = children->first;
		children->first = child;
	}
	return 0;
}

bool
processes_record(const struct processes *children, struct takeover *takeover)
{
	takeover->generation = children->generation;
	takeover->listen = *children->listen;
	memcpy(takeover->handover_fds, children->handover_fds, sizeof(takeover->handover_fds));
	memcpy(takeover->life_fds, children->life_fds, sizeof(takeover->life_fds));
	for (const struct child *child = children->first; child != NULL; child = child->next) {
		const struct takeover_child record = { child->pid, child->generation,
			child->ready_fd, child->is_ready, child->is_told_to_end };

		/* Those that wait for their start are started as others. */
		if (child->pid != 0 && !takeover_add_child(takeover, &record))
			return false;
	}
	return true;
}

int
processes_try(
    const struct supervisor_ops *ops, const struct worker_options *options, struct err *err)
{
	struct worker_options trial = *options;
	int connections[2], ready[2];
	sigset_t end;
	char byte;
	int r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, connections) ==
		-1 ||
	    pipe2(ready, O_CLOEXEC | O_NONBLOCK) == -1)
		return err_set(err, -errno, "%s", strerror(errno));
	trial.n_listen = 1;
	trial.listen[0].fd = connections[0]; /* nobody connects there */
	trial.ready_fd = ready[1];
	/* It is told to end before it begins, and finds that when it is ready. */
	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &end, NULL);
	(void)raise(SIGTERM);
	r = work(ops, &trial, false, err);
	if (r >= 0 && read(ready[0], &byte, 1) != 1)
		r = err_set(err, -EPROTO, "the worker was not ready");
	return r;
}

int
processes_start(struct processes *children)
{
	children->generation++;
	for (unsigned i = 0; i < children->settings.n_workers; i++) {
		struct child *child = calloc(1, sizeof(*child));

		if (child == NULL)
			return -ENOMEM;
		child->generation = children->generation;
		child->ready_fd = -1;
		child->next = children->first;
		children->first = child;
		child_start(children, child);
	}
	return 0;
}

void
processes_start_due(struct processes *children, int64_t now_ms)
{
	for (struct child *child = children->first; child != NULL; child = child->next)
		if (child->pid == 0 && child->start_ms <= now_ms)
			child_start(children, child);
}

int64_t
processes_next_ms(const struct processes *children)
{
	int64_t next_ms = INT64_MAX;

	for (const struct child *child = children->first; child != NULL; child = child->next)
		if (child->pid == 0 && child->start_ms < next_ms)
			next_ms = child->start_ms;
	return next_ms;
}

bool
processes_are_ready(const struct processes *children)
{
	for (const struct child *child = children->first; child != NULL; child = child->next)
		if (processes_is_current(children, child) && !child->is_ready)
			return false;
	return true;
}

void
processes_retire(struct processes *children)
{
	for (struct child *child = children->first; child != NULL; child = child->next) {
		if (child->pid == 0 || processes_is_current(children, child))
			continue;
		if (!child->is_told_to_end)
			(void)kill(child->pid, SIGUSR2);
		child->is_told_to_end = true;
	}
}

static void
terminate_all(struct processes *children)
{
	for (struct child *child = children->first; child != NULL; child = child->next) {
		if (child->pid != 0)
			(void)kill(child->pid, SIGTERM);
		child->is_told_to_end = true;
	}
}

void
processes_end(struct processes *children)
{
	children->generation++;
	terminate_all(children);
}

void
processes_stop(struct processes *children)
{
	children->is_stopping = true;
	terminate_all(children);
}

void
processes_kill(struct processes *children)
{
	for (struct child *child = children->first; child != NULL; child = child->next)
		if (child->pid != 0)
			(void)kill(child->pid, SIGKILL);
}

struct child *
processes_find(const struct processes *children, pid_t pid)
{
	struct child *child = children->first;

	while (child != NULL && child->pid != pid)
		child = child->next;
	return child;
}

bool
child_note_ready(struct child *child)
{
	char byte;

	if (read(child->ready_fd, &byte, 1) == 1) {
		child->is_ready = true;
		child->n_failures = 0;
	}
	close_fd(&child->ready_fd);
	return child->is_ready;
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

static bool
has_successor(const struct processes *children, const struct child *child)
{
	return !children->is_stopping && processes_is_current(children, child);
}

int64_t
child_died(struct processes *children, struct child *child, int64_t now_ms)
{
	int64_t delay_ms;

	child->pid = 0;
	if (!has_successor(children, child))
		return -1;
	delay_ms = restart_delay_ms(child, now_ms);
	child->start_ms = now_ms + delay_ms;
	child->is_ready = false;
	child->is_replacement = true;
	return delay_ms;
}

void
processes_forget_gone(struct processes *children)
{
	struct child **at = &children->first;

	while (*at != NULL) {
		struct child *child = *at;

		if (child->pid == 0 && !has_successor(children, child)) {
			*at = child->next;
			close_fd(&child->ready_fd);
			free(child);
		} else {
			at = &child->next;
		}
	}
}
