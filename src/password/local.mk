libsessiongate_a_SOURCES += \
	src/password/admission.c src/password/admission.h \
	src/password/hasher.c src/password/hasher.h \
	src/password/password.c src/password/password.h \
	src/password/verified.c src/password/verified.h
