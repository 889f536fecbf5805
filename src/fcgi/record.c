/* record.c - see record.h */
#include "fcgi/record.h"

#include <fastcgi.h>
#include <string.h>

static size_t
min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

void
fcgi_scan_init(struct fcgi_scan *scan)
{
	memset(scan, 0, sizeof(*scan));
}

void
fcgi_scan_header(uint8_t ret_header[FCGI_SCAN_HEADER_BYTES], uint8_t type, uint16_t request_id,
    uint16_t n_content)
{
	ret_header[0] = FCGI_VERSION_1;
	ret_header[1] = type;
	ret_header[2] = (uint8_t)(request_id >> 8);
	ret_header[3] = (uint8_t)(request_id & 0xff);
	ret_header[4] = (uint8_t)(n_content >> 8);
	ret_header[5] = (uint8_t)(n_content & 0xff);
	ret_header[6] = 0; /* padding */
	ret_header[7] = 0; /* reserved */
}

static uint32_t
length_at(const uint8_t *p)
{
	return (p[0] & 0x80) == 0 ? p[0]
				  : (uint32_t)(p[0] & 0x7f) << 24 | (uint32_t)p[1] << 16 |
					(uint32_t)p[2] << 8 | p[3];
}

/*
 * The two lengths at the beginning of n bytes: how many bytes they take, or 0: they are not all
 * there.
 */
static size_t
pair_lengths(const uint8_t *p, size_t n, uint32_t *ret_n_name, uint32_t *ret_n_value)
{
	size_t at_value = (p[0] & 0x80) != 0 ? 4 : 1, end;

	if (n <= at_value)
		return 0;
	end = at_value + ((p[at_value] & 0x80) != 0 ? 4 : 1);
	if (n < end)
		return 0;
	*ret_n_name = length_at(p);
	*ret_n_value = length_at(p + at_value);
	return end;
}

/* One more pair.  False: more than there may be. */
static bool
count_pair(struct fcgi_scan *scan, uint32_t n_name, uint32_t n_value)
{
	if ((uint64_t)n_name + n_value > FCGI_SCAN_PARAMS_MAX_BYTES)
		scan->limit = FCGI_SCAN_BYTES;
	else if (++scan->n_pairs > FCGI_SCAN_PAIRS_MAX)
		scan->limit = FCGI_SCAN_PAIRS;
	return scan->limit == FCGI_SCAN_NO_LIMIT;
}

/*
 * A name with an equals sign would be another one where it stands before its value: in the
 * environment, and in what libfcgi hands over.
 */
static bool
is_name(const uint8_t *p, size_t n)
{
	return memchr(p, '=', n) == NULL;
}

static const char gate[] = "GATE";
#define GATE_BYTES (sizeof(gate) - 1)

/* Some of the bytes of a pair. */
static bool
read_pair(struct fcgi_scan *scan, const uint8_t *p, size_t n)
{
	size_t n_name = min_size(n, scan->n_name_bytes);

	if (scan->may_be_gate && n_name > 0) {
		scan->may_be_gate =
		    memcmp(p, gate + GATE_BYTES - scan->n_name_bytes, n_name) == 0;
		if (scan->may_be_gate && n_name == scan->n_name_bytes)
			scan->has_gate = true;
	}
	scan->n_name_bytes -= (uint32_t)n_name;
	scan->n_pair_bytes -= (uint32_t)n;
	return is_name(p, n_name);
}

/* Follow the lengths of the pairs.  False: more than there may be, or no name. */
static bool
read_params(struct fcgi_scan *scan, const uint8_t *p, size_t n)
{
	if (scan->params != NULL)
		buf_add(scan->params, p, n);
	scan->n_params += n;
	if (scan->n_params > FCGI_SCAN_PARAMS_MAX_BYTES) {
		scan->limit = FCGI_SCAN_BYTES;
		return false;
	}
	while (n > 0) {
		uint32_t n_name, n_value;

		if (scan->n_pair_bytes > 0) {
			size_t take = min_size(n, scan->n_pair_bytes);

			if (!read_pair(scan, p, take))
				return false;
			p += take;
			n -= take;
			continue;
		}
		scan->pair[scan->n_pair++] = *p++;
		n--;
		if (pair_lengths(scan->pair, scan->n_pair, &n_name, &n_value) == 0)
			continue;
		scan->n_pair = 0;
		if (!count_pair(scan, n_name, n_value))
			return false;
		scan->may_be_gate = n_name == GATE_BYTES;
		scan->n_name_bytes = n_name;
		scan->n_pair_bytes = n_name + n_value;
	}
	return true;
}

