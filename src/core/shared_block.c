/* shared_block.c - see shared_block.h */
#include "core/shared_block.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/host.h"

#define MAGIC "sgshare1"

struct header {
	char magic[8];
	uint8_t boot_id[HOST_BOOT_ID_BYTES];
	uint64_t n_bytes;
	uint8_t reserved[32]; /* zero; the block begins on a cache line of its own */
};

static int
map_and_prepare(int fd, const char *dir_path, const struct shared_block_spec *spec,
    void **ret_block, struct err *err)
{
	size_t n_total = sizeof(struct header) + spec->n_bytes;
	struct header want = { .magic = MAGIC, .n_bytes = spec->n_bytes };
	struct header *header;
	struct stat st;
	int r;

	if (fstat(fd, &st) == -1)
		return err_set(err, -errno, "cannot look at %s/%s: %s", dir_path, spec->name,
		    strerror(errno));
	if ((r = host_boot_id(want.boot_id)) != 0)
		return err_set(err, r, "cannot read this boot's id: %s", strerror(-r));
	if ((r = posix_fallocate(fd, 0, (off_t)n_total)) != 0)
		return err_set(err, -r, "no room for %s/%s (%zu bytes): %s", dir_path,
		    spec->name, n_total, strerror(r));
	header = mmap(NULL, n_total, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (header == MAP_FAILED)
		return err_set(
		    err, -errno, "cannot map %s/%s: %s", dir_path, spec->name, strerror(errno));
	if (memcmp(header, &want, sizeof(want)) != 0) {
		/* What has just been allocated is zeros. */
		if (st.st_size > 0)
			memset(header, 0, n_total);
		if (spec->init != NULL)
			spec->init(header + 1);
		/* Last: a process that dies before leaves a block that is made again. */
		*header = want;
	}
	*ret_block = header + 1;
	return 0;
}

int
shared_block_map(int dir_fd, const char *dir_path, const struct shared_block_spec *spec,
    void **ret_block, struct err *err)
{
	int fd, r;

	if ((r = file_open(dir_fd, dir_path, spec->name, O_RDWR | O_CREAT, 0600, &fd, err)) !=
	    0)
		return r;
	/* The kernel drops this lock with a holder that dies. */
	while (flock(fd, LOCK_EX) == -1)
		if (errno != EINTR) {
			r = err_set(err, -errno, "cannot lock %s/%s: %s", dir_path, spec->name,
			    strerror(errno));
			(void)close(fd);
			return r;
		}
	r = map_and_prepare(fd, dir_path, spec, ret_block, err);
	/* By hand: the mapping keeps the open file, and so its lock, beyond close(). */
	(void)flock(fd, LOCK_UN);
	(void)close(fd);
	return r;
}
