/*
 * fuzz_fcgi.c - any bytes as the first read of a FastCGI connection
 *
 * One request, read where it lies (fcgi_scan_whole()), in pieces (partial_request.h), and by libfcgi
 * from the very same bytes: all three have the same variables and the same body, or none has.
 *
 * libfcgi is asked about what we let pass only.  It is laxer, and more than it should be:
 * - it skips records of another request id or of a type that cannot stand there; we take them for
 *   two requests in one, of which one would be lost;
 * - it answers management records (id 0) in a buffer of fixed size, within the request at hand;
 * - it trusts the lengths of names and values (CVE-2025-23016 before it was fixed), and allocates what
 *   they say before it has the bytes; we add them up first, and have a limit;
 * - a name with an equals sign becomes another name, because it writes NAME=value: we refuse it;
 * - it waits for the end of the body, whoever asks.  A check (an authorizer's, or one with GATE) is whole
 *   for us when its variables are: its body is read by nobody, and of a filter not the second one;
 * - it leaves padding behind the last record, and whatever follows it, unread: we answer, and close.
 * And it is out of step after padding behind FCGI_BEGIN_REQUEST or behind the end of the variables,
 * which it forgets to skip: of such bytes it is not asked, only of the same request in new records.
 */
#include <fastcgi.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/file.h"
#include "fcgi/partial_request.h"
#include "fcgi/stream.h"
#include "fuzz/fuzz.h"
#include "http/request.h"

/* What one reader makes of it. */
struct reading {
	struct fcgi_scan scan;
	struct cgi_vars vars;
	struct str body; /* at most REQUEST_BODY_MAX_BYTES of it */
};

static void
compare(const struct reading *a, const struct reading *b)
{
	for (enum cgi_var i = 0; i < CGI_VARS_N; i++) {
		fuzz_promise(str_is_null(a->vars.values[i]) == str_is_null(b->vars.values[i]));
		fuzz_promise(str_eq(a->vars.values[i], b->vars.values[i]));
	}
	fuzz_promise(
	    memcmp(&a->vars.repeated, &b->vars.repeated, sizeof(a->vars.repeated)) == 0);
	fuzz_promise(str_eq(a->body, b->body));
	fuzz_promise(a->scan.n_pairs == b->scan.n_pairs);
}

static bool
is_same_head(const struct fcgi_scan *a, const struct fcgi_scan *b)
{
	return a->request_id == b->request_id && a->role == b->role &&
	       a->is_kept == b->is_kept && a->n_params == b->n_params &&
	       a->has_gate == b->has_gate;
}

/* libfcgi reads from fd, and then it is as want. */
static void
read_by_libfcgi(int fd, const struct reading *want)
{
	struct reading got = { .scan = want->scan };
	struct fcgi_stream stream;
	bool is_over_limit = false;
	struct buf body;
	size_t n = 0;

	buf_init(&body, REQUEST_BODY_MAX_BYTES);
	cgi_vars_init(&got.vars);
	fuzz_promise(fcgi_stream_accept(&stream, fd) == 0);
	fuzz_promise(
	    (FCGX_GetParam("GATE", stream.request.envp) != NULL) == want->scan.has_gate);
	if (!fcgi_scan_is_check(&want->scan))
		fuzz_promise(fcgi_stream_read_body(
				 &stream, REQUEST_BODY_MAX_BYTES, &body, &is_over_limit) == 0);
	fuzz_promise(is_over_limit == (want->scan.n_stdin > REQUEST_BODY_MAX_BYTES));
	cgi_vars_add_all(&got.vars, fcgi_stream_params(&stream));
	got.body = buf_str(&body);
	for (const char *const *p = fcgi_stream_params(&stream); *p != NULL; p++)
		n++;
	fuzz_promise(n == want->scan.n_pairs + 1); /* and FCGI_ROLE */
	compare(&got, want);
	fcgi_stream_end(&stream);
	cgi_vars_fini(&got.vars);
	buf_fini(&body);
}

/* Of a whole request: is there padding that libfcgi forgets? */
static bool
is_padded(const uint8_t *data, size_t size, bool is_check)
{
	for (size_t at = 0; at + FCGI_SCAN_HEADER_BYTES <= size;) {
		size_t n = (size_t)(data[at + 4] << 8 | data[at + 5]), n_padding = data[at + 6];

		if (data[at + 1] == (is_check ? FCGI_PARAMS : FCGI_STDIN) && n == 0)
			return false;
		if (n_padding > 0 && (data[at + 1] == FCGI_BEGIN_REQUEST || n == 0))
			return true;
		at += FCGI_SCAN_HEADER_BYTES + n + n_padding;
	}
	return false;
}

