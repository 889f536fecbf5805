/* try_curl.c - see try_curl.h */
#include "ctl/try_curl.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 48 };

/*
 * No file of settings, no proxy, no tidying up of addresses; HTTP/1.1, whose first line can be
 * anything.
 */
static void
write_arguments(const struct try_request *request, const char *ret[ARGUMENTS_MAX])
{
	size_t n = 0;

	ret[n++] = "curl";
	ret[n++] = request->is_loud ? "-qgisS" : "-qgis";
	if (request->is_insecure)
		ret[n++] = "-k";
	ret[n++] = "-m15";
	ret[n++] = "--noproxy";
	ret[n++] = "*";
	ret[n++] = request->is_http10 ? "--http1.0" : "--http1.1";
	if (request->method != NULL && strcmp(request->method, "HEAD") == 0) {
		ret[n++] = "-I";
	} else if (request->method != NULL) {
		ret[n++] = "-X";
		ret[n++] = request->method;
	}
	if (request->method != NULL && strcmp(request->method, "POST") == 0) {
		ret[n++] = "-d";
		ret[n++] = "";
	}
	for (size_t i = 0; request->headers != NULL && request->headers[i] != NULL; i++) {
		ret[n++] = "-H";
		ret[n++] = request->headers[i];
	}
	ret[n++] = "--request-target";
	ret[n++] = request->target;
	ret[n++] = request->url;
	ret[n] = NULL;
}

void
try_curl_print(FILE *to, const struct try_request *request)
{
	const char *arguments[ARGUMENTS_MAX];

	write_arguments(request, arguments);
	for (size_t i = 0; arguments[i] != NULL; i++) {
		const char *text = arguments[i];

		if (*text != '\0' &&
		    text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-._/:")] == '\0') {
			(void)fprintf(to, "%s%s", i > 0 ? " " : "", text);
			continue;
		}
		(void)fputs(" '", to);
		for (; *text != '\0'; text++)
			(void)(*text == '\'' ? fputs("'\\''", to) : fputc(*text, to));
		(void)fputc('\'', to);
	}
}

/* Heads of 1xx are no answer. */
static void
split(struct try_answer *answer)
{
	struct str text = buf_str(&answer->text);

	do {
		const char *end;
		size_t n;

		answer->status = 0;
		if (text.n < 12 || memcmp(text.p, "HTTP/", 5) != 0)
			return;
		end = memmem(text.p, text.n, "\r\n\r\n", 4);
		n = end == NULL ? text.n : (size_t)(end - text.p) + 4;
		answer->head = str_take(text, n);
		answer->body = text = str_skip(text, n);
		answer->status = atoi(answer->head.p + 9);
	} while (answer->status / 100 == 1);
}

/* To the end, or to what is kept of an answer: curl ends when nobody reads any more. */
static void
read_all(int fd, struct buf *text)
{
	char room[4096];
	ssize_t n;

	while (text->n < TRY_CURL_ANSWER_MAX_BYTES) {
		n = read(fd, room, sizeof(room));
		if (n > 0)
			buf_add(text, room, (size_t)n);
		else if (n == 0 || errno != EINTR)
			break;
	}
}

int
try_curl_ask(const struct try_request *request, struct try_answer *ret)
{
	const char *arguments[ARGUMENTS_MAX];
	posix_spawn_file_actions_t actions;
	int fds[2], r;
	pid_t pid;

	buf_clear(&ret->text);
	ret->head = ret->body = STR_LIT("");
	ret->status = 0;
	write_arguments(request, arguments);
	if (pipe2(fds, O_CLOEXEC) == -1)
		return -errno;
	r = posix_spawn_file_actions_init(&actions);
	if (r == 0) {
		r = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
		if (r == 0)
			r = posix_spawn_file_actions_adddup2(&actions, fds[1], 1);
		if (r == 0)
			r = posix_spawnp(&pid, "curl", &actions, NULL,
			    (char **)(uintptr_t)arguments, environ);
		(void)posix_spawn_file_actions_destroy(&actions);
	}
	(void)close(fds[1]);
	if (r == 0)
		read_all(fds[0], &ret->text);
	(void)close(fds[0]);
	if (r != 0)
		return -r;
	while (waitpid(pid, &r, 0) == -1 && errno == EINTR)
		;
	ret->curl_status = WIFEXITED(r) ? WEXITSTATUS(r) : -1;
	split(ret);
	return buf_error(&ret->text);
}

struct str
try_answer_next(struct str *rest, struct str name)
{
	struct str line, field;

	while (str_split(*rest, '\n', &line, rest))
		if (str_split(line, ':', &field, &line) && str_eq_nocase(field, name))
			return str_trim(str_take(line, line.n > 0 ? line.n - 1 : 0));
	return STR_NULL;
}

struct str
try_answer_header(const struct try_answer *answer, struct str name)
{
	struct str rest = answer->head;

	return try_answer_next(&rest, name);
}
