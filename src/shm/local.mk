SHM_SOURCES = \
	src/shm/bucket.c src/shm/bucket.h \
	src/shm/change.c src/shm/change.h \
	src/shm/entry.c src/shm/entry.h \
	src/shm/find.c src/shm/find.h \
	src/shm/format.h \
	src/shm/geometry.c src/shm/geometry.h \
	src/shm/growth.c src/shm/growth.h \
	src/shm/handle.c src/shm/handle.h \
	src/shm/limit.c src/shm/limit.h \
	src/shm/locate.h \
	src/shm/lock.c src/shm/lock.h \
	src/shm/reader.c src/shm/reader.h \
	src/shm/room.c src/shm/room.h \
	src/shm/scan.c src/shm/scan.h src/shm/sealed.h \
	src/shm/segment.c src/shm/segment.h \
	src/shm/stamp.c src/shm/stamp.h \
	src/shm/step.h \
	src/shm/table.c src/shm/table.h \
	src/shm/table_check.c \
	src/shm/table_open.c

libsessiongate_a_SOURCES += $(SHM_SOURCES)

# The same code with a hook before every store to the shared file (src/shm/step.h), for
# tests.  Link it before libsessiongate.a: its table_*() come first then.
EXTRA_LIBRARIES += libshm-hooks.a
libshm_hooks_a_SOURCES = $(SHM_SOURCES)
libshm_hooks_a_CPPFLAGS = $(AM_CPPFLAGS) -DTABLE_HOOKS
# Plain calls, which tests can replace.
libshm_hooks_a_CFLAGS = $(AM_CFLAGS) -U_FORTIFY_SOURCE

CLEANFILES += libshm-hooks.a
