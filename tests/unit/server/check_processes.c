/* check_processes.c - tests of src/server/processes.c */
#include "server/processes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "unit/fail_alloc.h"
#include "unit/server/peer.h"
#include "unit/server/proc.h"
#include "unit/server/stage.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_processes_suite(void);

static struct processes children;
static struct listen_set listening;
static int pair[2]; /* two descriptors that children are not to have */

/* What the workers do, and what they found: shared with them. */
static struct {
	int start_result; /* of start() */
	_Atomic int n_started, n_replaced, n_stopped;
	_Atomic int n_strange;     /* descriptors of the supervisor's in a worker */
	_Atomic int n_not_waiting; /* signals that would be lost */
} * seen;

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

static int
start(void *arg, struct handler *ret_app, struct err *err)
{
	sigset_t mask;

	(void)arg;
	atomic_fetch_add(&seen->n_started, 1);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (is_open(pair[0]) || is_open(pair[1]))
		atomic_fetch_add(&seen->n_strange, 1);
	if (children.life_fds[1] != -1 || children.listen->sockets[0].lock_fd != -1 ||
	    children.signal_fd != -1)
		atomic_fetch_add(&seen->n_strange, 1);
	for (struct child *child = children.first; child != NULL; child = child->next)
		if (child->ready_fd != -1)
			atomic_fetch_add(&seen->n_strange, 1);
	(void)sigprocmask(SIG_BLOCK, NULL, &mask);
	if (!sigismember(&mask, SIGTERM) || !sigismember(&mask, SIGINT))
		atomic_fetch_add(&seen->n_not_waiting, 1);
	*ret_app = stage_app;
	return seen->start_result == 0 ? 0 : err_set(err, seen->start_result, "as told");
}

static void
replaced(void *arg)
{
	(void)arg;
	atomic_fetch_add(&seen->n_replaced, 1);
}

static void
stop(void *arg)
{
	(void)arg;
	atomic_fetch_add(&seen->n_stopped, 1);
}

static const struct supervisor_ops ops = {
	.start = start,
	.replaced = replaced,
	.stop = stop,
};

static char path[108];

static void
setup(void)
{
	struct supervisor_settings settings = { .n_workers = 3,
		.worker = worker_options_of(NULL) };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	sigset_t signals;

	tmp_make();
	stage_app_make();
	log_configure(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT, LOG_TARGET_SYSLOG);
	seen = mmap(
	    NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(seen, MAP_FAILED);
	(void)snprintf(path, sizeof(path), "%.90s/s", tmp_path);
	memcpy(un.sun_path, path, sizeof(path));
	listening = LISTEN_SET_EMPTY;
	listening.n = 1;
	listening.sockets[0] = LISTEN_SOCKET_NONE;
	listening.sockets[0].fd =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(listening.sockets[0].fd, (struct sockaddr *)&un, sizeof(un)), 0);
	ck_assert_int_eq(listen(listening.sockets[0].fd, 100), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	listening.sockets[0].lock_fd = pair[0];
	processes_init(&children, &ops, &settings, &listening);
	children.signal_fd = pair[1];
	sigemptyset(&signals); /* as in the supervisor */
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &signals, NULL), 0);
	ck_assert_int_eq(processes_open(&children), 0);
}

static void
teardown(void)
{
	processes_kill(&children);
	for (struct child *child = children.first; child != NULL; child = child->next)
		if (child->pid > 0) {
			(void)waitpid(child->pid, NULL, 0);
			child->pid = 0;
		}
	children.is_stopping = true;
	processes_forget_gone(&children);
	processes_close(&children);
	tmp_remove();
}

static unsigned
n_children(void)
{
	unsigned n = 0;

	for (struct child *child = children.first; child != NULL; child = child->next)
		n++;
	return n;
}

static void
await_readable(int fd)
{
	struct pollfd in = { fd, POLLIN, 0 };

	ck_assert_int_eq(poll(&in, 1, UNIT_PATIENCE_MS), 1);
}

