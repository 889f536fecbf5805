# the operator's command
sbin_PROGRAMS += sessiongatectl
sessiongatectl_SOURCES = src/ctl/sessiongatectl.c src/core/wiping_free.c src/core/wiping_free.h \
	src/ctl/audit.c src/ctl/audit.h \
	src/ctl/become.c src/ctl/become.h \
	src/ctl/command.h src/ctl/gate.c src/ctl/recipes.h src/ctl/journal.c src/ctl/membership.c src/ctl/sessions.c src/ctl/throttle.c src/ctl/users.c \
	src/ctl/password_prompt.c src/ctl/password_prompt.h \
	src/ctl/report.c src/ctl/report.h \
	src/ctl/transfer.c src/ctl/transfer.h \
	src/ctl/try.c src/ctl/try.h src/ctl/try_address.c src/ctl/try_gate.c src/ctl/trying.c src/ctl/trying.h \
	src/ctl/try_curl.c src/ctl/try_curl.h \
	src/ctl/try_forms.c src/ctl/try_forms.h src/ctl/try_rules.c src/ctl/try_rules.h
sessiongatectl_LDADD = $(LIBS_ALL) $(LIBBSD_LIBS)
nodist_sessiongatectl_SOURCES = src/ctl/recipes.c
EXTRA_DIST += src/ctl/embed-recipes
recipes = $(top_srcdir)/nginx/sessiongate_gate.conf $(top_srcdir)/nginx/sessiongate_gate_server \
	$(top_srcdir)/nginx/sessiongate_gate_params $(top_srcdir)/nginx/sessiongate_gate_check \
	$(top_srcdir)/nginx/sessiongate_gate_identity $(top_srcdir)/nginx/sessiongate_gate_fastcgi \
	$(top_srcdir)/lighttpd/sessiongate-gate.conf $(top_srcdir)/lighttpd/sessiongate-gate.lua \
	$(top_srcdir)/doc/gate-apache.conf $(top_srcdir)/doc/gate-Caddyfile
src/ctl/recipes.c: $(recipes) $(top_srcdir)/src/ctl/embed-recipes
	$(AM_V_GEN)$(MKDIR_P) src/ctl && $(top_srcdir)/src/ctl/embed-recipes $(top_srcdir) >$@.new && mv $@.new $@
CLEANFILES += src/ctl/recipes.c
