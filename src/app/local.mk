libsessiongate_a_SOURCES += \
	src/app/answer.c src/app/answer.h \
	src/app/app.c src/app/app.h \
	src/app/body.c src/app/body.h \
	src/app/check.c src/app/check.h \
	src/app/counters.c src/app/counters.h \
	src/app/cross_site.c src/app/cross_site.h \
	src/app/preflight.c src/app/preflight.h \
	src/app/exchange.h \
	src/app/dispatch.c src/app/dispatch.h \
	src/app/expired.c src/app/expired.h \
	src/app/failed_login.c src/app/failed_login.h \
	src/app/notice.c src/app/notice.h \
	src/app/dirs.c src/app/dirs.h \
	src/app/housekeeping.c src/app/housekeeping.h \
	src/app/page.c src/app/page.h src/app/page_account.c src/app/page_denied.c \
	src/app/page_login.c src/app/page_password.c \
	src/app/pages.c src/app/pages.h \
	src/app/own_sessions.c src/app/own_sessions.h \
	src/app/password_change.c src/app/password_change.h \
	src/app/permission.c src/app/permission.h \
	src/app/router.c src/app/router.h \
	src/app/session_cookie.c src/app/session_cookie.h \
	src/app/sign_in.c src/app/sign_in.h \
	src/app/views.h src/app/views_admin.c src/app/views_index.c src/app/views_password.c \
	src/app/views_session.c src/app/views_sessions.c src/app/views_users.c
