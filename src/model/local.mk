libsessiongate_a_SOURCES += \
	src/model/base.c src/model/base.h \
	src/model/user.c src/model/user.h \
	src/model/user_session.c src/model/user_session.h \
	src/model/replica.c src/model/replica.h \
	src/model/collection.c src/model/collection.h \
	src/model/users.c src/model/users.h \
	src/model/user_sessions.c src/model/user_sessions.h \
	src/model/user_sessions_restore.c src/model/user_sessions_purge.c \
	src/model/session_list.c src/model/session_list.h \
	src/model/surplus.c src/model/surplus.h \
	src/model/account.c src/model/account.h \
	src/model/legacy_json.c src/model/legacy_json.h