static void
read_stdin(struct fcgi_scan *scan, const uint8_t *p, size_t n)
{
	scan->n_stdin += n;
	if (scan->body != NULL && scan->body->n < scan->body_max_bytes)
		buf_add(scan->body, p, min_size(n, scan->body_max_bytes - scan->body->n));
}

/* FCGI_BEGIN_REQUEST has been read whole. */
static enum fcgi_scan_result
read_begin(struct fcgi_scan *scan)
{
	scan->role = (uint16_t)(scan->begin[0] << 8 | scan->begin[1]);
	scan->is_kept = (scan->begin[2] & FCGI_KEEP_CONN) != 0;
	scan->phase = FCGI_SCAN_PARAMS;
	if (scan->role != FCGI_SCAN_ROLE_RESPONDER) {
		scan->must_close = true;
		if (scan->role != FCGI_SCAN_ROLE_AUTHORIZER &&
		    scan->role != FCGI_SCAN_ROLE_FILTER)
			return FCGI_SCAN_ROLE;
	}
	return FCGI_SCAN_MORE;
}

/* The variables are whole. */
static enum fcgi_scan_result
end_params(struct fcgi_scan *scan)
{
	if (!fcgi_scan_is_check(scan))
		return FCGI_SCAN_MORE;
	scan->must_close = true;
	scan->may_go_on = true;
	return FCGI_SCAN_COMPLETE;
}

/* A header has been read whole: may such a record stand here? */
static enum fcgi_scan_result
read_header(struct fcgi_scan *scan, const uint8_t *h)
{
	uint8_t type = h[1];
	uint16_t request_id = (uint16_t)(h[2] << 8 | h[3]);

	scan->n_content = (unsigned)(h[4] << 8 | h[5]);
	scan->n_padding = h[6];
	if (h[0] != FCGI_VERSION_1)
		return FCGI_SCAN_MALFORMED;
	if (request_id == FCGI_NULL_REQUEST_ID)
		return FCGI_SCAN_MANAGEMENT;
	if (scan->phase == FCGI_SCAN_BEGIN) {
		if (type != FCGI_BEGIN_REQUEST || scan->n_content != sizeof(scan->begin))
			return FCGI_SCAN_MALFORMED;
		scan->request_id = request_id;
		return FCGI_SCAN_MORE;
	}
	/* One request at a time: a second id would be multiplexing, which nobody asks for. */
	if (request_id != scan->request_id)
		return FCGI_SCAN_MALFORMED;
	if (type == FCGI_ABORT_REQUEST)
		return FCGI_SCAN_ABORTED;
	if (type != (scan->phase == FCGI_SCAN_PARAMS ? FCGI_PARAMS : FCGI_STDIN))
		return FCGI_SCAN_MALFORMED;
	if (scan->n_content > 0)
		return FCGI_SCAN_MORE;
	/* The end of a stream. */
	if (scan->phase == FCGI_SCAN_PARAMS) {
		if (scan->n_pair > 0 || scan->n_pair_bytes > 0)
			return FCGI_SCAN_MALFORMED;
		scan->phase = FCGI_SCAN_STDIN;
		return end_params(scan);
	}
	if (scan->n_padding > 0)
		scan->must_close = true;
	scan->may_go_on = scan->role == FCGI_SCAN_ROLE_FILTER; /* with FCGI_DATA */
	return FCGI_SCAN_COMPLETE;
}

