# Proofs of src/store.  Every one runs a short version in `make check`; the long versions are
# in CHECK_LONG below.  proof_store_wraps lists every call between the journal and the
# system: the wrappers in shim.c and shim_disk.c record it or make it fail.
proof_store_wraps = \
	-Wl,--wrap=aligned_alloc -Wl,--wrap=calloc -Wl,--wrap=malloc -Wl,--wrap=realloc \
	-Wl,--wrap=reallocarray -Wl,--wrap=strdup -Wl,--wrap=mmap -Wl,--wrap=open -Wl,--wrap=openat \
	-Wl,--wrap=close -Wl,--wrap=read -Wl,--wrap=pread -Wl,--wrap=__read_chk \
	-Wl,--wrap=__pread_chk -Wl,--wrap=lseek -Wl,--wrap=write -Wl,--wrap=writev -Wl,--wrap=pwrite \
	-Wl,--wrap=pwritev -Wl,--wrap=fsync -Wl,--wrap=fdatasync -Wl,--wrap=ftruncate \
	-Wl,--wrap=fallocate -Wl,--wrap=posix_fallocate -Wl,--wrap=rename -Wl,--wrap=renameat \
	-Wl,--wrap=renameat2 -Wl,--wrap=linkat -Wl,--wrap=unlink -Wl,--wrap=unlinkat -Wl,--wrap=stat \
	-Wl,--wrap=lstat -Wl,--wrap=fstat -Wl,--wrap=fstatat -Wl,--wrap=fstatfs -Wl,--wrap=fcntl \
	-Wl,--wrap=flock -Wl,--wrap=getrandom -Wl,--wrap=host_boot_id -Wl,--wrap=clock_boot_ms \
	-Wl,--wrap=policy_is_due -Wl,--wrap=policy_is_over -Wl,--wrap=policy_is_worth_it
check_LIBRARIES += tests/proof/store/libproofstore.a
tests_proof_store_libproofstore_a_SOURCES = \
	tests/proof/store/disk.c tests/proof/store/disk.h tests/proof/store/image.c \
	tests/proof/store/oracle.c tests/proof/store/oracle.h \
	tests/proof/store/replica.c tests/proof/store/replica.h \
	tests/proof/store/scratch.c \
	tests/proof/store/shim.c tests/proof/store/shim_disk.c tests/proof/store/shim.h \
	tests/proof/store/shim_policy.c tests/proof/store/shim_priv.h \
	tests/proof/store/trace.c tests/proof/store/trace.h \
	tests/proof/store/workload.c tests/proof/store/workload.h
# Twice: the journal needs the wrappers, as the proofs need the journal.
PROOF_STORE_LDADD = tests/proof/store/libproofstore.a $(LIBS_ALL) \
	tests/proof/store/libproofstore.a $(LIBS_ALL)

check_PROGRAMS += tests/proof/store/prove_power
TESTS += tests/proof/store/prove_power
tests_proof_store_prove_power_SOURCES = tests/proof/store/prove_power.c
tests_proof_store_prove_power_LDFLAGS = $(AM_LDFLAGS) $(proof_store_wraps)
tests_proof_store_prove_power_LDADD = $(PROOF_STORE_LDADD)

check_PROGRAMS += tests/proof/store/prove_kill
TESTS += tests/proof/store/prove_kill
tests_proof_store_prove_kill_SOURCES = tests/proof/store/prove_kill.c
tests_proof_store_prove_kill_LDFLAGS = $(AM_LDFLAGS) $(proof_store_wraps)
tests_proof_store_prove_kill_LDADD = $(PROOF_STORE_LDADD)

check_PROGRAMS += tests/proof/store/prove_syscalls
TESTS += tests/proof/store/prove_syscalls
tests_proof_store_prove_syscalls_SOURCES = tests/proof/store/prove_syscalls.c
tests_proof_store_prove_syscalls_LDFLAGS = $(AM_LDFLAGS) $(proof_store_wraps)
tests_proof_store_prove_syscalls_LDADD = $(PROOF_STORE_LDADD)

check_PROGRAMS += tests/proof/store/prove_faults
TESTS += tests/proof/store/prove_faults
tests_proof_store_prove_faults_SOURCES = tests/proof/store/prove_faults.c \
	tests/proof/store/fault_scenes.c tests/proof/store/fault_scenes.h
tests_proof_store_prove_faults_LDFLAGS = $(AM_LDFLAGS) $(proof_store_wraps)
tests_proof_store_prove_faults_LDADD = $(PROOF_STORE_LDADD)

check_PROGRAMS += tests/proof/store/prove_linear
TESTS += tests/proof/store/prove_linear
tests_proof_store_prove_linear_SOURCES = tests/proof/store/prove_linear.c \
	tests/proof/store/wgl.c tests/proof/store/wgl.h
tests_proof_store_prove_linear_LDFLAGS = $(AM_LDFLAGS) $(proof_store_wraps)
tests_proof_store_prove_linear_LDADD = $(PROOF_STORE_LDADD)

# Without the wrappers: on the file system itself.
check_PROGRAMS += tests/proof/store/prove_check
TESTS += tests/proof/store/prove_check
tests_proof_store_prove_check_SOURCES = tests/proof/store/prove_check.c
tests_proof_store_prove_check_LDADD = $(LIBS_ALL)

CHECK_LONG += check-long-store
check-long-store: $(check_PROGRAMS)
	tests/proof/store/prove_power 1000000
	tests/proof/store/prove_kill 20000
	tests/proof/store/prove_syscalls 200
	tests/proof/store/prove_faults
	tests/proof/store/prove_linear 10000000
	tests/proof/store/prove_check 10000
