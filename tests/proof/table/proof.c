/* proof.c - see proof.h */
#include "proof/table/proof.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

#include "core/file.h"

int proof_dir_fd = -1;
char proof_dir[64];
static _Atomic uint64_t *n_violations; /* shared with children */
static pid_t main_pid;
static bool is_mounted;

void
proof_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	exit(99); /* automake: the test itself failed */
}

void
proof_violation(const char *fmt, ...)
{
	va_list ap;

	if (++*n_violations > 20)
		return; /* enough to see what is wrong */
	(void)fputs("VIOLATION: ", stdout);
	va_start(ap, fmt);
	(void)vprintf(fmt, ap);
	va_end(ap);
	(void)putchar('\n');
	(void)fflush(stdout);
}

uint64_t
proof_n_violations(void)
{
	return *n_violations;
}

static void
remove_dir(void)
{
	DIR *dir;
	const struct dirent *de;

	if (getpid() != main_pid)
		return; /* a forked child that called exit() */
	if ((dir = opendir(proof_dir)) != NULL) {
		while ((de = readdir(dir)) != NULL)
			(void)unlinkat(dirfd(dir), de->d_name, 0);
		(void)closedir(dir);
	}
	if (is_mounted) {
		(void)close(proof_dir_fd);
		(void)umount2(proof_dir, MNT_DETACH);
	}
	(void)rmdir(proof_dir);
}

/*
 * A file system in memory of our own, seen by nobody else, where we may have one: on a disk the
 * proofs would wait for its flushes.
 */
static bool
mount_in_memory(void)
{
	return unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("proof", proof_dir, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700") == 0;
}

bool
proof_init(int argc, char **argv)
{
	const char *base = getenv("TMPDIR");
	struct err err;

	n_violations = mmap(NULL, sizeof(*n_violations), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (n_violations == MAP_FAILED)
		proof_die("no memory");
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	(void)snprintf(proof_dir, sizeof(proof_dir), "%s/sessiongate-proof-XXXXXX",
	    base != NULL && strlen(base) < 30 ? base : "/tmp");
	if (mkdtemp(proof_dir) == NULL)
		proof_die("cannot make %s: %s", proof_dir, strerror(errno));
	main_pid = getpid();
	is_mounted = mount_in_memory();
	(void)atexit(remove_dir);
	if (file_open_dir(proof_dir, false, &proof_dir_fd, &err) != 0)
		proof_die("%s", err.text);
	return argc > 1 && strcmp(argv[1], "long") == 0;
}

int
proof_finish(const char *what)
{
	if (*n_violations == 0)
		printf("%s: no violation\n", what);
	else
		printf("%s: %llu VIOLATIONS\n", what, (unsigned long long)*n_violations);
	return *n_violations == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

struct table_config
proof_config(const char *name, uint64_t max_entries)
{
	return (struct table_config){
		.dir_fd = proof_dir_fd,
		.dir_path = proof_dir,
		.name = name,
		.max_entries = max_entries,
		.max_per_owner = 0,
		.key_check = { 1, 2, 3 },
	};
}

struct table *
proof_open(const struct table_config *config)
{
	struct table *table = NULL;
	struct err err = { "" };
	int r = table_open(config, &table, NULL, &err);

	if (r != 0)
		proof_die("table_open: %d: %s", r, err.text);
	return table;
}

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t
mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

uint64_t
proof_random(uint64_t *state)
{
	return mix(*state += UINT64_C(0x9e3779b97f4a7c15));
}

struct digest_tag
proof_tag(uint32_t series, uint64_t n)
{
	uint64_t words[2] = { mix(n + ((uint64_t)series << 40) + 1), 0 };
	struct digest_tag tag;

	words[1] = mix(words[0] + n);
	memcpy(tag.bytes, words, sizeof(tag.bytes));
	return tag;
}

struct table_entry
proof_entry(uint32_t series, uint64_t n)
{
	struct table_entry entry = { .tag = proof_tag(series, n) };
	uint64_t words[2] = { mix(n), series };

	memcpy(entry.owner.bytes, words, sizeof(entry.owner.bytes));
	entry.created_ms = (int64_t)(n % 100) * 1000;
	entry.lifetime_s = 0;
	entry.idle_s = (uint32_t)(n % 3)
		       << 27; /* years: it goes with the entry, and ends none */
	entry.kind = n % 2 == 0 ? TABLE_KIND_MEMORY : TABLE_KIND_STORED;
	entry.is_remembered = n % 5 == 0;
	return entry;
}

bool
proof_entry_is(const struct table_entry *entry, uint32_t series, uint64_t n)
{
	struct table_entry want = proof_entry(series, n);

	return memcmp(&entry->tag, &want.tag, sizeof(want.tag)) == 0 &&
	       memcmp(&entry->owner, &want.owner, sizeof(want.owner)) == 0 &&
	       entry->created_ms == want.created_ms && entry->lifetime_s == want.lifetime_s &&
	       entry->idle_s == want.idle_s && entry->kind == want.kind &&
	       entry->is_remembered == want.is_remembered;
}

int64_t
proof_now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t
proof_set_aside_ns(void)
{
	static _Thread_local int fd = -1;
	static _Thread_local pid_t whose; /* a child has the descriptor of its parent */
	char text[100];
	ssize_t n;
	long long ns = 0;

	if (whose != gettid()) {
		if (fd != -1)
			(void)close(fd);
		fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
		whose = gettid();
	}
	if ((n = pread(fd, text, sizeof(text) - 1, 0)) <= 0)
		return 0;
	text[n] = '\0';
	(void)sscanf(text, "%*s %lld", &ns);
	return ns;
}
