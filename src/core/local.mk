libsessiongate_a_SOURCES += \
	src/core/base64.c src/core/base64.h \
	src/core/buf.c src/core/buf.h \
	src/core/checklist.c src/core/checklist.h \
	src/core/clock.c src/core/clock.h \
	src/core/digest.c src/core/digest.h \
	src/core/domain.c src/core/domain.h \
	src/core/err.c src/core/err.h \
	src/core/file.c src/core/file.h \
	src/core/groups.c src/core/groups.h \
	src/core/harden.c src/core/harden.h \
	src/core/host.c src/core/host.h \
	src/core/host_list.c src/core/host_list.h \
	src/core/hex.h \
	src/core/ident.c src/core/ident.h \
	src/core/json_write.c src/core/json_write.h \
	src/core/log.c src/core/log.h \
	src/core/log_lasting.c src/core/log_lasting.h \
	src/core/log_throttle.c src/core/log_throttle.h \
	src/core/cgi_vars.c src/core/cgi_vars.h src/core/request_settings_list.h \
	src/core/percent.c src/core/percent.h \
	src/core/process.c src/core/process.h \
	src/core/random.c src/core/random.h \
	src/core/require.c src/core/require.h \
	src/core/robust.c src/core/robust.h \
	src/core/shared_block.c src/core/shared_block.h \
	src/core/str.c src/core/str.h \
	src/core/utf8.c src/core/utf8.h
