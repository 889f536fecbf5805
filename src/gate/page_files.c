/* page_files.c - see page_files.h */
#include "gate/page_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"

#define TEMPLATES_MAX 64
#define PATH_BYTES    4096

static const struct str HTML = STR_INIT(".html"), TXT = STR_INIT(".txt");

static const struct {
	const char *name, *content;
} builtin[] = {
#define PAGE_FILE(name, content) { name, content },
#include "gate/builtin_pages.inc"
#undef PAGE_FILE
};
#define N_BUILTIN (sizeof(builtin) / sizeof(builtin[0]))

struct named_template {
	char *name;
	struct template *template;
};

struct page_files {
	struct texts *texts;
	struct named_template templates[TEMPLATES_MAX];
	unsigned n_templates, n_languages, n_read;
};

/* "default" of "default.html"; STR_NULL: it is called otherwise. */
static struct str
stem(struct str name, struct str suffix)
{
	return str_ends_with(name, suffix) && name.n > suffix.n
		   ? str_take(name, name.n - suffix.n)
		   : STR_NULL;
}

static int
add_texts(struct page_files *files, struct str lang, struct str content, const char *path,
    struct err *err)
{
	if (!texts_is_lang(lang))
		return err_set(err, -EINVAL, "%s: no language is called \"%.*s\"", path,
		    STR_FMT(str_take(lang, 64)));
	if (texts_find_lang(files->texts, lang) < 0)
		files->n_languages++;
	return texts_add(files->texts, lang, content, path, err);
}

static int
add_template(struct page_files *files, struct str name, struct str content, const char *path,
    struct err *err)
{
	struct named_template *its;
	int r;

	if (!str_is_token(name))
		return err_set(err, -EINVAL, "%s: GATE_PAGES cannot name it", path);
	if (files->n_templates == TEMPLATES_MAX)
		return err_set(err, -E2BIG, "%s: more than %d templates", path, TEMPLATES_MAX);
	its = &files->templates[files->n_templates];
	if ((r = template_parse(content, path, files->texts, &its->template, err)) != 0)
		return r;
	files->n_templates++;
	if ((its->name = str_dup(name)) == NULL)
		return err_set(err, -ENOMEM, "no memory");
	return 0;
}

/* ---------------------------------------------------------------------- the directory */

