/*
 * page_files.h - the templates and texts of the pages: built in, and an operator's own
 *
 * Purpose    In the directory of --pages-dir NAME.html is a template (GATE_PAGES=NAME) and LANG.txt
 *            the texts of a language.  Without a file of their name those count that are built in: the
 *            template "default", and the texts of some languages; what LANG.txt does not have stays.
 * Calling    page_files_open() once at a start, before the workers: what changes in the
 *            directory afterwards counts from the next SIGHUP.
 * Errors     Negative errno with a message that names the file, and the line.
 * Threads    From any thread, once it is open.
 */
#ifndef GATE_PAGE_FILES_H
#define GATE_PAGE_FILES_H

#include "gate/template.h"
#include "gate/texts.h"

struct page_files;

/* dir NULL: what is built in.  A directory that is absent is refused, save where may_be_absent. */
int page_files_open(
    const char *dir, bool may_be_absent, struct page_files **ret, struct err *err);
void page_files_close(struct page_files *files); /* accepts NULL */

/* NULL: no template has that name. */
const struct template *page_files_template(const struct page_files *files, struct str name);

const struct texts *page_files_texts(const struct page_files *files);

/* How many templates and languages there are, and how many files of the directory were read. */
void page_files_count(const struct page_files *files, unsigned *ret_n_templates,
    unsigned *ret_n_languages, unsigned *ret_n_read);

#endif
