/* candidate.c - see candidate.h */
#include "server/candidate.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/takeover.h"

/* The child, until it is another program. */
_Noreturn static void
child_main(int (*become)(void *arg, struct err *err), void *arg, int said_fd, pid_t parent)
{
	struct err err = { "" };
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	/*
	 * Standard input may be the listening socket: a program that knows nothing of trials
	 * would serve it.
	 */
	if (null_fd == -1 || dup2(null_fd, STDIN_FILENO) == -1 ||
	    dup2(said_fd, STDOUT_FILENO) == -1 || dup2(said_fd, STDERR_FILENO) == -1 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != parent)
		_exit(1);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)become(arg, &err);
	(void)dprintf(STDERR_FILENO, "%s\n", err.text);
	_exit(1);
}

int
candidate_start(struct candidate *candidate, int (*become)(void *arg, struct err *err),
    void *arg, int64_t deadline_ms, struct err *err)
{
	pid_t parent = getpid();
	int fds[2];

	*candidate = CANDIDATE_NONE;
	if (pipe2(fds, O_CLOEXEC) == -1)
		return err_set(err, -errno, "%s", strerror(errno));
	if ((candidate->pid = fork()) == -1) {
		int r = err_set(err, -errno, "%s", strerror(errno));

		candidate->pid = 0;
		(void)close(fds[0]);
		(void)close(fds[1]);
		return r;
	}
	if (candidate->pid == 0)
		child_main(become, arg, fds[1], parent);
	(void)close(fds[1]);
	(void)fcntl(fds[0], F_SETFL, O_NONBLOCK);
	candidate->said_fd = fds[0];
	candidate->deadline_ms = deadline_ms;
	return 0;
}

void
candidate_read(struct candidate *candidate)
{
	size_t max = sizeof(candidate->said) - 1;
	char chunk[512];
	ssize_t n;

	if (candidate->said_fd == -1)
		return;
	/* A pipe holds no more; more than that at a time would keep the supervisor busy. */
	for (int i = 0; i < 128; i++) {
		if ((n = read(candidate->said_fd, chunk, sizeof(chunk))) <= 0)
			break;
		if (candidate->n_said + (size_t)n > max) {
			size_t n_cut = candidate->n_said + (size_t)n - max;

			memmove(candidate->said, candidate->said + n_cut,
			    candidate->n_said - n_cut);
			candidate->n_said -= n_cut;
		}
		memcpy(candidate->said + candidate->n_said, chunk, (size_t)n);
		candidate->n_said += (size_t)n;
		candidate->said[candidate->n_said] = '\0';
	}
	if (n == 0) { /* nobody can say any more */
		(void)close(candidate->said_fd);
		candidate->said_fd = -1;
	}
}

void
candidate_kill(struct candidate *candidate, bool is_late)
{
	candidate->is_late = candidate->is_late || is_late;
	if (candidate->pid > 0)
		(void)kill(candidate->pid, SIGKILL);
}

/* The last line with something in it. */
static const char *
last_words(struct candidate *candidate)
{
	char *line;

	while (candidate->n_said > 0 && candidate->said[candidate->n_said - 1] == '\n')
		candidate->said[--candidate->n_said] = '\0';
	line = strrchr(candidate->said, '\n');
	return line != NULL ? line + 1 : candidate->said;
}

int
candidate_judge(struct candidate *candidate, int wait_status, struct err *err)
{
	const char *words;
	int r = 0;

	candidate_read(candidate);
	words = last_words(candidate);
	if (candidate->is_late)
		r = err_set(err, -ECANCELED, "it is not ready in time");
	else if (WIFSIGNALED(wait_status))
		r = err_set(err, -ECANCELED, "it ended by signal %d (%s)%s%s",
		    WTERMSIG(wait_status), strsignal(WTERMSIG(wait_status)),
		    words[0] != '\0' ? ": " : "", words);
	else if (WEXITSTATUS(wait_status) != 0 || strcmp(words, TAKEOVER_READY) != 0)
		r = err_set(err, -ECANCELED, "%s (status %d)",
		    words[0] != '\0' ? words : "it ended without a message",
		    WEXITSTATUS(wait_status));
	if (candidate->said_fd != -1)
		(void)close(candidate->said_fd);
	*candidate = CANDIDATE_NONE;
	return r;
}
