/* fuzz_codec.c - Base64, percent escapes and UTF-8 of any bytes */
#include <sodium.h>

#include "core/base64.h"
#include "core/percent.h"
#include "core/utf8.h"
#include "fuzz/fuzz.h"

/* Strict: exactly one text stands for the bytes. */
static void
check_base64(struct str text)
{
	struct buf out;
	char *again;

	buf_init(&out, 1 << 22);
	if (base64_decode(text, &out) == 0) {
		again =
		    malloc(sodium_base64_ENCODED_LEN(out.n, sodium_base64_VARIANT_ORIGINAL));
		fuzz_promise(again != NULL);
		fuzz_promise(
		    sodium_bin2base64(again,
			sodium_base64_ENCODED_LEN(out.n, sodium_base64_VARIANT_ORIGINAL),
			(const unsigned char *)buf_str(&out).p, out.n,
			sodium_base64_VARIANT_ORIGINAL) != NULL);
		fuzz_promise(str_eq_z(text, again));
		free(again);
	} else {
		fuzz_promise(out.n == 0 && buf_error(&out) == 0);
	}
	buf_fini(&out);
}

/* What is escaped byte by byte comes back. */
static void
check_percent(struct str text)
{
	static const char hex[] = "0123456789abcdef";
	struct buf escaped, out;

	buf_init(&escaped, 1 << 22);
	buf_init(&out, 1 << 22);
	percent_decode(text, &out);
	fuzz_promise(buf_error(&out) == 0 && out.n <= text.n);
	fuzz_promise(str_index(text, '%') >= 0 || str_eq(buf_str(&out), text));
	buf_clear(&out);
	for (size_t i = 0; i < text.n; i++)
		buf_add(&escaped,
		    (const char[]){ '%', hex[text.p[i] >> 4 & 0xf], hex[text.p[i] & 0xf] }, 3);
	percent_decode_form(buf_str(&escaped), &out);
	fuzz_promise(str_eq(buf_str(&out), text));
	buf_fini(&escaped);
	buf_fini(&out);
}

static void
check_utf8(struct str text)
{
	bool is_valid = utf8_is_valid(text), goes_on = true;

	while (text.n > 0 && goes_on) {
		uint32_t code = 0;
		size_t n = utf8_next(text, &code);

		goes_on = n > 0;
		fuzz_promise(n <= 4 && n <= text.n);
		fuzz_promise(n == 0 || code <= 0x10ffff);
		fuzz_promise(n == 0 || code < 0xd800 || code > 0xdfff);
		text = str_skip(text, n);
	}
	fuzz_promise(is_valid == goes_on);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_mem(data, size);
	char *copy;

	if (size > 1 << 16)
		return 0;
	copy = fuzz_copy(text);
	text.p = copy;
	check_base64(text);
	check_percent(text);
	check_utf8(text);
	free(copy);
	return 0;
}
