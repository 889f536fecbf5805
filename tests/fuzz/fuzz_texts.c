/* fuzz_texts.c - an Accept-Language line, a line feed, texts in English and another language */
#include "gate/template.h"
#include "gate/texts.h"

#include "fuzz/fuzz.h"

static void
check(const struct texts *texts, int lang)
{
	struct template_values values = { 0 };
	struct buf out;

	for (int name = 0; name < PAGE_NAMES_N; name++)
		values.of[name] = STR_LIT("x");
	for (int key = 0; key < 256; key++) {
		char text[16];
		int at;

		(void)snprintf(text, sizeof(text), "k%d", key);
		if ((at = texts_find_key(texts, str_of(text))) < 0)
			continue;
		buf_init(&out, 1 << 20);
		template_fill_text(texts_get(texts, lang, at), &values, &out);
		/* All names are replaced. */
		fuzz_promise(out.n == 0 || memmem(out.p, out.n, "{{", 2) == NULL);
		buf_fini(&out);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str header, content;
	struct texts *texts;
	struct err err = { "" };
	char *copy;
	int lang;

	(void)str_split(str_mem(data, size), '\n', &header, &content);
	copy = fuzz_copy(header);
	header.p = copy;
	fuzz_promise(texts_new(&texts) == 0);
	/* English takes each key, whatever it is called. */
	if (texts_add(texts, STR_LIT("en"), content, "x.txt", &err) == 0) {
		fuzz_promise(texts_add(texts, STR_LIT("de"), content, "x.txt", &err) == 0);
		fuzz_promise(
		    texts_add(texts, STR_LIT("pt-br"), STR_LIT("# none"), "x.txt", &err) == 0);
		lang = texts_choose(texts, header);
		fuzz_promise(lang >= 0 && lang < 3);
		check(texts, lang);
	} else {
		fuzz_promise(err.text[0] != '\0');
	}
	fuzz_promise(!texts_is_lang(header) || header.n <= 35);
	texts_free(texts);
	free(copy);
	return 0;
}
