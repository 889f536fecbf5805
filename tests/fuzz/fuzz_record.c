/*
 * fuzz_record.c - what stands in a line of a journal: a stored session, a user; and the handle of a
 * session
 *
 * What is read and written again reads as the same from then on.
 */
#include "fuzz/fuzz.h"
#include "journal/journal.h"
#include "model/session_list.h"
#include "model/user.h"

static void
check_session(struct str json)
{
	struct user_session a, b;
	struct buf once, twice;
	char key[USER_SESSION_KEY_BYTES];
	struct digest_tag tag;

	if (!user_session_read(&a, json))
		return;
	tag = user_session_tag(&a);
	user_session_key(&tag, key);
	fuzz_promise(str_eq_z(a.base.key, key));
	fuzz_promise(strlen(a.user_id) < sizeof(a.user_id));
	buf_init(&once, JOURNAL_VALUE_MAX_BYTES);
	buf_init(&twice, JOURNAL_VALUE_MAX_BYTES);
	base_write(&a.base, &once);
	fuzz_promise(buf_error(&once) == 0);
	/* A user id that is no UTF-8 may be too long for its place, once it is. */
	if (user_session_read(&b, buf_str(&once))) {
		base_write(&b.base, &twice);
		fuzz_promise(str_eq(buf_str(&once), buf_str(&twice)));
		fuzz_promise(b.duration_s == a.duration_s && b.idle_s == a.idle_s);
		fuzz_promise(b.base.created_ms == a.base.created_ms);
	}
	buf_fini(&once);
	buf_fini(&twice);
}

static void
check_user(struct str json)
{
	struct base *a = user_model.parse(json), *b;
	struct buf once, twice;

	if (a == NULL)
		return;
	buf_init(&once, 1 << 20);
	buf_init(&twice, 1 << 20);
	base_write(a, &once);
	if (buf_error(&once) == 0 && (b = user_model.parse(buf_str(&once))) != NULL) {
		base_write(b, &twice);
		fuzz_promise(str_eq(buf_str(&once), buf_str(&twice)));
		base_unref(b);
	}
	base_unref(a);
	buf_fini(&once);
	buf_fini(&twice);
}

static void
check_handle(struct str text)
{
	if (!session_handle_is_sound(text))
		return;
	fuzz_promise(text.n == SESSION_HANDLE_BYTES - 1);
	for (size_t i = 0; i < text.n; i++)
		fuzz_promise(
		    strchr("0123456789abcdef", text.p[i]) != NULL && text.p[i] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_mem(data, size);
	char *copy;

	if (size > JOURNAL_VALUE_MAX_BYTES)
		return 0;
	copy = fuzz_copy(text);
	text.p = copy;
	check_session(text);
	check_user(text);
	check_handle(text);
	free(copy);
	return 0;
}
