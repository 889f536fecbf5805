# unit tests of src/journal; fault.c replaces these calls
fault_wraps = \
	-Wl,--wrap=fsync -Wl,--wrap=fdatasync -Wl,--wrap=ftruncate -Wl,--wrap=fstat \
	-Wl,--wrap=fstatat -Wl,--wrap=renameat -Wl,--wrap=unlinkat -Wl,--wrap=write \
	-Wl,--wrap=pread -Wl,--wrap=__pread_chk -Wl,--wrap=posix_fallocate -Wl,--wrap=mmap \
	-Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=strdup -Wl,--wrap=sched_yield \
	-Wl,--wrap=pthread_mutex_trylock -Wl,--wrap=host_boot_id -Wl,--wrap=random_fill \
	-Wl,--wrap=jrn_lock_append -Wl,--wrap=jrn_generation_current -Wl,--wrap=jrn_recover_now \
	-Wl,--wrap=openat -Wl,--wrap=fcntl -Wl,--wrap=ioctl -Wl,--wrap=fstatfs -Wl,--wrap=fopen
check_PROGRAMS += tests/unit/journal/check_journal
TESTS += tests/unit/journal/check_journal
tests_unit_journal_check_journal_SOURCES = tests/unit/main.c tests/unit/unit.h tests/unit/journal/suites.c \
	tests/unit/journal/fault.c tests/unit/journal/fault.h \
	tests/unit/journal/fixture.c tests/unit/journal/fixture.h \
	tests/unit/journal/pair.c tests/unit/journal/pair.h \
	tests/unit/journal/check_append.c \
	tests/unit/journal/check_quarantine.c \
	tests/unit/journal/check_open.c \
	tests/unit/journal/check_compact.c \
	tests/unit/journal/check_control.c \
	tests/unit/journal/check_crc32c.c \
	tests/unit/journal/check_examine.c \
	tests/unit/journal/check_internal.c \
	tests/unit/journal/check_generation.c \
	tests/unit/journal/check_line.c \
	tests/unit/journal/check_lines.c \
	tests/unit/journal/check_live_index.c \
	tests/unit/journal/check_lock.c \
	tests/unit/journal/check_recover.c \
	tests/unit/journal/check_recover_faults.c \
	tests/unit/journal/check_open_faults.c \
	tests/unit/journal/check_fs_check.c \
	tests/unit/journal/check_usage.c \
	tests/unit/journal/check_replay.c \
	tests/unit/journal/check_salvage.c \
	tests/unit/journal/check_scan.c \
	tests/unit/journal/check_rewrite.c \
	tests/unit/journal/check_journal.c \
	tests/unit/journal/check_group_commit.c \
	tests/unit/journal/check_group_commit_waiting.c \
	tests/unit/journal/check_threads.c
TESTS += tests/unit/journal/check_doc.sh
EXTRA_DIST += tests/unit/journal/check_doc.sh
tests_unit_journal_check_journal_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_journal_check_journal_LDFLAGS = $(AM_LDFLAGS) $(fault_wraps)
tests_unit_journal_check_journal_LDADD = $(UNIT_LDADD)
