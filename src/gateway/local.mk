libsessiongate_a_SOURCES += \
	src/gateway/cgi.c src/gateway/gateway.h \
	src/gateway/children.c src/gateway/children.h \
	src/gateway/configuration.c src/gateway/configuration.h \
	src/gateway/conn_table.c src/gateway/conn_table.h \
	src/gateway/environment.c src/gateway/environment.h \
	src/gateway/fcgi_conn.c src/gateway/fcgi_conn.h \
	src/gateway/fcgi_scan.c src/gateway/fcgi_scan.h \
	src/gateway/gather.c src/gateway/gather.h \
	src/gateway/handover.c src/gateway/handover.h \
	src/gateway/inherit.c src/gateway/inherit.h \
	src/gateway/intake.c src/gateway/intake.h \
	src/gateway/lane.c src/gateway/lane.h \
	src/gateway/listen.c src/gateway/listen.h \
	src/gateway/look.c src/gateway/look.h \
	src/gateway/memory.c \
	src/gateway/notify.c src/gateway/notify.h \
	src/gateway/options.c src/gateway/options.h \
	src/gateway/plain.c src/gateway/plain.h \
	src/gateway/retire.c src/gateway/retire.h \
	src/gateway/run.c src/gateway/run.h \
	src/gateway/serve.c src/gateway/serve.h \
	src/gateway/supervisor.c src/gateway/supervisor.h \
	src/gateway/sweep.c src/gateway/sweep.h \
	src/gateway/trip.c src/gateway/trip.h \
	src/gateway/watch.c src/gateway/watch.h \
	src/gateway/wish.c src/gateway/wish.h \
	src/gateway/worker.c src/gateway/worker.h
