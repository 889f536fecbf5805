/* takeover.c - see takeover.h */
#include "server/takeover.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/str.h"

/*
 * A program that knows nothing of this refuses to start with a variable of this kind that is no
 * setting: so an older one on the disk is found out too.
 */
#define ENV_NAME "SESSIONGATE_TAKEOVER"

/*
 * Raised when a line changes its meaning; new lines may come without that.  Version 1 has one
 * socket, and that is what is written where there is one: a program that knows no more takes over.
 */
#define RECORD_VERSION_ONE_SOCKET 1
#define RECORD_VERSION            2

#define RECORD_MAX_BYTES ((size_t)4 * 1024 * 1024)
#define CHILDREN_MAX     4096

void
takeover_init(struct takeover *takeover)
{
	*takeover = (struct takeover){
		.pid = getpid(),
		.handover_fds = { -1, -1 },
		.life_fds = { -1, -1 },
		.file = PROGRAM_FILE_NONE,
	};
	buf_init(&takeover->config, ENV_FILE_MAX_BYTES);
}

void
takeover_fini(struct takeover *takeover)
{
	for (size_t i = 0; i < takeover->n_fixed; i++)
		free(takeover->fixed[i]);
	free(takeover->children);
	free(takeover->log_path);
	free(takeover->program);
	program_file_close(&takeover->file);
	buf_fini(&takeover->config);
	takeover_init(takeover);
}

static bool
add_fixed(struct takeover *takeover, const char *name, const char *value)
{
	size_t n = takeover->n_fixed;

	if (n + 2 > 2 * TAKEOVER_FIXED_MAX)
		return false;
	takeover->fixed[n] = str_dup(str_of(name));
	takeover->fixed[n + 1] = str_dup(str_of(value));
	takeover->n_fixed = n + 2; /* takeover_fini() frees a NULL too */
	return takeover->fixed[n] != NULL && takeover->fixed[n + 1] != NULL;
}

bool
takeover_add_child(struct takeover *takeover, const struct takeover_child *child)
{
	struct takeover_child *children;

	if (takeover->n_children == CHILDREN_MAX)
		return false;
	children =
	    realloc(takeover->children, (takeover->n_children + 1) * sizeof(children[0]));
	if (children == NULL)
		return false;
	takeover->children = children;
	children[takeover->n_children++] = *child;
	return true;
}

static int
no_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "%s", strerror(ENOMEM));
}

int
takeover_record(struct takeover *takeover, const char *path, const char *log_path,
    const struct configuration *conf, struct err *err)
{
	int r;

	for (size_t i = 0; i < settings_n; i++)
		if (settings_table[i].kind == SETTINGS_DIRECTORY &&
		    !add_fixed(takeover, settings_table[i].name,
			settings_text(&conf->settings, &settings_table[i])))
			return no_memory(err);
	if ((log_path != NULL && (takeover->log_path = str_dup(str_of(log_path))) == NULL) ||
	    (takeover->program = str_dup(str_of(path))) == NULL)
		return no_memory(err);
	if ((r = program_file_open(path, &takeover->file, err)) != 0)
		return r;
	if (conf->path == NULL)
		return 0;
	takeover->has_config = true;
	return env_file_load(conf->path, &takeover->config, err);
}

int
takeover_check_fixed(
    const struct takeover *takeover, const struct settings *settings, struct err *err)
{
	for (size_t i = 0; i < takeover->n_fixed; i += 2)
		for (size_t j = 0; j < settings_n; j++)
			if (settings_table[j].kind == SETTINGS_DIRECTORY &&
			    strcmp(settings_table[j].name, takeover->fixed[i]) == 0 &&
			    strcmp(settings_text(settings, &settings_table[j]),
				takeover->fixed[i + 1]) != 0)
				return err_set(err, -EINVAL,
				    "%s cannot change while serving (login sessions would be "
				    "lost): restart the program",
				    settings_table[j].name);
	return 0;
}

/* ---------------------------------------------------------------- writing */

