libsessiongate_a_SOURCES += \
	src/fcgi/partial_request.c src/fcgi/partial_request.h \
	src/fcgi/record.c src/fcgi/record.h \
	src/fcgi/stream.c src/fcgi/stream.h
