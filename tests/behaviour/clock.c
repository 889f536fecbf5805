/*
 * clock.c - a clock that the behaviour tests set ahead, so that no test waits for an expiry
 *
 * A shared object for LD_PRELOAD: the time of day and that since boot are ahead by as many seconds
 * as the file that TEST_CLOCK names has bytes.  "site sleep" lets it grow.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int
clock_gettime(clockid_t id, struct timespec *ret_ts)
{
	int r = (int)syscall(SYS_clock_gettime, id, ret_ts);
	const char *path;
	struct stat st;

	if (r == 0 && (id == CLOCK_BOOTTIME || id == CLOCK_REALTIME) &&
	    (path = getenv("TEST_CLOCK")) != NULL && stat(path, &st) == 0)
		ret_ts->tv_sec += st.st_size;
	return r;
}
