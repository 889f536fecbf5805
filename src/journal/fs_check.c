/*
 * fs_check.c - is this file system fit for a journal?
 *
 * Locks and a mapped file are shared by all that use the journal, which works on one machine only.
 * Network and cluster file systems are refused by name.  Source: statfs(2),
 * /usr/include/linux/magic.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "journal/internal.h"

#define FUSE_MAGIC 0x65735546ul

static const struct {
	unsigned long type;
	const char *name;
} refused[] = {
	{ 0x6969ul, "NFS" },
	{ 0xff534d42ul, "CIFS" },
	{ 0xfe534d42ul, "SMB2" },
	{ 0x517bul, "SMB" },
	{ 0x00c36400ul, "Ceph" },
	{ 0x5346414ful, "AFS" },
	{ 0x6b414653ul, "AFS" },
	{ 0x73757245ul, "Coda" },
	{ 0x01021997ul, "9P" },
	{ 0x01161970ul, "GFS2" },
	{ 0x7461636ful, "OCFS2" },
	{ 0x0bd00bd0ul, "Lustre" },
	{ 0x47504653ul, "GPFS" },
};

/* Those behind FUSE that are local: a disk, a container's layers, the disk of a virtual
 * machine. */
static const char *const local_fuse[] = { "fuseblk", "fuse.fuse-overlayfs", "virtiofs" };

const char *
jrn_fs_check_refused(unsigned long type, const char *fuse_name)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (refused[i].type == type)
			return refused[i].name;
	if (type != FUSE_MAGIC)
		return NULL;
	for (size_t i = 0; i < sizeof(local_fuse) / sizeof(local_fuse[0]); i++)
		if (strcmp(local_fuse[i], fuse_name) == 0)
			return NULL;
	return "FUSE";
}

/* The type as the mount table has it: "fuse.sshfs".  proc(5), /proc/PID/mountinfo. */
static void
find_fuse_name(dev_t device, char *ret_name, size_t size)
{
	char *line = NULL, want[32];
	size_t cap = 0;
	FILE *f = fopen("/proc/self/mountinfo", "re");

	(void)snprintf(ret_name, size, "unknown");
	if (f == NULL)
		return;
	(void)snprintf(want, sizeof(want), "%u:%u", major(device), minor(device));
	while (getline(&line, &cap, f) > 0) {
		char found[32], type[64];
		const char *dash = strstr(line, " - ");

		if (dash != NULL && sscanf(line, "%*s %*s %31s", found) == 1 &&
		    strcmp(found, want) == 0 && sscanf(dash + 3, "%63s", type) == 1)
			(void)snprintf(ret_name, size, "%s", type);
	}
	free(line);
	(void)fclose(f);
}

int
jrn_fs_check(int dir_fd, const char *dir_path, struct err *err)
{
	char fuse_name[64] = "";
	const char *name;
	struct statfs fs;
	struct stat st;

	if (fstatfs(dir_fd, &fs) == -1 || fstat(dir_fd, &st) == -1)
		return err_set(err, -errno, "cannot look at %s: %s", dir_path, strerror(errno));
	if (fs.f_type == FUSE_MAGIC)
		find_fuse_name(st.st_dev, fuse_name, sizeof(fuse_name));
	name = jrn_fs_check_refused((unsigned long)fs.f_type & 0xfffffffful, fuse_name);
	if (name == NULL)
		return 0;
	return err_set(err, -EOPNOTSUPP,
	    "%s is on a file system (%s%s%s) over which locks and shared memory do not reach: "
	    "use a local disk",
	    dir_path, name, fuse_name[0] != '\0' ? ", " : "", fuse_name);
}
