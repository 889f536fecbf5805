/* check_work_queue.c - tests of src/server/work_queue.c */
#include "server/work_queue.h"

#include <semaphore.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/clock.h"
#include "unit/unit.h"

Suite *check_work_queue_suite(void);

static struct work_queue queue;
static sem_t go, done;
static _Atomic int n_running, n_most, n_run, priority;
static _Atomic uint64_t slice_ns;
static bool has_no_priority;
static struct job *order[64];

/* Of this thread, as the kernel shares out the processor; 0 before Linux 6.12. */
static uint64_t
slice_now_ns(void)
{
	uint64_t attr[6] = { 0 }; /* struct sched_attr; the slice is sched_runtime */

	ck_assert_int_eq(syscall(SYS_sched_getattr, 0, attr, sizeof(attr), 0), 0);
	return attr[3];
}

static void
run(void *arg, struct job *job)
{
	int n = atomic_fetch_add(&n_running, 1) + 1;

	(void)arg;
	priority = getpriority(PRIO_PROCESS, (id_t)gettid());
	slice_ns = slice_now_ns();
	while (n > n_most)
		n_most = n;
	while (sem_wait(&go) != 0)
		;
	order[atomic_fetch_add(&n_run, 1)] = job;
	atomic_fetch_sub(&n_running, 1);
	sem_post(&done);
}

static void
start(unsigned n_threads, unsigned n_waiting)
{
	const struct work_queue_spec spec = { .n_threads_max = n_threads,
		.n_waiting_max = n_waiting,
		.wait_ms = 1000,
		.has_no_priority = has_no_priority,
		.run = run };

	sem_init(&go, 0, 0);
	sem_init(&done, 0, 0);
	ck_assert_int_eq(work_queue_init(&queue, &spec), 0);
}

static void
await_running(int n)
{
	for (int i = 0; i < UNIT_PATIENCE_MS && n_running != n; i++)
		usleep(1000);
	ck_assert_int_eq(n_running, n);
}

/* They have gone back to wait for a job. */
static void
await_all_idle(void)
{
	bool is_idle = false;

	for (int i = 0; i < UNIT_PATIENCE_MS && !is_idle; i++) {
		usleep(100);
		(void)pthread_mutex_lock(&queue.lock);
		is_idle = queue.n_threads_idle == queue.n_threads;
		(void)pthread_mutex_unlock(&queue.lock);
	}
	ck_assert(is_idle);
}

START_TEST(bounded_in_threads_and_in_waiting)
{
	struct job *jobs[8];

	start(2, 3);
	for (int i = 0; i < 8; i++)
		jobs[i] = job_new();
	ck_assert(work_queue_push(&queue, jobs[0]));
	await_running(1);
	ck_assert(work_queue_push(&queue, jobs[1]));
	await_running(2);
	for (int i = 2; i < 5; i++)
		ck_assert(work_queue_push(&queue, jobs[i]));
	ck_assert(!work_queue_push(&queue, jobs[5]));
	ck_assert_uint_eq(queue.n_threads, 2);
	for (int i = 0; i < 5; i++)
		sem_post(&go);
	for (int i = 0; i < 5; i++)
		sem_wait(&done);
	ck_assert_int_eq(n_most, 2);
	/* There is room again. */
	ck_assert(work_queue_push(&queue, jobs[5]));
	sem_post(&go);
	work_queue_fini(&queue);
	ck_assert_int_eq(n_run, 6);
	for (int i = 0; i < 8; i++)
		job_free(jobs[i]);
}
END_TEST

START_TEST(first_come_first_served)
{
	struct job *jobs[6];

	start(1, 10);
	for (int i = 0; i < 6; i++) {
		jobs[i] = job_new();
		ck_assert(work_queue_push(&queue, jobs[i]));
	}
	for (int i = 0; i < 6; i++)
		sem_post(&go);
	work_queue_fini(&queue); /* runs what waits */
	for (int i = 0; i < 6; i++) {
		ck_assert_ptr_eq(order[i], jobs[i]);
		job_free(jobs[i]);
	}
}
END_TEST

START_TEST(threads_start_when_needed)
{
	struct job *job = job_new();

	start(8, 10);
	ck_assert_uint_eq(queue.n_threads, 0);
	for (int i = 0; i < 20; i++) {
		ck_assert(work_queue_push(&queue, job));
		sem_post(&go);
		sem_wait(&done);
		await_all_idle();
	}
	ck_assert_uint_le(queue.n_threads, 2);
	work_queue_fini(&queue);
	job_free(job);
}
END_TEST

