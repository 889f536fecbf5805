/*
 * supervisor.h - the process that keeps the workers alive
 *
 * Purpose    Forks the workers, restarts what dies, stops and reloads.  It serves no request
 *            and touches neither the session table nor the journal.
 * Calling    supervisor_run(), single-threaded; it returns when everything has ended.  Signals:
 *            SIGTERM, SIGINT: stop; SIGHUP: become the program on the disk, if that would serve
 *            (candidate.h, takeover.h).  When a worker ends because what it has open is not what
 *            others would find, all of them end, and then new ones begin.  A unix socket whose path
 *            was removed is made again.
 * Errors     The exit status of the program, see supervisor_ops.h.
 */
#ifndef SERVER_SUPERVISOR_H
#define SERVER_SUPERVISOR_H

#include "server/supervisor_ops.h"

/* Of the settings; without log_path. */
struct supervisor_settings supervisor_settings_of(const struct settings *settings);

/* takeover: of the program whose place this one took; NULL: this is a start. */
int supervisor_run(const struct supervisor_ops *ops, const struct supervisor_settings *settings,
    struct listen_set *listen, const struct takeover *takeover);

#endif
