/*
 * check_corrupt.c - a file with random damage crashes nobody and lets nobody in
 *
 * Bytes of a table are overwritten, here and there or a stretch of them: in the file before it
 * is attached, or under the feet of a process that has it mapped.  Whatever then comes of it, no
 * operation may crash or hang, no tag that was never inserted may be found, and no tag may yield
 * another owner than its own.  A file that has been cut is refused.  A descriptor with one or two bits changed, which
 * may name other areas, leads no look-up there: it would say of everybody that he is signed out.
 *
 * check_corrupt [long | seed N]   3,000 damaged tables; long: 300,000.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "proof/table/proof.h"
#include "table/format.h"

#define NAME      "table"
#define SERIES    1
#define N_ENTRIES 120 /* more than one growth */
#define N_UNKNOWN 40
#define N_BATCH   200 /* damaged tables for each child */
#define CHILD_S   120 /* a child that takes longer hangs */
#define START_MS  INT64_C(1000000)

/* A lock that damage has taken is waited for; not for whole seconds here. */
int __real_robust_lock(pthread_mutex_t *mutex, int timeout_ms);
int __wrap_robust_lock(pthread_mutex_t *mutex, int timeout_ms);

int
__wrap_robust_lock(pthread_mutex_t *mutex, int timeout_ms)
{
	return __real_robust_lock(mutex, timeout_ms > 0 ? 1 : 0);
}

static struct table_config config;
static uint8_t *image; /* of a good table */
static size_t image_bytes, used_bytes;
static uint64_t *current_seed; /* shared with the children */

static void
write_file(const uint8_t *bytes, size_t n, size_t size)
{
	int fd;

	(void)unlinkat(proof_dir_fd, NAME, 0);
	fd = openat(proof_dir_fd, NAME, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1 || ftruncate(fd, (off_t)size) == -1 ||
	    pwrite(fd, bytes, n, 0) != (ssize_t)n)
		proof_die("cannot write a table: %s", strerror(errno));
	(void)close(fd);
}

static void
make_image(void)
{
	struct table *table;
	struct stat st;
	int fd;

	clock_freeze(START_MS, 0);
	table = proof_open(&config);
	for (uint64_t n = 0; n < N_ENTRIES; n++) {
		struct table_entry entry = proof_entry(SERIES, n);

		if (table_insert(table, &entry) != 0)
			proof_die("cannot fill the table");
	}
	table_close(table);
	fd = openat(proof_dir_fd, NAME, O_RDONLY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1)
		proof_die("cannot read the table");
	image_bytes = (size_t)st.st_size;
	/* The rest of the file is a hole. */
	used_bytes = (size_t)FORMAT_REGIONS_OFFSET + 128 * sizeof(struct tbl_bucket);
	if (used_bytes > image_bytes)
		used_bytes = image_bytes;
	if ((image = malloc(used_bytes)) == NULL ||
	    pread(fd, image, used_bytes, 0) != (ssize_t)used_bytes)
		proof_die("cannot read the table");
	(void)close(fd);
}

/* Where damage goes: each part of the file as often as any other, whatever its size. */
static size_t
somewhere(uint64_t *rnd)
{
	switch (proof_random(rnd) % 6) {
	case 0:
		return proof_random(rnd) % sizeof(struct tbl_header);
	case 1:
		return FORMAT_CONTROL_OFFSET + proof_random(rnd) % sizeof(struct tbl_control);
	case 2:
		return FORMAT_READERS_OFFSET + proof_random(rnd) % FORMAT_PAGE_BYTES;
	default:
		return (size_t)FORMAT_REGIONS_OFFSET +
		       proof_random(rnd) % (used_bytes - (size_t)FORMAT_REGIONS_OFFSET);
	}
}

/* As when a block was lost. */
static void
damage_stretch(uint8_t *bytes, uint64_t *rnd)
{
	static const size_t lengths[] = { 8, 64, 512, 4096 };
	size_t n = lengths[proof_random(rnd) % 4], at = somewhere(rnd) / n * n;

	if (n > used_bytes - at)
		n = used_bytes - at;
	memset(bytes + at, proof_random(rnd) % 2 == 0 ? 0 : 0xff, n);
}

