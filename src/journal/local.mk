libsessiongate_a_SOURCES += \
	src/journal/append.c src/journal/append.h \
	src/journal/quarantine.c src/journal/quarantine.h \
	src/journal/open.c src/journal/open.h \
	src/journal/compact.c src/journal/compact.h \
	src/journal/control.c src/journal/control.h \
	src/journal/crc32c.c src/journal/crc32c.h \
	src/journal/examine.c src/journal/examine.h \
	src/journal/internal.c src/journal/internal.h \
	src/journal/generation.c src/journal/generation.h \
	src/journal/line.c src/journal/line.h \
	src/journal/lines.c src/journal/lines.h \
	src/journal/live_index.c src/journal/live_index.h \
	src/journal/lock.c src/journal/lock.h \
	src/journal/recover.c src/journal/recover.h \
	src/journal/fs_check.c src/journal/fs_check.h \
	src/journal/usage.c src/journal/usage.h \
	src/journal/replay.c src/journal/replay.h \
	src/journal/salvage.c src/journal/salvage.h \
	src/journal/scan.c src/journal/scan.h \
	src/journal/rewrite.c src/journal/rewrite.h \
	src/journal/journal.c src/journal/journal.h \
	src/journal/group_commit.c src/journal/group_commit.h

