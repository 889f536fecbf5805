/* job.c - see job.h */
#include "server/job.h"

#include <sodium.h>
#include <stdlib.h>

struct job *
job_new(void)
{
	struct job *job = malloc(sizeof(*job));

	if (job == NULL)
		return NULL;
	memset(job, 0, offsetof(struct job, in));
	txn_init(&job->txn);
	job->txn.may_split = true;
	return job;
}

void
job_forget_input(struct job *job)
{
	sodium_memzero(job->in, job->n_in); /* cookies, passwords */
	job->n_in = 0;
}

void
job_end(struct job *job, bool is_sent)
{
	txn_end(&job->txn, is_sent);
	if (job->is_streamed)
		fcgi_stream_end(&job->stream);
	job->is_streamed = false;
	job_forget_input(job);
	if (job->budget != NULL)
		sender_budget_give(job->budget, job->n_budgeted);
	job->budget = NULL;
	job->hash_end_ms = 0;
	job->is_answered = false;
	job->conn = NULL;
}

void
job_free(struct job *job)
{
	if (job == NULL)
		return;
	job_end(job, false);
	txn_fini(&job->txn);
	free(job);
}
