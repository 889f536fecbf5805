libsessiongate_a_SOURCES += \
	src/server/candidate.c src/server/candidate.h \
	src/server/cgi.c src/server/handler.h \
	src/server/processes.c src/server/processes.h \
	src/server/accepting.c src/server/accepting.h \
	src/server/answering.c src/server/answering.h \
	src/server/dropped.c src/server/dropped.h \
	src/server/fd_passing.c src/server/fd_passing.h \
	src/server/activation.c src/server/activation.h \
	src/server/work_queue.c src/server/work_queue.h \
	src/server/listen.c src/server/listen.h \
	src/server/listen_set.c src/server/listen_set.h \
	src/server/log_file.c src/server/log_file.h \
	src/server/memory.c \
	src/server/notify.c src/server/notify.h \
	src/server/program.c src/server/program.h \
	src/server/sender.c src/server/sender.h \
	src/server/connection.c src/server/connection.h \
	src/server/job.c src/server/job.h \
	src/server/queues.c src/server/queues.h \
	src/server/receiving.c src/server/receiving.h \
	src/server/server.c src/server/server.h \
	src/server/socket_watch.c src/server/socket_watch.h \
	src/server/supervisor.c src/server/supervisor.h src/server/supervisor_ops.h \
	src/server/takeover.c src/server/takeover.h \
	src/server/txn.c src/server/txn.h \
	src/server/worker.c src/server/worker.h