static void
format(const struct takeover *takeover, struct buf *out)
{
	const struct listen_set *listen = &takeover->listen;

	buf_addf(out, "version %d\npid %ld\n",
	    listen->n > 1 ? RECORD_VERSION : RECORD_VERSION_ONE_SOCKET, (long)takeover->pid);
	buf_addf(out, "state %u %d %d\n", takeover->generation, takeover->was_ever_ready,
	    takeover->has_told_ready);
	for (unsigned i = 0; i < listen->n; i++) {
		const struct listen_socket *socket = &listen->sockets[i];

		buf_addf(out, "listen %d %d %d %ju %ju\n", socket->fd, socket->lock_fd,
		    socket->is_borrowed, (uintmax_t)socket->dev, (uintmax_t)socket->ino);
		buf_addf(out, "path %s\n", socket->path);
	}
	buf_addf(out, "pairs %d %d %d %d\n", takeover->handover_fds[0],
	    takeover->handover_fds[1], takeover->life_fds[0], takeover->life_fds[1]);
	for (size_t i = 0; i < takeover->n_children; i++) {
		const struct takeover_child *child = &takeover->children[i];

		buf_addf(out, "child %ld %u %d %d %d\n", (long)child->pid, child->generation,
		    child->ready_fd, child->is_ready, child->is_told_to_end);
	}
	if (takeover->log_path != NULL)
		buf_addf(out, "log %s\n", takeover->log_path);
	if (takeover->program != NULL)
		buf_addf(out, "program %s\n", takeover->program);
	for (size_t i = 0; i < takeover->n_fixed; i += 2)
		buf_addf(out, "fixed %s %s\n", takeover->fixed[i], takeover->fixed[i + 1]);
	/* The last one: the rest of the file is its text. */
	if (takeover->has_config) {
		buf_add_z(out, "config\n");
		buf_add_str(out, buf_str(&takeover->config));
	}
}

int
takeover_write(const struct takeover *takeover)
{
	struct buf out;
	int fd = -1, r;

	buf_init(&out, RECORD_MAX_BYTES);
	format(takeover, &out);
	if ((r = buf_error(&out)) == 0 &&
	    (fd = memfd_create("sessiongate-takeover", MFD_CLOEXEC)) == -1)
		r = -errno;
	if (r == 0)
		r = file_write_all(fd, out.p, out.n);
	buf_fini(&out);
	if (r != 0 && fd != -1)
		(void)close(fd);
	return r != 0 ? r : fd;
}

int
takeover_set_env(int fd, bool is_trial)
{
	char text[40];

	if (fd == -1)
		return unsetenv(ENV_NAME) == -1 ? -errno : 0;
	(void)snprintf(text, sizeof(text), "%s%d", is_trial ? "trial:" : "", fd);
	return setenv(ENV_NAME, text, 1) == -1 ? -errno : 0;
}

int
takeover_execute(const struct takeover *takeover, char *const argv[], struct env_file *file,
    int record_fd, bool is_trial, struct err *err)
{
	struct err why = { "" };
	int r;

	/* Variables that are gone from the file shall be gone. */
	env_file_undo(file);
	if ((r = takeover_set_env(record_fd, is_trial)) != 0)
		err_set(&why, r, "%s", strerror(-r));
	else
		r = program_file_execute(&takeover->file, argv, &why);
	(void)takeover_set_env(-1, false);
	(void)env_file_apply(file);
	return err_set(err, r, "%.255s: %.250s", takeover->program, why.text);
}

static bool
keep_open(int fd, bool is_kept)
{
	return fd == -1 || fcntl(fd, F_SETFD, is_kept ? 0 : FD_CLOEXEC) != -1;
}

static bool
keep_all_open(const struct takeover *takeover, bool is_kept)
{
	bool is_good = true;

	for (unsigned i = 0; i < takeover->listen.n; i++)
		is_good = keep_open(takeover->listen.sockets[i].fd, is_kept) &&
			  keep_open(takeover->listen.sockets[i].lock_fd, is_kept) && is_good;
	for (int i = 0; i < 2; i++)
		is_good = keep_open(takeover->handover_fds[i], is_kept) &&
			  keep_open(takeover->life_fds[i], is_kept) && is_good;
	for (size_t i = 0; i < takeover->n_children; i++)
		is_good = keep_open(takeover->children[i].ready_fd, is_kept) && is_good;
	return is_good;
}

void
takeover_keep_open(const struct takeover *takeover, int fd, bool is_kept)
{
	(void)keep_all_open(takeover, is_kept);
	(void)keep_open(fd, is_kept);
}

/* ---------------------------------------------------------------- reading */

static bool
read_text(int fd, struct buf *ret_text)
{
	struct stat st;
	char *p;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || st.st_size <= 0 ||
	    (uintmax_t)st.st_size > RECORD_MAX_BYTES ||
	    (p = buf_reserve(ret_text, (size_t)st.st_size)) == NULL ||
	    lseek(fd, 0, SEEK_SET) == -1 || file_read_all(fd, p, (size_t)st.st_size) != 0)
		return false;
	buf_advance(ret_text, (size_t)st.st_size);
	return true;
}

static bool
read_child(struct takeover *takeover, const char *line)
{
	struct takeover_child child = { .pid = 0 };
	int is_ready, is_told, pid;

	if (sscanf(line, "%d %u %d %d %d", &pid, &child.generation, &child.ready_fd, &is_ready,
		&is_told) != 5 ||
	    pid <= 1)
		return false;
	child.pid = pid;
	child.is_ready = is_ready != 0;
	child.is_told_to_end = is_told != 0;
	return takeover_add_child(takeover, &child);
}

