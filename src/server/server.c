/* server.c - see server.h */
#include "server/server.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "server/connection.h"
#include "server/queues.h"

int
server_init(struct server *server, const struct handler *app,
    const struct worker_options *options, unsigned n_open_max)
{
	*server = (struct server){ .app = app,
		.options = options,
		.n_open_max = n_open_max,
		.memory_fd = -1,
		.results_fd = -1,
		.budget = { .n_max = (size_t)options->settings.answer_memory_mib << 20 } };
	if ((server->epoll_fd = epoll_create1(EPOLL_CLOEXEC)) == -1)
		return -errno;
	if ((server->job = job_new()) == NULL)
		return -ENOMEM;
	return queues_init(server);
}

static void
close_if_open(int fd)
{
	if (fd != -1)
		(void)close(fd);
}

void
server_fini(struct server *server)
{
	queues_fini(server);
	while (server->open != NULL)
		connection_close(server, server->open);
	while (server->closed != NULL) {
		struct conn *conn = server->closed;

		server->closed = conn->next;
		free(conn);
	}
	job_free(server->job);
	close_if_open(server->memory_fd);
	close_if_open(server->epoll_fd);
}

int
server_poll(struct server *server, int fd, uint32_t events, unsigned token)
{
	struct epoll_event event = { .events = EPOLLIN | events, .data.u64 = token };

	return epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, fd, &event) == -1 ? -errno : 0;
}
