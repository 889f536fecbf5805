# the operator's command
sbin_PROGRAMS += sessiongatectl
sessiongatectl_SOURCES = src/ctl/sessiongatectl.c src/core/wiping_free.c src/core/wiping_free.h \
	src/ctl/audit.c src/ctl/audit.h \
	src/ctl/become.c src/ctl/become.h \
	src/ctl/password_prompt.c src/ctl/password_prompt.h \
	src/ctl/sessions.c src/ctl/sessions.h \
	src/ctl/report.c src/ctl/report.h \
	src/ctl/verbs.c src/ctl/verbs.h
sessiongatectl_LDADD = $(LIBS_ALL) $(LIBBSD_LIBS)
