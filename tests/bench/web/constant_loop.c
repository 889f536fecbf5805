/*
 * constant_loop.c - the least a FastCGI responder must do, by hand, for comparison
 *
 * Usage: constant_loop SOCKET
 *
 * One process, one epoll set; recv, a look at the records' headers, send.  Each request gets the
 * same answer, as long as that to GET /users/me.  It checks next to nothing: it is what a server
 * that does its duty is measured by, and no server.
 */
#include <errno.h>
#include <fastcgi.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define HEADER_BYTES 8
#define EVENTS_MAX   64
#define ACCEPTS_MAX  8

static const char answer[] =
    "Status: 200 OK\r\nContent-Type: application/json\r\nContent-Length: 210\r\n"
    "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\r\n"
    "{\n  \"created_at\": \"2017-10-16 04:23:04\", \n  \"email\": \"bobsession@hbtn.io\", \n"
    "  \"first_name\": null, \n  \"id\": \"cf3ddee1-ff24-49e4-a40b-2540333fe992\", \n"
    "  \"last_name\": null, \n  \"updated_at\": \"2017-10-16 04:23:04\"\n}\n";

struct conn {
	int fd;
	size_t n;
	unsigned char in[16384];
};

static void
put_header(unsigned char *to, int type, const unsigned char *id, size_t n, size_t n_padding)
{
	const unsigned char header[HEADER_BYTES] = { FCGI_VERSION_1, (unsigned char)type, id[0],
		id[1], (unsigned char)(n >> 8), (unsigned char)n, (unsigned char)n_padding, 0 };

	memcpy(to, header, HEADER_BYTES);
}

static bool
send_answer(int fd, const unsigned char *id)
{
	unsigned char out[2048] = { 0 };
	size_t n = sizeof(answer) - 1, n_padding = -n & 7, at = HEADER_BYTES + n + n_padding;

	put_header(out, FCGI_STDOUT, id, n, n_padding);
	memcpy(out + HEADER_BYTES, answer, n);
	put_header(out + at, FCGI_STDOUT, id, 0, 0);
	put_header(out + at + HEADER_BYTES, FCGI_END_REQUEST, id, 8, 0);
	at += 3 * HEADER_BYTES;
	return send(fd, out, at, MSG_NOSIGNAL) == (ssize_t)at;
}

/* Answer the whole requests that are there.  False: the connection is over. */
static bool
serve(struct conn *conn)
{
	size_t begin = 0, at = 0;
	bool is_kept = false;

	while (conn->n - at >= HEADER_BYTES) {
		const unsigned char *h = conn->in + at;
		size_t n = (size_t)h[4] << 8 | h[5], n_all = HEADER_BYTES + n + h[6];

		if (conn->n - at < n_all)
			break;
		at += n_all;
		if (h[1] == FCGI_BEGIN_REQUEST)
			is_kept = (h[10] & FCGI_KEEP_CONN) != 0;
		if (h[1] != FCGI_STDIN || n > 0)
			continue;
		if (!send_answer(conn->fd, h + 2) || !is_kept)
			return false;
		begin = at;
	}
	memmove(conn->in, conn->in + begin, conn->n - begin);
	conn->n -= begin;
	return conn->n < sizeof(conn->in);
}

static bool
read_on(struct conn *conn)
{
	ssize_t n =
	    recv(conn->fd, conn->in + conn->n, sizeof(conn->in) - conn->n, MSG_DONTWAIT);

	if (n == -1)
		return errno == EAGAIN || errno == EINTR;
	conn->n += (size_t)n;
	return n > 0 && serve(conn);
}

static void
accept_some(int epoll_fd, int listen_fd)
{
	static struct conn *spare;

	for (int i = 0; i < ACCEPTS_MAX; i++) {
		struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP };
		int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
		struct conn *conn = spare != NULL ? spare : malloc(sizeof(*conn));

		spare = conn;
		if (fd == -1 || conn == NULL)
			return;
		conn->fd = fd;
		conn->n = 0;
		event.data.ptr = conn;
		if (!read_on(conn) || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == -1)
			(void)close(fd);
		else
			spare = NULL;
	}
}

int
main(int argc, char **argv)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event events[EVENTS_MAX];

	if (argc != 2 || strlen(argv[1]) >= sizeof(un.sun_path)) {
		(void)fprintf(stderr, "usage: constant_loop SOCKET\n");
		return 2;
	}
	memcpy(un.sun_path, argv[1], strlen(argv[1]) + 1);
	events[0] = (struct epoll_event){ .events = EPOLLIN, .data.ptr = NULL };
	if (bind(listen_fd, (struct sockaddr *)&un, sizeof(un)) == -1 ||
	    listen(listen_fd, 4096) == -1 ||
	    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listen_fd, events) == -1) {
		perror("constant_loop");
		return 1;
	}
	for (;;) {
		int n = epoll_wait(epoll_fd, events, EVENTS_MAX, -1);

		for (int i = 0; i < n; i++) {
			struct conn *conn = events[i].data.ptr;

			if (conn == NULL) {
				accept_some(epoll_fd, listen_fd);
			} else if (!read_on(conn)) {
				(void)close(conn->fd);
				free(conn);
			}
		}
	}
}
