/* fuzz_basic.c - any Authorization header: the credentials in it, which have one spelling */
#include "auth/auth_basic.h"

#include <sodium.h>

#include "fuzz/fuzz.h"

/* What was decoded, encoded again, is what stood there. */
static void
check_spelling(struct str base64, const struct buf *decoded)
{
	size_t n = sodium_base64_encoded_len(decoded->n, sodium_base64_VARIANT_ORIGINAL);
	char *again = malloc(n);

	fuzz_promise(again != NULL);
	(void)sodium_bin2base64(again, n, (const unsigned char *)decoded->p, decoded->n,
	    sodium_base64_VARIANT_ORIGINAL);
	fuzz_promise(str_eq_z(base64, again));
	free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str header = str_mem(data, size), base64, email, password;
	char *copy = fuzz_copy(header);
	struct buf decoded;

	header.p = copy;
	base64 = auth_basic_extract_base64(header);
	fuzz_promise(str_is_null(base64) || fuzz_is_inside(base64, header));
	buf_init(&decoded, 1 << 20);
	if (!str_is_null(base64) && auth_basic_decode_base64(base64, &decoded)) {
		struct str text = buf_str(&decoded);

		check_spelling(base64, &decoded);
		if (auth_basic_extract_credentials(text, &email, &password)) {
			fuzz_promise(str_index(email, ':') < 0);
			fuzz_promise(email.n + 1 + password.n == text.n);
			fuzz_promise(
			    fuzz_is_inside(email, text) && fuzz_is_inside(password, text));
		} else {
			fuzz_promise(str_index(text, ':') < 0);
		}
	}
	buf_wipe(&decoded);
	free(copy);
	return 0;
}
