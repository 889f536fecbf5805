/* random.c - see random.h */
#include "core/random.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/types.h>

int
random_fill(void *ret_bytes, size_t n)
{
	char *p = ret_bytes;
	size_t done = 0;

	while (done < n) {
		ssize_t r = getrandom(p + done, n - done, 0);

		if (r == -1 && errno == EINTR)
			continue;
		if (r <= 0) {
			int error = r == -1 ? errno : EIO;

			memset(ret_bytes, 0, n);
			return -error;
		}
		done += (size_t)r;
	}
	return 0;
}
