/* proc.c - see proc.h */
#include "unit/server/proc.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/tmp.h"
#include "unit/unit.h"

static void
redirect(const char *name, int fd)
{
	int file = openat(tmp_fd, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (file == -1 || dup2(file, fd) == -1)
		_exit(99);
	(void)close(file);
}

pid_t
proc_start(int (*fn)(void *arg), void *arg)
{
	pid_t pid = fork();

	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		/* Check's own handlers end all tests. */
		(void)signal(SIGTERM, SIG_DFL);
		(void)signal(SIGINT, SIG_DFL);
		redirect("out", STDOUT_FILENO);
		redirect("err", STDERR_FILENO);
		exit(fn(arg));
	}
	return pid;
}

int
proc_wait(pid_t pid)
{
	int status;

	for (int i = 0; i < UNIT_PATIENCE_MS; i++) {
		pid_t r = waitpid(pid, &status, WNOHANG);

		ck_assert_int_ne(r, -1);
		if (r == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
		(void)usleep(1000);
	}
	(void)kill(pid, SIGKILL);
	ck_abort_msg("it does not end");
	return -1;
}

bool
proc_is_running(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	/* Without taking its status away. */
	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == 0;
}

static int
count(const char *name, const char *text)
{
	char *all = tmp_read(name);
	int n = 0;

	for (const char *at = all; at != NULL && (at = strstr(at, text)) != NULL; at++)
		n++;
	free(all);
	return n;
}

bool
proc_has_printed(const char *text)
{
	return count("out", text) > 0;
}

int
proc_n_said(const char *text)
{
	return count("err", text);
}

bool
proc_has_said(const char *text)
{
	return proc_n_said(text) > 0;
}
