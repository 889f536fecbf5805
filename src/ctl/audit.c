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
audit(const char *event, struct log_field what)
{
	const char *sudo_user = getenv("SUDO_USER");

	log_configure(LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, LOG_TARGET_SYSLOG);
	log_started(); /* who runs it is told in other words */
	/* Where sudo's and useradd's lines are. */
	openlog("sessiongatectl", LOG_PID, LOG_AUTHPRIV);
	/* The uid is the kernel's word; the other is that of the environment. */
	if (sudo_user != NULL)
		log_info(event, log_z("actor", "operator"), log_i("uid", invoker),
		    log_z("sudo_user", sudo_user), what);
	else
		log_info(event, log_z("actor", "operator"), log_i("uid", invoker), what);
	/* Warnings are for who sits at the terminal. */
	log_configure(LOG_LEVEL_WARN, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
}