START_TEST(what_children_share)
{
	struct processes other;

	processes_init(&other, &ops, &children.settings, &listening);
	ck_assert_ptr_null(other.first);
	ck_assert_int_eq(other.life_fds[0], -1);
	ck_assert_int_eq(other.handover_fds[1], -1);
	processes_close(&other); /* nothing yet */
	ck_assert_int_eq(processes_open(&other), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert((fcntl(other.life_fds[i], F_GETFD) & FD_CLOEXEC) != 0);
		ck_assert((fcntl(other.handover_fds[i], F_GETFD) & FD_CLOEXEC) != 0);
	}
	processes_close(&other);
	ck_assert_int_eq(other.life_fds[1], -1);
	ck_assert(processes_are_ready(&other)); /* there are none */
	ck_assert_int_eq(processes_next_ms(&other), INT64_MAX);
}
END_TEST

START_TEST(nothing_to_share)
{
	struct rlimit before, limit;
	struct processes other;
	int r;

	processes_init(&other, &ops, &children.settings, &listening);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	limit.rlim_cur = 3;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	r = processes_open(&other);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_int_eq(r, -EMFILE);
	processes_close(&other);
}
END_TEST

START_TEST(a_generation_gets_ready_and_stops)
{
	char text[24];
	int fd, status;

	ck_assert_int_eq(processes_start(&children), 0);
	ck_assert_uint_eq(n_children(), 3);
	ck_assert_uint_eq(children.generation, 1);
	ck_assert(!processes_are_ready(&children));
	ck_assert_int_eq(processes_next_ms(&children), INT64_MAX);
	for (struct child *child = children.first; child != NULL; child = child->next) {
		ck_assert_int_gt(child->pid, 0);
		ck_assert(!processes_are_ready(&children));
		await_readable(child->ready_fd);
		ck_assert(child_note_ready(child));
		ck_assert_int_eq(child->ready_fd, -1);
		ck_assert_ptr_eq(processes_find(&children, child->pid), child);
	}
	ck_assert(processes_are_ready(&children));
	ck_assert_ptr_null(processes_find(&children, getpid()));
	/* They are workers, and have what a worker is to have. */
	ck_assert_int_ne(fd = peer_connect(path), -1);
	peer_ask(fd, "/pid", false);
	(void)snprintf(text, sizeof(text), "%s", strstr(peer_answer(fd), "\r\n\r\n") + 4);
	ck_assert_ptr_nonnull(processes_find(&children, (pid_t)strtol(text, NULL, 10)));
	ck_assert_int_eq(seen->n_started, 3);
	ck_assert_int_eq(seen->n_strange, 0);
	ck_assert_int_eq(seen->n_not_waiting, 0);
	ck_assert_int_eq(seen->n_replaced, 0);
	processes_stop(&children);
	while (children.first != NULL) {
		pid_t pid = waitpid(-1, &status, 0);
		struct child *child = processes_find(&children, pid);

		ck_assert_ptr_nonnull(child);
		ck_assert(WIFEXITED(status));
		ck_assert_int_eq(WEXITSTATUS(status), SUPERVISOR_EXIT_OK);
		ck_assert_int_eq(child_died(&children, child, clock_boot_ms()), -1);
		processes_forget_gone(&children);
	}
	ck_assert_int_eq(seen->n_stopped, 3);
}
END_TEST

START_TEST(all_end_and_others_begin_later)
{
	int status;

	ck_assert_int_eq(processes_start(&children), 0);
	for (struct child *child = children.first; child != NULL; child = child->next) {
		ck_assert(processes_is_current(&children, child));
		await_readable(child->ready_fd);
		ck_assert(child_note_ready(child));
	}
	processes_end(&children);
	ck_assert(!children.is_stopping);
	while (children.first != NULL) {
		pid_t pid = waitpid(-1, &status, 0);
		struct child *child = processes_find(&children, pid);

		ck_assert_ptr_nonnull(child);
		ck_assert(!processes_is_current(&children, child));
		ck_assert(child->is_told_to_end);
		ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == SUPERVISOR_EXIT_OK);
		ck_assert_int_eq(child_died(&children, child, clock_boot_ms()), -1);
		processes_forget_gone(&children);
	}
	ck_assert_int_eq(seen->n_stopped, 3);
	ck_assert_int_eq(processes_start(&children), 0);
	ck_assert_uint_eq(n_children(), 3);
	ck_assert(processes_is_current(&children, children.first));
}
END_TEST

