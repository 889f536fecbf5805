# unit tests of src/shm, with the hooks compiled in and system calls that fail on order
check_PROGRAMS += tests/unit/shm/check_shm
TESTS += tests/unit/shm/check_shm
tests_unit_shm_check_shm_SOURCES = tests/unit/main.c tests/unit/unit.h tests/unit/shm/suites.c \
	tests/unit/shm/fixture.c tests/unit/shm/fixture.h tests/unit/shm/fault.c \
	tests/unit/shm/check_bucket.c \
	tests/unit/shm/check_change.c \
	tests/unit/shm/check_crash.c \
	tests/unit/shm/check_damage.c \
	tests/unit/shm/check_entry.c \
	tests/unit/shm/check_find.c \
	tests/unit/shm/check_geometry.c \
	tests/unit/shm/check_growth.c \
	tests/unit/shm/check_handle.c \
	tests/unit/shm/check_limit.c \
	tests/unit/shm/check_lock.c \
	tests/unit/shm/check_reader.c \
	tests/unit/shm/check_room.c \
	tests/unit/shm/check_scan.c \
	tests/unit/shm/check_segment.c \
	tests/unit/shm/check_stamp.c \
	tests/unit/shm/check_table.c \
	tests/unit/shm/check_table_check.c \
	tests/unit/shm/check_table_open.c
tests_unit_shm_check_shm_CPPFLAGS = $(UNIT_CPPFLAGS) -DTABLE_HOOKS
tests_unit_shm_check_shm_LDADD = libshm-hooks.a $(UNIT_LDADD)
tests_unit_shm_check_shm_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=calloc,--wrap=fallocate,--wrap=flock,--wrap=fstat,--wrap=fsync \
	-Wl,--wrap=getrandom,--wrap=kill,--wrap=linkat,--wrap=madvise,--wrap=mmap \
	-Wl,--wrap=open,--wrap=openat,--wrap=pread,--wrap=read,--wrap=stat,--wrap=syscall,--wrap=unlinkat \
	-Wl,--wrap=robust_lock,--wrap=pthread_mutexattr_init,--wrap=pthread_mutexattr_setpshared \
	-Wl,--wrap=pthread_mutexattr_setrobust