/* Some content of the record at hand. */
static enum fcgi_scan_result
read_content(struct fcgi_scan *scan, const uint8_t *p, size_t n)
{
	scan->n_content -= (unsigned)n;
	switch (scan->phase) {
	case FCGI_SCAN_BEGIN:
		memcpy(scan->begin + scan->n_begin, p, n);
		scan->n_begin += (unsigned)n;
		if (scan->n_begin == sizeof(scan->begin))
			return read_begin(scan);
		break;
	case FCGI_SCAN_PARAMS:
		if (!read_params(scan, p, n))
			return FCGI_SCAN_MALFORMED;
		break;
	case FCGI_SCAN_STDIN:
		read_stdin(scan, p, n);
		break;
	}
	return FCGI_SCAN_MORE;
}

enum fcgi_scan_result
fcgi_scan_feed(struct fcgi_scan *scan, const uint8_t *p, size_t n, size_t *ret_used)
{
	enum fcgi_scan_result result = FCGI_SCAN_MORE;
	size_t used = 0;

	while (used < n && result == FCGI_SCAN_MORE) {
		size_t take;

		if (scan->n_content > 0) {
			take = min_size(n - used, scan->n_content);
			result = read_content(scan, p + used, take);
		} else if (scan->n_padding > 0) {
			take = min_size(n - used, scan->n_padding);
			scan->n_padding -= (unsigned)take;
		} else {
			take = min_size(n - used, sizeof(scan->header) - scan->n_header);
			memcpy(scan->header + scan->n_header, p + used, take);
			scan->n_header += (unsigned)take;
			if (scan->n_header == sizeof(scan->header)) {
				scan->n_header = 0;
				result = read_header(scan, scan->header);
			}
		}
		used += take;
	}
	*ret_used = used;
	return result;
}

/* All pairs of a whole stream of variables. */
static bool
read_pairs(struct fcgi_scan *scan, const uint8_t *p, size_t n, struct cgi_vars *vars)
{
	while (n > 0) {
		uint32_t n_name, n_value;
		size_t n_lengths = 2;

		/* Nearly all are short. */
		if (n >= 2 && ((p[0] | p[1]) & 0x80) == 0) {
			n_name = p[0];
			n_value = p[1];
		} else if ((n_lengths = pair_lengths(p, n, &n_name, &n_value)) == 0) {
			return false;
		}
		if (!count_pair(scan, n_name, n_value) ||
		    n - n_lengths < (size_t)n_name + n_value)
			return false;
		p += n_lengths;
		if (!cgi_vars_add(vars, str_mem(p, n_name), str_mem(p + n_name, n_value)) &&
		    !is_name(p, n_name))
			return false;
		p += n_name + n_value;
		n -= n_lengths + n_name + n_value;
	}
	return true;
}

/* One stream of a whole request: where its first record's content is, and how much there is. */
struct stream {
	uint8_t *p;
	size_t n;
	unsigned n_records;
};

static void
note_record(struct stream *stream, uint8_t *content, size_t n)
{
	if (stream->n_records++ == 0)
		stream->p = content;
	stream->n += n;
}

/* Put the contents of its records together, where the first one is. */
static void
join_records(const struct stream *stream)
{
	const uint8_t *from = stream->p - FCGI_SCAN_HEADER_BYTES;
	uint8_t *to = stream->p;

	for (unsigned k = 0; k < stream->n_records; k++) {
		size_t n = (size_t)(from[4] << 8 | from[5]), n_padding = from[6];

		from += FCGI_SCAN_HEADER_BYTES;
		memmove(to, from, n);
		to += n;
		from += n + n_padding;
	}
}

/* Is GATE among the variables?  Whoever knows only later reads them as they come. */
static enum fcgi_scan_result
look_for_gate(struct fcgi_scan *scan, const struct stream *params)
{
	const uint8_t *from = params->p - FCGI_SCAN_HEADER_BYTES;
	struct fcgi_scan walk;

	fcgi_scan_init(&walk);
	for (unsigned k = 0; k < params->n_records; k++) {
		size_t n = (size_t)(from[4] << 8 | from[5]), n_padding = from[6];

		from += FCGI_SCAN_HEADER_BYTES;
		if (!read_params(&walk, from, n)) {
			scan->limit = walk.limit;
			return FCGI_SCAN_MALFORMED;
		}
		from += n + n_padding;
	}
	scan->has_gate = walk.has_gate;
	return end_params(scan);
}