/* Its end of the pipe closes, without the byte. */
START_TEST(one_that_dies_before_it_is_ready)
{
	struct child *child;
	int status;

	seen->start_result = _i == 0 ? -EIO : -EINVAL;
	children.settings.n_workers = 1;
	ck_assert_int_eq(processes_start(&children), 0);
	child = children.first;
	await_readable(child->ready_fd);
	ck_assert(!child_note_ready(child));
	ck_assert_int_eq(child->ready_fd, -1);
	ck_assert(!processes_are_ready(&children));
	ck_assert_int_eq(waitpid(child->pid, &status, 0), child->pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(
	    WEXITSTATUS(status), _i == 0 ? SUPERVISOR_EXIT_FAILURE : SUPERVISOR_EXIT_CONFIG);
	ck_assert_int_eq(seen->n_stopped, 0);
	/* Another one, after a pause, and not before. */
	ck_assert_int_eq(child_died(&children, child, 1000), 100);
	ck_assert_int_eq(processes_next_ms(&children), 1100);
	processes_forget_gone(&children);
	ck_assert_ptr_eq(children.first, child);
	seen->start_result = 0;
	processes_start_due(&children, 1099);
	ck_assert_int_eq(child->pid, 0);
	processes_start_due(&children, 1100);
	ck_assert_int_gt(child->pid, 0);
	ck_assert_int_eq(processes_next_ms(&children), INT64_MAX);
	await_readable(child->ready_fd);
	ck_assert(child_note_ready(child));
	ck_assert_int_eq(seen->n_replaced, 1);
	/* Those that run are not started again. */
	processes_start_due(&children, INT64_MAX);
	ck_assert_int_eq(seen->n_started, 2);
}
END_TEST

START_TEST(the_pause_doubles_up_to_half_a_minute)
{
	static const int64_t want[] = { 100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600,
		30000, 30000, 30000 };
	struct child child = { .generation = 1, .ready_fd = -1 };

	children.generation = 1;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		ck_assert_int_eq(child_died(&children, &child, 5000), want[i]);
		ck_assert_int_eq(child.start_ms, 5000 + want[i]);
		ck_assert(child.is_replacement);
	}
	/* One that gets ready forgets them. */
	ck_assert_int_eq(pipe(pair), 0);
	ck_assert_int_eq(write(pair[1], "", 1), 1);
	child.ready_fd = pair[0];
	ck_assert(child_note_ready(&child));
	child.start_ms = 1000;
	ck_assert_int_eq(child_died(&children, &child, 2000), 0);
	ck_assert(!child.is_ready);
	ck_assert_int_eq(child_died(&children, &child, 5000), 100);
}
END_TEST

START_TEST(one_that_served_is_replaced_at_once_or_nearly)
{
	struct child child = { .generation = 1, .ready_fd = -1, .start_ms = 1000 };

	children.generation = 1;
	child.is_ready = true;
	child.pid = 1;
	ck_assert_int_eq(child_died(&children, &child, 1999), 20);
	ck_assert_int_eq(child.pid, 0);
	child.is_ready = true;
	child.start_ms = 1000;
	ck_assert_int_eq(child_died(&children, &child, 2000), 0);
	ck_assert_int_eq(child.start_ms, 2000);
}
END_TEST

/* A process in place of a worker, that writes down the signals it gets. */
static struct child *
add_listener(unsigned generation, int *ret_fd)
{
	struct child *child = calloc(1, sizeof(*child));
	int fds[2];
	sigset_t signals;

	ck_assert_int_eq(pipe(fds), 0);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGUSR2);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &signals, NULL), 0); /* from the first moment */
	if ((child->pid = fork()) == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			int which;

			if (sigwait(&signals, &which) != 0 ||
			    write(fds[1], which == SIGTERM ? "t" : "2", 1) != 1)
				_exit(1);
		}
	}
	(void)close(fds[1]);
	ck_assert_int_eq(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	*ret_fd = fds[0];
	child->ready_fd = -1;
	child->generation = generation;
	child->next = children.first;
	children.first = child;
	return child;
}

