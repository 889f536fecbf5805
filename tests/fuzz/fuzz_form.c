/*
 * fuzz_form.c - a Content-Type, a line feed, a body: fields
 *
 * An empty Content-Type stands for multipart/form-data; boundary=b.
 */
#include "http/form.h"

#include <errno.h>

#include "fuzz/fuzz.h"

static void
check_field(const struct form *form, struct str name, struct str body)
{
	struct str value = STR_NULL;

	if (form_find(form, name, &value) != 0)
		return;
	fuzz_promise(!str_is_null(value));
	fuzz_promise(
	    fuzz_is_inside(value, buf_str(&form->memory)) || fuzz_is_inside(value, body));
	fuzz_promise(value.n <= body.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str type, body;
	struct form form;
	char *copy;
	int r;

	(void)str_split(str_mem(data, size), '\n', &type, &body);
	if (type.n == 0)
		type = STR_LIT("multipart/form-data; boundary=b");
	copy = fuzz_copy(body);
	body.p = copy;
	r = form_init(&form, type, body);
	fuzz_promise(
	    r == 0 || r == FORM_E_TYPE || r == FORM_E_MALFORMED || r == FORM_E_TOO_MANY);
	fuzz_promise(r == 0 || form.n_fields == 0);
	fuzz_promise(form.n_fields <= FORM_FIELDS_MAX);
	fuzz_promise(buf_error(&form.memory) == 0);
	check_field(&form, STR_LIT("email"), body);
	check_field(&form, STR_LIT("password"), body);
	check_field(&form, STR_LIT("a"), body);
	check_field(&form, STR_LIT(""), body);
	form_wipe(&form);
	free(copy);
	return 0;
}
