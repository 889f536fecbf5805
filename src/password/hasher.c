/* hasher.c - see hasher.h */
#include "password/hasher.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#define LEAST_PRIORITY 19                   /* nice(2) */
#define STACK_BYTES    ((size_t)256 * 1024) /* yescrypt's memory is on the heap */

struct job {
	struct str password;
	const char *stored; /* to verify; NULL: make a hash */
	unsigned cost;
	char *ret_hash;
	int result;
};

static void *
run(void *arg)
{
	struct job *job = arg;

	/* On Linux this is the thread's own priority, not the process's. */
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), LEAST_PRIORITY);
	job->result = job->stored != NULL
			  ? password_verify_evenly(job->stored, job->password, job->cost)
			  : password_hash(job->password, job->cost, job->ret_hash);
	return NULL;
}

static int
run_apart(struct job *job)
{
	pthread_attr_t attr;
	pthread_t thread;
	int r;

	if ((r = pthread_attr_init(&attr)) != 0)
		return -r;
	if ((r = pthread_attr_setstacksize(&attr, STACK_BYTES)) == 0 &&
	    (r = pthread_create(&thread, &attr, run, job)) == 0)
		r = pthread_join(thread, NULL);
	(void)pthread_attr_destroy(&attr);
	return r != 0 ? -r : job->result;
}

static int
run_admitted(struct admission *admission, struct job *job)
{
	struct admission_ticket ticket;
	int r;

	if ((r = admission_enter(admission, &ticket)) != 0)
		return r;
	r = run_apart(job);
	admission_leave(admission, ticket);
	return r;
}

int
hasher_hash(struct admission *admission, struct str password, unsigned cost,
    char ret_hash[PASSWORD_HASH_BYTES])
{
	return run_admitted(admission,
	    &(struct job){ .password = password, .cost = cost, .ret_hash = ret_hash });
}

int
hasher_verify(
    struct admission *admission, const char *stored, struct str password, unsigned cost)
{
	/* With the right password the original's SHA-256 takes no time: it needs no turn. */
	if (password_is_legacy(stored) && password_verify(stored, password) == 0)
		return 0;
	return run_admitted(
	    admission, &(struct job){ .password = password, .stored = stored, .cost = cost });
}
