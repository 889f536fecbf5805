# unit tests of src/gateway
check_PROGRAMS += tests/unit/gateway/check_gateway
TESTS += tests/unit/gateway/check_gateway
tests_unit_gateway_check_gateway_SOURCES = tests/unit/main.c tests/unit/unit.h tests/unit/head.c tests/unit/head.h \
	tests/unit/fail_alloc.c tests/unit/fail_alloc.h \
	tests/unit/tmp.c tests/unit/tmp.h \
	tests/unit/gateway/peer.c tests/unit/gateway/peer.h \
	tests/unit/gateway/proc.c tests/unit/gateway/proc.h \
	tests/unit/gateway/records.c tests/unit/gateway/records.h \
	tests/unit/gateway/staff.c tests/unit/gateway/staff.h \
	tests/unit/gateway/stage.c tests/unit/gateway/stage.h \
	tests/unit/gateway/suites.c \
	tests/unit/gateway/check_adopt.c \
	tests/unit/gateway/check_candidate.c \
	tests/unit/gateway/check_cgi.c \
	tests/unit/gateway/check_children.c \
	tests/unit/gateway/check_configuration.c \
	tests/unit/gateway/check_conn_table.c \
	tests/unit/gateway/check_dropped.c \
	tests/unit/gateway/check_environment.c \
	tests/unit/gateway/check_fcgi_conn.c \
	tests/unit/gateway/check_fcgi_scan.c \
	tests/unit/gateway/check_gather.c \
	tests/unit/gateway/check_handover.c \
	tests/unit/gateway/check_inherit.c \
	tests/unit/gateway/check_intake.c \
	tests/unit/gateway/check_lane.c \
	tests/unit/gateway/check_listen.c \
	tests/unit/gateway/check_log_file.c \
	tests/unit/gateway/check_look.c \
	tests/unit/gateway/check_memory.c \
	tests/unit/gateway/check_notify.c \
	tests/unit/gateway/check_options.c \
	tests/unit/gateway/check_plain.c \
	tests/unit/gateway/check_reload.c \
	tests/unit/gateway/check_renewal.c \
	tests/unit/gateway/check_program.c \
	tests/unit/gateway/check_retire.c \
	tests/unit/gateway/check_run.c \
	tests/unit/gateway/check_sender.c \
	tests/unit/gateway/check_serve.c \
	tests/unit/gateway/check_shortage.c \
	tests/unit/gateway/check_socket_watch.c \
	tests/unit/gateway/check_supervisor.c \
	tests/unit/gateway/check_sweep.c \
	tests/unit/gateway/check_takeover.c \
	tests/unit/gateway/check_trip.c \
	tests/unit/gateway/check_wish.c \
	tests/unit/gateway/check_worker.c
tests_unit_gateway_check_gateway_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_gateway_check_gateway_LDADD = $(UNIT_LDADD)
tests_unit_gateway_check_gateway_LDFLAGS = $(AM_LDFLAGS) $(FAIL_ALLOC_WRAP)
