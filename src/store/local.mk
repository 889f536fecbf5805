libsessiongate_a_SOURCES += \
	src/store/append.c src/store/append.h \
	src/store/aside.c src/store/aside.h \
	src/store/attach.c src/store/attach.h \
	src/store/compact.c src/store/compact.h \
	src/store/control.c src/store/control.h \
	src/store/crc32c.c src/store/crc32c.h \
	src/store/examine.c src/store/examine.h \
	src/store/inner.c src/store/inner.h \
	src/store/jfile.c src/store/jfile.h \
	src/store/line.c src/store/line.h \
	src/store/lines.c src/store/lines.h \
	src/store/live.c src/store/live.h \
	src/store/lock.c src/store/lock.h \
	src/store/mend.c src/store/mend.h \
	src/store/place.c src/store/place.h \
	src/store/policy.c src/store/policy.h \
	src/store/reader.c src/store/reader.h \
	src/store/salvage.c src/store/salvage.h \
	src/store/scan.c src/store/scan.h \
	src/store/snapshot.c src/store/snapshot.h \
	src/store/store.c src/store/store.h \
	src/store/sync.c src/store/sync.h

