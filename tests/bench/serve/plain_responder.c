/*
 * plain_responder.c - what libfcgi's own example does: threads that accept and answer
 *
 * usage: plain_responder SOCKET THREADS.  The yardstick of bench.py: a constant answer, as
 * short a program as libfcgi allows.
 */
#include <fcgiapp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static int listen_fd;

static void *
serve(void *arg)
{
	static const char answer[] = "Status: 200 OK\r\nContent-Type: application/json\r\n"
				     "Content-Length: 21\r\n\r\n{\n  \"status\": \"OK\"\n}\n";
	FCGX_Request request;

	(void)arg;
	FCGX_InitRequest(&request, listen_fd, 0);
	while (FCGX_Accept_r(&request) == 0) {
		FCGX_PutStr(answer, sizeof(answer) - 1, request.out);
		FCGX_Finish_r(&request);
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	int n_threads = argc == 3 ? atoi(argv[2]) : 0;

	if (n_threads < 1) {
		(void)fprintf(stderr, "usage: plain_responder SOCKET THREADS\n");
		return 2;
	}
	if (FCGX_Init() != 0 || (listen_fd = FCGX_OpenSocket(argv[1], 4096)) < 0)
		return 1;
	(void)chmod(argv[1], 0666);
	for (int i = 1; i < n_threads; i++) {
		pthread_t id;

		if (pthread_create(&id, NULL, serve, NULL) != 0)
			return 1;
	}
	serve(NULL);
	return 0;
}
