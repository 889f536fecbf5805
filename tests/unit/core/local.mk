# unit tests of src/core
check_PROGRAMS += tests/unit/core/check_core
TESTS += tests/unit/core/check_core
tests_unit_core_check_core_SOURCES = tests/unit/main.c tests/unit/unit.h \
	tests/unit/fail_alloc.c tests/unit/fail_alloc.h \
	tests/unit/tmp.c tests/unit/tmp.h \
	tests/unit/core/fail_call.c tests/unit/core/fail_call.h \
	tests/unit/core/suites.c \
	tests/unit/core/check_base64.c \
	tests/unit/core/check_buf.c \
	tests/unit/core/check_checklist.c \
	tests/unit/core/check_clock.c \
	tests/unit/core/check_digest.c \
	tests/unit/core/check_domain.c \
	tests/unit/core/check_err.c \
	tests/unit/core/check_file.c \
	tests/unit/core/check_groups.c \
	tests/unit/core/check_harden.c \
	tests/unit/core/check_host.c \
	tests/unit/core/check_host_list.c \
	tests/unit/core/check_hex.c \
	tests/unit/core/check_ident.c \
	tests/unit/core/check_json_write.c \
	tests/unit/core/check_log.c \
	tests/unit/core/check_log_lasting.c \
	tests/unit/core/check_log_throttle.c \
	tests/unit/core/check_cgi_vars.c \
	tests/unit/core/check_percent.c \
	tests/unit/core/check_process.c \
	tests/unit/core/check_random.c \
	tests/unit/core/check_require.c \
	tests/unit/core/check_robust.c tests/unit/core/check_shared_block.c \
	tests/unit/core/check_str.c \
	tests/unit/core/check_utf8.c \
	tests/unit/core/check_wiping_free.c src/core/wiping_free.c
tests_unit_core_check_core_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_core_check_core_LDADD = $(UNIT_LDADD)
tests_unit_core_check_core_LDFLAGS = $(AM_LDFLAGS) $(FAIL_ALLOC_WRAP) -Wl,--wrap=free \
	-Wl,--wrap=fstat -Wl,--wrap=fsync -Wl,--wrap=fchmod -Wl,--wrap=linkat \
	-Wl,--wrap=mkdir -Wl,--wrap=flock -Wl,--wrap=read -Wl,--wrap=write \
	-Wl,--wrap=getrandom -Wl,--wrap=openat -Wl,--wrap=open -Wl,--wrap=posix_fallocate \
	-Wl,--wrap=mmap -Wl,--wrap=geteuid -Wl,--wrap=sched_getaffinity -Wl,--wrap=openlog \
	-Wl,--wrap=syslog -Wl,--wrap=__syslog_chk
