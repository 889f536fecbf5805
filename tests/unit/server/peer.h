/*
 * peer.h - the web server's end of a connection, for tests
 *
 * Calling    peer_ask() or peer_send(), then peer_answer(); peer_is_ended() waits for the end.
 * Errors     What never comes fails the test, after UNIT_PATIENCE_MS.
 */
#ifndef UNIT_SERVER_PEER_H
#define UNIT_SERVER_PEER_H

#include "core/buf.h"

/* What is called again and again while these functions wait; NULL: nothing. */
extern void (*peer_meanwhile)(void);

/* A POST to that path. */
void peer_add_request(struct buf *out, const char *path, bool is_kept, struct str body);

void peer_send(int fd, struct str bytes);

/* A whole request without a body. */
void peer_ask(int fd, const char *path, bool is_kept);

/*
 * The next answer, as text until the next call, or NULL: the connection ended before its end.  A
 * head that is none (head.h) fails the test.
 */
const char *peer_answer(int fd);

/* The same of what need not begin as an answer does. */
const char *peer_content(int fd);

/* peer_answer() is a 200 with this body. */
bool peer_has_answer(int fd, const char *body);

/* Something is there to be read, or the end. */
bool peer_has_something(int fd);

/* The connection ends, and nothing more came before. */
bool peer_is_ended(int fd);

/* Nothing is there and it has not ended. */
bool peer_is_quiet(int fd);

/* To a unix socket; -1 and errno. */
int peer_connect(const char *path);

/* Wait until that is true. */
#define peer_await(condition)                                                                  \
	do {                                                                                   \
		bool await_is_so = (condition);                                                \
		for (int await_i = 0; await_i < UNIT_PATIENCE_MS && !await_is_so; await_i++) { \
			if (peer_meanwhile != NULL)                                            \
				peer_meanwhile();                                              \
			(void)usleep(1000);                                                    \
			await_is_so = (condition);                                             \
		}                                                                              \
		ck_assert_msg(await_is_so, "never: %s", #condition);                           \
	} while (0)

#endif