static void
damage(uint8_t *bytes, uint64_t *rnd)
{
	uint64_t n = 1 + proof_random(rnd) % (proof_random(rnd) % 4 == 0 ? 500 : 8);

	if (proof_random(rnd) % 4 == 0) {
		damage_stretch(bytes, rnd);
		return;
	}
	for (; n > 0; n--) {
		size_t at = somewhere(rnd);

		switch (proof_random(rnd) % 3) {
		case 0:
			bytes[at] ^= (uint8_t)(1u << proof_random(rnd) % 8);
			break;
		case 1:
			bytes[at] = (uint8_t)proof_random(rnd);
			break;
		default:
			bytes[at] = proof_random(rnd) % 2 == 0 ? 0 : 0xff;
			break;
		}
	}
}

static bool
see(void *arg, const struct table_entry *entry)
{
	uint64_t *n = arg;

	(void)entry;
	return ++*n < 100000; /* the walk ends */
}

static void
use(struct table *table, uint64_t *rnd, uint64_t seed)
{
	struct table_entry entry;
	struct table_stats stats;
	uint64_t n_seen = 0, n_violations;

	for (uint64_t n = 0; n < N_ENTRIES + N_UNKNOWN; n++) {
		struct digest_tag tag = proof_tag(SERIES, n);
		int r = table_find(table, &tag, &entry);

		if (r == 0 && n >= N_ENTRIES)
			proof_violation(
			    "seed %llu: somebody was let in", (unsigned long long)seed);
		if (r == 0 && n < N_ENTRIES && !proof_entry_is(&entry, SERIES, n))
			proof_violation("seed %llu: an entry of another owner or time",
			    (unsigned long long)seed);
	}
	for (unsigned i = 0; i < 12; i++) {
		entry = proof_entry(SERIES, proof_random(rnd) % N_ENTRIES);
		switch (proof_random(rnd) % 8) {
		case 0:
			(void)table_remove(table, &entry.tag);
			break;
		case 1:
			(void)table_tick(table);
			break;
		case 2:
			(void)table_touch(table, &entry.tag);
			break;
		case 4:
			(void)table_stats(table, &stats);
			(void)table_count(table);
			break;
		default:
			(void)table_insert(table, &entry);
			break;
		}
	}
	(void)table_each(table, see, &n_seen);
	(void)table_check(table, NULL, NULL, &n_violations);
}

static void
one(uint64_t seed)
{
	uint64_t rnd = seed;
	struct table *table = NULL;
	struct err err;
	uint8_t *bytes = malloc(used_bytes);

	if (bytes == NULL)
		proof_die("no memory");
	*current_seed = seed;
	config.max_per_owner = (uint32_t)(proof_random(&rnd) % 3);
	memcpy(bytes, image, used_bytes);
	if (proof_random(&rnd) % 2 == 0) {
		damage(bytes, &rnd);
		write_file(bytes, used_bytes, image_bytes);
		if (table_open(&config, &table, NULL, &err) == 0)
			use(table, &rnd, seed);
	} else {
		int fd;

		write_file(bytes, used_bytes, image_bytes);
		table = proof_open(&config);
		if (proof_random(&rnd) % 2 == 0)
			use(table, &rnd, seed); /* all is mapped, all is remembered */
		damage(bytes, &rnd);
		fd = openat(proof_dir_fd, NAME, O_RDWR | O_CLOEXEC);
		if (fd == -1 || pwrite(fd, bytes, used_bytes, 0) != (ssize_t)used_bytes)
			proof_die("cannot damage the table");
		(void)close(fd);
		use(table, &rnd, seed);
	}
	table_close(table);
	free(bytes);
}

static void
batch(uint64_t seed, uint64_t n)
{
	int status;
	pid_t pid = fork();

	if (pid == -1)
		proof_die("fork: %s", strerror(errno));
	if (pid == 0) {
		(void)alarm(CHILD_S);
		for (uint64_t i = 0; i < n; i++)
			one(seed + i);
		exit(EXIT_SUCCESS);
	}
	if (waitpid(pid, &status, 0) != pid)
		proof_die("waitpid: %s", strerror(errno));
	if (WIFSIGNALED(status))
		proof_violation("seed %llu: %s", (unsigned long long)*current_seed,
		    WTERMSIG(status) == SIGALRM ? "it hangs" : strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) != 0)
		proof_violation("seed %llu: ended with %d", (unsigned long long)*current_seed,
		    WEXITSTATUS(status));
}

