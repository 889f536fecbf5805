/* tmp.c - see tmp.h */
#include "unit/tmp.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/unit.h"

char tmp_path[256];
int tmp_fd = -1;

void
tmp_make(void)
{
	const char *base = getenv("TMPDIR");

	(void)snprintf(tmp_path, sizeof(tmp_path), "%.200s/sessiongate-unit-XXXXXX",
	    base != NULL ? base : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(tmp_path));
	tmp_fd = open(tmp_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ne(tmp_fd, -1);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
tmp_remove(void)
{
	(void)close(tmp_fd);
	tmp_fd = -1;
	ck_assert_int_eq(nftw(tmp_path, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

char *
tmp_read(const char *name)
{
	int fd = openat(tmp_fd, name, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *text;

	if (fd == -1)
		return NULL;
	ck_assert_int_eq(fstat(fd, &st), 0);
	text = calloc(1, (size_t)st.st_size + 1);
	ck_assert_ptr_nonnull(text);
	ck_assert_int_eq(read(fd, text, (size_t)st.st_size), (ssize_t)st.st_size);
	(void)close(fd);
	return text;
}

void
tmp_write(const char *name, const char *text, unsigned mode)
{
	int fd = openat(tmp_fd, name, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(fchmod(fd, (mode_t)mode), 0);
	(void)close(fd);
}
