# unit tests of src/server
check_PROGRAMS += tests/unit/server/check_server
TESTS += tests/unit/server/check_server
tests_unit_server_check_server_SOURCES = tests/unit/main.c tests/unit/unit.h tests/unit/head.c tests/unit/head.h \
	tests/unit/fail_alloc.c tests/unit/fail_alloc.h \
	tests/unit/tmp.c tests/unit/tmp.h \
	tests/unit/server/length.c tests/unit/server/length.h \
	tests/unit/server/peer.c tests/unit/server/peer.h \
	tests/unit/server/proc.c tests/unit/server/proc.h \
	tests/unit/fcgi/records.c tests/unit/fcgi/records.h \
	tests/unit/server/staff.c tests/unit/server/staff.h \
	tests/unit/server/stage.c tests/unit/server/stage.h \
	tests/unit/server/suites.c \
	tests/unit/server/check_activation_adopt.c \
	tests/unit/server/check_candidate.c \
	tests/unit/server/check_cgi.c \
	tests/unit/server/check_processes.c \
	tests/unit/server/check_dropped.c \
	tests/unit/server/check_fd_passing.c \
	tests/unit/server/check_activation.c \
	tests/unit/server/check_accepting.c \
	tests/unit/server/check_work_queue.c \
	tests/unit/server/check_listen.c \
	tests/unit/server/check_listen_set.c \
	tests/unit/server/check_log_file.c \
	tests/unit/server/check_receiving.c \
	tests/unit/server/check_memory.c \
	tests/unit/server/check_notify.c \
	tests/unit/server/check_reload.c \
	tests/unit/server/check_restart.c \
	tests/unit/server/check_program.c \
	tests/unit/server/check_connection_drain.c \
	tests/unit/server/check_main.c \
	tests/unit/server/check_sender.c \
	tests/unit/server/check_connection.c \
	tests/unit/server/check_connection_check.c \
	tests/unit/server/check_shortage.c \
	tests/unit/server/check_socket_watch.c \
	tests/unit/server/check_supervisor.c \
	tests/unit/server/check_connection_look.c \
	tests/unit/server/check_takeover.c \
	tests/unit/server/check_txn.c \
	tests/unit/server/check_worker.c
tests_unit_server_check_server_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_server_check_server_LDADD = $(UNIT_LDADD)
tests_unit_server_check_server_LDFLAGS = $(AM_LDFLAGS) $(FAIL_ALLOC_WRAP)
