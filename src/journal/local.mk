libsessiongate_a_SOURCES += \
	src/journal/journal.h src/journal/internal.h src/journal/internal.c \
	src/journal/append.c \
	src/journal/compact.c \
	src/journal/control.c src/journal/control.h \
	src/journal/crc32c.c src/journal/crc32c.h \
	src/journal/fs_check.c \
	src/journal/generation.c src/journal/generation.h \
	src/journal/group_commit.c \
	src/journal/line.c src/journal/line.h \
	src/journal/live_index.c src/journal/live_index.h \
	src/journal/open.c \
	src/journal/quarantine.c \
	src/journal/recover.c \
	src/journal/replay.c \
	src/journal/rewrite.c src/journal/rewrite.h \
	src/journal/salvage.c \
	src/journal/scan.c src/journal/scan.h \
	src/journal/usage.c src/journal/usage.h
