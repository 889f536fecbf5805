/* challenge.c - see challenge.h */
#include "http/challenge.h"

static void
add_quoted(struct buf *out, struct str text)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			buf_add_char(out, '\\');
		if ((unsigned char)text.p[i] >= ' ' && text.p[i] != 0x7f)
			buf_add_char(out, text.p[i]);
	}
	buf_add_char(out, '"');
}

static void
begin(struct buf *out, const char *scheme, struct str realm)
{
	buf_add_z(out, scheme);
	buf_add_z(out, " realm=");
	add_quoted(out, str_is_empty(realm) ? STR_LIT("sessiongate") : realm);
}

void
challenge_basic(struct buf *out, struct str realm)
{
	begin(out, "Basic", realm);
	challenge_add(out, "charset", STR_LIT("UTF-8"));
}

void
challenge_cookie(struct buf *out, struct str realm)
{
	begin(out, "Cookie", realm);
}

void
challenge_add(struct buf *out, const char *name, struct str value)
{
	buf_add_z(out, ", ");
	buf_add_z(out, name);
	buf_add_char(out, '=');
	add_quoted(out, value);
}