START_TEST(those_that_wait_too_long_are_taken_out)
{
	struct job *first = job_new(), *second = job_new(), *third = job_new();

	clock_freeze(1000000, 0);
	start(1, 10);
	ck_assert_ptr_null(work_queue_take_expired(&queue, INT64_MAX));
	ck_assert(work_queue_push(&queue, first));
	await_running(1);
	ck_assert(work_queue_push(&queue, second));
	ck_assert(work_queue_push(&queue, third));
	ck_assert_ptr_null(work_queue_take_expired(&queue, clock_boot_ms()));
	second->pushed_ms -= 5000;
	ck_assert_ptr_eq(work_queue_take_expired(&queue, clock_boot_ms()), second);
	ck_assert_ptr_null(work_queue_take_expired(&queue, clock_boot_ms()));
	sem_post(&go);
	sem_post(&go);
	work_queue_fini(&queue);
	clock_thaw();
	ck_assert_int_eq(n_run, 2);
	job_free(first);
	job_free(second);
	job_free(third);
}
END_TEST

START_TEST(room_for_those_who_have_waited)
{
	struct job *jobs[4];

	start(1, 1);
	for (int i = 0; i < 4; i++)
		jobs[i] = job_new();
	ck_assert(work_queue_push(&queue, jobs[0]));
	await_running(1);
	ck_assert(work_queue_push(&queue, jobs[1]));
	ck_assert(!work_queue_push(&queue, jobs[2]));
	ck_assert(work_queue_push_on(&queue, jobs[2]));
	ck_assert(work_queue_push_on(&queue, jobs[3]));
	for (int i = 0; i < 4; i++)
		sem_post(&go);
	work_queue_fini(&queue);
	for (int i = 0; i < 4; i++) {
		ck_assert_ptr_eq(order[i], jobs[i]);
		job_free(jobs[i]);
	}
}
END_TEST

/* As many as can hash come from the other queue: a logout finds room all the same. */
START_TEST(those_who_have_waited_take_nobodys_place)
{
	struct job *jobs[5];

	start(1, 1);
	for (int i = 0; i < 5; i++)
		jobs[i] = job_new();
	ck_assert(work_queue_push(&queue, jobs[0]));
	await_running(1);
	ck_assert(work_queue_push_on(&queue, jobs[1]));
	ck_assert(work_queue_push_on(&queue, jobs[2]));
	ck_assert(work_queue_push(&queue, jobs[3]));
	ck_assert(!work_queue_push(&queue, jobs[4]));
	for (int i = 0; i < 4; i++)
		sem_post(&go);
	work_queue_fini(&queue);
	for (int i = 0; i < 5; i++)
		job_free(jobs[i]);
}
END_TEST

/* Its threads yield to whoever pushes. */
START_TEST(without_priority)
{
	struct job *job = job_new();
	int ours = getpriority(PRIO_PROCESS, (id_t)gettid());

	has_no_priority = _i == 1;
	start(1, 1);
	ck_assert(work_queue_push(&queue, job));
	sem_post(&go);
	work_queue_fini(&queue);
	ck_assert_int_eq(priority, has_no_priority ? 19 : ours);
	/* The longest that there is: whoever wakes has a shorter one, and runs at once. */
	if (has_no_priority)
		ck_assert(slice_ns == 0 || slice_ns == 100 * 1000 * 1000);
	else
		ck_assert_uint_eq(slice_ns, slice_now_ns());
	ck_assert_int_eq(getpriority(PRIO_PROCESS, (id_t)gettid()), ours);
	job_free(job);
}
END_TEST

Suite *
check_work_queue_suite(void)
{
	Suite *s = suite_create("server/work_queue");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, bounded_in_threads_and_in_waiting);
	tcase_add_test(tc, first_come_first_served);
	tcase_add_test(tc, threads_start_when_needed);
	tcase_add_test(tc, those_that_wait_too_long_are_taken_out);
	tcase_add_test(tc, room_for_those_who_have_waited);
	tcase_add_test(tc, those_who_have_waited_take_nobodys_place);
	tcase_add_loop_test(tc, without_priority, 0, 2);
	suite_add_tcase(s, tc);
	return s;
}
