/* stamp.c - see stamp.h */
#include "table/stamp.h"

#include <errno.h>
#include <gnu/libc-version.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "core/clock.h"
#include "core/host.h"
#include "core/random.h"
#include "table/geometry.h"

#define WAY_OUT "stop every process that uses it and remove it (login sessions kept in it end)"

/* FNV-1a over numbers: a fingerprint, no secret. */
static uint64_t
mix(uint64_t hash, uint64_t value)
{
	return (hash ^ value) * UINT64_C(0x100000001b3);
}

/* Changes whenever the layout does, also when somebody forgets to count FORMAT_VERSION up. */
static uint64_t
layout_hash(void)
{
	const uint64_t facts[] = {
		sizeof(void *),
		sizeof(pthread_mutex_t),
		FORMAT_PAGE_BYTES,
		(uint64_t)FORMAT_REGIONS_OFFSET,
		sizeof(struct tbl_header),
		offsetof(struct tbl_header, layout),
		offsetof(struct tbl_header, boot_id),
		offsetof(struct tbl_header, key_check),
		offsetof(struct tbl_header, salt),
		offsetof(struct tbl_header, checksum),
		sizeof(struct tbl_control),
		offsetof(struct tbl_control, descriptor),
		offsetof(struct tbl_control, intent),
		offsetof(struct tbl_control, n_entries),
		offsetof(struct tbl_control, moved),
		offsetof(struct tbl_control, prepared_bytes),
		offsetof(struct tbl_control, punched),
		offsetof(struct tbl_control, clock_hand),
		offsetof(struct tbl_control, n_reader_pages),
		offsetof(struct tbl_control, tick_ms),
		offsetof(struct tbl_control, n_displaced),
		offsetof(struct tbl_control, counters),
		sizeof(struct tbl_intent),
		offsetof(struct tbl_intent, from),
		offsetof(struct tbl_intent, n_before),
		offsetof(struct tbl_intent, owned),
		sizeof(struct tbl_reader),
		offsetof(struct tbl_reader, active),
		offsetof(struct tbl_reader, handle),
		sizeof(struct tbl_bucket),
		sizeof(struct tbl_slot),
		offsetof(struct tbl_slot, owner),
		offsetof(struct tbl_slot, created),
		offsetof(struct tbl_slot, lifetime_s),
		offsetof(struct tbl_slot, seen),
		offsetof(struct tbl_slot, meta),
		offsetof(struct tbl_slot, fingerprints),
	};
	struct tbl_geometry regions[GEOMETRY_REGIONS];
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		hash = mix(hash, facts[i]);
	tbl_geometry_fill(regions);
	for (unsigned i = 0; i < GEOMETRY_REGIONS; i++)
		hash = mix(mix(mix(hash, regions[i].offset), regions[i].n_buckets),
		    regions[i].n_chunk);
	return hash;
}

static void
checksum(const struct tbl_header *h, uint8_t ret_sum[sizeof(h->checksum)])
{
	(void)crypto_generichash(ret_sum, sizeof(h->checksum), (const unsigned char *)h,
	    offsetof(struct tbl_header, checksum), NULL, 0);
}

int
tbl_stamp_make(const struct table_config *config, struct tbl_header *ret, struct err *err)
{
	int r;

	memset(ret, 0, sizeof(*ret));
	memcpy(ret->magic, FORMAT_MAGIC, sizeof(ret->magic));
	ret->endian = FORMAT_ENDIAN;
	ret->format = FORMAT_VERSION;
	ret->layout = layout_hash();
	(void)snprintf(ret->libc, sizeof(ret->libc), "%s", gnu_get_libc_version());
	memcpy(ret->key_check, config->key_check, sizeof(ret->key_check));
	if ((r = host_boot_id(ret->boot_id)) != 0 ||
	    (r = host_namespace("pid", &ret->pid_ns)) != 0 ||
	    (r = host_namespace("time", &ret->time_ns)) != 0)
		return err_set(err, r,
		    "cannot read boot id and namespaces from /proc: %s (is /proc mounted?)",
		    strerror(-r));
	return 0;
}

int
tbl_stamp_finish(struct tbl_header *h, struct err *err)
{
	int r = random_fill(&h->salt, sizeof(h->salt));

	if (r != 0)
		return err_set(
		    err, r, "no randomness for a new session table: %s", strerror(-r));
	h->born_wall_ms = clock_wall_ms();
	h->born_boot_ms = clock_boot_ms();
	checksum(h, h->checksum);
	return 0;
}

int
tbl_stamp_compare(const struct tbl_header *found, const struct tbl_header *expected,
    const struct table_config *config, struct err *err)
{
	const char *dir = config->dir_path, *name = config->name;
	uint8_t sum[sizeof(found->checksum)];

	if (memcmp(found->magic, expected->magic, sizeof(found->magic)) != 0)
		return err_set(err, -EINVAL,
		    "%s/%s is not a session table: move it away, or name another directory",
		    dir, name);
	if (found->endian != expected->endian)
		return err_set(err, -ESTALE,
		    "%s/%s was made on a machine of the other byte order: " WAY_OUT, dir, name);
	if (found->format != expected->format)
		return err_set(err, -ESTALE,
		    "%s/%s was made by a build with table format %u, this one has %u: " WAY_OUT,
		    dir, name, found->format, expected->format);
	if (found->layout != expected->layout)
		return err_set(err, -ESTALE,
		    "%s/%s was made by a build with another table layout: " WAY_OUT, dir, name);
	if (memcmp(found->libc, expected->libc, sizeof(found->libc)) != 0)
		return err_set(err, -ESTALE,
		    "%s/%s was made with C library %.*s, this process has %s, and its locks "
		    "may "
		    "differ: " WAY_OUT,
		    dir, name, (int)sizeof(found->libc) - 1, found->libc, expected->libc);
	checksum(found, sum);
	if (memcmp(sum, found->checksum, sizeof(sum)) != 0)
		return err_set(
		    err, -EBADMSG, "%s/%s is damaged (header checksum): " WAY_OUT, dir, name);
	if (memcmp(found->boot_id, expected->boot_id, sizeof(found->boot_id)) != 0)
		return err_set(err, -ESTALE,
		    "%s/%s is left from another boot, its clock and locks mean nothing "
		    "now: " WAY_OUT,
		    dir, name);
	if (found->pid_ns != expected->pid_ns)
		return err_set(err, -ESTALE,
		    "%s/%s belongs to another pid namespace (container): give each one a run "
		    "directory of its own, or " WAY_OUT,
		    dir, name);
	if (found->time_ns != expected->time_ns)
		return err_set(err, -ESTALE,
		    "%s/%s belongs to another time namespace: give each one a run directory of "
		    "its own, or " WAY_OUT,
		    dir, name);
	if (sodium_memcmp(found->key_check, expected->key_check, sizeof(found->key_check)) != 0)
		return err_set(err, -ESTALE,
		    "%s/%s was made with another key file: restore that key, or " WAY_OUT, dir,
		    name);
	return 0;
}
