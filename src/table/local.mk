TABLE_SOURCES = \
	src/table/bucket.c src/table/bucket.h \
	src/table/change.c src/table/change.h \
	src/table/entry.h \
	src/table/expired.c src/table/expired.h \
	src/table/lookup.c src/table/lookup.h \
	src/table/format.h \
	src/table/geometry.c src/table/geometry.h \
	src/table/growth.c src/table/growth.h \
	src/table/mapping.c src/table/mapping.h \
	src/table/owner.c src/table/owner.h \
	src/table/locate.h \
	src/table/epoch.c src/table/epoch.h \
	src/table/placement.c src/table/placement.h \
	src/table/scan.c src/table/scan.h src/table/sealed.h \
	src/table/segment.c \
	src/table/stamp.c src/table/stamp.h \
	src/table/step.h \
	src/table/table.c src/table/table.h \
	src/table/details.c src/table/details.h \
	src/table/details_record.c src/table/details_record.h \
	src/table/check.c

libsessiongate_a_SOURCES += $(TABLE_SOURCES)

# The same code with a hook before every store to the shared file (src/table/step.h), for
# tests.  Link it before libsessiongate.a: its table_*() come first then.
EXTRA_LIBRARIES += libtable-hooks.a
libtable_hooks_a_SOURCES = $(TABLE_SOURCES)
libtable_hooks_a_CPPFLAGS = $(AM_CPPFLAGS) -DTABLE_HOOKS
# Plain calls, which tests can replace.
libtable_hooks_a_CFLAGS = $(AM_CFLAGS) -U_FORTIFY_SOURCE

CLEANFILES += libtable-hooks.a
