libsessiongate_a_SOURCES += \
	src/auth/auth.c src/auth/auth.h \
	src/auth/auth_basic.c src/auth/auth_basic.h \
	src/auth/auth_session.c src/auth/auth_session.h \
	src/auth/auth_session_db.c src/auth/auth_session_db.h \
	src/auth/auth_session_exp.c src/auth/auth_session_exp.h \
	src/auth/credentials.c src/auth/credentials.h \
	src/auth/known_device.c src/auth/known_device.h \
	src/auth/registry.c src/auth/registry.h
