/* listen.c - see listen.h */
#include "server/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/log.h"
#include "core/str.h"

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

struct listen_options
listen_options_of(const struct settings *settings)
{
	return (struct listen_options){
		.address = settings->listen[0] != '\0' ? settings->listen : NULL,
		.mode = settings->socket_mode,
		.uid = settings->socket_owner.uid,
		.gid = settings->socket_owner.gid,
		.backlog = (int)settings->backlog,
		.may_be_unsafe = settings->allow_unsafe_socket,
	};
}

bool
listen_is_listening(int fd)
{
	int value = 0;
	socklen_t n = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &n) == 0 && value != 0;
}

int
listen_set_flags(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	/* Several workers wait for one connection: those that are late must not block. */
	if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		return -errno;
	return 0;
}

bool
listen_is_loopback(const struct sockaddr *address)
{
	const union address *any = (const union address *)address;

	if (address->sa_family == AF_INET)
		return (ntohl(any->in.sin_addr.s_addr) >> 24) == 127;
	return address->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&any->in6.sin6_addr);
}

bool
listen_is_tcp(int fd)
{
	int domain = AF_UNIX;
	socklen_t n = sizeof(domain);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) == 0 && domain != AF_UNIX;
}

enum { UNSERVED_E_LEFT = 1 }; /* a socket that nobody serves is there */

/* Is somebody serving it?  0: nothing there; UNSERVED_E_LEFT; -EADDRINUSE. */
static int
look_unserved(const struct sockaddr_un *address, struct err *err)
{
	struct stat st;
	int fd, r;

	if (lstat(address->sun_path, &st) == -1)
		return errno == ENOENT
			   ? 0
			   : err_set(err, -errno, "%s: %s", address->sun_path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return err_set(err, -EEXIST,
		    "%s exists and is no socket: remove it, or choose "
		    "another path",
		    address->sun_path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) == -1)
		return err_set(err, -errno, "socket: %s", strerror(errno));
	r = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == -1 ? errno : 0;
	(void)close(fd);
	/* Only a refused connection says that nobody listens; a full backlog is EAGAIN. */
	if (r != ECONNREFUSED)
		return err_set(err, -EADDRINUSE,
		    "%s is served by another program: stop that first, or choose another path",
		    address->sun_path);
	return UNSERVED_E_LEFT;
}

/* 0: the path is free now. */
static int
make_unserved(const struct sockaddr_un *address, struct err *err)
{
	int r = look_unserved(address, err);

	if (r != UNSERVED_E_LEFT)
		return r;
	if (unlink(address->sun_path) == -1)
		return err_set(err, -errno, "%s: cannot remove what a dead program left: %s",
		    address->sun_path, strerror(errno));
	log_info("listen", log_z("removed", address->sun_path));
	return 0;
}

/*
 * Two that start at once would both find a dead socket, and the second would remove the
 * first one's new one.  So a lock stands beside the socket, and stays: removing it would bring
 * back the same question.
 */
static int
lock(const char *path, int *ret_fd, struct err *err)
{
	char name[sizeof(((struct sockaddr_un *)0)->sun_path) + sizeof(".lock")];
	int fd;

	(void)snprintf(name, sizeof(name), "%s.lock", path);
	if ((fd = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)) == -1)
		return err_set(err, -errno, "%s: %s", name, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		int error = errno;

		(void)close(fd);
		return err_set(err, error == EWOULDBLOCK ? -EADDRINUSE : -error,
		    "%s is locked: another sessiongate serves it", path);
	}
	*ret_fd = fd;
	return 0;
}

static int
bind_unix(const struct listen_options *options, const struct sockaddr_un *address, int fd,
    struct err *err)
{
	mode_t umask_before = umask((mode_t)(0777 & ~options->mode));
	int r;

	/* bind() gives the mode; a chmod() afterwards would leave a moment of another one. */
	r = bind(fd, (const struct sockaddr *)address, sizeof(*address)) == -1 ? -errno : 0;
	(void)umask(umask_before);
	if (r != 0)
		return err_set(err, r, "%s: %s", address->sun_path, strerror(-r));
	if ((options->uid != (uid_t)-1 || options->gid != (gid_t)-1) &&
	    lchown(address->sun_path, options->uid, options->gid) == -1) {
		r = err_set(err, -errno, "%s: cannot give it to another owner: %s",
		    address->sun_path, strerror(errno));
		(void)unlink(address->sun_path);
	}
	return r;
}

static int
parse_unix(const struct listen_options *options, const char *path,
    struct sockaddr_un *ret_address, struct err *err)
{
	*ret_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(ret_address->sun_path))
		return err_set(err, -EINVAL, "%s: longer than %zu bytes", path,
		    sizeof(ret_address->sun_path) - 1);
	if (str_has_control(str_of(path)))
		return err_set(err, -EINVAL, "the path of the socket has a control character");
	if (path[0] != '/')
		return err_set(err, -EINVAL, "%s: give the whole path, from / on", path);
	if ((options->mode & S_IWOTH) != 0 && !options->may_be_unsafe)
		return err_set(err, -EPERM,
		    "mode %04o lets every local user speak as the web server does; use 0660 "
		    "and "
		    "--socket-owner, or --allow-unsafe-socket",
		    (unsigned)options->mode);
	memcpy(ret_address->sun_path, path, strlen(path) + 1);
	return 0;
}

