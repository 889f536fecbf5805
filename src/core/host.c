/* host.c - see host.h */
#include "core/host.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/ident.h"

int
host_boot_id(uint8_t ret_id[HOST_BOOT_ID_BYTES])
{
	char text[IDENT_TEXT_BYTES];
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1)
		return -errno;
	n = read(fd, text, IDENT_TEXT_BYTES - 1);
	(void)close(fd);
	if (n != IDENT_TEXT_BYTES - 1 || !ident_parse(str_mem(text, (size_t)n), ret_id))
		return -EINVAL;
	return 0;
}

int
host_namespace(const char *name, uint64_t *ret_inode)
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	if (stat(path, &st) == -1)
		return -errno;
	*ret_inode = st.st_ino;
	return 0;
}

unsigned
host_n_cpus(void)
{
	cpu_set_t set;
	int n;

	if (sched_getaffinity(0, sizeof(set), &set) == -1)
		return 1;
	n = CPU_COUNT(&set);
	return n > 0 ? (unsigned)n : 1;
}