/* A file that is too short must be refused; the pages that are missing would be SIGBUS. */
static void
check_cut(void)
{
	static const size_t ends[] = { 0, 1, 7, 8, 100, 128, 4095, 4096, 4097, 8191, 8192, 8193,
		12288 };
	size_t n = sizeof(ends) / sizeof(ends[0]), i = 0;

	for (size_t cut = used_bytes; i < n || cut > (size_t)FORMAT_READERS_OFFSET; i++) {
		size_t size = i < n ? ends[i] : (cut -= cut < 4096 ? cut : 4096 - i % 2);
		struct table *table = NULL;
		struct err err = { "" };
		uint64_t rnd = 1;
		int r;

		write_file(image, size, size);
		r = table_open(&config, &table, NULL, &err);
		if (r == 0) {
			/* Beyond all that the table uses now there is nothing to miss. */
			use(table, &rnd, size);
			table_close(table);
		}
		if (r >= 0 && size < (size_t)FORMAT_REGIONS_OFFSET)
			proof_violation("cut to %zu bytes: accepted", size);
		if (r < 0 && err.text[0] == '\0')
			proof_violation("cut to %zu bytes: refused without a reason", size);
	}
}

/* Bits a and b (perhaps the same one) are other ones. */
static void
check_descriptor_with(struct table *table, int fd, uint64_t good, unsigned a, unsigned b)
{
	const off_t at =
	    FORMAT_CONTROL_OFFSET + (off_t)offsetof(struct tbl_control, descriptor);
	uint64_t bad = good ^ (UINT64_C(1) << a | UINT64_C(1) << b);
	struct table_entry entry;

	if (pwrite(fd, &bad, sizeof(bad), at) != (ssize_t)sizeof(bad))
		proof_die("cannot damage the table");
	for (uint64_t n = 0; n < N_ENTRIES; n += N_ENTRIES / 4) {
		struct digest_tag tag = proof_tag(SERIES, n);
		int r = table_find(table, &tag, &entry);

		/* Bits of the generation and its check may make up for each other: no harm. */
		if (r != -EBADMSG && (r != 0 || !proof_entry_is(&entry, SERIES, n)))
			proof_violation("descriptor bits %u and %u: look-up: %d", a, b, r);
	}
}

static void
check_descriptor(void)
{
	struct table *table;
	uint64_t good;
	int fd;

	write_file(image, used_bytes, image_bytes);
	table = proof_open(&config);
	memcpy(&good, image + FORMAT_CONTROL_OFFSET + offsetof(struct tbl_control, descriptor),
	    sizeof(good));
	if ((fd = openat(proof_dir_fd, NAME, O_RDWR | O_CLOEXEC)) == -1)
		proof_die("cannot damage the table");
	for (unsigned a = 0; a < 64; a++)
		for (unsigned b = a; b < 64; b++)
			check_descriptor_with(table, fd, good, a, b);
	(void)close(fd);
	table_close(table);
}

int
main(int argc, char **argv)
{
	uint64_t n = proof_init(argc, argv) ? 300000 : 3000, seed = (uint64_t)proof_now_ns();
	int64_t since = proof_now_ns();

	config = proof_config(NAME, 1000);
	current_seed = mmap(NULL, sizeof(*current_seed), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (current_seed == MAP_FAILED)
		proof_die("no memory");
	make_image();
	if (argc > 2 && strcmp(argv[1], "seed") == 0) {
		one(strtoull(argv[2], NULL, 10)); /* here, for a debugger */
		n = 0;
	}
	for (uint64_t i = 0; i < n && proof_n_violations() < 5; i += N_BATCH)
		batch(seed + i, N_BATCH);
	check_cut();
	check_descriptor();
	free(image);
	printf("%llu damaged tables, %.1f s\n", (unsigned long long)n,
	    (double)(proof_now_ns() - since) / 1e9);
	return proof_finish("damage");
}
