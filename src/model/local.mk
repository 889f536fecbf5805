libsessiongate_a_SOURCES += \
	src/model/account.c src/model/account.h \
	src/model/base.c src/model/base.h \
	src/model/collection.c src/model/collection.h \
	src/model/export.c src/model/import.c src/model/import.h \
	src/model/owner.c src/model/owner.h \
	src/model/user.c src/model/user.h \
	src/model/user_session.c src/model/user_session.h \
	src/model/user_sessions.c src/model/user_sessions.h src/model/user_sessions_begin.c \
	src/model/surplus.c src/model/surplus.h src/model/user_sessions_purge.c src/model/user_sessions_restore.c \
	src/model/users.c src/model/users.h
