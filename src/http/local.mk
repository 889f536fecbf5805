libsessiongate_a_SOURCES += \
	src/http/challenge.c src/http/challenge.h \
	src/http/cookie.c src/http/cookie.h \
	src/http/fields.c src/http/fields.h \
	src/http/form.c src/http/form.h \
	src/http/json.c src/http/json.h \
	src/http/media.c src/http/media.h \
	src/http/origin.c src/http/origin.h \
	src/http/path.c src/http/path.h \
	src/http/request.c src/http/request.h \
	src/http/response.c src/http/response.h