static int
read_file(int fd, const char *path, struct buf *content, struct err *err)
{
	struct stat st;
	char *to;
	int r;

	if (fstat(fd, &st) == -1)
		return err_set(err, -errno, "cannot read %s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, -EINVAL, "%s is no file", path);
	if (st.st_size > TEMPLATE_MAX_BYTES)
		return err_set(err, -EFBIG, "%s is longer than 64 KiB", path);
	if ((to = buf_reserve(content, (size_t)st.st_size)) == NULL)
		return err_set(err, buf_error(content), "no memory");
	if ((r = file_read_all(fd, to, (size_t)st.st_size)) != 0)
		return err_set(err, r, "cannot read %s: %s", path, strerror(-r));
	buf_advance(content, (size_t)st.st_size);
	return 0;
}

static int
take_file(struct page_files *files, int dir_fd, const char *dir, const char *name,
    bool is_template, struct err *err)
{
	char path[PATH_BYTES];
	struct buf content;
	int fd, r;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	/* A pipe of that name must not keep the start waiting. */
	if ((fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1)
		return err_set(err, -errno, "cannot read %s: %s", path, strerror(errno));
	buf_init(&content, TEMPLATE_MAX_BYTES);
	r = read_file(fd, path, &content, err);
	(void)close(fd);
	files->n_read++;
	if (r == 0)
		r = is_template ? add_template(files, stem(str_of(name), HTML),
				      buf_str(&content), path, err)
				: add_texts(files, stem(str_of(name), TXT), buf_str(&content),
				      path, err);
	buf_fini(&content);
	return r;
}

static int
is_ours(const struct dirent *entry)
{
	struct str name = str_of(entry->d_name);

	return name.p[0] != '.' &&
	       (!str_is_null(stem(name, HTML)) || !str_is_null(stem(name, TXT)));
}

/* English first, which says what there is to say; then the other texts, and what names them. */
static int
take_files(struct page_files *files, int dir_fd, const char *dir, struct dirent **entries,
    int n, struct err *err)
{
	int r = 0;

	for (int pass = 0; pass < 3; pass++)
		for (int i = 0; r == 0 && i < n; i++) {
			const char *name = entries[i]->d_name;
			bool is_template = str_ends_with(str_of(name), HTML);
			bool is_english = strcmp(name, "en.txt") == 0;

			if (pass == (is_template ? 2 : is_english ? 0 : 1))
				r = take_file(files, dir_fd, dir, name, is_template, err);
		}
	return r;
}

static int
take_dir(struct page_files *files, const char *dir, bool may_be_absent, struct err *err)
{
	int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), n, r;
	struct dirent **entries;

	if (dir_fd == -1)
		return errno == ENOENT && may_be_absent
			   ? 0
			   : err_set(err, -errno, "cannot read %s: %s", dir, strerror(errno));
	if ((n = scandirat(dir_fd, ".", &entries, is_ours, alphasort)) == -1) {
		r = err_set(err, -errno, "cannot read %s: %s", dir, strerror(errno));
	} else {
		r = take_files(files, dir_fd, dir, entries, n, err);
		for (int i = 0; i < n; i++)
			free(entries[i]);
		free(entries);
	}
	(void)close(dir_fd);
	return r;
}

/* ------------------------------------------------------------------------ what is built in */

static int
take_builtin_texts(struct page_files *files, struct err *err)
{
	int r = 0;

	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; r == 0 && i < N_BUILTIN; i++) {
			struct str lang = stem(str_of(builtin[i].name), TXT);

			if (!str_is_null(lang) && (pass == 0) == str_eq_z(lang, "en"))
				r = add_texts(files, lang, str_of(builtin[i].content),
				    builtin[i].name, err);
		}
	return r;
}

static int
take_builtin_templates(struct page_files *files, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < N_BUILTIN; i++) {
		struct str name = stem(str_of(builtin[i].name), HTML);

		if (!str_is_null(name) && page_files_template(files, name) == NULL)
			r = add_template(
			    files, name, str_of(builtin[i].content), builtin[i].name, err);
	}
	return r;
}

int
page_files_open(const char *dir, bool may_be_absent, struct page_files **ret, struct err *err)
{
	struct page_files *files = calloc(1, sizeof(*files));
	int r;

	if (files == NULL || texts_new(&files->texts) != 0)
		r = err_set(err, -ENOMEM, "no memory");
	else if ((r = take_builtin_texts(files, err)) == 0 &&
		 (dir == NULL || (r = take_dir(files, dir, may_be_absent, err)) == 0))
		r = take_builtin_templates(files, err);
	if (r == 0)
		*ret = files;
	else
		page_files_close(files);
	return r;
}

void
page_files_close(struct page_files *files)
{
	if (files == NULL)
		return;
	for (unsigned i = 0; i < files->n_templates; i++) {
		free(files->templates[i].name);
		template_free(files->templates[i].template);
	}
	texts_free(files->texts);
	free(files);
}

const struct template *
page_files_template(const struct page_files *files, struct str name)
{
	for (unsigned i = 0; i < files->n_templates; i++)
		if (str_eq_z(name, files->templates[i].name))
			return files->templates[i].template;
	return NULL;
}

const struct texts *
page_files_texts(const struct page_files *files)
{
	return files->texts;
}

void
page_files_count(const struct page_files *files, unsigned *ret_n_templates,
    unsigned *ret_n_languages, unsigned *ret_n_read)
{
	*ret_n_templates = files->n_templates;
	*ret_n_languages = files->n_languages;
	*ret_n_read = files->n_read;
}
