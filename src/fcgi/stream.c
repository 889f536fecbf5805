/* stream.c - see stream.h */
#include "fcgi/stream.h"

#include <errno.h>
#include <fastcgi.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fcgi/record.h"

/* What a libfcgi that fails the check is to be replaced by. */
#define GOOD_VERSIONS "libfcgi 2.4.2 of Debian 12 and 2.4.5 of Debian 13 are known to be good"

int
fcgi_stream_library_init(struct err *err)
{
	int r = FCGX_Init();

	if (r != 0)
		return err_set(err, -ENOMEM, "libfcgi does not start (FCGX_Init: %d)", r);
	return 0;
}

const char *const *
fcgi_stream_params(const struct fcgi_stream *conn)
{
	return (const char *const *)conn->request.envp;
}

uint16_t
fcgi_stream_request_id(const struct fcgi_stream *conn)
{
	return (uint16_t)conn->request.requestId;
}

int
fcgi_stream_read_body(
    struct fcgi_stream *conn, size_t max_bytes, struct buf *body, bool *ret_is_over_limit)
{
	FCGX_Stream *in = conn->request.in;
	char dropped[4096];
	int n;

	*ret_is_over_limit = false;
	buf_clear(body);
	for (;;) {
		size_t room = max_bytes - body->n;
		char *to = room > 0 ? buf_reserve(body, room < 4096 ? room : 4096) : dropped;
		int want = room > 0 && room < 4096 ? (int)room : 4096;

		if (to == NULL)
			return buf_error(body);
		/* Fewer than asked for means that the end of the stream has been read. */
		n = FCGX_GetStr(to, want, in);
		if (n > 0 && room > 0)
			buf_advance(body, (size_t)n);
		else if (n > 0)
			*ret_is_over_limit = true;
		if (n < want)
			break;
	}
	if (*ret_is_over_limit)
		sodium_memzero(dropped, sizeof(dropped));
	return FCGX_GetError(in) == 0 ? 0 : -EPROTO;
}

static int
put_all(FCGX_Stream *out, struct str answer)
{
	while (answer.n > 0) {
		int n = answer.n < INT_MAX ? (int)answer.n : INT_MAX;

		if (FCGX_PutStr(answer.p, n, out) != n)
			return -EIO;
		answer = str_skip(answer, (size_t)n);
	}
	return 0;
}

void
fcgi_stream_init(struct fcgi_stream *conn)
{
	/* No listening socket: libfcgi never accepts by itself. */
	FCGX_InitRequest(&conn->request, -1, FCGI_FAIL_ACCEPT_ON_INTR);
	conn->fd = -1;
}

int
fcgi_stream_accept(struct fcgi_stream *conn, int fd, int from_fd)
{
	FCGX_Request *request = &conn->request;

	/*
	 * FCGX_Accept_r() finishes the request before, and closes its descriptor unless it is
	 * kept; then it reads from ipcFd, if there is one.
	 */
	request->ipcFd = from_fd;
	request->keepConnection = 1;
	/* Should libfcgi close it, then without waiting for the peer to close first. */
	if (FCGX_Detach(request) != 0)
		return -EPROTO;
	if (FCGX_Accept_r(request) != 0) {
		request->ipcFd = -1;
		return -EPROTO;
	}
	conn->fd = fd;
	return 0;
}

int
fcgi_stream_answer(struct fcgi_stream *conn, struct str answer)
{
	FCGX_Request *request = &conn->request;
	int r;

	request->ipcFd = conn->fd;
	r = put_all(request->out, answer);
	/*
	 * The stream of errors first: it is empty and sends nothing, so that the rest of the
	 * answer, its end and the end of the request leave in one write.  After a failure
	 * neither end may leave.
	 */
	if (r == 0 && (FCGX_FClose(request->err) != 0 || FCGX_FClose(request->out) != 0))
		r = -EIO;
	return r;
}

void
fcgi_stream_end(struct fcgi_stream *conn)
{
	/* Not FCGX_Finish_r(): it closes a descriptor that is not kept, or after an error. */
	FCGX_Free(&conn->request, 0);
	conn->request.ipcFd = -1;
	conn->fd = -1;
}

/* One request over a pair of sockets; 0 if everything is as it should be. */
static int
round_trip(int ours, int theirs, struct err *err)
{
	static const char answer[] = "Status: 200 OK\r\n\r\nbody";
	uint8_t records[256], *p = records;
	struct fcgi_stream conn;
	struct buf body;
	uint8_t got[256];
	ssize_t n;
	bool is_over_limit;
	int r = 0;

	fcgi_scan_header(p, FCGI_BEGIN_REQUEST, 1, 8);
	memcpy(p += 8, "\0\1\1\0\0\0\0\0", 8);
	fcgi_scan_header(p += 8, FCGI_PARAMS, 1, 6);
	memcpy(p += 8, "\3\1KEYv", 6);
	fcgi_scan_header(p += 6, FCGI_PARAMS, 1, 0);
	fcgi_scan_header(p += 8, FCGI_STDIN, 1, 3);
	memcpy(p += 8, "abc", 3);
	fcgi_scan_header(p += 3, FCGI_STDIN, 1, 0);
	p += 8;
	if (send(theirs, records, (size_t)(p - records), MSG_NOSIGNAL) != p - records)
		return err_set(err, -errno, "a pair of sockets does not work");
	fcgi_stream_init(&conn);
	buf_init(&body, 64);
	if (fcgi_stream_accept(&conn, ours, ours) != 0)
		return err_set(err, -ENOTSUP, "libfcgi does not read the lent descriptor");
	if (!str_eq_z(str_of(FCGX_GetParam("KEY", conn.request.envp)), "v") ||
	    fcgi_stream_read_body(&conn, 64, &body, &is_over_limit) != 0 || is_over_limit ||
	    !str_eq_z(buf_str(&body), "abc"))
		r = err_set(err, -ENOTSUP, "libfcgi reads the request wrongly");
	if (fcgi_stream_answer(&conn, STR_LIT(answer)) != 0 && r == 0)
		r = err_set(err, -ENOTSUP, "libfcgi does not write to the lent descriptor");
	fcgi_stream_end(&conn);
	buf_fini(&body);
	/* One write: everything is there, from the first record's type to the last one's. */
	n = recv(theirs, got, sizeof(got), MSG_DONTWAIT);
	if (r == 0 && (n < 8 + (ssize_t)sizeof(answer) + 8 + 16 || got[1] != FCGI_STDOUT ||
			  memcmp(got + 8, answer, sizeof(answer) - 1) != 0 ||
			  got[n - 15] != FCGI_END_REQUEST))
		r = err_set(err, -ENOTSUP, "libfcgi writes another answer");
	if (r == 0 && fcntl(ours, F_GETFD) == -1)
		r = err_set(err, -ENOTSUP, "libfcgi closes the lent descriptor");
	return r;
}

int
fcgi_stream_self_check(struct err *err)
{
	struct err problem = { "" };
	int sockets[2], r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sockets) == -1)
		return err_set(err, -errno, "no pair of sockets: %s", strerror(errno));
	r = round_trip(sockets[0], sockets[1], &problem);
	/* libfcgi may have closed the lent one: then this closes nothing. */
	(void)close(sockets[0]);
	(void)close(sockets[1]);
	return r == 0 ? 0 : err_set(err, r, "%s; " GOOD_VERSIONS, problem.text);
}
