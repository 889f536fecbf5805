include src/core/local.mk
include src/conf/local.mk
include src/http/local.mk
include src/password/local.mk
include src/throttle/local.mk
include src/table/local.mk
include src/journal/local.mk
include src/model/local.mk
include src/fcgi/local.mk
include src/server/local.mk
include src/auth/local.mk
include src/gate/local.mk
include src/app/local.mk

sbin_PROGRAMS += sessiongate
sessiongate_SOURCES = src/sessiongate.c src/core/wiping_free.c src/core/wiping_free.h
sessiongate_LDADD = $(LIBS_ALL)

include src/ctl/local.mk
