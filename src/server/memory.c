/* memory.c - a request from memory: unit tests, fuzzing, benchmarks (see handler.h) */
#include "server/handler.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "server/txn.h"

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static int key_error;

static void
thread_ends(void *arg)
{
	struct txn *txn = arg;

	txn_fini(txn);
	free(txn);
}

static void
make_key(void)
{
	key_error = -pthread_key_create(&key, thread_ends);
}

/* Kept by the thread, as the workers keep theirs: benchmarks see what a worker pays. */
static int
txn_of_thread(struct txn **ret_txn)
{
	int r;

	(void)pthread_once(&key_once, make_key);
	if (key_error != 0)
		return key_error;
	if ((*ret_txn = pthread_getspecific(key)) != NULL)
		return 0;
	if ((*ret_txn = malloc(sizeof(**ret_txn))) == NULL)
		return -ENOMEM;
	txn_init(*ret_txn);
	if ((r = -pthread_setspecific(key, *ret_txn)) != 0)
		thread_ends(*ret_txn);
	return r;
}

int
memory_run(const struct handler *app, const char *const *params, struct str body,
    struct buf *ret_answer)
{
	struct txn *txn;
	int r;

	if ((r = txn_of_thread(&txn)) != 0 || (r = txn_begin(txn, params)) != 0)
		return r;
	txn_body_done(
	    txn, str_take(body, REQUEST_BODY_MAX_BYTES), body.n > REQUEST_BODY_MAX_BYTES);
	(void)txn_handle(txn, app, TXN_MAY_ALL);
	buf_add_str(ret_answer, txn_answer(txn));
	r = buf_error(ret_answer);
	txn_end(txn, r == 0);
	return r;
}