static int
open_unix(const struct listen_options *options, const char *path,
    struct listen_socket *listen_socket, struct err *err)
{
	struct sockaddr_un address;
	struct stat st;
	int r;

	if ((r = parse_unix(options, path, &address, err)) != 0 ||
	    (listen_socket->lock_fd == -1 &&
		(r = lock(path, &listen_socket->lock_fd, err)) != 0) ||
	    (r = make_unserved(&address, err)) != 0)
		return r;
	listen_socket->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listen_socket->fd == -1)
		return err_set(err, -errno, "socket: %s", strerror(errno));
	if ((r = bind_unix(options, &address, listen_socket->fd, err)) != 0)
		return r;
	memcpy(listen_socket->path, path, strlen(path) + 1);
	if (lstat(path, &st) == 0) {
		listen_socket->dev = st.st_dev;
		listen_socket->ino = st.st_ino;
	}
	return 0;
}

/* "127.0.0.1:9000" or "[::1]:9000". */
static int
parse_tcp(const char *text, union address *address, socklen_t *ret_n)
{
	const char *colon = strrchr(text, ':');
	char host[64], *end;
	size_t n_host;
	long port;

	if (colon == NULL || (n_host = (size_t)(colon - text)) >= sizeof(host))
		return -EINVAL;
	port = strtol(colon + 1, &end, 10);
	if (end == colon + 1 || *end != '\0' || port < 1 || port > 65535)
		return -EINVAL;
	memcpy(host, text, n_host);
	host[n_host] = '\0';
	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, host, &address->in.sin_addr) == 1) {
		address->in.sin_family = AF_INET;
		address->in.sin_port = htons((uint16_t)port);
		*ret_n = sizeof(address->in);
		return 0;
	}
	if (n_host > 2 && host[0] == '[' && host[n_host - 1] == ']') {
		host[n_host - 1] = '\0';
		if (inet_pton(AF_INET6, host + 1, &address->in6.sin6_addr) == 1) {
			address->in6.sin6_family = AF_INET6;
			address->in6.sin6_port = htons((uint16_t)port);
			*ret_n = sizeof(address->in6);
			return 0;
		}
	}
	return -EINVAL;
}

/* Bound, and not listening yet. */
static int
bind_tcp(const char *text, struct listen_socket *listen_socket, struct err *err)
{
	union address address;
	socklen_t n;

	if (parse_tcp(text, &address, &n) != 0)
		return err_set(err, -EINVAL, "tcp:%s: give tcp:127.0.0.1:PORT", text);
	if (!listen_is_loopback(&address.any))
		return err_set(err, -EPERM,
		    "tcp:%s: only loopback (127.0.0.1, [::1]): FastCGI knows no passwords",
		    text);
	listen_socket->fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listen_socket->fd == -1)
		return err_set(err, -errno, "socket: %s", strerror(errno));
	/* Connections of the process before, in TIME_WAIT, shall not hinder this one. */
	(void)setsockopt(listen_socket->fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	if (bind(listen_socket->fd, &address.any, n) == -1)
		return err_set(err, -errno, "tcp:%s: %s", text, strerror(errno));
	return 0;
}

int
listen_refuse_address(const char *address, struct err *err)
{
	return err_set(err, -EINVAL, "%s: give unix:/PATH or tcp:127.0.0.1:PORT", address);
}

static int
start_listening(
    const struct listen_options *options, struct listen_socket *listen_socket, struct err *err)
{
	int r = listen(listen_socket->fd, options->backlog) == -1
		    ? -errno
		    : listen_set_flags(listen_socket->fd);

	return r == 0 ? 0
		      : err_set(err, r, "%s: %s",
			    listen_socket->path[0] != '\0' ? listen_socket->path
							   : options->address,
			    strerror(-r));
}

int
listen_open(
    const struct listen_options *options, struct listen_socket *ret_socket, struct err *err)
{
	struct listen_socket listen_socket = LISTEN_SOCKET_NONE;
	struct str address = str_of(options->address);
	int r;

	if (str_starts_with(address, STR_LIT("unix:")))
		r = open_unix(options, options->address + 5, &listen_socket, err);
	else if (str_starts_with(address, STR_LIT("tcp:")))
		r = bind_tcp(options->address + 4, &listen_socket, err);
	else
		r = listen_refuse_address(options->address, err);
	if (r == 0)
		r = start_listening(options, &listen_socket, err);
	if (r != 0) {
		listen_close(&listen_socket);
		return r;
	}
	*ret_socket = listen_socket;
	return 0;
}

/* ---------------------------------------------------------------- looking only */

