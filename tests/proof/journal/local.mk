# Proofs of src/journal.  Every one runs a short version in `make check`; the long versions are
# in CHECK_LONG below.  proof_journal_wraps lists every call between the journal and the
# system: the wrappers in shim.c and shim_disk.c record it or make it fail.
proof_journal_wraps = \
	-Wl,--wrap=aligned_alloc -Wl,--wrap=calloc -Wl,--wrap=malloc -Wl,--wrap=realloc \
	-Wl,--wrap=reallocarray -Wl,--wrap=strdup -Wl,--wrap=mmap -Wl,--wrap=open -Wl,--wrap=openat \
	-Wl,--wrap=close -Wl,--wrap=read -Wl,--wrap=pread -Wl,--wrap=__read_chk \
	-Wl,--wrap=__pread_chk -Wl,--wrap=lseek -Wl,--wrap=write -Wl,--wrap=writev -Wl,--wrap=pwrite \
	-Wl,--wrap=pwritev -Wl,--wrap=fsync -Wl,--wrap=fdatasync -Wl,--wrap=ftruncate \
	-Wl,--wrap=fallocate -Wl,--wrap=posix_fallocate -Wl,--wrap=rename -Wl,--wrap=renameat \
	-Wl,--wrap=renameat2 -Wl,--wrap=linkat -Wl,--wrap=unlink -Wl,--wrap=unlinkat -Wl,--wrap=stat \
	-Wl,--wrap=lstat -Wl,--wrap=fstat -Wl,--wrap=fstatat -Wl,--wrap=fstatfs -Wl,--wrap=fcntl \
	-Wl,--wrap=flock -Wl,--wrap=getrandom -Wl,--wrap=host_boot_id -Wl,--wrap=clock_boot_ms \
	-Wl,--wrap=jrn_usage_is_due -Wl,--wrap=jrn_usage_is_over -Wl,--wrap=jrn_usage_is_worth_it
check_LIBRARIES += tests/proof/journal/libproofjournal.a
tests_proof_journal_libproofjournal_a_SOURCES = \
	tests/proof/journal/disk.c tests/proof/journal/disk.h tests/proof/journal/image.c \
	tests/proof/journal/oracle.c tests/proof/journal/oracle.h \
	tests/proof/journal/replica.c tests/proof/journal/replica.h \
	tests/proof/journal/scratch.c \
	tests/proof/journal/shim.c tests/proof/journal/shim_disk.c tests/proof/journal/shim.h \
	tests/proof/journal/shim_policy.c tests/proof/journal/shim_priv.h \
	tests/proof/journal/trace.c tests/proof/journal/trace.h \
	tests/proof/journal/workload.c tests/proof/journal/workload.h
# Twice: the journal needs the wrappers, as the proofs need the journal.
PROOF_JOURNAL_LDADD = tests/proof/journal/libproofjournal.a $(LIBS_ALL) \
	tests/proof/journal/libproofjournal.a $(LIBS_ALL)

check_PROGRAMS += tests/proof/journal/prove_power
TESTS += tests/proof/journal/prove_power
tests_proof_journal_prove_power_SOURCES = tests/proof/journal/prove_power.c
tests_proof_journal_prove_power_LDFLAGS = $(AM_LDFLAGS) $(proof_journal_wraps)
tests_proof_journal_prove_power_LDADD = $(PROOF_JOURNAL_LDADD)

check_PROGRAMS += tests/proof/journal/prove_kill
TESTS += tests/proof/journal/prove_kill
tests_proof_journal_prove_kill_SOURCES = tests/proof/journal/prove_kill.c
tests_proof_journal_prove_kill_LDFLAGS = $(AM_LDFLAGS) $(proof_journal_wraps)
tests_proof_journal_prove_kill_LDADD = $(PROOF_JOURNAL_LDADD)

check_PROGRAMS += tests/proof/journal/prove_syscalls
TESTS += tests/proof/journal/prove_syscalls
tests_proof_journal_prove_syscalls_SOURCES = tests/proof/journal/prove_syscalls.c
tests_proof_journal_prove_syscalls_LDFLAGS = $(AM_LDFLAGS) $(proof_journal_wraps)
tests_proof_journal_prove_syscalls_LDADD = $(PROOF_JOURNAL_LDADD)

check_PROGRAMS += tests/proof/journal/prove_faults
TESTS += tests/proof/journal/prove_faults
tests_proof_journal_prove_faults_SOURCES = tests/proof/journal/prove_faults.c \
	tests/proof/journal/fault_scenes.c tests/proof/journal/fault_scenes.h
tests_proof_journal_prove_faults_LDFLAGS = $(AM_LDFLAGS) $(proof_journal_wraps)
tests_proof_journal_prove_faults_LDADD = $(PROOF_JOURNAL_LDADD)

check_PROGRAMS += tests/proof/journal/prove_linear
TESTS += tests/proof/journal/prove_linear
tests_proof_journal_prove_linear_SOURCES = tests/proof/journal/prove_linear.c \
	tests/proof/journal/wgl.c tests/proof/journal/wgl.h
tests_proof_journal_prove_linear_LDFLAGS = $(AM_LDFLAGS) $(proof_journal_wraps)
tests_proof_journal_prove_linear_LDADD = $(PROOF_JOURNAL_LDADD)

# Without the wrappers: on the file system itself.
check_PROGRAMS += tests/proof/journal/prove_check
TESTS += tests/proof/journal/prove_check
tests_proof_journal_prove_check_SOURCES = tests/proof/journal/prove_check.c
tests_proof_journal_prove_check_LDADD = $(LIBS_ALL)

CHECK_LONG += check-long-journal
check-long-journal: $(check_PROGRAMS)
	tests/proof/journal/prove_power 1000000
	tests/proof/journal/prove_kill 20000
	tests/proof/journal/prove_syscalls 200
	tests/proof/journal/prove_faults
	tests/proof/journal/prove_linear 10000000
	tests/proof/journal/prove_check 10000
