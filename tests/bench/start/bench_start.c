/*
 * bench_start.c - how long the program takes to start with so many stored login sessions
 *
 * Calling    bench_start PROGRAM [sessions [rounds [directory [run directory]]]]
 *            Default: 1000000 sessions (four to a user), 5 rounds, $TMPDIR or /tmp.  The run
 *            directory is in memory where the program is installed (/run); here it is where it
 *            was told to be, else below the directory.
 *
 * Each round starts the program twice: as after a reboot (nothing is known but the journal), and
 * again beside the session table of the first.  The clock stops at "ready"; processor time is that
 * of all its processes, their end included.  Medians and minima.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "journal/line.h"
#include "model/user_session.h"

#define ROUNDS_MAX 101
#define PER_USER   4
#define TEXT_BYTES 700
#define LINES_MANY ((size_t)1 << 20)

struct places {
	char top[300], data[320], run[320], journal[360], lock[360], socket[360], table[360];
};

struct figures {
	double wall[ROUNDS_MAX], processor[ROUNDS_MAX];
};

static void
die(const char *what)
{
	(void)fprintf(stderr, "bench_start: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ------------------------------------------------------------------------- the journal */

/* Different bytes for each number, and for nothing else. */
static void
scatter(uint64_t number, uint64_t salt, uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i % 8 == 0) {
			number += salt + UINT64_C(0x9e3779b97f4a7c15);
			number = (number ^ number >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
			number = (number ^ number >> 27) * UINT64_C(0x94d049bb133111eb);
			number ^= number >> 31;
		}
		bytes[i] = (uint8_t)(number >> i % 8 * 8);
	}
}

static void
make_ident(uint64_t number, uint64_t salt, char ret_text[IDENT_TEXT_BYTES])
{
	uint8_t bytes[IDENT_BYTES];

	scatter(number, salt, bytes, sizeof(bytes));
	bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40);
	bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
	ident_format(bytes, ret_text);
}

static void
add_session(struct buf *lines, uint64_t number, int64_t wall_ms)
{
	struct jrn_line line = { .n = number, .record = { .op = JOURNAL_PUT } };
	char user_id[IDENT_TEXT_BYTES];
	struct user_session session;
	struct digest_tag tag;
	struct buf value;

	scatter(number, 1, tag.bytes, sizeof(tag.bytes));
	make_ident(number / PER_USER, 2, user_id);
	if (user_session_init(&session, str_of(user_id), &tag, 0) != 0)
		die("a session");
	make_ident(number, 3, session.base.id);
	session.base.created_ms = session.base.updated_ms = wall_ms;
	buf_init(&value, JOURNAL_VALUE_MAX_BYTES);
	base_write(&session.base, &value);
	line.record.key = session.base.key;
	line.record.value = buf_str(&value);
	jrn_line_add(lines, &line);
	buf_fini(&value);
}

static void
write_out(int fd, struct buf *lines)
{
	if (buf_error(lines) != 0 || write(fd, lines->p, lines->n) != (ssize_t)lines->n)
		die("write");
	buf_clear(lines);
}

static off_t
write_journal(const char *path, uint64_t n)
{
	/* No key_check: the program takes its own key. */
	struct jrn_line_header header = { .n_records = n };
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	int64_t wall_ms = clock_wall_ms() - 1000 * (int64_t)60;
	struct buf lines;
	struct stat st;

	if (fd == -1)
		die(path);
	buf_init(&lines, LINES_MANY + TEXT_BYTES);
	jrn_line_add_header(&lines, &header, wall_ms / 1000);
	for (uint64_t i = 1; i <= n; i++) {
		add_session(&lines, i, wall_ms);
		if (lines.n >= LINES_MANY)
			write_out(fd, &lines);
	}
	write_out(fd, &lines);
	buf_fini(&lines);
	if (fsync(fd) == -1 || fstat(fd, &st) == -1 || close(fd) == -1)
		die(path);
	return st.st_size;
}

/* -------------------------------------------------------------------------- one start */

static void
become(const char *program, const struct places *places, const char *n, int log_fd)
{
	char listen[400];

	(void)snprintf(listen, sizeof(listen), "unix:%s", places->socket);
	(void)dup2(log_fd, STDERR_FILENO);
	(void)execl(program, program, "--listen", listen, "--data-dir", places->data,
	    "--run-dir", places->run, "--max-sessions", n, "--workers", "1", (char *)NULL);
	_exit(127);
}

