libsessiongate_a_SOURCES += \
	src/conf/settings.c src/conf/settings.h \
	src/conf/settings_request.c src/conf/settings_request.h
