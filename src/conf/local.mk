libsessiongate_a_SOURCES += \
	src/conf/settings.c src/conf/settings.h \
	src/conf/request_settings.c src/conf/request_settings.h
