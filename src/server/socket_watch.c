/* socket_watch.c - see socket_watch.h */
#include "server/socket_watch.h"

#include "core/log.h"

#define LOOK_MS 1000

static void
tell_borrowed(const struct listen_socket *listen_socket)
{
	log_error("socket-lost", log_z("path", listen_socket->path),
	    log_z("problem",
		"the path of the socket was removed or replaced: the web server cannot "
		"connect"),
	    log_z("action", "restart what made the socket: systemctl restart its .socket unit, "
			    "spawn-fcgi, or lighttpd"));
}

bool
socket_watch_look(struct socket_watch *watch, struct listen_socket *listen_socket,
    int (*again)(void *arg, struct listen_socket *listen_socket, struct err *err), void *arg,
    int64_t now_ms)
{
	struct err err = { "" };
	bool was_lost = watch->is_lost;

	if (now_ms < watch->look_ms)
		return false;
	watch->look_ms = now_ms + LOOK_MS;
	watch->is_lost = !listen_is_in_place(listen_socket);
	if (!watch->is_lost)
		return false;
	if (listen_socket->is_borrowed) {
		if (!was_lost)
			tell_borrowed(listen_socket);
		return false;
	}
	if (again(arg, listen_socket, &err) != 0) {
		if (!was_lost)
			log_error("socket-lost", log_z("path", listen_socket->path),
			    log_z("problem", err.text),
			    log_z("effect", "the web server cannot connect; making the socket "
					    "is tried again "
					    "every second"));
		return false;
	}
	watch->is_lost = false;
	log_warn("socket-lost", log_z("path", listen_socket->path),
	    log_z("problem", "the path of the socket was removed or replaced"),
	    log_z("effect", "it is made again, and served by new workers"));
	return true;
}
