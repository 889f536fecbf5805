/* check_host.c - tests of src/core/host.c */
#include "core/host.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/ident.h"
#include "unit/core/fail_call.h"
#include "unit/unit.h"

Suite *check_host_suite(void);

START_TEST(boot_id_is_the_kernels)
{
	uint8_t id[HOST_BOOT_ID_BYTES];
	char want[64] = "", got[IDENT_TEXT_BYTES];
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");

	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(fgets(want, sizeof(want), file));
	(void)fclose(file);
	want[strcspn(want, "\n")] = '\0';
	ck_assert_int_eq(host_boot_id(id), 0);
	ident_format(id, got);
	ck_assert_str_eq(got, want);
}
END_TEST

START_TEST(boot_id_that_cannot_be_read)
{
	uint8_t id[HOST_BOOT_ID_BYTES];

	fail_call("open", 1, EACCES);
	ck_assert_int_eq(host_boot_id(id), -EACCES);
	fail_call("read", 1, EIO);
	ck_assert_int_eq(host_boot_id(id), -EINVAL);
	fail_call("read", 1, -20);
	ck_assert_int_eq(host_boot_id(id), -EINVAL);
	fail_call("open", 1, -1);
	ck_assert_int_eq(host_boot_id(id), -EINVAL);
}
END_TEST

START_TEST(namespace_is_the_inode)
{
	struct stat st;
	uint64_t inode = 0;

	ck_assert_int_eq(stat("/proc/self/ns/pid", &st), 0);
	ck_assert_int_eq(host_namespace("pid", &inode), 0);
	ck_assert_uint_eq(inode, st.st_ino);
	ck_assert_int_eq(host_namespace("none", &inode), -ENOENT);
}
END_TEST

START_TEST(at_least_one_processor)
{
	long n = sysconf(_SC_NPROCESSORS_CONF);

	ck_assert_uint_ge(host_n_cpus(), 1);
	ck_assert_uint_le(host_n_cpus(), (unsigned)n);
	fail_call("sched_getaffinity", 1, EPERM);
	ck_assert_uint_eq(host_n_cpus(), 1);
	fail_call("sched_getaffinity", 1, 0);
	ck_assert_uint_eq(host_n_cpus(), 1);
}
END_TEST

Suite *
check_host_suite(void)
{
	Suite *s = suite_create("core/host");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, boot_id_is_the_kernels);
	tcase_add_test(tc, namespace_is_the_inode);
	tcase_add_test(tc, at_least_one_processor);
	suite_add_tcase(s, tc);
	tc = tcase_create("limits");
	tcase_add_test(tc, boot_id_that_cannot_be_read);
	suite_add_tcase(s, tc);
	return s;
}
