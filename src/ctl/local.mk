# the operator's command
sbin_PROGRAMS += sessiongatectl
sessiongatectl_SOURCES = src/ctl/sessiongatectl.c src/core/wiping_free.c src/core/wiping_free.h \
	src/ctl/audit.c src/ctl/audit.h \
	src/ctl/become.c src/ctl/become.h \
	src/ctl/command.h src/ctl/journal.c src/ctl/membership.c src/ctl/sessions.c src/ctl/throttle.c src/ctl/users.c \
	src/ctl/password_prompt.c src/ctl/password_prompt.h \
	src/ctl/report.c src/ctl/report.h \
	src/ctl/transfer.c src/ctl/transfer.h
sessiongatectl_LDADD = $(LIBS_ALL) $(LIBBSD_LIBS)