/* The variables are whole, and nearly always in one record: read them where they are. */
static enum fcgi_scan_result
end_whole_params(struct fcgi_scan *scan, const struct stream *params, struct cgi_vars *vars)
{
	scan->n_params = params->n;
	if (params->n > FCGI_SCAN_PARAMS_MAX_BYTES)
		scan->limit = FCGI_SCAN_BYTES;
	if (scan->limit != FCGI_SCAN_NO_LIMIT)
		return FCGI_SCAN_MALFORMED;
	if (params->n_records > 1)
		return look_for_gate(scan, params);
	if (!read_pairs(scan, params->p, params->n, vars))
		return FCGI_SCAN_MALFORMED;
	scan->has_gate = !str_is_null(vars->values[CGI_GATE]);
	return end_params(scan);
}

/* The records of a whole request, to its end.  ret_at: what follows. */
static enum fcgi_scan_result
read_records(struct fcgi_scan *scan, uint8_t *p, size_t n, struct cgi_vars *vars,
    struct stream *params, struct stream *body, size_t *ret_at)
{
	enum fcgi_scan_result result = FCGI_SCAN_MORE;
	size_t at = 0;

	while (result == FCGI_SCAN_MORE) {
		bool is_in_params = scan->phase == FCGI_SCAN_PARAMS;
		size_t n_content;

		if (n - at < FCGI_SCAN_HEADER_BYTES)
			return FCGI_SCAN_MORE;
		result = read_header(scan, p + at);
		at += FCGI_SCAN_HEADER_BYTES;
		n_content = scan->n_content;
		if (is_in_params && scan->phase == FCGI_SCAN_STDIN)
			result = end_whole_params(scan, params, vars);
		if (result != FCGI_SCAN_MORE)
			break;
		if (n - at < n_content + scan->n_padding)
			return FCGI_SCAN_MORE;
		if (scan->phase == FCGI_SCAN_BEGIN) {
			memcpy(scan->begin, p + at, sizeof(scan->begin));
			result = read_begin(scan);
		} else if (n_content > 0) {
			note_record(
			    scan->phase == FCGI_SCAN_PARAMS ? params : body, p + at, n_content);
		}
		at += n_content + scan->n_padding;
	}
	*ret_at = at;
	return result;
}

enum fcgi_scan_result
fcgi_scan_whole(
    struct fcgi_scan *scan, uint8_t *p, size_t n, struct cgi_vars *vars, struct str *ret_body)
{
	struct stream params = { NULL, 0, 0 }, body = { NULL, 0, 0 };
	enum fcgi_scan_result result;
	size_t at = 0;

	fcgi_scan_init(scan);
	result = read_records(scan, p, n, vars, &params, &body, &at);
	if (result == FCGI_SCAN_MORE) {
		cgi_vars_fini(vars);
		cgi_vars_init(vars);
	}
	if (result != FCGI_SCAN_COMPLETE)
		return result;
	if (params.n_records > 1) {
		join_records(&params);
		if (!read_pairs(scan, params.p, params.n, vars))
			return FCGI_SCAN_MALFORMED;
	}
	if (body.n_records > 1)
		join_records(&body);
	scan->n_stdin = body.n;
	*ret_body = str_mem(body.p, body.n);
	return at < n ? fcgi_scan_behind(scan, p + at, n - at) : FCGI_SCAN_COMPLETE;
}

enum fcgi_scan_result
fcgi_scan_behind(struct fcgi_scan *scan, const uint8_t *p, size_t n)
{
	struct fcgi_scan rest = *scan;
	enum fcgi_scan_result result;
	size_t used;

	scan->must_close = true;
	if (fcgi_scan_is_check(scan)) {
		rest.body = NULL;
		result = fcgi_scan_feed(&rest, p, n, &used);
		scan->may_go_on = rest.may_go_on;
		return result == FCGI_SCAN_ABORTED ? FCGI_SCAN_ABORTED : FCGI_SCAN_COMPLETE;
	}
	return n >= FCGI_SCAN_HEADER_BYTES && p[0] == FCGI_VERSION_1 &&
		       p[1] == FCGI_ABORT_REQUEST && (p[2] << 8 | p[3]) == scan->request_id
		   ? FCGI_SCAN_ABORTED
		   : FCGI_SCAN_COMPLETE;
}
