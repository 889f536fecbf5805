/*
 * replay_main.c - feed a harness its committed corpus, and mutants of it
 *
 * Usage: replay_X [file or directory ...]
 * Without arguments, tests/fuzz/corpus/X of the source tree ($srcdir).  Each file is followed
 * by FUZZ_MUTANTS (500) mutants: bytes changed, doubled, cut, exchanged with other files.  The
 * mutants are the same in every run.
 */
#include <dirent.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz/fuzz.h"

#define INPUT_MAX_BYTES (256 * 1024)
#define FILES_MAX       1000

static struct str inputs[FILES_MAX];
static size_t n_inputs, n_runs;
static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);

/* xorshift64: the same numbers everywhere. */
static size_t
any_below(size_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return n > 0 ? (size_t)(state % n) : 0;
}

static void
run(const char *p, size_t n)
{
	n_runs++;
	(void)LLVMFuzzerTestOneInput((const uint8_t *)p, n);
}

static void
read_input(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *p = malloc(INPUT_MAX_BYTES);

	if (file == NULL || p == NULL || n_inputs == FILES_MAX) {
		fprintf(stderr, "cannot read %s\n", path);
		exit(EXIT_FAILURE);
	}
	inputs[n_inputs++] = str_mem(p, fread(p, 1, INPUT_MAX_BYTES, file));
	(void)fclose(file);
}

static int
is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void
read_inputs(const char *path)
{
	struct dirent **entries;
	struct stat st;
	int n;

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
		read_input(path);
		return;
	}
	/* Sorted, so that runs are alike. */
	n = scandir(path, &entries, is_visible, alphasort);
	for (int i = 0; i < n; i++) {
		char file[4096];

		(void)snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
		read_input(file);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

static size_t
mutate(char *p, size_t n, size_t max)
{
	static const char bytes[] = ";=&%\"\\'+ \t\r\n\0,:-_./0129aAfFeEuU{}[]\x7f\x80\xc3\xff";
	size_t at = any_below(n), n_part = any_below(n - at + 1);
	struct str other = inputs[any_below(n_inputs)];

	switch (any_below(6)) {
	case 0: /* another byte */
		if (n > 0)
			p[at] = (char)any_below(256);
		break;
	case 1: /* a byte with a meaning */
		if (n > 0)
			p[at] = bytes[any_below(sizeof(bytes))];
		break;
	case 2: /* one more */
		if (n < max) {
			memmove(p + at + 1, p + at, n - at);
			p[at] = bytes[any_below(sizeof(bytes))];
			n++;
		}
		break;
	case 3: /* less */
		memmove(p + at, p + at + n_part, n - at - n_part);
		n -= n_part;
		break;
	case 4: /* the same again */
		if (n + n_part <= max) {
			memmove(p + at + n_part, p + at, n - at);
			n += n_part;
		}
		break;
	default: /* the end of another */
		other = str_skip(other, any_below(other.n));
		if (at + other.n <= max) {
			memcpy(p + at, other.p, other.n);
			n = at + other.n;
		}
		break;
	}
	return n;
}

int
main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir"), *mutants = getenv("FUZZ_MUTANTS");
	const char *name = strstr(argv[0], "replay_");
	long n_mutants = mutants != NULL ? strtol(mutants, NULL, 10) : 500;
	static char mutant[INPUT_MAX_BYTES];
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s",
	    srcdir != NULL ? srcdir : ".", name != NULL ? name + strlen("replay_") : "");
	if (argc < 2)
		read_inputs(path);
	for (int i = 1; i < argc; i++)
		read_inputs(argv[i]);
	run("", 0);
	for (size_t i = 0; i < n_inputs; i++) {
		run(inputs[i].p, inputs[i].n);
		for (long j = 0; j < n_mutants; j++) {
			size_t n = inputs[i].n;

			memcpy(mutant, inputs[i].p, n);
			for (size_t k = any_below(4) + 1; k > 0; k--)
				n = mutate(mutant, n, sizeof(mutant));
			run(mutant, n);
		}
	}
	printf("%zu files, %zu inputs\n", n_inputs, n_runs);
	for (size_t i = 0; i < n_inputs; i++)
		free((void *)(uintptr_t)inputs[i].p);
	return n_inputs > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
