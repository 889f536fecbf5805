/* restart_request.c - see restart_request.h */
#include "server/restart_request.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

int
restart_request_open(int ret_fds[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ret_fds) ==
	    -1)
		return -errno;
	return 0;
}

void
restart_request_send(int to_fd)
{
	pid_t me = getpid();

	(void)send(to_fd, &me, sizeof(me), MSG_DONTWAIT | MSG_NOSIGNAL);
}

pid_t
restart_request_receive(int from_fd)
{
	pid_t who;

	return recv(from_fd, &who, sizeof(who), MSG_DONTWAIT) == sizeof(who) ? who : 0;
}
