/* activation.c - see activation.h */
#include "server/activation.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/str.h"

#define SYSTEMD_FIRST_FD 3 /* sd_listen_fds(3) */
#define EVERYBODY        "every local user could speak as the web server does"

bool
activation_is_cgi(void)
{
	return (getenv("GATEWAY_INTERFACE") != NULL || getenv("REQUEST_METHOD") != NULL) &&
	       !listen_is_listening(STDIN_FILENO);
}

/* LISTEN_FDS descriptors from 3 on, for the process LISTEN_PID. */
static int
systemd_fd(unsigned *ret_n, struct err *err)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
	char *end;
	long n_fds;

	if (n == NULL)
		return -ENOENT;
	if (pid == NULL || strtol(pid, NULL, 10) != getpid())
		return err_set(err, -ENOENT,
		    "LISTEN_FDS is set, but LISTEN_PID is %s and this is process %ld: whatever "
		    "stands between systemd and the program has to exec it",
		    pid != NULL ? pid : "not", (long)getpid());
	n_fds = strtol(n, &end, 10);
	if (n[0] == '\0' || *end != '\0' || n_fds < 1 || n_fds > LISTEN_MAX)
		return err_set(err, -EINVAL,
		    "systemd passes \"%s\" sockets (LISTEN_FDS), and 1 to %d are served: see "
		    "ListenStream= in the .socket unit",
		    n, LISTEN_MAX);
	*ret_n = (unsigned)n_fds;
	return SYSTEMD_FIRST_FD;
}

int
activation_sockets(unsigned *ret_n, struct err *err)
{
	int fd = systemd_fd(ret_n, err);

	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	/* Variables for another process are no concern of ours. */
	if (fd != -ENOENT || !listen_is_listening(STDIN_FILENO))
		return fd;
	*ret_n = 1;
	return STDIN_FILENO;
}

/* ---------------------------------------------------- a socket that another program made */

union address {
	struct sockaddr any;
	struct sockaddr_un un;
	struct sockaddr_storage storage;
};

static bool
is_systemd(int fd)
{
	return fd > STDERR_FILENO;
}

/* For messages: where the socket is from. */
static const char *
source(int fd)
{
	return is_systemd(fd) ? "the socket from systemd (LISTEN_FDS)"
			      : "the socket on standard input";
}

/* Listens, and its connections are streams of bytes. */
static int
examine_kind(int fd, struct err *err)
{
	union address peer;
	socklen_t n_peer = sizeof(peer), n_type = sizeof(int);
	int type = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n_type) == -1)
		return err_set(err, -EINVAL, "descriptor %d, %s: %s%s", fd, source(fd),
		    strerror(errno),
		    is_systemd(fd) ? ": use ListenStream= in the .socket unit" : "");
	if (type != SOCK_STREAM)
		return err_set(err, -EINVAL, "%s is no stream socket%s", source(fd),
		    is_systemd(fd) ? ": use ListenStream= in the .socket unit" : "");
	if (listen_is_listening(fd))
		return 0;
	if (getpeername(fd, &peer.any, &n_peer) == 0)
		return err_set(err, -EINVAL, "%s is a connection, not a listening socket%s",
		    source(fd), is_systemd(fd) ? ": use Accept=no in the .socket unit" : "");
	return err_set(err, -EINVAL, "%s does not listen: %s", source(fd),
	    is_systemd(fd) ? "use ListenStream= and Accept=no in the .socket unit"
			   : "the program that passes it has to listen on it");
}

/* Is there a directory on this way that others cannot pass?  0 or 1, or negative errno. */
static int
is_way_open(const char *path)
{
	char dir[PATH_MAX], real[PATH_MAX];
	const char *slash = strrchr(path, '/');
	struct stat st;

	memcpy(dir, path, (size_t)(slash - path) + 1);
	dir[slash - path + 1] = '\0';
	/* Where we may not peek, glibc tells how far the way goes. */
	if (realpath(dir, real) == NULL && errno != EACCES)
		return -errno;
	for (char *end = real;; *end = '/') {
		end += strcspn(end + 1, "/") + 1;
		if (*end == '\0')
			return stat(real, &st) == -1 ? -errno : (st.st_mode & S_IXOTH) != 0;
		*end = '\0';
		if (stat(real, &st) == -1)
			return -errno;
		if ((st.st_mode & S_IXOTH) == 0)
			return 0;
	}
}

/* May everybody connect?  0 or 1, or negative errno: it cannot be told. */
static int
is_for_everybody(const char *path)
{
	struct stat st;
	bool is_seen = lstat(path, &st) == 0;
	int r;

	if (!is_seen && errno != EACCES)
		return -errno;
	if (is_seen && !S_ISSOCK(st.st_mode))
		return -ENOTSOCK;
	if (is_seen && (st.st_mode & S_IWOTH) == 0)
		return 0;
	r = is_way_open(path);
	return r == 1 && !is_seen ? -EACCES : r;
}

