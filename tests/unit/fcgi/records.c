/* records.c - see records.h */
#include "unit/fcgi/records.h"

#include <fastcgi.h>

void
records_add(struct buf *out, int type, int request_id, struct str content, int padding)
{
	buf_add_char(out, FCGI_VERSION_1);
	buf_add_char(out, (char)type);
	buf_add_char(out, (char)(request_id >> 8));
	buf_add_char(out, (char)request_id);
	buf_add_char(out, (char)(content.n >> 8));
	buf_add_char(out, (char)content.n);
	buf_add_char(out, (char)padding);
	buf_add_char(out, 0);
	buf_add_str(out, content);
	for (int i = 0; i < padding; i++)
		buf_add_char(out, 'p');
}

void
records_add_begin(struct buf *out, int role, int flags)
{
	char body[8] = { (char)(role >> 8), (char)role, (char)flags };

	records_add(out, FCGI_BEGIN_REQUEST, 1, str_mem(body, 8), 0);
}

static void
add_length(struct buf *out, size_t n)
{
	if (n < 128) {
		buf_add_char(out, (char)n);
		return;
	}
	buf_add_char(out, (char)(n >> 24 | 0x80));
	buf_add_char(out, (char)(n >> 16));
	buf_add_char(out, (char)(n >> 8));
	buf_add_char(out, (char)n);
}

void
records_add_pair(struct buf *out, struct str name, struct str value)
{
	add_length(out, name.n);
	add_length(out, value.n);
	buf_add_str(out, name);
	buf_add_str(out, value);
}

void
records_add_stream(struct buf *out, int type, struct str content, size_t chunk)
{
	for (; content.n > 0; content = str_skip(content, chunk))
		records_add(out, type, 1, str_take(content, chunk), (int)(content.n % 8));
	records_add(out, type, 1, STR_LIT(""), 0);
}

void
records_add_request(struct buf *out, bool is_kept, struct str body, size_t chunk)
{
	struct buf params;
	char text[200];

	buf_init(&params, 4096);
	memset(text, 'v', sizeof(text));
	records_add_pair(&params, STR_LIT("REQUEST_METHOD"), STR_LIT("POST"));
	records_add_pair(&params, STR_LIT("LONG"), str_mem(text, sizeof(text)));
	records_add_pair(&params, STR_LIT("EMPTY"), STR_LIT(""));
	records_add_begin(out, FCGI_RESPONDER, is_kept ? FCGI_KEEP_CONN : 0);
	records_add_stream(out, FCGI_PARAMS, buf_str(&params), chunk);
	records_add_stream(out, FCGI_STDIN, body, chunk);
	buf_fini(&params);
}
