# unit tests of src/table, with the hooks compiled in and system calls that fail on order
check_PROGRAMS += tests/unit/table/check_table
TESTS += tests/unit/table/check_table
tests_unit_table_check_table_SOURCES = tests/unit/main.c tests/unit/unit.h tests/unit/table/suites.c \
	tests/unit/table/fixture.c tests/unit/table/fixture.h tests/unit/table/fault.c \
	tests/unit/table/check_bucket.c \
	tests/unit/table/check_change.c \
	tests/unit/table/check_crash.c \
	tests/unit/table/check_damage.c \
	tests/unit/table/check_details.c \
	tests/unit/table/check_entry.c \
	tests/unit/table/check_expired.c \
	tests/unit/table/check_idle.c \
	tests/unit/table/check_lookup.c \
	tests/unit/table/check_geometry.c \
	tests/unit/table/check_growth.c \
	tests/unit/table/check_mapping.c \
	tests/unit/table/check_owner.c \
	tests/unit/table/check_lock.c \
	tests/unit/table/check_epoch.c \
	tests/unit/table/check_placement.c \
	tests/unit/table/check_scan.c \
	tests/unit/table/check_segment.c \
	tests/unit/table/check_stamp.c \
	tests/unit/table/check_table.c \
	tests/unit/table/check_check.c \
	tests/unit/table/check_open.c
tests_unit_table_check_table_CPPFLAGS = $(UNIT_CPPFLAGS) -DTABLE_HOOKS
tests_unit_table_check_table_LDADD = libtable-hooks.a $(UNIT_LDADD)
tests_unit_table_check_table_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=calloc,--wrap=fallocate,--wrap=flock,--wrap=fstat,--wrap=fsync \
	-Wl,--wrap=getrandom,--wrap=kill,--wrap=linkat,--wrap=madvise,--wrap=mmap \
	-Wl,--wrap=open,--wrap=openat,--wrap=pread,--wrap=read,--wrap=stat,--wrap=syscall,--wrap=unlinkat \
	-Wl,--wrap=robust_lock,--wrap=pthread_mutexattr_init,--wrap=pthread_mutexattr_setpshared \
	-Wl,--wrap=pthread_mutexattr_setrobust
