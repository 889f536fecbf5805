/* export.c - writing the original's files; see import.h */
#include "model/import.h"

#include <string.h>

#include "http/json_write.h"

struct writer {
	struct buf *out;
	bool is_first;
};

/* Times as the original writes them: whole seconds, 'T'. */
static void
add_time(struct buf *out, const char *name, int64_t ms)
{
	char text[BASE_TIME_BYTES];

	base_format_time(ms, text);
	text[10] = 'T';
	buf_addf(out, ", \"%s\": \"%.19s\"", name, text);
}

static void
begin_object(struct writer *writer, const struct base *base)
{
	buf_addf(writer->out, "%s\"%s\": {\"id\": \"%s\"", writer->is_first ? "" : ",\n",
	    base->id, base->id);
	writer->is_first = false;
	add_time(writer->out, "created_at", base->created_ms);
	add_time(writer->out, "updated_at", base->updated_ms);
}

static void
add_text(struct buf *out, const char *name, struct str text)
{
	buf_addf(out, ", \"%s\": ", name);
	if (str_is_null(text))
		buf_add_z(out, "null");
	else
		json_write_string(out, text);
}

static bool
write_one(void *arg, struct base *base)
{
	static const char *const of_user[] = { "email", "_password", "first_name", "last_name",
		NULL };
	static const char *const of_session[] = { "user_id", "session_id", NULL };
	struct writer *writer = arg;
	const char *const *name = base->model == &user_model ? of_user : of_session;

	begin_object(writer, base);
	for (; *name != NULL; name++)
		add_text(writer->out, *name, base_attribute(base, str_of(*name)));
	buf_add_char(writer->out, '}');
	return buf_error(writer->out) == 0;
}

static int
write_all(struct collection *c, struct buf *out)
{
	struct writer writer = { out, true };
	int r;

	buf_add_char(out, '{');
	r = collection_each(c, write_one, &writer);
	buf_add_z(out, "}\n");
	return r != 0 ? r : buf_error(out);
}

int
import_write_users(struct users *users, struct buf *out)
{
	return write_all(users_collection(users), out);
}

int
import_write_user_sessions(struct user_sessions *sessions, struct buf *out)
{
	return write_all(user_sessions_collection(sessions), out);
}
