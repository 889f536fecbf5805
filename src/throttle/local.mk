libsessiongate_a_SOURCES += \
	src/throttle/failures.c src/throttle/failures.h \
	src/throttle/network.c src/throttle/network.h