static int
examine_unix(int fd, const struct sockaddr_un *un, socklen_t n, struct err *err)
{
	char path[sizeof(un->sun_path) + 1] = "";
	size_t n_path = n > offsetof(struct sockaddr_un, sun_path)
			    ? n - offsetof(struct sockaddr_un, sun_path)
			    : 0;
	int r;

	/* Not always ended by a NUL. */
	memcpy(path, un->sun_path, n_path < sizeof(un->sun_path) ? n_path : sizeof(path) - 1);
	if (path[0] == '\0')
		return err_set(err, -EPERM,
		    "%s is abstract and has no permissions: " EVERYBODY
		    "; give it a path, or use --allow-unsafe-socket",
		    source(fd));
	r = path[0] != '/' ? -EINVAL : is_for_everybody(path);
	if (r == 0)
		return 0;
	if (r < 0)
		return err_set(err, -EPERM,
		    "%s: cannot tell who may open it: %s: %s; give it a whole path that the "
		    "program can see, or use --allow-unsafe-socket",
		    source(fd), path, path[0] != '/' ? "a relative path" : strerror(-r));
	return err_set(err, -EPERM,
	    "%s, %s, is open to everybody: " EVERYBODY
	    "; make it with mode 0660 (%s), or use --allow-unsafe-socket",
	    source(fd), path,
	    is_systemd(fd) ? "SocketMode= in the .socket unit"
			   : "spawn-fcgi -M 0660, umask 007");
}

/*
 * To notice when it is removed; where we do not see it, we do not know.  Not a path that would not
 * be one line of a takeover (takeover.h).
 */
static void
note_path(struct listen_socket *listen_socket, const struct sockaddr_un *un, socklen_t n)
{
	size_t n_path = n - offsetof(struct sockaddr_un, sun_path);
	struct stat st;

	if (n_path >= sizeof(listen_socket->path) || un->sun_path[0] != '/')
		return;
	memcpy(listen_socket->path, un->sun_path, n_path);
	listen_socket->path[n_path] = '\0';
	if (str_has_control(str_of(listen_socket->path)) ||
	    lstat(listen_socket->path, &st) == -1 || !S_ISSOCK(st.st_mode)) {
		listen_socket->path[0] = '\0';
		return;
	}
	listen_socket->dev = st.st_dev;
	listen_socket->ino = st.st_ino;
}

static int
examine_access(int fd, const union address *address, socklen_t n, struct err *err)
{
	switch (address->any.sa_family) {
	case AF_UNIX:
		return examine_unix(fd, &address->un, n, err);
	case AF_INET:
	case AF_INET6:
		return err_set(err, -EPERM,
		    "%s is TCP: every local user%s could speak as the web server does; use a "
		    "unix socket, or --allow-unsafe-socket",
		    source(fd),
		    listen_is_loopback(&address->any) ? "" : " and whoever reaches it");
	default:
		return err_set(err, -EPERM,
		    "%s is of another kind (address family %d): use a unix socket, or "
		    "--allow-unsafe-socket",
		    source(fd), address->any.sa_family);
	}
}

int
activation_adopt(int fd, bool may_be_unsafe, struct listen_socket *ret_socket, struct err *err)
{
	union address address;
	socklen_t n = sizeof(address);
	int r;

	memset(&address, 0, sizeof(address));
	if ((r = examine_kind(fd, err)) != 0)
		return r;
	if (getsockname(fd, &address.any, &n) == -1)
		return err_set(err, -errno, "descriptor %d: %s", fd, strerror(errno));
	if (!may_be_unsafe && (r = examine_access(fd, &address, n, err)) != 0)
		return r;
	if ((r = listen_set_flags(fd)) != 0)
		return err_set(err, r, "descriptor %d: %s", fd, strerror(-r));
	*ret_socket = LISTEN_SOCKET_NONE;
	ret_socket->fd = fd;
	ret_socket->is_borrowed = true;
	if (address.any.sa_family == AF_UNIX && n > offsetof(struct sockaddr_un, sun_path))
		note_path(ret_socket, &address.un, n);
	return 0;
}

static bool
is_tcp_on_loopback(int fd)
{
	union address address;
	socklen_t n = sizeof(address);

	memset(&address, 0, sizeof(address));
	return listen_is_tcp(fd) && getsockname(fd, &address.any, &n) == 0 &&
	       listen_is_loopback(&address.any);
}

/* Descriptors that follow one another.  TCP beside a unix socket is for checks: see listen_set.h. */
static int
adopt_all(const struct listen_options *options, int fd, unsigned n, struct listen_set *ret_set,
    struct err *err)
{
	bool has_unix = false;
	int r;

	*ret_set = LISTEN_SET_EMPTY;
	for (unsigned i = 0; i < n; i++)
		has_unix = has_unix || !listen_is_tcp(fd + (int)i);
	for (unsigned i = 0; i < n; i++) {
		int one = fd + (int)i;
		bool may_be_unsafe =
		    options->may_be_unsafe || (has_unix && is_tcp_on_loopback(one));

		if ((r = activation_adopt(one, may_be_unsafe, &ret_set->sockets[i], err)) != 0)
			return r; /* the process ends */
		ret_set->n++;
	}
	listen_set_warn(ret_set);
	return 0;
}

int
activation_open(
    const struct listen_options *options, struct listen_set *ret_set, struct err *err)
{
	struct err why = { "" };
	unsigned n = 0;
	int fd = activation_sockets(&n, &why);

	if (fd == -EINVAL) {
		*err = why;
		return fd;
	}
	if (options->address != NULL && fd >= 0)
		return err_set(err, -EINVAL,
		    "--listen %s, and a socket %s too: use one of them", options->address,
		    fd == STDIN_FILENO ? "on standard input" : "from systemd (LISTEN_FDS)");
	if (options->address != NULL)
		return listen_set_open(options, ret_set, err);
	if (fd >= 0)
		return adopt_all(options, fd, n, ret_set, err);
	return err_set(err, -EDESTADDRREQ,
	    "nothing to listen on%s%s: give --listen unix:/PATH, or start it from spawn-fcgi, "
	    "lighttpd (bin-path), systemd, or as a CGI program",
	    why.text[0] != '\0' ? ": " : "", why.text);
}
