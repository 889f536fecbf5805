/* stream.c - see stream.h */
#include "fcgi/stream.h"

#include <errno.h>
#include <fastcgi.h>
#include <fcntl.h>
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

int
fcgi_stream_accept(struct fcgi_stream *stream, int fd)
{
	FCGX_Request *request = &stream->request;

	/* No listening socket: libfcgi never accepts by itself. */
	FCGX_InitRequest(request, -1, FCGI_FAIL_ACCEPT_ON_INTR);
	/* FCGX_Accept_r() reads from ipcFd, if there is one. */
	request->ipcFd = fd;
	request->keepConnection = 1;
	/* Should libfcgi close it, then without waiting for the peer to close first. */
	if (FCGX_Detach(request) != 0 || FCGX_Accept_r(request) != 0) {
		request->ipcFd = -1;
		return -EPROTO;
	}
	return 0;
}

const char *const *
fcgi_stream_params(const struct fcgi_stream *stream)
{
	return (const char *const *)stream->request.envp;
}

int
fcgi_stream_read_body(
    struct fcgi_stream *stream, size_t max_bytes, struct buf *body, bool *ret_is_over_limit)
{
	FCGX_Stream *in = stream->request.in;
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

void
fcgi_stream_end(struct fcgi_stream *stream)
{
	/* Not FCGX_Finish_r(): it answers, and closes a descriptor that is not kept. */
	FCGX_Free(&stream->request, 0);
	stream->request.ipcFd = -1;
}

/* Read one request from a pair of sockets; 0 if everything is as it should be. */
static int
read_one(int ours, int theirs, struct err *err)
{
	uint8_t records[256], *p = records;
	struct fcgi_stream stream;
	struct buf body;
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
	if (fcgi_stream_accept(&stream, ours) != 0)
		return err_set(err, -ENOTSUP, "libfcgi does not read the lent descriptor");
	buf_init(&body, 64);
	if (!str_eq_z(str_of(FCGX_GetParam("KEY", stream.request.envp)), "v") ||
	    fcgi_stream_read_body(&stream, 64, &body, &is_over_limit) != 0 || is_over_limit ||
	    !str_eq_z(buf_str(&body), "abc"))
		r = err_set(err, -ENOTSUP, "libfcgi reads the request wrongly");
	fcgi_stream_end(&stream);
	buf_fini(&body);
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
	r = read_one(sockets[0], sockets[1], &problem);
	/* libfcgi may have closed the lent one: then this closes nothing. */
	(void)close(sockets[0]);
	(void)close(sockets[1]);
	return r == 0 ? 0 : err_set(err, r, "%s; " GOOD_VERSIONS, problem.text);
}
