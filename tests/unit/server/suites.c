/* suites.c - the suites of src/server */
#include "unit/unit.h"

Suite *check_activation_adopt_suite(void);
Suite *check_candidate_suite(void);
Suite *check_cgi_suite(void);
Suite *check_processes_suite(void);
Suite *check_dropped_suite(void);
Suite *check_fd_passing_suite(void);
Suite *check_activation_suite(void);
Suite *check_accepting_suite(void);
Suite *check_work_queue_suite(void);
Suite *check_listen_suite(void);
Suite *check_listen_set_suite(void);
Suite *check_log_file_suite(void);
Suite *check_receiving_suite(void);
Suite *check_memory_suite(void);
Suite *check_notify_suite(void);
Suite *check_reload_suite(void);
Suite *check_restart_suite(void);
Suite *check_program_suite(void);
Suite *check_connection_drain_suite(void);
Suite *check_main_suite(void);
Suite *check_sender_suite(void);
Suite *check_connection_suite(void);
Suite *check_connection_check_suite(void);
Suite *check_shortage_suite(void);
Suite *check_socket_watch_suite(void);
Suite *check_supervisor_suite(void);
Suite *check_connection_look_suite(void);
Suite *check_takeover_suite(void);
Suite *check_txn_suite(void);
Suite *check_worker_suite(void);

Suite *(*const unit_suites[])(void) = {
	check_activation_adopt_suite,
	check_candidate_suite,
	check_cgi_suite,
	check_processes_suite,
	check_dropped_suite,
	check_fd_passing_suite,
	check_activation_suite,
	check_accepting_suite,
	check_work_queue_suite,
	check_listen_suite,
	check_listen_set_suite,
	check_log_file_suite,
	check_receiving_suite,
	check_memory_suite,
	check_notify_suite,
	check_reload_suite,
	check_restart_suite,
	check_program_suite,
	check_connection_drain_suite,
	check_main_suite,
	check_sender_suite,
	check_connection_suite,
	check_connection_check_suite,
	check_shortage_suite,
	check_socket_watch_suite,
	check_supervisor_suite,
	check_connection_look_suite,
	check_takeover_suite,
	check_txn_suite,
	check_worker_suite,
	NULL,
};
