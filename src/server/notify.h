/*
 * notify.h - tell the service manager how we are
 *
 * Source     sd_notify(3): one datagram to the socket named by $NOTIFY_SOCKET; done by hand,
 *            it takes ten lines and no library.
 * Errors     None: nobody listens as a rule.
 */
#ifndef SERVER_NOTIFY_H
#define SERVER_NOTIFY_H

/* For example "READY=1". */
void notify_manager(const char *text);

#endif
