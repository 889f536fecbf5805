/* jfile.c - see jfile.h */
#include "store/jfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "store/inner.h"

struct jfile *
jfile_ref(struct jfile *file)
{
	atomic_fetch_add(&file->n_refs, 1);
	return file;
}

void
jfile_unref(struct jfile *file)
{
	if (file == NULL || atomic_fetch_sub(&file->n_refs, 1) != 1)
		return;
	(void)close(file->fd);
	free(file);
}

/* Open what has the name and see whether it is the current generation. */
static int
open_current(struct store *store, struct jfile **ret_file)
{
	struct control_view view = control_look(store->control);
	struct jfile *file = NULL;
	struct err err;
	struct stat st;
	int fd, r;

	r = file_open(store->config.dir_fd, store->config.dir_path, store->file_name,
	    O_RDWR | O_APPEND, 0, &fd, &err);
	if (r == -ENOENT)
		return JFILE_E_MOVED;
	if (r != 0) {
		inner_notice(store, "%s", err.text);
		return r;
	}
	if (fstat(fd, &st) == -1)
		r = -errno;
	else if (st.st_ino != view.inode)
		r = JFILE_E_MOVED;
	else if ((file = malloc(sizeof(*file))) == NULL)
		r = -ENOMEM;
	if (r != 0) {
		(void)close(fd);
		return r;
	}
	*file = (struct jfile){ .fd = fd,
		.n_refs = 1,
		.generation = view.generation,
		.flush_begun = store->control->flush_begun };
	*ret_file = file;
	return 0;
}

int
jfile_current(struct store *store, struct jfile **ret_file)
{
	struct jfile *file = NULL;
	int r = 0;

	(void)pthread_mutex_lock(&store->files_mutex);
	if (store->current == NULL ||
	    store->current->generation != store->control->generation) {
		if ((r = open_current(store, &file)) == 0) {
			jfile_unref(store->current);
			store->current = file;
		}
	}
	if (r == 0)
		*ret_file = jfile_ref(store->current);
	(void)pthread_mutex_unlock(&store->files_mutex);
	return r;
}
