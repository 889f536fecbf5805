libsessiongate_a_SOURCES += \
	src/password/admission.c src/password/admission.h \
	src/password/authn.h \
	src/password/nfc.c src/password/nfc.h \
	src/password/blocklist.c src/password/blocklist.h \
	src/password/policy.c src/password/policy.h \
	src/password/hasher.c src/password/hasher.h \
	src/password/password.c src/password/password.h \
	src/password/credential_cache.c src/password/credential_cache.h
