/* audit.c - see audit.h */
#include "ctl/audit.h"

#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

static uid_t invoker;

void
audit_begin(void)
{
	invoker = getuid();
}

void
audit_event(const char *event, ...)
{
	/* The uid is the kernel's word; the other is that of the environment. */
	struct log_field fields[3 + LOG_FIELDS_MAX] = { log_z("actor", "operator"),
		log_i("uid", invoker), log_opt("sudo_user", str_of(getenv("SUDO_USER"))) };
	va_list ap;

	va_start(ap, event);
	log_collect(fields + 3, ap);
	va_end(ap);

	log_configure(LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, LOG_TARGET_SYSLOG);
	log_started(); /* who runs it is told in other words */
	/* Where sudo's and useradd's lines are. */
	openlog("sessiongatectl", LOG_PID, LOG_AUTHPRIV);
	log_fields(LOG_LEVEL_INFO, event, fields);
	/* Warnings are for who sits at the terminal. */
	log_configure(LOG_LEVEL_WARN, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
}