/* Could we make the socket and its lock there, and open the lock that is there? */
static int
check_directory(const char *path, struct err *err)
{
	char name[sizeof(((struct sockaddr_un *)0)->sun_path) + sizeof(".lock")];
	char *slash;
	int fd;

	(void)snprintf(name, sizeof(name), "%s.lock", path);
	fd = open(name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1 && errno != ENOENT)
		return err_set(err, -errno, "%s: %s", name, strerror(errno));
	if (fd != -1)
		(void)close(fd);
	if ((slash = strrchr(name, '/')) == name)
		slash++;
	*slash = '\0';
	if (faccessat(AT_FDCWD, name, W_OK | X_OK, AT_EACCESS) == -1)
		return err_set(
		    err, -errno, "cannot make a socket in %s: %s", name, strerror(errno));
	return 0;
}

static bool
is_our_group(gid_t gid)
{
	gid_t groups[256];
	int n = getgroups(256, groups);

	for (int i = 0; i < n; i++)
		if (groups[i] == gid)
			return true;
	return gid == getegid();
}

static int
check_owner(const struct listen_options *options, struct err *err)
{
	if (geteuid() == 0 || ((options->uid == (uid_t)-1 || options->uid == geteuid()) &&
				  (options->gid == (gid_t)-1 || is_our_group(options->gid))))
		return 0;
	return err_set(err, -EPERM,
	    "socket-owner: only root gives a socket to another user, or to a group that it is "
	    "not in itself");
}

/* 0, UNSERVED_E_LEFT, or negative; -EADDRINUSE: served now. */
static int
check_unix(const struct listen_options *options, const char *path, struct err *err)
{
	struct sockaddr_un address;
	int r;

	if ((r = parse_unix(options, path, &address, err)) != 0 ||
	    (r = check_directory(path, err)) != 0 || (r = check_owner(options, err)) != 0)
		return r;
	return look_unserved(&address, err);
}

static int
check_tcp(const char *text, struct err *err)
{
	struct listen_socket listen_socket = LISTEN_SOCKET_NONE;
	int r = bind_tcp(text, &listen_socket, err);

	listen_close(&listen_socket);
	return r;
}

void
listen_check(const struct listen_options *options, struct checklist *list)
{
	struct str address = str_of(options->address);
	struct err err = { "" };
	int r;

	if (str_starts_with(address, STR_LIT("unix:")))
		r = check_unix(options, options->address + 5, &err);
	else if (str_starts_with(address, STR_LIT("tcp:")))
		r = check_tcp(options->address + 4, &err);
	else
		r = listen_refuse_address(options->address, &err);
	if (r == -EADDRINUSE)
		checklist_add(list, true, "socket",
		    "%s is served now: that program must end before another one starts",
		    options->address);
	else if (r < 0)
		checklist_add(list, false, "socket", "%s", err.text);
	else
		checklist_add(list, true, "socket", "%s%s", options->address,
		    r == UNSERVED_E_LEFT ? ": a dead program left it, a start removes it" : "");
}

bool
listen_is_in_place(const struct listen_socket *listen_socket)
{
	struct stat st;

	if (listen_socket->path[0] == '\0')
		return true;
	if (lstat(listen_socket->path, &st) == -1)
		return errno != ENOENT && errno != ENOTDIR;
	return st.st_dev == listen_socket->dev && st.st_ino == listen_socket->ino;
}

/* The lock is a file beside the socket: is it still the one that is there? */
static bool
is_lock_in_place(const struct listen_socket *listen_socket)
{
	char name[sizeof(listen_socket->path) + sizeof(".lock")];
	struct stat ours, there;

	(void)snprintf(name, sizeof(name), "%s.lock", listen_socket->path);
	return fstat(listen_socket->lock_fd, &ours) == 0 && lstat(name, &there) == 0 &&
	       ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

int
listen_again(
    const struct listen_options *options, struct listen_socket *listen_socket, struct err *err)
{
	struct listen_socket another = LISTEN_SOCKET_NONE;
	bool has_lock = is_lock_in_place(listen_socket);
	int r;

	if (has_lock)
		another.lock_fd = listen_socket->lock_fd;
	r = open_unix(options, listen_socket->path, &another, err);
	if (r == 0)
		r = start_listening(options, &another, err);
	if (r != 0) {
		if (has_lock)
			another.lock_fd = -1; /* it stays where it is */
		listen_close(&another);
		return r;
	}
	(void)close(listen_socket->fd);
	if (!has_lock)
		(void)close(listen_socket->lock_fd);
	*listen_socket = another;
	return 0;
}

void
listen_end(struct listen_socket *listen_socket)
{
	if (listen_socket->path[0] == '\0' || listen_socket->is_borrowed)
		return;
	if (listen_is_in_place(listen_socket))
		(void)unlink(listen_socket->path);
	/* A connect() under way has found the path already: unix(7) refuses it from here on. */
	(void)shutdown(listen_socket->fd, SHUT_RD);
	listen_socket->path[0] = '\0';
}

void
listen_close(struct listen_socket *listen_socket)
{
	listen_end(listen_socket);
	if (listen_socket->fd != -1)
		(void)close(listen_socket->fd);
	if (listen_socket->lock_fd != -1)
		(void)close(listen_socket->lock_fd);
	*listen_socket = LISTEN_SOCKET_NONE;
}
