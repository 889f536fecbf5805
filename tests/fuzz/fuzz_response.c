/*
 * fuzz_response.c - names and values, each ended by NUL, as headers: the header block that
 * comes out parses to exactly what went in, whatever bytes they hold
 */
#include "http/response.h"

#include <errno.h>

#include "fuzz/fuzz.h"

#define HEADERS_MAX 16

struct header {
	struct str name, value;
};

static struct str
must_take_line(struct str *text)
{
	struct str line, rest;

	fuzz_promise(str_split(*text, '\n', &line, &rest));
	fuzz_promise(line.n > 0 && line.p[line.n - 1] == '\r');
	*text = rest;
	return str_take(line, line.n - 1);
}

static void
check_answer(struct str text, const struct header *headers, size_t n, struct str body)
{
	char length[64];

	fuzz_promise(str_eq_z(must_take_line(&text), "Status: 200 OK"));
	fuzz_promise(str_eq_z(must_take_line(&text), "Content-Type: application/json"));
	for (size_t i = 0; i < n; i++) {
		struct str line = must_take_line(&text), name, value;

		fuzz_promise(str_split(line, ':', &name, &value));
		fuzz_promise(str_eq(name, headers[i].name));
		fuzz_promise(str_starts_with(value, STR_LIT(" ")));
		fuzz_promise(str_eq(str_skip(value, 1), headers[i].value));
		fuzz_promise(!str_eq_nocase(name, STR_LIT("status")));
		fuzz_promise(!str_eq_nocase(name, STR_LIT("content-type")));
		fuzz_promise(!str_eq_nocase(name, STR_LIT("content-length")));
	}
	(void)snprintf(length, sizeof(length), "Content-Length: %zu", body.n);
	fuzz_promise(str_eq_z(must_take_line(&text), length));
	fuzz_promise(must_take_line(&text).n == 0);
	fuzz_promise(str_eq(text, body));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct header headers[HEADERS_MAX];
	struct str rest = str_mem(data, size);
	struct response response;
	struct buf out;
	size_t n = 0;

	response_init(&response);
	buf_init(&out, 1 << 22);
	while (rest.n > 0 && n < HEADERS_MAX) {
		struct header h;

		(void)str_split(rest, '\0', &h.name, &rest);
		(void)str_split(rest, '\0', &h.value, &rest);
		response_add_header(&response, h.name, h.value);
		/* A refused header is not there, and so are the others. */
		if (response.error != 0) {
			fuzz_promise(response_error(&response) == -EINVAL);
			response.error = 0;
		} else {
			headers[n++] = h;
		}
	}
	response_set_body(&response, STR_LIT("application/json"), rest);
	if (response_error(&response) == 0) {
		response_format(&response, false, &out);
		fuzz_promise(buf_error(&out) == 0);
		check_answer(buf_str(&out), headers, n, rest);
	}
	buf_fini(&out);
	response_fini(&response);
	return 0;
}
