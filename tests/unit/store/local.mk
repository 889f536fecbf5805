# unit tests of src/store; fault.c replaces these calls
fault_wraps = \
	-Wl,--wrap=fsync -Wl,--wrap=fdatasync -Wl,--wrap=ftruncate -Wl,--wrap=fstat \
	-Wl,--wrap=fstatat -Wl,--wrap=renameat -Wl,--wrap=unlinkat -Wl,--wrap=write \
	-Wl,--wrap=pread -Wl,--wrap=__pread_chk -Wl,--wrap=posix_fallocate -Wl,--wrap=mmap \
	-Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=strdup -Wl,--wrap=sched_yield \
	-Wl,--wrap=pthread_mutex_trylock -Wl,--wrap=host_boot_id -Wl,--wrap=random_fill \
	-Wl,--wrap=lock_append -Wl,--wrap=jfile_current -Wl,--wrap=mend_now \
	-Wl,--wrap=openat -Wl,--wrap=fcntl -Wl,--wrap=ioctl -Wl,--wrap=fstatfs -Wl,--wrap=fopen
check_PROGRAMS += tests/unit/store/check_store
TESTS += tests/unit/store/check_store
tests_unit_store_check_store_SOURCES = tests/unit/main.c tests/unit/unit.h tests/unit/store/suites.c \
	tests/unit/store/fault.c tests/unit/store/fault.h \
	tests/unit/store/fixture.c tests/unit/store/fixture.h \
	tests/unit/store/pair.c tests/unit/store/pair.h \
	tests/unit/store/check_append.c \
	tests/unit/store/check_aside.c \
	tests/unit/store/check_attach.c \
	tests/unit/store/check_compact.c \
	tests/unit/store/check_control.c \
	tests/unit/store/check_crc32c.c \
	tests/unit/store/check_examine.c \
	tests/unit/store/check_inner.c \
	tests/unit/store/check_jfile.c \
	tests/unit/store/check_line.c \
	tests/unit/store/check_lines.c \
	tests/unit/store/check_live.c \
	tests/unit/store/check_lock.c \
	tests/unit/store/check_mend.c \
	tests/unit/store/check_mend_faults.c \
	tests/unit/store/check_open_faults.c \
	tests/unit/store/check_place.c \
	tests/unit/store/check_policy.c \
	tests/unit/store/check_reader.c \
	tests/unit/store/check_salvage.c \
	tests/unit/store/check_scan.c \
	tests/unit/store/check_snapshot.c \
	tests/unit/store/check_store.c \
	tests/unit/store/check_sync.c \
	tests/unit/store/check_sync_waiting.c \
	tests/unit/store/check_threads.c
TESTS += tests/unit/store/check_doc.sh
EXTRA_DIST += tests/unit/store/check_doc.sh
tests_unit_store_check_store_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_store_check_store_LDFLAGS = $(AM_LDFLAGS) $(fault_wraps)
tests_unit_store_check_store_LDADD = $(UNIT_LDADD)
