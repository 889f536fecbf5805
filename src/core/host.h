/*
 * host.h - which machine, boot and namespace this process lives in
 *
 * Purpose    Shared files carry these, so that a table of another boot, or one reached from
 *            another pid or time namespace (where lock owners or clocks mean something
 *            else), is refused by name.
 * Errors     Negative errno.
 */
#ifndef CORE_HOST_H
#define CORE_HOST_H

#include <stdint.h>

#define HOST_BOOT_ID_BYTES 16

/* /proc/sys/kernel/random/boot_id, parsed. */
int host_boot_id(uint8_t ret_id[HOST_BOOT_ID_BYTES]);

/* The inode number of /proc/self/ns/<name>, for example "pid" or "time". */
int host_namespace(const char *name, uint64_t *ret_inode);

/* Processors this process may run on, at least 1. */
unsigned host_n_cpus(void);

#endif
