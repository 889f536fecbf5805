/* activation.c - see activation.h */
#include "server/activation.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/listen.h"

#define SYSTEMD_FIRST_FD 3 /* sd_listen_fds(3) */

bool
activation_is_cgi(void)
{
	return (getenv("GATEWAY_INTERFACE") != NULL || getenv("REQUEST_METHOD") != NULL) &&
	       !listen_is_listening(STDIN_FILENO);
}

/* LISTEN_FDS descriptors from 3 on, for the process LISTEN_PID. */
static int
systemd_fd(struct err *err)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");

	if (n == NULL)
		return -ENOENT;
	if (pid == NULL || strtol(pid, NULL, 10) != getpid())
		return err_set(err, -ENOENT,
		    "LISTEN_FDS is set, but LISTEN_PID is %s and this is process %ld: whatever "
		    "stands between systemd and the program has to exec it",
		    pid != NULL ? pid : "not", (long)getpid());
	if (strcmp(n, "1") != 0)
		return err_set(err, -EINVAL,
		    "systemd passes \"%s\" sockets (LISTEN_FDS), and one is served: keep one "
		    "ListenStream= in the .socket unit",
		    n);
	return SYSTEMD_FIRST_FD;
}

int
activation_socket(struct err *err)
{
	int fd = systemd_fd(err);

	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	/* Variables for another process are no concern of ours. */
	return fd == -ENOENT && listen_is_listening(STDIN_FILENO) ? STDIN_FILENO : fd;
}