/* Its log goes on to be read, so that it never waits for us. */
static void
wait_until_ready(int log_fd)
{
	char text[65536];
	size_t n = 0;
	ssize_t r;

	while (n < sizeof(text) - 1 && (r = read(log_fd, text + n, sizeof(text) - 1 - n)) > 0) {
		n += (size_t)r;
		text[n] = '\0';
		if (strstr(text, " ready ") != NULL || strstr(text, "=ready ") != NULL)
			return;
	}
	(void)fprintf(stderr, "%.*s", (int)n, text);
	errno = ECHILD;
	die("it did not start");
}

static void
start(const char *program, const struct places *places, const char *n, struct figures *figures,
    unsigned round)
{
	struct rusage usage;
	int log_fds[2], status;
	double begun = now();
	pid_t pid = -1;

	if (pipe2(log_fds, O_CLOEXEC) == -1 || (pid = fork()) == -1)
		die("cannot start");
	if (pid == 0)
		become(program, places, n, log_fds[1]);
	(void)close(log_fds[1]);
	wait_until_ready(log_fds[0]);
	figures->wall[round] = now() - begun;
	if (kill(pid, SIGTERM) == -1 || wait4(pid, &status, 0, &usage) == -1)
		die("cannot stop it");
	(void)close(log_fds[0]);
	figures->processor[round] =
	    (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void
print(const char *what, struct figures *figures, unsigned n_rounds)
{
	qsort(figures->wall, n_rounds, sizeof(double), by_size);
	qsort(figures->processor, n_rounds, sizeof(double), by_size);
	(void)printf("%-26s | %8.2f %8.2f | %8.2f %8.2f\n", what, figures->wall[n_rounds / 2],
	    figures->wall[0], figures->processor[n_rounds / 2], figures->processor[0]);
}

/* ------------------------------------------------------------------------------- main */

static void
make_places(struct places *places, const char *dir, const char *run)
{
	(void)snprintf(places->top, sizeof(places->top), "%.270s/bench-start.XXXXXX", dir);
	if (mkdtemp(places->top) == NULL)
		die(places->top);
	(void)snprintf(places->data, sizeof(places->data), "%s/data", places->top);
	if (run != NULL)
		(void)snprintf(places->run, sizeof(places->run), "%.270s/bench-start.%d", run,
		    (int)getpid());
	else
		(void)snprintf(places->run, sizeof(places->run), "%s/run", places->top);
	(void)snprintf(
	    places->journal, sizeof(places->journal), "%s/UserSession.jsonl", places->data);
	(void)snprintf(
	    places->lock, sizeof(places->lock), "%s/UserSession.jsonl.lock", places->data);
	(void)snprintf(places->socket, sizeof(places->socket), "%s/socket", places->top);
	if (mkdir(places->data, 0700) == -1 || mkdir(places->run, 0700) == -1)
		die(places->run);
}

static void
remove_all(const char *path)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)execlp("rm", "rm", "-rf", "--", path, (char *)NULL);
		_exit(127);
	}
	(void)waitpid(pid, NULL, 0);
}

int
main(int argc, char **argv)
{
	const char *tmp = getenv("TMPDIR"), *n_text = argc > 2 ? argv[2] : "1000000";
	uint64_t n = strtoull(n_text, NULL, 10);
	unsigned n_rounds = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 5;
	static struct figures reboot, again;
	struct places places;
	off_t n_bytes;

	if (argc < 2 || n == 0 || n_rounds == 0 || n_rounds > ROUNDS_MAX) {
		(void)fprintf(stderr,
		    "usage: bench_start PROGRAM [sessions [rounds to %d "
		    "[directory [run directory]]]]\n",
		    ROUNDS_MAX);
		return 2;
	}
	make_places(&places,
	    argc > 4      ? argv[4]
	    : tmp != NULL ? tmp
			  : "/tmp",
	    argc > 5 ? argv[5] : NULL);
	n_bytes = write_journal(places.journal, n);
	for (unsigned round = 0; round < n_rounds; round++) {
		(void)unlink(places.lock); /* as after a reboot */
		remove_all(places.run);
		if (mkdir(places.run, 0700) == -1)
			die(places.run);
		start(argv[1], &places, n_text, &reboot, round);
		start(argv[1], &places, n_text, &again, round);
	}
	(void)printf("Start with %s stored sessions (%.0f MB of journal) until ready, s\n"
		     "%-26s | %8s %8s | %8s %8s\n",
	    n_text, (double)n_bytes * 1e-6, "", "elapsed", "least", "processor", "least");
	print("after a reboot", &reboot, n_rounds);
	print("beside its session table", &again, n_rounds);
	remove_all(places.top);
	remove_all(places.run);
	return 0;
}
