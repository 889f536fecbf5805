/* work_queue.c - see work_queue.h */
#include "server/work_queue.h"

#include <errno.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/clock.h"

/* Enough for JSON, forms and a file's path on the stack; hashes bring their own memory. */
#define STACK_BYTES (512 * 1024)

#define LEAST_PRIORITY 19 /* nice(2) */

/*
 * The longest that sched_setattr(2) takes.  The kernel lets a thread that wakes run at once only
 * if its own slice is shorter than that of the thread it interrupts; between equals it waits for
 * the end of the slice, whatever the priorities.
 */
#define LONG_SLICE_NS (100 * 1000 * 1000)

int
work_queue_init(struct work_queue *queue, const struct work_queue_spec *spec)
{
	memset(queue, 0, sizeof(*queue));
	queue->spec = *spec;
	queue->last = &queue->first;
	if ((queue->threads = calloc(spec->n_threads_max, sizeof(queue->threads[0]))) == NULL)
		return -ENOMEM;
	pthread_mutex_init(&queue->lock, NULL);
	pthread_cond_init(&queue->work, NULL);
	return 0;
}

static struct job *
take_first_locked(struct work_queue *queue)
{
	struct job *job = queue->first;

	if ((queue->first = job->next) == NULL)
		queue->last = &queue->first;
	queue->n_waiting--;
	queue->n_counted -= job->is_counted;
	job->next = NULL;
	return job;
}

/* struct sched_attr, which some C libraries declare and others do not. */
struct scheduling {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t slice_ns, deadline_ns, period_ns; /* the slice from Linux 6.12 on */
};

/* Of this thread alone, on Linux.  What fails costs others time, no more. */
static void
yield_to_others(void)
{
	const struct scheduling attr = { .size = sizeof(attr),
		.flags = SCHED_FLAG_KEEP_POLICY,
		.nice = LEAST_PRIORITY,
		.slice_ns = LONG_SLICE_NS };

	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), LEAST_PRIORITY);
	(void)syscall(SYS_sched_setattr, 0, &attr, 0);
}

static void *
thread_main(void *arg)
{
	struct work_queue *queue = arg;

	if (queue->spec.has_no_priority)
		yield_to_others();
	pthread_mutex_lock(&queue->lock);
	for (;;) {
		struct job *job;

		while (queue->first == NULL && !queue->is_ending) {
			queue->n_threads_idle++;
			pthread_cond_wait(&queue->work, &queue->lock);
			queue->n_threads_idle--;
		}
		if (queue->first == NULL)
			break;
		job = take_first_locked(queue);
		pthread_mutex_unlock(&queue->lock);
		queue->spec.run(queue->spec.arg, job);
		pthread_mutex_lock(&queue->lock);
	}
	pthread_mutex_unlock(&queue->lock);
	return NULL;
}

static void
start_thread_locked(struct work_queue *queue)
{
	pthread_attr_t attr;

	if (pthread_attr_init(&attr) != 0)
		return;
	(void)pthread_attr_setstacksize(&attr, STACK_BYTES);
	if (pthread_create(&queue->threads[queue->n_threads], &attr, thread_main, queue) == 0)
		queue->n_threads++;
	pthread_attr_destroy(&attr);
}

static bool
push(struct work_queue *queue, struct job *job, bool is_counted)
{
	bool is_taken = false;

	pthread_mutex_lock(&queue->lock);
	/* An idle thread that has been woken counts as idle until it runs: hence >=. */
	if (queue->n_waiting >= queue->n_threads_idle &&
	    queue->n_threads < queue->spec.n_threads_max)
		start_thread_locked(queue);
	if (queue->n_threads > 0 &&
	    (!is_counted || queue->n_counted < queue->spec.n_waiting_max)) {
		job->is_counted = is_counted;
		queue->n_counted += is_counted;
		job->pushed_ms = clock_boot_ms();
		job->next = NULL;
		*queue->last = job;
		queue->last = &job->next;
		queue->n_waiting++;
		is_taken = true;
	}
	pthread_mutex_unlock(&queue->lock);
	/* Not with the lock: the thread that wakes would have to wait for it first. */
	if (is_taken)
		pthread_cond_signal(&queue->work);
	return is_taken;
}

bool
work_queue_push(struct work_queue *queue, struct job *job)
{
	return push(queue, job, true);
}

bool
work_queue_push_on(struct work_queue *queue, struct job *job)
{
	return push(queue, job, false);
}

unsigned
work_queue_n_waiting(struct work_queue *queue)
{
	unsigned n;

	pthread_mutex_lock(&queue->lock);
	n = queue->n_waiting;
	pthread_mutex_unlock(&queue->lock);
	return n;
}

struct job *
work_queue_take_expired(struct work_queue *queue, int64_t now_ms)
{
	struct job *job = NULL;

	pthread_mutex_lock(&queue->lock);
	/* First in, first out: if the first has not waited too long, none has. */
	if (queue->first != NULL && queue->first->pushed_ms < now_ms - queue->spec.wait_ms)
		job = take_first_locked(queue);
	pthread_mutex_unlock(&queue->lock);
	return job;
}

void
work_queue_fini(struct work_queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->is_ending = true;
	pthread_cond_broadcast(&queue->work);
	pthread_mutex_unlock(&queue->lock);
	for (unsigned i = 0; i < queue->n_threads; i++)
		(void)pthread_join(queue->threads[i], NULL);
	free(queue->threads);
	pthread_cond_destroy(&queue->work);
	pthread_mutex_destroy(&queue->lock);
}
