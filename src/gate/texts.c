/* texts.c - see texts.h */
#include "gate/texts.h"

#include <errno.h>
#include <stdlib.h>

#include "core/utf8.h"
#include "gate/page_names.h"

#define KEYS_MAX       256
#define LANGS_MAX      64
#define LANG_MAX_BYTES 35 /* RFC 5646 section 4.4.1 */
#define ENGLISH        0

struct file {
	struct file *next;
	char content[];
};

struct language {
	struct str name;
	struct str values[KEYS_MAX]; /* STR_NULL: not in this one */
};

struct texts {
	struct str keys[KEYS_MAX];
	int n_keys, n_languages;
	struct language *languages[LANGS_MAX];
	struct file *files; /* what all views are of */
};

int
texts_new(struct texts **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret != NULL ? 0 : -ENOMEM;
}

void
texts_free(struct texts *texts)
{
	if (texts == NULL)
		return;
	for (int i = 0; i < texts->n_languages; i++)
		free(texts->languages[i]);
	while (texts->files != NULL) {
		struct file *file = texts->files;

		texts->files = file->next;
		free(file);
	}
	free(texts);
}

static bool
is_lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool
texts_is_lang(struct str lang)
{
	struct str part, rest = lang;

	if (lang.n > LANG_MAX_BYTES)
		return false;
	do {
		(void)str_split(rest, '-', &part, &rest);
		if (part.n == 0)
			return false;
		for (size_t i = 0; i < part.n; i++)
			if (!is_lower_alnum(part.p[i]) && (part.p[i] < 'A' || part.p[i] > 'Z'))
				return false;
	} while (!str_is_null(rest));
	return true;
}

int
texts_find_lang(const struct texts *texts, struct str lang)
{
	for (int i = 0; i < texts->n_languages; i++)
		if (str_eq_nocase(texts->languages[i]->name, lang))
			return i;
	return -1;
}

int
texts_find_key(const struct texts *texts, struct str key)
{
	for (int i = 0; i < texts->n_keys; i++)
		if (str_eq(texts->keys[i], key))
			return i;
	return -1;
}

struct str
texts_lang(const struct texts *texts, int lang)
{
	return texts->languages[lang]->name;
}

struct str
texts_get(const struct texts *texts, int lang, int key)
{
	struct str text = texts->languages[lang]->values[key];

	return str_is_null(text) ? texts->languages[ENGLISH]->values[key] : text;
}

/* --------------------------------------------------------------------------- reading */

static bool
is_key(struct str key)
{
	for (size_t i = 0; i < key.n; i++)
		if (!is_lower_alnum(key.p[i]) && key.p[i] != '_')
			return false;
	return key.n > 0;
}

/* What is wrong with the names in it; "": nothing. */
static int
check_text(struct str text, struct str *ret_name)
{
	const char *at;

	while ((at = memmem(text.p, text.n, "{{", 2)) != NULL) {
		const char *end;
		int name;

		text = str_skip(text, (size_t)(at - text.p) + 2);
		end = memmem(text.p, text.n, "}}", 2);
		*ret_name = str_take(text, end != NULL ? (size_t)(end - text.p) : text.n);
		name = end != NULL ? page_name_find(*ret_name) : -1;
		if (name < 0 || page_name_kind((enum page_name)name) != PAGE_NAME_VALUE)
			return -EINVAL;
		text = str_skip(text, ret_name->n + 2);
	}
	return 0;
}

static int
add_line(struct texts *texts, int lang, struct str line, const char *path, unsigned number,
    struct err *err)
{
	struct str key, text, name;
	int at;

	if (!str_split(line, '=', &key, &text))
		return err_set(
		    err, -EINVAL, "%s line %u: it has no \"=\": key = text", path, number);
	key = str_trim(key);
	text = str_trim(text);
	if (!is_key(key))
		return err_set(err, -EINVAL,
		    "%s line %u: a key is small letters, digits and underscores: \"%.*s\"",
		    path, number, STR_FMT(str_take(key, 64)));
	if (str_has_control(text))
		return err_set(
		    err, -EINVAL, "%s line %u: the text has a control character", path, number);
	if (check_text(text, &name) != 0)
		return err_set(err, -EINVAL, "%s line %u: a text cannot have {{%.*s}}", path,
		    number, STR_FMT(str_take(name, 64)));
	if ((at = texts_find_key(texts, key)) < 0) {
		if (lang != ENGLISH)
			return err_set(err, -EINVAL,
			    "%s line %u: the English texts have no \"%.*s\"", path, number,
			    STR_FMT(str_take(key, 64)));
		if (texts->n_keys == KEYS_MAX)
			return err_set(err, -EINVAL, "%s line %u: more than %d keys", path,
			    number, KEYS_MAX);
		at = texts->n_keys++;
		texts->keys[at] = key;
	}
	texts->languages[lang]->values[at] = text;
	return 0;
}