static char
next_signal(int fd)
{
	char which = 0;

	await_readable(fd);
	ck_assert_int_eq(read(fd, &which, 1), 1);
	return which;
}

START_TEST(only_older_ones_retire_and_once)
{
	int older, old, current;

	children.generation = 3;
	(void)add_listener(1, &older);
	(void)add_listener(2, &old);
	(void)add_listener(3, &current);
	processes_retire(&children);
	processes_retire(&children);
	ck_assert_int_eq(next_signal(older), '2');
	ck_assert_int_eq(next_signal(old), '2');
	/* To stop is for all, whatever they have been told; and it shows what came before. */
	processes_stop(&children);
	ck_assert_int_eq(next_signal(older), 't');
	ck_assert_int_eq(next_signal(old), 't');
	ck_assert_int_eq(next_signal(current), 't');
	/* A program that stops hands nothing on. */
	children.generation = 4;
	processes_retire(&children);
	processes_stop(&children);
	ck_assert_int_eq(next_signal(current), 't');
}
END_TEST

START_TEST(killed)
{
	struct child *child;
	int fd, status;

	children.generation = 1;
	child = add_listener(1, &fd);
	processes_kill(&children);
	ck_assert_int_eq(waitpid(child->pid, &status, 0), child->pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGKILL);
	child->pid = 0;
	/* Signals for none are signals for nobody, and not for all. */
	processes_kill(&children);
	processes_retire(&children);
	processes_stop(&children);
}
END_TEST

START_TEST(those_of_older_generations_have_no_successor)
{
	struct child *old, *current;
	int fds[2];

	children.generation = 2;
	old = add_listener(1, &fds[0]);
	current = add_listener(2, &fds[1]);
	processes_forget_gone(&children); /* both run */
	ck_assert_uint_eq(n_children(), 2);
	processes_kill(&children);
	ck_assert_int_eq(waitpid(old->pid, NULL, 0), old->pid);
	ck_assert_int_eq(waitpid(current->pid, NULL, 0), current->pid);
	ck_assert_int_eq(child_died(&children, old, 1000), -1);
	ck_assert_int_eq(child_died(&children, current, 1000), 100);
	processes_forget_gone(&children);
	ck_assert_uint_eq(n_children(), 1);
	ck_assert_ptr_eq(children.first, current);
	/* One that waits to be started when there is a newer generation does so in vain. */
	children.generation = 3;
	processes_forget_gone(&children);
	ck_assert_uint_eq(n_children(), 0);
}
END_TEST

START_TEST(readiness_is_that_of_the_newest)
{
	struct child *old, *current;
	int fds[2];

	children.generation = 2;
	old = add_listener(1, &fds[0]);
	current = add_listener(2, &fds[1]);
	old->is_ready = true;
	ck_assert(!processes_are_ready(&children));
	current->is_ready = true;
	old->is_ready = false;
	ck_assert(processes_are_ready(&children));
}
END_TEST

