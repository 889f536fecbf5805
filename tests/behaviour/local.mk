# The clock that tests/behaviour/site sets ahead.  Other processes than ours load it too: no
# sanitizer, no hardening.
check_DATA += tests/behaviour/clock.so
tests/behaviour/clock.so: tests/behaviour/clock.c
	$(MKDIR_P) tests/behaviour
	$(CC) -std=gnu11 -D_GNU_SOURCE -O1 -Wall -Wextra -fPIC -shared -o $@ $(srcdir)/tests/behaviour/clock.c
CLEANFILES += tests/behaviour/clock.so
# The syslog that hears what sessiongatectl changes.
check_DATA += tests/behaviour/syslog.so
tests/behaviour/syslog.so: tests/behaviour/syslog.c
	$(MKDIR_P) tests/behaviour
	$(CC) -std=gnu11 -D_GNU_SOURCE -O1 -Wall -Wextra -fPIC -shared -o $@ $(srcdir)/tests/behaviour/syslog.c
CLEANFILES += tests/behaviour/syslog.so
EXTRA_DIST += tests/behaviour
CHECK_LONG += check-long-gate
check-long-gate: sessiongate$(EXEEXT) sessiongatectl$(EXEEXT) tests/behaviour/clock.so
	BUILD=$(abs_builddir) $(top_srcdir)/tests/behaviour/run-gate upload
