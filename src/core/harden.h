/*
 * harden.h - the memory of this process is nobody else's business
 *
 * Purpose    No core, no ptrace, no /proc/PID/mem, not even for other processes of the same
 *            user: memory holds passwords for a moment, and the key.
 * Calling    First thing in main(); children inherit it.  Again after a change of user, which
 *            takes it back (proc(5), fs.suid_dumpable).
 */
#ifndef CORE_HARDEN_H
#define CORE_HARDEN_H

void harden(void);

#endif
