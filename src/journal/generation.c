/* generation.c - see generation.h */
#include "journal/generation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "journal/internal.h"

struct jrn_generation *
jrn_generation_ref(struct jrn_generation *file)
{
	atomic_fetch_add(&file->n_refs, 1);
	return file;
}

void
jrn_generation_unref(struct jrn_generation *file)
{
	if (file == NULL || atomic_fetch_sub(&file->n_refs, 1) != 1)
		return;
	(void)close(file->fd);
	free(file);
}

/* Open what has the name and see whether it is the current generation. */
static int
open_current(struct journal *journal, struct jrn_generation **ret_file)
{
	struct jrn_control_view view = jrn_control_look(journal->control);
	struct jrn_generation *file = NULL;
	struct err err;
	struct stat st;
	int fd, r;

	r = file_open(journal->config.dir_fd, journal->config.dir_path, journal->file_name,
	    O_RDWR | O_APPEND, 0, &fd, &err);
	if (r == -ENOENT)
		return JRN_E_MOVED;
	if (r != 0) {
		jrn_internal_notice_lasting(journal, "%s", err.text);
		return r;
	}
	if (fstat(fd, &st) == -1)
		r = -errno;
	else if (st.st_ino != view.inode)
		r = JRN_E_MOVED;
	else if ((file = malloc(sizeof(*file))) == NULL)
		r = -ENOMEM;
	if (r != 0) {
		(void)close(fd);
		return r;
	}
	*file = (struct jrn_generation){ .fd = fd,
		.n_refs = 1,
		.generation = view.generation,
		.flush_begun = journal->control->flush_begun };
	*ret_file = file;
	return 0;
}

int
jrn_generation_current(struct journal *journal, struct jrn_generation **ret_file)
{
	struct jrn_generation *file = NULL;
	int r = 0;

	(void)pthread_mutex_lock(&journal->files_mutex);
	if (journal->current == NULL ||
	    journal->current->generation != journal->control->generation) {
		if ((r = open_current(journal, &file)) == 0) {
			jrn_generation_unref(journal->current);
			journal->current = file;
		}
	}
	if (r == 0)
		*ret_file = jrn_generation_ref(journal->current);
	(void)pthread_mutex_unlock(&journal->files_mutex);
	return r;
}