/* In pieces, as long as the first byte says, and then from the file that libfcgi reads. */
static void
read_pieces(const uint8_t *data, size_t size, const struct reading *want, int *fd)
{
	struct partial_request *partial = partial_request_new(REQUEST_BODY_MAX_BYTES);
	enum fcgi_scan_result result = FCGI_SCAN_MORE;
	size_t piece = data[size - 1] % 64 + (data[size - 1] < 64 ? size : 1), n;

	fuzz_promise(partial != NULL);
	for (size_t at = 0; at < size && result == FCGI_SCAN_MORE; at += n) {
		n = size - at < piece ? size - at : piece;
		result = partial_request_take(partial, data + at, n);
	}
	/* Where something follows, it says ABORTED only if that came with the end. */
	fuzz_promise(result == FCGI_SCAN_COMPLETE ||
		     (result == FCGI_SCAN_ABORTED && want->scan.must_close));
	fuzz_promise(is_same_head(&partial->scan, &want->scan));
	if (result == FCGI_SCAN_COMPLETE) {
		fuzz_promise(partial_request_feed(partial, fd) == 0);
		read_by_libfcgi(*fd, want);
	}
	partial_request_free(partial);
}

/* Not whole, or refused: nobody who reads in pieces takes it for a request. */
static void
refuse_pieces(const uint8_t *data, size_t size, enum fcgi_scan_result why)
{
	struct partial_request *partial = partial_request_new(REQUEST_BODY_MAX_BYTES);
	enum fcgi_scan_result result;

	fuzz_promise(partial != NULL);
	result = partial_request_take(partial, data, size);
	if (why == FCGI_SCAN_MORE) /* what it would refuse may come last */
		fuzz_promise(result != FCGI_SCAN_COMPLETE);
	else
		fuzz_promise(result != FCGI_SCAN_COMPLETE && result != FCGI_SCAN_MORE);
	partial_request_free(partial);
}

/* It is whole with its last byte, and not before: for a check that of its variables. */
static void
read_prefixes(const uint8_t *data, size_t size, const struct reading *want)
{
	struct reading got = { .body = STR_NULL };
	struct fcgi_scan scan;
	size_t used;
	uint8_t *copy;

	fcgi_scan_init(&scan);
	fuzz_promise(fcgi_scan_feed(&scan, data, size, &used) == FCGI_SCAN_COMPLETE);
	for (size_t n = used - 1; n <= used; n++) {
		copy = (uint8_t *)fuzz_copy(str_mem(data, n));
		cgi_vars_init(&got.vars);
		fuzz_promise(fcgi_scan_whole(&got.scan, copy, n, &got.vars, &got.body) ==
			     (n == used ? FCGI_SCAN_COMPLETE : FCGI_SCAN_MORE));
		if (n == used) {
			got.body = str_take(got.body, REQUEST_BODY_MAX_BYTES);
			compare(&got, want);
		} else {
			for (enum cgi_var i = 0; i < CGI_VARS_N; i++)
				fuzz_promise(str_is_null(got.vars.values[i]));
		}
		cgi_vars_fini(&got.vars);
		free(copy);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int memory_fd = -1, raw_fd = -1;
	struct reading got = { .body = STR_NULL };
	struct err err = { "" };
	enum fcgi_scan_result result;
	uint8_t *copy;

	if (raw_fd == -1) {
		fuzz_promise(fcgi_stream_library_init(&err) == 0);
		fuzz_promise((raw_fd = memfd_create("raw", MFD_CLOEXEC)) != -1);
	}
	if (size == 0)
		return 0;
	copy = (uint8_t *)fuzz_copy(str_mem(data, size));
	cgi_vars_init(&got.vars);
	result = fcgi_scan_whole(&got.scan, copy, size, &got.vars, &got.body);
	if (result == FCGI_SCAN_COMPLETE) {
		fuzz_promise(fuzz_is_inside(got.body, str_mem(copy, size)));
		fuzz_promise(got.body.n == got.scan.n_stdin);
		got.body = str_take(got.body, REQUEST_BODY_MAX_BYTES);
		read_prefixes(data, size, &got);
		read_pieces(data, size, &got, &memory_fd);
		if (!is_padded(data, size, fcgi_scan_is_check(&got.scan))) {
			fuzz_promise(lseek(raw_fd, 0, SEEK_SET) == 0 &&
				     ftruncate(raw_fd, 0) == 0 &&
				     file_write_all(raw_fd, data, size) == 0 &&
				     lseek(raw_fd, 0, SEEK_SET) == 0);
			read_by_libfcgi(raw_fd, &got);
		}
	} else {
		if (result == FCGI_SCAN_MORE)
			fuzz_promise(memcmp(copy, data, size) == 0);
		refuse_pieces(data, size, result);
	}
	cgi_vars_fini(&got.vars);
	free(copy);
	return 0;
}
