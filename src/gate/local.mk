libsessiongate_a_SOURCES += \
	src/gate/form_token.c src/gate/form_token.h \
	src/gate/return_url.c src/gate/return_url.h
