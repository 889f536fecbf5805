/* peer.c - see peer.h */
#include "unit/server/peer.h"

#include <errno.h>
#include <fastcgi.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "unit/fcgi/records.h"
#include "unit/head.h"
#include "unit/unit.h"

void (*peer_meanwhile)(void);

bool
peer_has_something(int fd)
{
	struct pollfd in = { fd, POLLIN, 0 };

	for (int i = 0; i < UNIT_PATIENCE_MS; i++) {
		if (peer_meanwhile != NULL)
			peer_meanwhile();
		if (poll(&in, 1, 1) == 1)
			return true;
	}
	return false;
}

void
peer_add_request(struct buf *out, const char *path, bool is_kept, struct str body)
{
	struct buf params;
	char length[24];

	buf_init(&params, 4096);
	(void)snprintf(length, sizeof(length), "%zu", body.n);
	records_add_pair(&params, STR_LIT("REQUEST_METHOD"), STR_LIT("POST"));
	records_add_pair(&params, STR_LIT("SCRIPT_NAME"), str_of(path));
	records_add_pair(&params, STR_LIT("CONTENT_LENGTH"), str_of(length));
	records_add_begin(out, FCGI_RESPONDER, is_kept ? FCGI_KEEP_CONN : 0);
	records_add_stream(out, FCGI_PARAMS, buf_str(&params), 65535);
	records_add_stream(out, FCGI_STDIN, body, 65535);
	buf_fini(&params);
}

void
peer_send(int fd, struct str bytes)
{
	while (bytes.n > 0) {
		ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);

		ck_assert_int_gt(n, 0);
		bytes = str_skip(bytes, (size_t)n);
	}
}

void
peer_ask(int fd, const char *path, bool is_kept)
{
	struct buf request;

	buf_init(&request, 4096);
	peer_add_request(&request, path, is_kept, STR_LIT(""));
	peer_send(fd, buf_str(&request));
	buf_fini(&request);
}

/* False: the end, or a reset. */
static bool
receive(int fd, void *bytes, size_t n)
{
	char *at = bytes;

	while (n > 0) {
		ssize_t got;

		ck_assert_msg(peer_has_something(fd), "nothing comes");
		if ((got = recv(fd, at, n, MSG_DONTWAIT)) <= 0)
			return false;
		at += got;
		n -= (size_t)got;
	}
	return true;
}

const char *
peer_content(int fd)
{
	static char text[2 * 1024 * 1024];
	unsigned char head[8], content[65536 + 256];
	size_t n_text = 0;

	for (;;) {
		size_t n;

		if (!receive(fd, head, sizeof(head)))
			return NULL;
		n = (size_t)head[4] << 8 | head[5];
		if (!receive(fd, content, n + head[6]))
			return NULL;
		if (head[1] == FCGI_END_REQUEST)
			break;
		if (head[1] != FCGI_STDOUT)
			continue;
		ck_assert_uint_lt(n_text + n, sizeof(text));
		memcpy(text + n_text, content, n);
		n_text += n;
	}
	text[n_text] = '\0';
	return text;
}

const char *
peer_answer(int fd)
{
	const char *answer = peer_content(fd);

	if (answer != NULL)
		(void)head_body(answer);
	return answer;
}

bool
peer_has_answer(int fd, const char *body)
{
	const char *answer = peer_answer(fd);

	return answer != NULL && strncmp(answer, "Status: 200 ", 12) == 0 &&
	       strcmp(head_body(answer), body) == 0;
}

bool
peer_is_ended(int fd)
{
	char c;

	ck_assert_msg(peer_has_something(fd), "it does not end");
	return recv(fd, &c, 1, MSG_DONTWAIT) <= 0;
}

bool
peer_is_quiet(int fd)
{
	char c;

	return recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) == -1 && errno == EAGAIN;
}

int
peer_connect(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), error;

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%.100s", path);
	if (connect(fd, (struct sockaddr *)&un, sizeof(un)) == 0)
		return fd;
	error = errno;
	(void)close(fd);
	errno = error;
	return -1;
}
