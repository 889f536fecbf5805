/*
 * audit.h - syslog hears what the operator changes
 *
 * Purpose    One line for each change that was made, with who made it.  Users are named by id;
 *            addresses, names and passwords are in no line.  Without a syslog it is silent.
 * Calling    audit_begin() before root becomes somebody else; audit() after each change.
 */
#ifndef CTL_AUDIT_H
#define CTL_AUDIT_H

#include "core/log.h"

/* Remembers who runs the command. */
void audit_begin(void);

/* event as the program names it where it makes the same change; then struct log_field values. */
#define audit(...) audit_event(__VA_ARGS__, LOG_END)

void audit_event(const char *event, ...);

#endif
