include src/core/local.mk
include src/conf/local.mk
include src/http/local.mk
include src/password/local.mk
include src/table/local.mk
include src/journal/local.mk
include src/model/local.mk
include src/fcgi/local.mk
include src/server/local.mk
include src/auth/local.mk
include src/app/local.mk

sbin_PROGRAMS += sessiongate
sessiongate_SOURCES = src/sessiongate.c src/core/wiping_free.c src/core/wiping_free.h
sessiongate_LDADD = $(LIBS_ALL)

sbin_PROGRAMS += sessiongatectl
sessiongatectl_SOURCES = src/sessiongatectl.c src/core/wiping_free.c src/core/wiping_free.h \
	src/ctl_audit.c src/ctl_audit.h \
	src/ctl_become.c src/ctl_become.h \
	src/ctl_secret.c src/ctl_secret.h \
	src/ctl_sessions.c src/ctl_sessions.h \
	src/ctl_tell.c src/ctl_tell.h \
	src/ctl_verbs.c src/ctl_verbs.h
sessiongatectl_LDADD = $(LIBS_ALL) $(LIBBSD_LIBS)
