/*
 * fuzz_table.c - the file of the session table with any bytes changed: attached to, or refused
 *
 * The first byte chooses: odd, and the header's check sum is made right again.  Then a change
 * for every five bytes: where (little-endian, modulo the length), and with what the byte there is
 * combined.  The lock is left alone: nobody could wait for one that is held by nobody
 * (tests/proof/table/check_corrupt.c takes it on).
 */
#include <stddef.h>

#include "fuzz/scratch.h"
#include "table/format.h"
#include "table/stamp.h"
#include "table/table.h"

#define N_ENTRIES 40

static char *sound; /* the file's bytes */
static size_t n_sound;

static struct table_entry
entry_of(unsigned i)
{
	struct table_entry entry = { .kind = i % 2 ? TABLE_KIND_STORED : TABLE_KIND_MEMORY };

	for (unsigned j = 0; j < sizeof(entry.tag.bytes); j++)
		entry.tag.bytes[j] = (uint8_t)((i + 1) * 0x9e3779b1u >> (j % 4 * 8) ^ j * 37);
	memset(entry.owner.bytes, (int)i + 1, sizeof(entry.owner.bytes));
	return entry;
}

static int
attach(struct table **ret)
{
	const struct table_config config = { .dir_fd = scratch_fd,
		.dir_path = scratch_path,
		.name = "table",
		.max_entries = 1000,
		.max_per_owner = 3 };
	struct err err = { "" };
	int r = table_open(&config, ret, NULL, &err);

	fuzz_promise(r <= 0 && (r == 0) == (err.text[0] == '\0'));
	return r;
}

static int
open_file(void)
{
	int fd = openat(scratch_fd, "table", O_RDWR | O_CLOEXEC);

	fuzz_promise(fd != -1);
	return fd;
}

static void
make_sound(void)
{
	struct table *table;
	struct stat st;
	int fd;

	scratch_make();
	fuzz_promise(attach(&table) == 0);
	for (unsigned i = 0; i < N_ENTRIES; i++) {
		struct table_entry entry = entry_of(i);

		fuzz_promise(table_insert(table, &entry) == 0);
	}
	table_close(table);
	fd = open_file();
	fuzz_promise(fstat(fd, &st) == 0);
	n_sound = (size_t)st.st_size;
	fuzz_promise((sound = malloc(n_sound)) != NULL);
	fuzz_promise(pread(fd, sound, n_sound, 0) == (ssize_t)n_sound);
	(void)close(fd);
}

static void
write_changed(const uint8_t *data, size_t size)
{
	char *bytes = fuzz_copy(str_mem(sound, n_sound));
	struct err err;
	int fd = open_file();

	for (size_t i = 1; i + 5 <= size; i += 5) {
		size_t at = ((size_t)data[i] | (size_t)data[i + 1] << 8 |
				(size_t)data[i + 2] << 16 | (size_t)data[i + 3] << 24) %
			    n_sound;

		if (at < FORMAT_CONTROL_OFFSET ||
		    at >= FORMAT_CONTROL_OFFSET + offsetof(struct tbl_control, descriptor))
			bytes[at] = (char)(bytes[at] ^ data[i + 4]);
	}
	if (data[0] % 2 == 1)
		(void)tbl_stamp_finish((struct tbl_header *)(void *)bytes, &err);
	fuzz_promise(ftruncate(fd, (off_t)n_sound) == 0);
	fuzz_promise(pwrite(fd, bytes, n_sound, 0) == (ssize_t)n_sound);
	(void)close(fd);
	free(bytes);
}

/* Found means found as it was put there. */
static void
check_entries(struct table *table)
{
	for (unsigned i = 0; i < N_ENTRIES; i++) {
		struct table_entry want = entry_of(i), got;
		int r = table_find(table, &want.tag, &got);

		fuzz_promise(r <= TABLE_E_ABSENT);
		if (r == 0)
			fuzz_promise(memcmp(&got.tag, &want.tag, sizeof(want.tag)) == 0 &&
				     memcmp(&got.owner, &want.owner, sizeof(want.owner)) == 0);
	}
}

static bool
go_on(void *arg, const struct table_entry *entry)
{
	(void)entry;
	return ++*(unsigned *)arg < 10 * N_ENTRIES;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct table_entry entry = entry_of(N_ENTRIES);
	struct table_stats stats;
	struct table *table;
	unsigned n = 0;
	uint64_t n_violations;

	if (size == 0)
		return 0;
	if (sound == NULL)
		make_sound();
	write_changed(data, size);
	if (attach(&table) != 0)
		return 0;
	check_entries(table);
	(void)table_insert(table, &entry);
	(void)table_touch(table, &entry.tag);
	(void)table_each(table, go_on, &n);
	(void)table_tick(table);
	(void)table_stats(table, &stats);
	check_entries(table);
	(void)table_remove(table, &entry.tag);
	fuzz_promise(table_find(table, &entry.tag, &entry) != 0);
	(void)table_check(table, NULL, NULL, &n_violations);
	table_close(table);
	return 0;
}
