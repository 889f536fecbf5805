/* fuzz_cookie.c - a name, a line feed, a Cookie header: find it; write it; find it again */
#include "http/cookie.h"

#include "fuzz/fuzz.h"

/* A cookie that was written is exactly one, with the attributes that were asked for. */
static void
check_format(struct str name, struct str value)
{
	const struct cookie cookie = { .name = name,
		.value = value,
		.path = STR_LIT("/"),
		.http_only = true,
		.max_age_s = -1 };
	struct str tail = STR_LIT("; Path=/; HttpOnly; SameSite=Lax"), found;
	struct buf out;

	buf_init(&out, 1 << 20);
	cookie_format(&out, &cookie);
	if (buf_error(&out) == 0) {
		struct str text = buf_str(&out);

		fuzz_promise(cookie_is_token(name));
		fuzz_promise(str_ends_with(text, tail));
		text.n -= tail.n;
		fuzz_promise(str_index(text, ';') < 0);
		for (size_t i = 0; i < text.n; i++)
			fuzz_promise(text.p[i] > ' ' && text.p[i] <= '~');
		fuzz_promise(
		    cookie_find(text, STR_NULL, name, &found) == 0 && str_eq(found, value));
	}
	buf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str name, header, value = STR_NULL;
	char *copy;

	(void)str_split(str_mem(data, size), '\n', &name, &header);
	copy = fuzz_copy(header);
	header.p = copy;
	if (cookie_find(header, STR_NULL, name, &value) == 0) {
		fuzz_promise(!str_is_null(value) && fuzz_is_inside(value, header));
		fuzz_promise(str_index(value, ';') < 0);
		fuzz_promise(fuzz_is_inside(value, header));
		/* Names are never decoded: the bytes of the name stand in the header. */
		fuzz_promise(name.n == 0 || memmem(header.p, header.n, name.p, name.n) != NULL);
		check_format(name, value);
	}
	check_format(name, header);
	free(copy);
	return 0;
}
