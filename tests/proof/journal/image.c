/* image.c - see disk.h: a directory as bytes */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"

void
image_clear(struct image *image)
{
	for (unsigned i = 0; i < DISK_FILES_MAX; i++)
		free(image->file[i].p);
	memset(image, 0, sizeof(*image));
}

static const struct image_file *
image_find(const struct image *image, const char *name)
{
	for (unsigned i = 0; i < image->n; i++)
		if (strcmp(image->file[i].name, name) == 0)
			return &image->file[i];
	return NULL;
}

static bool
write_file(const struct image_file *f, int dir_fd)
{
	int fd = openat(dir_fd, f->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t done = 0;

	if (fd == -1)
		return false;
	while (done < f->n) {
		ssize_t r = write(fd, f->p + done, f->n - done);

		if (r <= 0)
			break;
		done += (size_t)r;
	}
	return close(fd) == 0 && done == f->n;
}

bool
image_write(const struct image *image, int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (dir == NULL)
		return false;
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			(void)unlinkat(dir_fd, entry->d_name, 0);
	(void)closedir(dir);
	for (unsigned i = 0; i < image->n; i++) {
		unsigned j = 0;

		while (j < i && image->file[j].inode != image->file[i].inode)
			j++;
		if (j < i ? linkat(dir_fd, image->file[j].name, dir_fd, image->file[i].name,
				0) == -1
			  : !write_file(&image->file[i], dir_fd))
			return false;
	}
	return true;
}

static bool
file_equals(const struct image_file *f, int dir_fd)
{
	int fd = openat(dir_fd, f->name, O_RDONLY | O_CLOEXEC);
	struct stat st;
	uint8_t *p;
	bool is_equal = false;

	if (fd == -1)
		return false;
	if (fstat(fd, &st) == 0 && (size_t)st.st_size == f->n &&
	    (p = malloc(f->n + 1)) != NULL) {
		is_equal = pread(fd, p, f->n, 0) == (ssize_t)f->n && memcmp(p, f->p, f->n) == 0;
		free(p);
	}
	(void)close(fd);
	return is_equal;
}

static bool
ends_with(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	return n >= m && strcmp(name + n - m, suffix) == 0;
}

bool
image_equals_dir(const struct image *image, int dir_fd, const char *skip_suffix)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool is_equal = dir != NULL;
	unsigned n = 0;

	while (is_equal && (entry = readdir(dir)) != NULL) {
		const struct image_file *f;

		if (entry->d_name[0] == '.')
			continue;
		n++;
		f = image_find(image, entry->d_name);
		is_equal =
		    f != NULL && (ends_with(f->name, skip_suffix) || file_equals(f, dir_fd));
		if (!is_equal)
			(void)fprintf(stderr, "# %s differs from its trace\n", entry->d_name);
	}
	if (dir != NULL)
		(void)closedir(dir);
	return is_equal && n == image->n;
}

uint64_t
image_digest(const struct image *image)
{
	uint64_t h = 14695981039346656037u, sum = 0;

	for (unsigned i = 0; i < image->n; i++) {
		const struct image_file *f = &image->file[i];
		size_t k = 0;

		h = 14695981039346656037u;
		for (const char *c = f->name; *c != '\0'; c++)
			h = (h ^ (uint8_t)*c) * 1099511628211u;
		for (; k + 8 <= f->n; k += 8) {
			uint64_t word;

			memcpy(&word, f->p + k, 8);
			h = (h ^ word) * 0x9e3779b97f4a7c15u;
			h ^= h >> 29;
		}
		for (; k < f->n; k++)
			h = (h ^ f->p[k]) * 1099511628211u;
		sum += (h ^ f->n) * 0x9e3779b97f4a7c15u; /* in any order of names */
	}
	return sum;
}
