/* inherit.c - see inherit.h */
#include "gateway/inherit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/listen.h"

#define SYSTEMD_FIRST_FD 3 /* sd_listen_fds(3) */

bool
inherit_is_cgi(void)
{
	return (getenv("GATEWAY_INTERFACE") != NULL || getenv("REQUEST_METHOD") != NULL) &&
	       !listen_is_listening(STDIN_FILENO);
}

/* LISTEN_FDS descriptors from 3 on, for the process LISTEN_PID. */
static int
systemd_fd(void)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
	int fd = -1;

	if (pid != NULL && n != NULL && strtol(pid, NULL, 10) == getpid() &&
	    strcmp(n, "1") == 0)
		fd = SYSTEMD_FIRST_FD;
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	return fd;
}

int
inherit_socket(void)
{
	int fd = systemd_fd();

	if (fd != -1)
		return fd;
	return listen_is_listening(STDIN_FILENO) ? STDIN_FILENO : -1;
}
