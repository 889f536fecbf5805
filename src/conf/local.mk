libsessiongate_a_SOURCES += \
	src/conf/command_line.c src/conf/command_line.h \
	src/conf/configuration.c src/conf/configuration.h \
	src/conf/env_file.c src/conf/env_file.h \
	src/conf/gate_url.c src/conf/gate_url.h \
	src/conf/explain.c src/conf/explain.h \
	src/conf/request_settings.c src/conf/request_settings.h \
	src/conf/settings.c src/conf/settings.h src/conf/settings_list.h
