/*
 * check_ids.c - ids of login sessions, made by 64 processes: none twice, and no bit that leans
 *
 * Usage: check_ids [n]      of each kind; default 200,000; check-long-auth: 10,000,000
 *
 * A process that was forked must not repeat what its parent or its siblings drew.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sodium.h>

#include "core/ident.h"

#define N_PROCESSES 64
#define N_BITS      256
#define KEY_BYTES   16 /* of an id, to find those that come twice */

struct shared {
	unsigned long long ones[N_PROCESSES][N_BITS];
	uint8_t keys[][KEY_BYTES];
};

static void
must(int is_so, const char *what)
{
	if (!is_so) {
		(void)fprintf(stderr, "check_ids: %s\n", what);
		exit(1);
	}
}

/* The bytes behind a new id: 16 of a UUID, 32 of a token. */
static void
draw(int is_token, uint8_t ret_bytes[32])
{
	char text[IDENT_SESSION_BYTES];
	size_t n = 0;

	if (is_token)
		must(ident_new_token(text) == 0 &&
			 sodium_base642bin(ret_bytes, 32, text, strlen(text), NULL, &n, NULL,
			     sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
			 n == 32,
		    "no token");
	else
		must(ident_new(text) == 0 && ident_parse(str_of(text), ret_bytes), "no UUID");
}

static void
fill(struct shared *shared, int process, size_t from, size_t to, int is_token)
{
	for (size_t i = from; i < to; i++) {
		uint8_t bytes[32] = { 0 };

		draw(is_token, bytes);
		memcpy(shared->keys[i], bytes, KEY_BYTES);
		for (int bit = 0; bit < N_BITS; bit++)
			shared->ones[process][bit] += bytes[bit / 8] >> (bit % 8) & 1;
	}
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, KEY_BYTES);
}

/* RFC 9562 section 5.4: the version in byte 6, the variant in byte 8. */
static int
is_free(int bit, int is_token)
{
	return is_token ||
	       (bit < 128 && (bit / 8 != 6 || bit % 8 < 4) && (bit / 8 != 8 || bit % 8 < 6));
}

static void
check(size_t n, int is_token)
{
	size_t size = sizeof(struct shared) + n * KEY_BYTES;
	struct shared *shared =
	    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* What is rarer than one in many million runs is no chance. */
	double worst = 0, most = n >= 1000000 ? 5 : 7;
	int n_free = 0;

	must(shared != MAP_FAILED, "no memory");
	for (int p = 0; p < N_PROCESSES; p++) {
		pid_t pid = fork();

		must(pid != -1, "no process");
		if (pid == 0) {
			fill(shared, p, n * (size_t)p / N_PROCESSES,
			    n * ((size_t)p + 1) / N_PROCESSES, is_token);
			_exit(0);
		}
	}
	for (int p = 0, status; p < N_PROCESSES; p++)
		must(wait(&status) != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0,
		    "a process failed");
	qsort(shared->keys, n, KEY_BYTES, compare);
	for (size_t i = 1; i < n; i++)
		must(compare(shared->keys[i - 1], shared->keys[i]) != 0, "an id came twice");
	for (int bit = 0; bit < N_BITS; bit++) {
		double ones = 0, deviation;

		for (int p = 0; p < N_PROCESSES; p++)
			ones += (double)shared->ones[p][bit];
		if (!is_free(bit, is_token))
			continue;
		n_free++;
		deviation = fabs(ones - (double)n / 2) / (sqrt((double)n) / 2);
		worst = deviation > worst ? deviation : worst;
		must(deviation < most, "a bit leans to one side");
	}
	(void)printf(
	    "%s: %zu of %d processes, none twice; %d free bits, %.2f sigma from one half at "
	    "most\n",
	    is_token ? "tokens" : "UUIDs", n, N_PROCESSES, n_free, worst);
	(void)munmap(shared, size);
}

int
main(int argc, char **argv)
{
	size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 200000;

	must(sodium_init() != -1 && n >= N_PROCESSES, "usage: check_ids [n]");
	check(n, 0);
	check(n, 1);
	return 0;
}
