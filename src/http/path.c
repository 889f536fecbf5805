/* path.c - see path.h */
#include "http/path.h"

#include <stdbool.h>

#include "core/percent.h"

#define NO_ROUTE STR_LIT("")

/* Path of a request target: without scheme and authority, without query and fragment. */
static struct str
path_of_target(struct str target)
{
	ptrdiff_t at;

	for (size_t i = 0; i < target.n; i++)
		if (target.p[i] == '?' || target.p[i] == '#')
			target.n = i;
	if (str_starts_with(target, STR_LIT("/")))
		return target;
	/* RFC 9112 section 3.2.2: servers must take http://host/path, and nginx passes it on.
	 */
	at = str_index(target, ':');
	if (at < 0 || str_index(str_take(target, (size_t)at), '/') >= 0 ||
	    !str_starts_with(str_skip(target, (size_t)at), STR_LIT("://")))
		return NO_ROUTE;
	target = str_skip(target, (size_t)at + 3);
	at = str_index(target, '/');
	return at < 0 ? NO_ROUTE : str_skip(target, (size_t)at);
}

static bool
is_dot_segment(struct str segment)
{
	return str_eq_z(segment, ".") || str_eq_z(segment, "..");
}

static bool
has_dot_segment(struct str path)
{
	if (str_index(path, '.') < 0)
		return false; /* as nearly always */
	while (!str_is_null(path)) {
		struct str segment;

		(void)str_split(path, '/', &segment, &path);
		if (is_dot_segment(segment))
			return true;
	}
	return false;
}

static bool
is_good(struct str path)
{
	return str_starts_with(path, STR_LIT("/")) && path.n <= PATH_MAX_BYTES &&
	       !has_dot_segment(path);
}

struct escapes {
	bool any, nul, slash, malformed;
};

static struct escapes
look_at_escapes(struct str raw)
{
	struct escapes found = { 0 };

	for (size_t i = 0; i < raw.n; i++) {
		if (raw.p[i] != '%')
			continue;
		found.any = true;
		switch (percent_escape(str_skip(raw, i))) {
		case -1:
			found.malformed = true;
			break;
		case '\0':
			found.nul = true;
			break;
		case '/':
			found.slash = true;
			break;
		default:
			break;
		}
	}
	return found;
}

/* Append path without dot segments, double slashes and a slash at the end. */
static struct str
merged(struct str path, struct buf *memory)
{
	size_t from = memory->n;

	while (!str_is_null(path)) {
		struct str segment;

		(void)str_split(path, '/', &segment, &path);
		if (str_eq_z(segment, "..")) {
			/* Back over the last segment and its slash. */
			while (memory->n > from && memory->p[--memory->n] != '/')
				;
		} else if (segment.n > 0 && !str_eq_z(segment, ".")) {
			buf_add_char(memory, '/');
			buf_add_str(memory, segment);
		}
	}
	return str_skip(buf_str(memory), from);
}

int
path_resolve(struct str script_name, struct str path_info, struct str request_uri,
    struct buf *memory, struct str *ret_path, struct str *ret_asked)
{
	struct str raw = path_of_target(request_uri), path, decoded;
	struct escapes escapes = look_at_escapes(raw);
	bool is_odd = has_dot_segment(raw) || escapes.any;
	bool is_split = script_name.n > 0 && path_info.n > 0;
	size_t at;

	*ret_path = *ret_asked = NO_ROUTE;
	/*
	 * Once, so that views stay: the two joined; raw decoded; both merged, which may add a
	 * slash at the start.
	 */
	if ((is_odd || is_split) &&
	    buf_reserve(memory, 2 * (script_name.n + path_info.n + raw.n + 2)) == NULL)
		return buf_error(memory);
	path = script_name.n > 0 ? script_name : path_info;
	if (is_split) {
		buf_add_str(memory, script_name);
		buf_add_str(memory, path_info);
		path = buf_str(memory);
	}
	decoded = raw;
	if (is_odd) {
		at = memory->n;
		percent_decode(raw, memory);
		decoded = str_skip(buf_str(memory), at);
		is_odd = escapes.slash || escapes.malformed || has_dot_segment(decoded);
	}
	*ret_asked = raw.n > 0 ? decoded : path;
	if (escapes.nul)
		return 0;
	if (path.n == 0) {
		if (is_odd)
			return 0;
		path = decoded;
	}
	if (!is_good(path))
		return 0;
	if (is_odd) {
		decoded = merged(decoded, memory);
		if (str_eq(decoded, merged(path, memory)))
			return 0;
	}
	*ret_path = path;
	return 0;
}
