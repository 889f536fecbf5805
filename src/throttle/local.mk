libsessiongate_a_SOURCES += \
	src/throttle/device.c src/throttle/device.h \
	src/throttle/failures.c src/throttle/failures.h \
	src/throttle/network.c src/throttle/network.h \
	src/throttle/throttle.c src/throttle/throttle.h
