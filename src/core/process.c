/* process.c - see process.h */
#include "core/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* For a worker and a few connections. */
#define FILES_LEAST 64

void
process_begin(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", O_RDWR) != fd)
			_exit(EXIT_FAILURE);
	(void)signal(SIGXFSZ, SIG_IGN);
	/* Without it libsodium uses what runs on every processor: half as fast. */
	if (sodium_init() == -1)
		_exit(EXIT_FAILURE);
}

int
process_raise_limit(struct err *err)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return 0;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max >= FILES_LEAST)
		return 0;
	return err_set(err, -EMFILE,
	    "the limit of open files is %ju, and at least %d are needed: raise it (ulimit -n, "
	    "LimitNOFILE= of the service)",
	    (uintmax_t)limit.rlim_max, FILES_LEAST);
}