START_TEST(no_process_to_be_had)
{
	struct rlimit before, limit;
	int64_t now_ms = clock_boot_ms();

	children.settings.n_workers = 1;
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	limit.rlim_cur = 3;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(processes_start(&children), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_uint_eq(n_children(), 1);
	ck_assert_int_eq(children.first->pid, 0);
	ck_assert_int_ge(processes_next_ms(&children), now_ms + 100);
	ck_assert_int_le(processes_next_ms(&children), clock_boot_ms() + 100);
	processes_start_due(&children, processes_next_ms(&children));
	await_readable(children.first->ready_fd);
	ck_assert(child_note_ready(children.first));
}
END_TEST

/* A worker comes up with everything, gets nobody's connection, and ends. */
START_TEST(trying)
{
	const struct worker_options options = children.settings.worker;
	struct err err = { "" };

	ck_assert_msg(processes_try(children.ops, &options, &err) == 0, "%s", err.text);
	ck_assert_int_eq(seen->n_started, 1);
	ck_assert_int_eq(seen->n_stopped, 1);
	ck_assert_int_eq(seen->n_replaced, 0);
	seen->start_result = -EINVAL;
	ck_assert_int_eq(processes_try(children.ops, &options, &err), -EINVAL);
	ck_assert_int_eq(seen->n_stopped, 1);
}
END_TEST

/* What a supervisor records is what the one after it has. */
START_TEST(adopted_children)
{
	struct processes after;
	struct takeover takeover;

	ck_assert_int_eq(processes_start(&children), 0);
	for (struct child *child = children.first; child != NULL; child = child->next) {
		await_readable(child->ready_fd);
		if (child != children.first)
			ck_assert(child_note_ready(child));
	}
	takeover_init(&takeover);
	ck_assert(processes_record(&children, &takeover));
	processes_init(&after, children.ops, &children.settings, &takeover.listen);
	ck_assert_int_eq(processes_adopt(&after, &takeover), 0);
	takeover_fini(&takeover);
	ck_assert_uint_eq(after.generation, children.generation);
	ck_assert_mem_eq(after.life_fds, children.life_fds, sizeof(after.life_fds));
	ck_assert_mem_eq(after.handover_fds, children.handover_fds, sizeof(after.handover_fds));
	for (struct child *child = children.first; child != NULL; child = child->next) {
		struct child *same = processes_find(&after, child->pid);

		ck_assert_ptr_nonnull(same);
		ck_assert_int_eq(same->ready_fd, child->ready_fd);
		ck_assert_int_eq(same->is_ready, child->is_ready);
		ck_assert(processes_is_current(&after, same));
	}
	ck_assert(!processes_are_ready(&after));
}
END_TEST

START_TEST(no_memory_for_all_of_them)
{
	int r;

	fail_alloc_at(2);
	r = processes_start(&children);
	fail_alloc_at(0);
	ck_assert_int_eq(r, -ENOMEM);
	ck_assert_uint_eq(n_children(), 1);
}
END_TEST

static const struct {
	int r;
	const char *text;
	int want;
	const char *want_said;
} ends[] = {
	{ 0, "", 0, NULL },
	{ -EINVAL, "this is wrong", 78, "event=what problem=\"this is wrong\"" },
	{ -EIO, "", 1, "event=what problem=\"Input/output error\"" },
};

static int
end(void *arg)
{
	struct err err = { "" };
	int i = *(int *)arg;

	log_configure(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	(void)snprintf(err.text, sizeof(err.text), "%s", ends[i].text);
	child_exit(ends[i].r, "what", &err);
}

START_TEST(the_end_of_a_process)
{
	ck_assert_int_eq(proc_wait(proc_start(end, &_i)), ends[_i].want);
	if (ends[_i].want_said != NULL)
		ck_assert(proc_has_said(ends[_i].want_said));
	else
		ck_assert(!proc_has_said("event"));
}
END_TEST

Suite *
check_processes_suite(void)
{
	Suite *s = suite_create("server/processes");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, what_children_share);
	tcase_add_test(tc, nothing_to_share);
	tcase_add_test(tc, a_generation_gets_ready_and_stops);
	tcase_add_test(tc, all_end_and_others_begin_later);
	tcase_add_loop_test(tc, one_that_dies_before_it_is_ready, 0, 2);
	tcase_add_test(tc, the_pause_doubles_up_to_half_a_minute);
	tcase_add_test(tc, one_that_served_is_replaced_at_once_or_nearly);
	tcase_add_test(tc, only_older_ones_retire_and_once);
	tcase_add_test(tc, killed);
	tcase_add_test(tc, those_of_older_generations_have_no_successor);
	tcase_add_test(tc, readiness_is_that_of_the_newest);
	tcase_add_test(tc, no_process_to_be_had);
	tcase_add_test(tc, trying);
	tcase_add_test(tc, adopted_children);
	tcase_add_test(tc, no_memory_for_all_of_them);
	tcase_add_loop_test(tc, the_end_of_a_process, 0, sizeof(ends) / sizeof(ends[0]));
	suite_add_tcase(s, tc);
	return s;
}