static bool
read_listen(struct listen_set *listen, const char *line)
{
	struct listen_socket *socket = &listen->sockets[listen->n];
	uintmax_t dev, ino;
	int is_borrowed;

	if (listen->n == LISTEN_MAX)
		return false;
	*socket = LISTEN_SOCKET_NONE;
	if (sscanf(line, "%d %d %d %ju %ju", &socket->fd, &socket->lock_fd, &is_borrowed, &dev,
		&ino) != 5)
		return false;
	socket->is_borrowed = is_borrowed != 0;
	socket->dev = (dev_t)dev;
	socket->ino = (ino_t)ino;
	listen->n++;
	return socket->fd != -1;
}

/* Of the socket whose line came last. */
static bool
read_path(struct listen_set *listen, const char *path)
{
	struct listen_socket *socket;

	if (listen->n == 0)
		return false;
	socket = &listen->sockets[listen->n - 1];
	return snprintf(socket->path, sizeof(socket->path), "%s", path) <
	       (int)sizeof(socket->path);
}

static bool
read_fixed(struct takeover *takeover, char *line)
{
	char *blank = strchr(line, ' ');

	if (blank == NULL)
		return false;
	*blank = '\0';
	return add_fixed(takeover, line, blank + 1);
}

/* name and what follows it.  A name that is not known is of a later program. */
static bool
read_line(struct takeover *takeover, const char *name, char *value)
{
	int ever = 0, told = 0, n;

#define IS(text) (strcmp(name, (text)) == 0)
	if (IS("version"))
		return strcmp(value, "1") == 0 || strcmp(value, "2") == 0;
	if (IS("pid"))
		return strtol(value, NULL, 10) == (takeover->is_trial ? getppid() : getpid());
	if (IS("state")) {
		n = sscanf(value, "%u %d %d", &takeover->generation, &ever, &told);
		takeover->was_ever_ready = ever != 0;
		takeover->has_told_ready = told != 0;
		return n == 3;
	}
	if (IS("listen"))
		return read_listen(&takeover->listen, value);
	if (IS("path"))
		return read_path(&takeover->listen, value);
	if (IS("pairs"))
		return sscanf(value, "%d %d %d %d", &takeover->handover_fds[0],
			   &takeover->handover_fds[1], &takeover->life_fds[0],
			   &takeover->life_fds[1]) == 4;
	if (IS("child"))
		return read_child(takeover, value);
	if (IS("log"))
		return (takeover->log_path = str_dup(str_of(value))) != NULL;
	if (IS("program"))
		return (takeover->program = str_dup(str_of(value))) != NULL;
	if (IS("fixed"))
		return read_fixed(takeover, value);
#undef IS
	return true;
}

/* Modifies text. */
static bool
parse(struct takeover *takeover, char *text, size_t n)
{
	bool has_version = false, has_pid = false;
	char *end = text + n;

	while (text < end) {
		char *newline = memchr(text, '\n', (size_t)(end - text)), *value;

		if (newline == NULL || memchr(text, '\0', (size_t)(newline - text)) != NULL)
			return false;
		*newline = '\0';
		if (strcmp(text, "config") == 0) {
			takeover->has_config = true;
			buf_add(&takeover->config, newline + 1, (size_t)(end - newline - 1));
			break;
		}
		if ((value = strchr(text, ' ')) == NULL)
			return false;
		*value++ = '\0';
		if (!read_line(takeover, text, value))
			return false;
		has_version = has_version || strcmp(text, "version") == 0;
		has_pid = has_pid || strcmp(text, "pid") == 0;
		text = newline + 1;
	}
	return has_version && has_pid && buf_error(&takeover->config) == 0;
}

int
takeover_find(struct takeover *ret_takeover, struct err *err)
{
	const char *env = getenv(ENV_NAME);
	struct takeover takeover;
	struct buf text;
	bool is_good;
	int fd;

	if (env == NULL)
		return -ENOENT;
	takeover_init(&takeover);
	takeover.is_trial = strncmp(env, "trial:", 6) == 0;
	fd = (int)strtol(takeover.is_trial ? env + 6 : env, NULL, 10);
	(void)unsetenv(ENV_NAME);
	buf_init(&text, RECORD_MAX_BYTES);
	is_good = fd > 2 && read_text(fd, &text) && parse(&takeover, text.p, text.n);
	buf_fini(&text);
	if (fd > 2)
		(void)close(fd);
	/* A trial has none of the descriptors. */
	if (is_good && !takeover.is_trial)
		is_good = takeover.listen.n > 0 && keep_all_open(&takeover, false);
	if (!is_good) {
		takeover_fini(&takeover);
		return err_set(err, -EINVAL,
		    "what the running program hands over is not understood: restart the "
		    "program");
	}
	*ret_takeover = takeover;
	return 0;
}
