libsessiongate_a_SOURCES += \
	src/gate/return_url.c src/gate/return_url.h