static int
add_lines(struct texts *texts, int lang, struct str content, const char *path, struct err *err)
{
	unsigned number = 0;
	struct str line;
	int r = 0;

	while (r == 0 && content.n > 0) {
		(void)str_split(content, '\n', &line, &content);
		if (str_ends_with(line, STR_LIT("\r")))
			line.n--;
		number++;
		if (str_trim(line).n > 0 && !str_starts_with(line, STR_LIT("#")))
			r = add_line(texts, lang, line, path, number, err);
	}
	return r;
}

/* A language of that name, its name kept in text. */
static int
take_language(struct texts *texts, struct str name, int *ret_lang)
{
	struct language *language;

	if ((*ret_lang = texts_find_lang(texts, name)) >= 0)
		return 0;
	if (texts->n_languages == LANGS_MAX)
		return -E2BIG;
	if ((language = calloc(1, sizeof(*language))) == NULL)
		return -ENOMEM;
	language->name = name;
	*ret_lang = texts->n_languages++;
	texts->languages[*ret_lang] = language;
	return 0;
}

int
texts_add(
    struct texts *texts, struct str lang, struct str content, const char *path, struct err *err)
{
	struct file *file;
	int at, r;

	if (content.n > TEXTS_MAX_BYTES)
		return err_set(err, -EFBIG, "%s is longer than 64 KiB", path);
	if (!utf8_is_valid(content) || str_index(content, '\0') >= 0)
		return err_set(err, -EINVAL, "%s is not UTF-8", path);
	if ((file = malloc(sizeof(*file) + content.n + lang.n)) == NULL)
		return err_set(err, -ENOMEM, "no memory");
	if (content.n > 0)
		memcpy(file->content, content.p, content.n);
	memcpy(file->content + content.n, lang.p, lang.n);
	file->next = texts->files;
	texts->files = file;
	if ((r = take_language(texts, str_mem(file->content + content.n, lang.n), &at)) != 0)
		return err_set(err, r, "%s: %s", path,
		    r == -ENOMEM ? "no memory" : "more than 64 languages");
	return add_lines(texts, at, str_mem(file->content, content.n), path, err);
}

/* -------------------------------------------------------------------- the one to show */

#define Q_ONE 1000

/* RFC 9110 section 12.4.2: "0.8" is 800; what is none is 0, as is "q=0". */
static int
weight_of(struct str parameters)
{
	struct str q = str_trim(parameters), digits;
	int n = 0;

	if (!str_starts_with(q, STR_LIT("q=")))
		return Q_ONE;
	q = str_skip(q, 2);
	if (str_starts_with(q, STR_LIT("1")))
		return Q_ONE;
	if (!str_starts_with(q, STR_LIT("0.")))
		return 0;
	digits = str_skip(q, 2);
	for (size_t i = 0; i < 3; i++) {
		char c = i < digits.n ? digits.p[i] : '0';

		if (c < '0' || c > '9')
			return 0;
		n = n * 10 + (c - '0');
	}
	return n;
}

/* "de-AT": that, else "de"; -1: neither is there. */
static int
look_up(const struct texts *texts, struct str range)
{
	while (range.n > 0) {
		size_t n = range.n;
		int lang = texts_find_lang(texts, range);

		if (lang >= 0)
			return lang;
		while (n > 0 && range.p[n - 1] != '-')
			n--;
		range = str_take(range, n > 0 ? n - 1 : 0);
	}
	return -1;
}

int
texts_choose(const struct texts *texts, struct str accept_language)
{
	struct str rest = accept_language, item, range, parameters;
	int best = ENGLISH, best_weight = 0;

	while (rest.n > 0) {
		int lang, weight;

		(void)str_split(rest, ',', &item, &rest);
		(void)str_split(item, ';', &range, &parameters);
		weight = weight_of(parameters);
		if (weight > best_weight && (lang = look_up(texts, str_trim(range))) >= 0) {
			best = lang;
			best_weight = weight;
		}
	}
	return best;
}
